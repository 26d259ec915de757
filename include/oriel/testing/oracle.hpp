// SPDX-License-Identifier: Apache-2.0
// oriel/testing/oracle.hpp - the obvious algorithm, to hold the clever one against.
//
// Straight from the definitions: one event after the other, every window a map
// entry, nothing shared, nothing forgotten. Slow and easy to believe.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/core/interval.hpp>

namespace oriel::testing {

/// What windows should hold when every event has been judged, one by one.
template <typename Key, typename Aggregate>
struct window_answers {
  std::map<std::pair<Key, interval>, typename Aggregate::partial> windows;
  std::vector<std::size_t> late;  ///< positions of the events late for all their windows
  std::size_t corrected = 0;      ///< events applied to a window that was complete already
};

/// Judges events in order of arrival against windows that do not overlap.
///
/// `key_of(event)` and `time_of(event)` read an event; `assigner.assign(t)` names its window.
template <typename Event, typename KeyOf, typename TimeOf, typename Assigner, typename Aggregate>
auto recompute_windows(const std::vector<Event>& events, KeyOf key_of, TimeOf time_of, const Assigner& assigner,
                       duration out_of_orderness, const Aggregate& aggregate) {
  using key_type = std::remove_cvref_t<std::invoke_result_t<KeyOf&, const Event&>>;
  window_answers<key_type, Aggregate> answers;
  timestamp watermark = beginning_of_time;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const timestamp t = std::invoke(time_of, events[i]);
    const interval window = assigner.assign(t);
    if (window.end + assigner.allowed_lateness <= watermark) {
      answers.late.push_back(i);
    } else {
      if (window.end <= watermark) ++answers.corrected;
      const auto [at, fresh] = answers.windows.try_emplace({std::invoke(key_of, events[i]), window}, aggregate.identity());
      at->second = aggregate.combine(at->second, lift_at(aggregate, events[i], {to_ms(t), i}));
    }
    if (watermark == beginning_of_time || t - out_of_orderness > watermark) watermark = t - out_of_orderness;
  }
  return answers;
}

/// A FIFO window that recomputes everything on every query.
template <aggregate Aggregate>
class recompute {
 public:
  explicit recompute(Aggregate aggregate = {}) : aggregate_(std::move(aggregate)) {}

  void insert(const typename Aggregate::input& event) { events_.push_back(event); }
  void evict() { events_.erase(events_.begin()); }
  std::size_t size() const noexcept { return events_.size(); }

  typename Aggregate::output query() const {
    auto p = aggregate_.identity();
    for (const auto& event : events_) p = aggregate_.combine(p, aggregate_.lift(event));
    return aggregate_.lower(p);
  }

 private:
  Aggregate aggregate_;
  std::vector<typename Aggregate::input> events_;
};

}  // namespace oriel::testing

// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/funnel.hpp - how far along a path of steps somebody came.
//
// The events of one entity (a user, say) that match steps are kept in their order: by
// time, then by the lowest step matched, then by arrival. A chain of level L is events
// e1 ... eL further and further along that order, e_i matching step i, the last no later
// than `within` after the first. The answer is the level of the longest chain.
//
//     steps A B C, within 10      A0 ── B5 ── C10      level 3
//                                 A0 ── B1 ── A8 ── C9, within 5: A0 B1, then A8 begins anew: level 2
//
// For each level the chain with the latest start is enough to know: among chains that have
// come as far it can be continued longest. One pass over the events, levels from the
// last down to the first so that an event is used once, is the whole algorithm.
//
// Card: order needed: none; operator requirement: none; time: O(1) to add an event in order, O(events * steps) to
// answer; space: 24 bytes per event that matches a step (or, for `strict`, is visible to the funnel).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/where.hpp>

namespace oriel {

/// What may happen between the steps of a funnel.
enum class funnel_order : std::uint8_t {
  loose,       ///< anything
  strict,      ///< no other event of the entity
  increasing,  ///< anything, but each step is later than the one before, not at the same time
  any_order,   ///< the first step comes first, the others in any order within the window after it
};

/// From which of an entity's events on its level counts.
enum class funnel_entry : std::uint8_t {
  best,   ///< whichever gives the longest chain
  first,  ///< its first event that matches step 1
};

/// How a funnel judges.
struct funnel_options {
  std::int64_t within_ms = std::numeric_limits<std::int64_t>::max();  ///< longest time from the first step to the last
  bool inclusive = true;                                              ///< whether exactly `within_ms` still counts
  funnel_order order = funnel_order::loose;
  funnel_entry entry = funnel_entry::best;
};

namespace detail {

/// An event of a funnel: which steps it matches, by bit; none for one that only stands in between.
struct funnel_event {
  std::int64_t time;
  std::uint64_t arrival;
  std::uint64_t steps;

  int lowest() const noexcept { return steps == 0 ? 64 : __builtin_ctzll(steps); }
  friend bool operator<(const funnel_event& a, const funnel_event& b) noexcept {
    return std::tuple(a.time, a.lowest(), a.arrival) < std::tuple(b.time, b.lowest(), b.arrival);
  }
  friend bool operator==(const funnel_event&, const funnel_event&) = default;
};

/// The level of events in their order, for `steps` steps; at most 64.
class funnel_judge {
 public:
  funnel_judge(std::size_t steps, const funnel_options& options) : steps_(steps), options_(options) {}

  std::int64_t level(const std::vector<funnel_event>& events) const {
    if (options_.order == funnel_order::any_order) return any_order(events);
    const bool increasing = options_.order == funnel_order::increasing;
    const bool strict = options_.order == funnel_order::strict;
    std::array<std::optional<chain>, 64> chains;    // by level - 1
    std::array<std::optional<chain>, 64> previous;  // of `increasing`: the chains before the events of this moment
    std::int64_t best = 0;
    bool begun = false;
    for (std::size_t i = 0; i < events.size(); ++i) {
      const funnel_event& e = events[i];
      if (increasing && (i == 0 || events[i - 1].time != e.time)) previous = chains;
      for (std::size_t level = steps_; level-- > 1;) {
        const std::optional<chain>& shorter = increasing ? previous[level - 1] : chains[level - 1];
        if (!matches(e, level) || !shorter || !is_within(shorter->start, e.time)) continue;
        if (strict && shorter->position + 1 != i) continue;
        if (strict || !chains[level] || shorter->start >= chains[level]->start) chains[level] = chain{shorter->start, i};
        best = std::max(best, static_cast<std::int64_t>(level) + 1);
      }
      if (matches(e, 0) && (options_.entry == funnel_entry::best || !begun)) {
        chains[0] = chain{e.time, i};
        best = std::max<std::int64_t>(best, 1);
        begun = true;
      }
    }
    return best;
  }

 private:
  struct chain {
    std::int64_t start;
    std::size_t position;  // of its last event
  };

  static bool matches(const funnel_event& e, std::size_t step) noexcept { return (e.steps >> step & 1) != 0; }

  bool is_within(std::int64_t start, std::int64_t t) const noexcept {
    const auto distance = static_cast<std::uint64_t>(t) - static_cast<std::uint64_t>(start);
    const auto most = static_cast<std::uint64_t>(options_.within_ms);
    return options_.inclusive ? distance <= most : distance < most;
  }
  std::int64_t any_order(const std::vector<funnel_event>& events) const {
    std::int64_t best = 0;
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (!matches(events[i], 0)) continue;
      best = std::max(best, assigned_after(events, i));
      if (options_.entry == funnel_entry::first) break;
    }
    return best;
  }

  /// The most steps that events after `first` can serve, each event one step: a greatest matching.
  std::int64_t assigned_after(const std::vector<funnel_event>& events, std::size_t first) const {
    std::array<std::uint64_t, 64> served{};  // by step: 1 + the event that serves it
    std::int64_t level = 1;
    for (std::size_t i = first + 1; i < events.size() && is_within(events[first].time, events[i].time); ++i) {
      std::uint64_t tried = 1;  // step 1 is taken
      if (assign(events, i, served, tried)) ++level;
    }
    return level;
  }
  bool assign(const std::vector<funnel_event>& events, std::size_t event, std::array<std::uint64_t, 64>& served,
              std::uint64_t& tried) const {
    for (std::size_t step = 1; step < steps_; ++step) {
      if (!matches(events[event], step) || (tried >> step & 1) != 0) continue;
      tried |= std::uint64_t{1} << step;
      if (served[step] == 0 || assign(events, served[step] - 1, served, tried)) {
        served[step] = event + 1;
        return true;
      }
    }
    return false;
  }

  std::size_t steps_;
  funnel_options options_;
};

}  // namespace detail

/// The level an entity reached: 0 to the number of steps. Made with `funnel`.
template <typename Input, typename... Steps>
class funnel_level : public restrictable<funnel_level<Input, Steps...>> {
  static_assert(sizeof...(Steps) > 0 && sizeof...(Steps) <= 64, "a funnel has 1 to 64 steps");

 public:
  using input = Input;
  using partial = std::vector<detail::funnel_event>;
  using output = std::int64_t;

  explicit funnel_level(funnel_options options, Steps... steps) : options_(options), steps_(std::move(steps)...) {}

  partial identity() const { return {}; }
  partial lift(const input& event, event_position at) const {
    partial p;
    add(p, event, at);
    return p;
  }
  partial combine(const partial& earlier, const partial& later) const {
    partial p;
    p.reserve(earlier.size() + later.size());
    std::merge(earlier.begin(), earlier.end(), later.begin(), later.end(), std::back_inserter(p));
    return p;
  }
  output lower(const partial& p) const { return detail::funnel_judge(sizeof...(Steps), options_).level(p); }

  void add(partial& p, const input& event, event_position at) const {
    const detail::funnel_event e{at.time, at.arrival, steps_of(event)};
    if (e.steps == 0 && options_.order != funnel_order::strict) return;
    p.insert(std::upper_bound(p.begin(), p.end(), e), e);
  }

  /// Takes an event back out.
  void take(partial& p, const input& event, event_position at) const {
    const std::uint64_t steps = steps_of(event);
    auto found = std::find_if(p.begin(), p.end(), [&](const auto& e) { return e.time == at.time && e.steps == steps; });
    if (found != p.end()) p.erase(found);
  }

 private:
  std::uint64_t steps_of(const input& event) const {
    std::uint64_t steps = 0;
    std::size_t next = 0;
    std::apply([&](const auto&... step) { ((steps |= std::uint64_t{project(step, event) ? 1u : 0u} << next++), ...); },
               steps_);
    return steps;
  }

  funnel_options options_;
  std::tuple<Steps...> steps_;
};

/// The level an entity reached in a funnel of these steps, predicates of its events.
///
/// Events that match no step are only seen by a `strict` funnel. An event that arrives out of order is put where it
/// belongs, so the order of arrival never matters.
///
///     "level"_col = funnel({.within_ms = 3'600'000}, is_view, is_cart, is_purchase)
template <typename First, typename... Steps>
auto funnel(funnel_options options, First first, Steps... more) {
  return funnel_level<callable_argument<First>, First, Steps...>(options, std::move(first), std::move(more)...);
}

}  // namespace oriel

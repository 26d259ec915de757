// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/collect.hpp - all values, in the order of the events.
//
// The order is that of positions, by event time and then by arrival, so a list does not
// depend on how disorderly its events arrived. With a limit, the values of the earliest
// events are kept and the others forgotten at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/kept.hpp>
#include <oriel/aggregate/ordered_values.hpp>
#include <oriel/aggregate/where.hpp>

namespace oriel {

/// How much `collect` keeps.
struct collect_options {
  std::size_t limit = std::numeric_limits<std::size_t>::max();  ///< at most this many values, of the earliest events
};

/// `collect` where events are taken back: all values whatever the limit, about 64 bytes each. Made by `retracting`.
template <typename Input, typename Projection>
class retracting_collect : public restrictable<retracting_collect<Input, Projection>> {
  using value = projected_value<Projection, Input>;

 public:
  using input = Input;
  using partial = detail::placed_values<std::int64_t, detail::kept<value>, true>;
  using output = std::vector<detail::shown<value>>;

  retracting_collect(Projection projection, collect_options options)
      : projection_(std::move(projection)), options_(options) {}

  partial identity() const { return {}; }
  partial lift(const input& event, event_position at) const {
    partial p;
    add(p, event, at);
    return p;
  }
  partial combine(partial earlier, const partial& later) const {
    earlier.merge(later);
    return earlier;
  }

  /// Lifetime: strings in the output view the partial.
  output lower(const partial& p) const {
    output values;
    for (const auto& [at, v] : p.values()) {
      if (values.size() >= options_.limit) break;
      values.push_back(v);
    }
    return values;
  }

  void add(partial& p, const input& event, event_position at) const {
    detail::if_present(project(projection_, event), [&](const value& v) { p.put({at.time, at.arrival}, v); });
  }
  void take(partial& p, const input& event, event_position at) const {
    detail::if_present(project(projection_, event), [&](const value& v) { p.take({at.time, at.arrival}, v); });
  }

 private:
  [[no_unique_address]] Projection projection_{};
  collect_options options_;
};

/// The values of a member or projection as a list, in the order of the events; nulls are skipped.
///
/// Complexity: O(1) for an event in order, O(values) for one that is not; `combine` is O(values).
/// Memory: 16 bytes and the value for each; strings a `std::string`. Set a limit where a group may be large.
///
///     "path"_col = collect(&visit::page, {.limit = 20})
template <typename Input, typename Projection = itself>
class collect : public restrictable<collect<Input, Projection>> {
  using value = projected_value<Projection, Input>;

 public:
  using input = Input;
  using output = std::vector<detail::shown<value>>;

  class partial {
   public:
    template <typename Writer>
    void encode(Writer& out) const {
      out.put(static_cast<std::uint64_t>(entries_.size()));
      for (const entry& e : entries_) {
        out.put(e.at.time);
        out.put(e.at.arrival);
        out.put(e.kept);
      }
    }
    template <typename Reader>
    bool decode(Reader& in) {
      entries_.clear();
      std::uint64_t entries = 0;
      if (!in.get(entries)) return false;
      for (std::uint64_t i = 0; i < entries; ++i) {
        entry e;
        if (!in.get(e.at.time) || !in.get(e.at.arrival) || !in.get(e.kept)) return false;
        if (i > 0 && e.at < entries_.back().at) return false;
        entries_.push_back(std::move(e));
      }
      return true;
    }

   private:
    friend class collect;
    struct entry {
      event_position at;
      detail::kept<value> kept{};
    };
    std::vector<entry> entries_;  // in the order of positions
  };

  constexpr collect() = default;
  explicit constexpr collect(Projection projection, collect_options options = {})
      : projection_(std::move(projection)), options_(options) {}

  partial identity() const { return {}; }
  partial lift(const input& event, event_position at) const {
    partial p;
    add(p, event, at);
    return p;
  }
  partial combine(partial earlier, const partial& later) const {
    auto& into = earlier.entries_;
    const auto& from = later.entries_;
    if (from.empty()) return earlier;
    if (into.empty() || !(from.front().at < into.back().at)) {
      for (std::size_t i = 0; i < from.size() && into.size() < options_.limit; ++i) into.push_back(from[i]);
      return earlier;
    }
    partial merged;
    auto& all = merged.entries_;
    std::size_t i = 0;
    std::size_t j = 0;
    while (all.size() < options_.limit && (i < into.size() || j < from.size())) {
      const bool later_first = j < from.size() && (i == into.size() || from[j].at < into[i].at);
      if (later_first) {
        all.push_back(from[j++]);
      } else {
        all.push_back(std::move(into[i++]));
      }
    }
    return merged;
  }

  /// Lifetime: strings in the output view the partial.
  output lower(const partial& p) const {
    output values;
    values.reserve(p.entries_.size());
    for (const auto& e : p.entries_) values.push_back(e.kept);
    return values;
  }

  void add(partial& p, const input& event, event_position at) const {
    detail::if_present(project(projection_, event), [&](const value& v) {
      auto& entries = p.entries_;
      if (entries.size() >= options_.limit && (options_.limit == 0 || !(at < entries.back().at))) return;
      std::size_t place = entries.size();
      while (place > 0 && at < entries[place - 1].at) --place;
      entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(place), {at, detail::kept<value>(v)});
      if (entries.size() > options_.limit) entries.pop_back();
    });
  }
  auto retracting() const { return retracting_collect<Input, Projection>(projection_, options_); }

 private:
  [[no_unique_address]] Projection projection_{};
  collect_options options_;
};
template <typename Projection>
collect(Projection, collect_options = {}) -> collect<callable_argument<Projection>, Projection>;

}  // namespace oriel

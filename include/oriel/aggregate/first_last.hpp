// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/first_last.hpp - the value of the earliest and of the latest event.
//
// "Earliest" is by event time, and among equal times by arrival: an event that arrives
// out of order takes its place as if it had not. Where nobody tells positions
// (`add_to(a, p, event)` by hand), the order of adding and combining decides.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/kept.hpp>
#include <oriel/aggregate/ordered_values.hpp>
#include <oriel/aggregate/where.hpp>

namespace oriel {

/// `first` or `last` where events are taken back: all values, about 64 bytes each. Made by `retracting`.
///
/// `take` finds the event at its position, or near its time, in O(log events); elsewhere in O(events).
template <typename Input, typename Projection, bool Latest>
class retracting_end_value : public restrictable<retracting_end_value<Input, Projection, Latest>> {
  using value = projected_value<Projection, Input>;

 public:
  using input = Input;
  using partial = detail::placed_values<std::int64_t, detail::kept<value>, true>;
  using output = std::optional<detail::shown<value>>;

  explicit retracting_end_value(Projection projection) : projection_(std::move(projection)) {}

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

  /// Lifetime: a string in the output views the partial.
  output lower(const partial& p) const {
    if (p.values().empty()) return std::nullopt;
    return output(Latest ? p.values().rbegin()->second : p.values().begin()->second);
  }

  void add(partial& p, const input& event, event_position at) const {
    detail::if_present(project(projection_, event), [&](const value& v) { p.put({at.time, at.arrival}, v); });
  }
  void take(partial& p, const input& event, event_position at) const {
    detail::if_present(project(projection_, event), [&](const value& v) { p.take({at.time, at.arrival}, v); });
  }

 private:
  [[no_unique_address]] Projection projection_{};
};

/// The value of the event at one end of the order of events; null when there was none. Use `first` and `last`.
///
/// Nulls are skipped. Memory: the value, a flag and 16 bytes for its position; strings a `std::string`.
template <typename Input, typename Projection, bool Latest>
class end_value : public restrictable<end_value<Input, Projection, Latest>> {
  using value = projected_value<Projection, Input>;

 public:
  using input = Input;
  using output = std::optional<detail::shown<value>>;
  struct partial {
    event_position at;
    std::optional<detail::kept<value>> kept;

    template <typename Writer>
    void encode(Writer& out) const {
      out.put(at.time);
      out.put(at.arrival);
      out.put(kept);
    }
    template <typename Reader>
    bool decode(Reader& in) {
      return in.get(at.time) && in.get(at.arrival) && in.get(kept);
    }
  };

  constexpr end_value() = default;
  explicit constexpr end_value(Projection projection) : projection_(std::move(projection)) {}

  constexpr partial identity() const { return {}; }
  constexpr partial lift(const input& event, event_position at) const {
    partial p;
    add(p, event, at);
    return p;
  }
  constexpr partial combine(partial earlier, const partial& later) const {
    if (later.kept && wins(later.at, earlier)) earlier = later;
    return earlier;
  }

  /// Lifetime: a string in the output views the partial.
  constexpr output lower(const partial& p) const {
    if (!p.kept) return std::nullopt;
    return output(*p.kept);
  }

  constexpr void add(partial& p, const input& event, event_position at) const {
    if (!wins(at, p)) return;
    detail::if_present(project(projection_, event), [&](const value& v) {
      p.at = at;
      p.kept = v;
    });
  }
  auto retracting() const { return retracting_end_value<Input, Projection, Latest>(projection_); }

 private:
  static constexpr bool wins(event_position at, const partial& p) noexcept {
    return !p.kept || (Latest ? !(at < p.at) : at < p.at);
  }

  [[no_unique_address]] Projection projection_{};
};

/// The value of the earliest event, by event time and then by arrival; null when there was none.
///
///     "entry_page"_col = first(&visit::page)
template <typename Input, typename Projection = itself>
class first : public end_value<Input, Projection, false> {
 public:
  using end_value<Input, Projection, false>::end_value;
};
template <typename Projection>
first(Projection) -> first<callable_argument<Projection>, Projection>;

/// The value of the latest event, by event time and then by arrival; null when there was none.
///
///     "last_price"_col = last(&trade::price)
template <typename Input, typename Projection = itself>
class last : public end_value<Input, Projection, true> {
 public:
  using end_value<Input, Projection, true>::end_value;
};
template <typename Projection>
last(Projection) -> last<callable_argument<Projection>, Projection>;

}  // namespace oriel

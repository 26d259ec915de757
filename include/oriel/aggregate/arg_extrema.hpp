// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/arg_extrema.hpp - what goes with the least and with the greatest.
//
// `arg_max(&sale::item, &sale::price)` is the item that fetched the highest price. Of
// several events with that price the first to arrive is told, whatever its event time.
#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/extrema.hpp>
#include <oriel/aggregate/kept.hpp>
#include <oriel/aggregate/ordered_values.hpp>
#include <oriel/aggregate/where.hpp>

namespace oriel {

/// `arg_extremum` where events are taken back: all values, about 64 bytes each. Made by `retracting`.
///
/// `take` finds the event by what it is ordered by, in O(log events).
template <typename Input, typename Projection, typename By, typename Order>
class retracting_arg_extremum : public restrictable<retracting_arg_extremum<Input, Projection, By, Order>> {
  using value = projected_value<Projection, Input>;
  using measure = detail::kept<projected_value<By, Input>>;

 public:
  using input = Input;
  using partial = detail::placed_values<measure, detail::kept<value>, false>;
  using output = std::optional<detail::shown<value>>;

  retracting_arg_extremum(Projection projection, By by) : projection_(std::move(projection)), by_(std::move(by)) {}

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
    if constexpr (std::is_same_v<Order, detail::comes_before>) {
      return output(p.values().begin()->second);
    } else {
      return output(p.first_of_greatest());
    }
  }

  void add(partial& p, const input& event, event_position at) const {
    each(event, [&](const auto& b, const auto& v) { p.put({measure(b), at.arrival}, v); });
  }
  void take(partial& p, const input& event, event_position at) const {
    each(event, [&](const auto& b, const auto& v) { p.take({measure(b), at.arrival}, v); });
  }

 private:
  template <typename F>
  void each(const input& event, F&& f) const {
    detail::if_present(project(by_, event), [&](const auto& b) {
      if (detail::is_nan(b)) return;
      detail::if_present(project(projection_, event), [&](const auto& v) { f(b, v); });
    });
  }

  [[no_unique_address]] Projection projection_{};
  [[no_unique_address]] By by_{};
};

/// The value of the event whose `By` comes first under `Order`; null when there was none. Use `arg_min` and `arg_max`.
///
/// Events where either is null are skipped, and those where `By` is NaN. Ties: the first to arrive.
/// Memory: both values, a flag and 8 bytes for the arrival; strings a `std::string` each.
template <typename Input, typename Projection, typename By, typename Order>
class arg_extremum : public restrictable<arg_extremum<Input, Projection, By, Order>> {
  using value = projected_value<Projection, Input>;
  using measure = projected_value<By, Input>;

 public:
  using input = Input;
  using output = std::optional<detail::shown<value>>;
  struct partial {
    std::optional<detail::kept<measure>> by;
    std::uint64_t arrival = 0;
    detail::kept<value> kept{};

    template <typename Writer>
    void encode(Writer& out) const {
      out.put(by);
      out.put(arrival);
      out.put(kept);
    }
    template <typename Reader>
    bool decode(Reader& in) {
      return in.get(by) && in.get(arrival) && in.get(kept);
    }
  };

  constexpr arg_extremum() = default;
  constexpr arg_extremum(Projection projection, By by) : projection_(std::move(projection)), by_(std::move(by)) {}

  constexpr partial identity() const { return {}; }
  constexpr partial lift(const input& event, event_position at) const {
    partial p;
    add(p, event, at);
    return p;
  }
  constexpr partial combine(partial earlier, const partial& later) const {
    if (later.by && wins(*later.by, later.arrival, earlier)) earlier = later;
    return earlier;
  }

  /// Lifetime: a string in the output views the partial.
  constexpr output lower(const partial& p) const {
    if (!p.by) return std::nullopt;
    return output(p.kept);
  }

  constexpr void add(partial& p, const input& event, event_position at) const {
    detail::if_present(project(by_, event), [&](const measure& b) {
      if (detail::is_nan(b) || !wins(b, at.arrival, p)) return;
      detail::if_present(project(projection_, event), [&](const value& v) {
        p.by = b;
        p.arrival = at.arrival;
        p.kept = v;
      });
    });
  }
  auto retracting() const { return retracting_arg_extremum<Input, Projection, By, Order>(projection_, by_); }

 private:
  static constexpr bool wins(const auto& by, std::uint64_t arrival, const partial& p) {
    if (!p.by || Order{}(by, *p.by)) return true;
    return !Order{}(*p.by, by) && arrival < p.arrival;
  }

  [[no_unique_address]] Projection projection_{};
  [[no_unique_address]] By by_{};
};

/// The value of the event where `by` is least; null when there was none.
///
///     "cheapest_shop"_col = arg_min(&offer::shop, &offer::price)
template <typename Input, typename Projection, typename By>
class arg_min : public arg_extremum<Input, Projection, By, detail::comes_before> {
 public:
  using arg_extremum<Input, Projection, By, detail::comes_before>::arg_extremum;
};
template <typename Projection, typename By>
arg_min(Projection, By) -> arg_min<callable_argument<Projection>, Projection, By>;

/// The value of the event where `by` is greatest; null when there was none.
///
///     "best_seller"_col = arg_max(&sale::item, &sale::price)
template <typename Input, typename Projection, typename By>
class arg_max : public arg_extremum<Input, Projection, By, detail::comes_after> {
 public:
  using arg_extremum<Input, Projection, By, detail::comes_after>::arg_extremum;
};
template <typename Projection, typename By>
arg_max(Projection, By) -> arg_max<callable_argument<Projection>, Projection, By>;

}  // namespace oriel

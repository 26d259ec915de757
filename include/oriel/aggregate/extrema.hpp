// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/extrema.hpp - the least and the greatest.
//
// Neither can be taken back: the second greatest is forgotten, unless `retracting` is
// asked to remember it. Strings are compared by their bytes, and the winning one is
// kept as a copy.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/kept.hpp>
#include <oriel/aggregate/ordered_values.hpp>
#include <oriel/aggregate/where.hpp>

namespace oriel {

namespace detail {

template <typename V>
constexpr bool is_nan(const V& v) noexcept {
  if constexpr (std::is_floating_point_v<V>) {
    return v != v;
  } else {
    return false;
  }
}

struct comes_before {
  constexpr bool operator()(const auto& a, const auto& b) const { return a < b; }
};
struct comes_after {
  constexpr bool operator()(const auto& a, const auto& b) const { return b < a; }
};

}  // namespace detail

/// `extremum` where events are taken back: all values, about 56 bytes each. Made by `retracting`.
template <typename Input, typename Projection, typename Order>
class retracting_extremum : public restrictable<retracting_extremum<Input, Projection, Order>> {
  using value = projected_value<Projection, Input>;

 public:
  using input = Input;
  using partial = detail::ordered_values<detail::kept<value>>;
  using output = std::optional<detail::shown<value>>;

  explicit retracting_extremum(Projection projection) : projection_(std::move(projection)) {}

  partial identity() const { return {}; }
  partial lift(const input& event) const {
    partial p;
    add(p, event);
    return p;
  }
  partial combine(partial earlier, const partial& later) const {
    earlier.merge(later);
    return earlier;
  }
  partial remove(partial from, const partial& earlier) const {
    from.merge(earlier, -1);
    return from;
  }

  /// Lifetime: a string in the output views the partial.
  output lower(const partial& p) const {
    const auto* found = std::is_same_v<Order, detail::comes_before> ? p.least() : p.greatest();
    return found == nullptr ? output() : output(*found);
  }

  void add(partial& p, const input& event) const { put(p, event, 1); }
  void take(partial& p, const input& event) const { put(p, event, -1); }

 private:
  void put(partial& p, const input& event, std::int64_t times) const {
    detail::if_present(project(projection_, event), [&](const value& v) {
      if (detail::is_nan(v)) return;
      if constexpr (detail::is_text<value>) {
        p.put(std::string_view(v), times);
      } else {
        p.put(v, times);
      }
    });
  }

  [[no_unique_address]] Projection projection_{};
};

/// The value that comes first under `Order`; null when there was none. Use `min` and `max`.
///
/// Among equal values the first to arrive is kept. NaN is skipped: it is neither.
/// Memory: the value and a flag; strings a `std::string`.
template <typename Input, typename Projection, typename Order>
class extremum : public restrictable<extremum<Input, Projection, Order>> {
  using value = projected_value<Projection, Input>;

 public:
  using input = Input;
  using partial = std::optional<detail::kept<value>>;
  using output = std::optional<detail::shown<value>>;

  constexpr extremum() = default;
  explicit constexpr extremum(Projection projection) : projection_(std::move(projection)) {}

  constexpr partial identity() const { return std::nullopt; }
  constexpr partial lift(const input& event) const {
    partial p;
    add(p, event);
    return p;
  }
  constexpr partial combine(partial earlier, const partial& later) const {
    append(earlier, later);
    return earlier;
  }

  /// Lifetime: a string in the output views the partial.
  constexpr output lower(const partial& p) const {
    if (!p) return std::nullopt;
    return output{*p};
  }

  constexpr void append(partial& p, const partial& later) const {
    if (later && (!p || Order{}(*later, *p))) p = later;
  }
  constexpr void prepend(partial& p, const partial& earlier) const {
    if (earlier && (!p || !Order{}(*p, *earlier))) p = earlier;
  }

  constexpr void add(partial& p, const input& event) const {
    detail::if_present(project(projection_, event), [&](const value& v) {
      if (detail::is_nan(v)) return;
      if constexpr (std::is_arithmetic_v<value>) {
        const value best = p ? *p : v;  // among the first events of a window, which of two wins is anybody's guess:
        p = Order{}(v, best) ? v : best;  // not a branch
      } else {
        if (!p || Order{}(v, *p)) p.emplace(v);
      }
    });
  }
  auto retracting() const { return retracting_extremum<Input, Projection, Order>(projection_); }

 private:
  [[no_unique_address]] Projection projection_{};
};

/// The least value of a member or projection; null when there was none.
///
///     "cheapest"_col = min(&sale::price)
template <typename Input, typename Projection = itself>
class min : public extremum<Input, Projection, detail::comes_before> {
 public:
  using extremum<Input, Projection, detail::comes_before>::extremum;
};
template <typename Projection>
min(Projection) -> min<callable_argument<Projection>, Projection>;

/// The greatest value of a member or projection; null when there was none.
///
///     "last_seen"_col = max(&visit::ts)
template <typename Input, typename Projection = itself>
class max : public extremum<Input, Projection, detail::comes_after> {
 public:
  using extremum<Input, Projection, detail::comes_after>::extremum;
};
template <typename Projection>
max(Projection) -> max<callable_argument<Projection>, Projection>;

}  // namespace oriel

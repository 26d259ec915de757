// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/extrema.hpp - the least and the greatest.
//
// Neither can be taken back: the second greatest is forgotten. Strings are
// compared by their bytes, and the winning one is kept as a copy.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/where.hpp>

namespace oriel {

namespace detail {

struct comes_before {
  constexpr bool operator()(const auto& a, const auto& b) const { return a < b; }
};
struct comes_after {
  constexpr bool operator()(const auto& a, const auto& b) const { return b < a; }
};

}  // namespace detail

/// The value that comes first under `Order`; null when there was none. Use `min` and `max`.
///
/// Among equal values the first to arrive is kept. NaN is skipped: it is neither.
/// Memory: the value and a flag; strings a `std::string`.
template <typename Input, typename Projection, typename Order>
class extremum : public restrictable<extremum<Input, Projection, Order>> {
  using value = projected_value<Projection, Input>;
  static constexpr bool is_text = std::is_convertible_v<value, std::string_view>;

 public:
  using input = Input;
  using partial = std::optional<std::conditional_t<is_text, std::string, value>>;
  using output = std::optional<std::conditional_t<is_text, std::string_view, value>>;

  constexpr extremum() = default;
  explicit constexpr extremum(Projection projection) : projection_(std::move(projection)) {}

  constexpr partial identity() const { return std::nullopt; }
  constexpr partial lift(const input& event) const {
    partial p;
    add(p, event);
    return p;
  }
  constexpr partial combine(const partial& earlier, const partial& later) const {
    if (!earlier) return later;
    if (!later) return earlier;
    return Order{}(*later, *earlier) ? later : earlier;
  }

  /// Lifetime: a string in the output views the partial.
  constexpr output lower(const partial& p) const {
    if (!p) return std::nullopt;
    return output{*p};
  }

  constexpr void add(partial& p, const input& event) const {
    detail::if_present(project(projection_, event), [&](const value& v) {
      if constexpr (std::is_floating_point_v<value>) {
        if (v != v) return;
      }
      if (!p || Order{}(v, *p)) p.emplace(v);
    });
  }

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

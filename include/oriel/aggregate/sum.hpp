// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/sum.hpp - how much.
//
// Integers are summed in 128 bits and the result is a 64-bit integer, so that a sum
// which passes the 64-bit range and comes back is still right, and one which ends
// outside is an error instead of a wrong number. Everything else is summed as double.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/where.hpp>
#include <oriel/core/int128.hpp>
#include <oriel/core/throw.hpp>

namespace oriel {

/// The sum of a member or of any projection; nulls are skipped, and the sum of nothing is 0.
///
/// Memory: 16 bytes for integers, 8 for floating point. Invertible, retractable.
/// Precision: floating sums depend on the order of addition in their last bits, and drift when parts are removed.
/// Errors: `lower` throws `error{exhausted}` when an integer sum leaves the 64-bit range.
///
///     "spend"_col = sum(&ad_event::cost)
template <typename Input, typename Projection = itself>
class sum : public restrictable<sum<Input, Projection>> {
  using value = projected_value<Projection, Input>;
  static_assert(std::is_arithmetic_v<value>, "sum: the projected value must be a number");

 public:
  using input = Input;
  using partial = std::conditional_t<std::is_integral_v<value>, wide_integer, double>;
  using output = std::conditional_t<std::is_integral_v<value>, std::int64_t, double>;
  static constexpr bool drifts = !std::is_integral_v<value>;

  constexpr sum() = default;
  explicit constexpr sum(Projection projection) : projection_(std::move(projection)) {}

  constexpr partial identity() const noexcept { return {}; }
  constexpr partial lift(const input& event) const {
    partial p = identity();
    add(p, event);
    return p;
  }
  constexpr partial combine(partial earlier, const partial& later) const noexcept { return earlier += later; }
  constexpr partial remove(partial from, const partial& earlier) const noexcept { return from -= earlier; }
  constexpr output lower(const partial& p) const {
    if constexpr (std::is_integral_v<value>) {
      if (!p.fits_int64()) {
        throw_exhausted("sum: the total does not fit in 64 bits; sum a floating-point projection instead");
      }
      return static_cast<std::int64_t>(static_cast<int128>(p));
    } else {
      return p;
    }
  }

  constexpr void append(partial& p, const partial& later) const noexcept { p += later; }
  constexpr void prepend(partial& p, const partial& earlier) const noexcept { p += earlier; }
  constexpr void cut(partial& p, const partial& earlier) const noexcept { p -= earlier; }
  constexpr void add(partial& p, const input& event) const {
    detail::if_present(project(projection_, event), [&](const value& v) { p += v; });
  }
  constexpr void take(partial& p, const input& event) const {
    detail::if_present(project(projection_, event), [&](const value& v) { p -= v; });
  }

 private:
  [[no_unique_address]] Projection projection_{};
};

template <typename Projection>
sum(Projection) -> sum<callable_argument<Projection>, Projection>;

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/variance.hpp - how much values scatter.
//
// The partial is the number of values, their mean and the sum of squared distances from
// it, which stays exact where the difference of two large sums of squares would cancel
// (values around 10^9 that differ in the last digit).
//
// Source: Welford, "Note on a method for calculating corrected sums of squares and
// products", Technometrics 4(3), 1962; for combining, Chan, Golub, LeVeque, "Updating
// formulae and a pairwise algorithm for computing sample variances", 1979.
#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/where.hpp>

namespace oriel {

namespace detail {

/// The number, mean and sum of squared distances of some values.
struct moments {
  std::int64_t values = 0;
  double mean = 0;
  double squares = 0;

  constexpr void add(double v) noexcept {
    ++values;
    if (values == 0) return void(*this = {});
    const double distance = v - mean;
    mean += distance / static_cast<double>(values);
    squares += distance * (v - mean);
  }
  constexpr void take(double v) noexcept {
    --values;
    if (values == 0) return void(*this = {});
    const double distance = v - mean;
    mean -= distance / static_cast<double>(values);
    squares -= distance * (v - mean);
    if (squares < 0) squares = 0;
  }
  constexpr void combine(const moments& other) noexcept {
    if (other.values == 0) return;
    if (values == 0) return void(*this = other);
    const auto here = static_cast<double>(values);
    const auto there = static_cast<double>(other.values);
    values += other.values;
    if (values == 0) return void(*this = {});
    const double all = here + there;
    const double distance = other.mean - mean;
    mean += distance * (there / all);
    squares += other.squares + distance * distance * (here * there / all);
  }
  constexpr void remove(const moments& part) noexcept {
    if (part.values == 0) return;
    const auto all = static_cast<double>(values);
    const auto gone = static_cast<double>(part.values);
    values -= part.values;
    if (values == 0) return void(*this = {});
    const double left = all - gone;
    mean -= (part.mean - mean) * (gone / left);
    const double distance = part.mean - mean;
    squares -= part.squares + distance * distance * (gone * left / all);
    if (squares < 0) squares = 0;
  }

  template <typename Writer>
  void encode(Writer& out) const {
    out.put(values);
    out.put(mean);
    out.put(squares);
  }
  template <typename Reader>
  bool decode(Reader& in) {
    return in.get(values) && in.get(mean) && in.get(squares);
  }

  friend constexpr bool operator==(const moments&, const moments&) = default;
};

template <typename Aggregate, typename Input, typename Projection>
class over_moments : public restrictable<Aggregate> {
  using value = projected_value<Projection, Input>;
  static_assert(std::is_arithmetic_v<value>, "variance, stddev: the projected value must be a number");

 public:
  using input = Input;
  using partial = moments;
  using output = std::optional<double>;
  static constexpr bool drifts = true;

  constexpr over_moments() = default;
  explicit constexpr over_moments(Projection projection) : projection_(std::move(projection)) {}

  constexpr partial identity() const noexcept { return {}; }
  constexpr partial lift(const input& event) const {
    partial p;
    add(p, event);
    return p;
  }
  constexpr partial combine(partial earlier, const partial& later) const noexcept {
    earlier.combine(later);
    return earlier;
  }
  constexpr partial remove(partial from, const partial& earlier) const noexcept {
    from.remove(earlier);
    return from;
  }
  constexpr void add(partial& p, const input& event) const {
    if_present(project(projection_, event), [&](const value& v) { p.add(static_cast<double>(v)); });
  }
  constexpr void take(partial& p, const input& event) const {
    if_present(project(projection_, event), [&](const value& v) { p.take(static_cast<double>(v)); });
  }

 private:
  [[no_unique_address]] Projection projection_{};
};

}  // namespace detail

/// The sample variance of a member or projection; null below two values, NaN when one of them is.
///
/// Memory: 24 bytes. Invertible, retractable; what is taken back must be in the same partial.
/// Precision: a relative error of about 1e-16 times the square root of (1 + mean^2 / variance); it drifts when
/// parts are removed.
///
///     "jitter"_col = variance(&request::milliseconds)
template <typename Input, typename Projection = itself>
class variance : public detail::over_moments<variance<Input, Projection>, Input, Projection> {
 public:
  using variance::over_moments::over_moments;

  constexpr std::optional<double> lower(const detail::moments& p) const noexcept {
    if (p.values < 2) return std::nullopt;
    return p.squares / static_cast<double>(p.values - 1);
  }
};
template <typename Projection>
variance(Projection) -> variance<callable_argument<Projection>, Projection>;

/// The sample standard deviation: the square root of `variance`, and like it in everything else.
template <typename Input, typename Projection = itself>
class stddev : public detail::over_moments<stddev<Input, Projection>, Input, Projection> {
 public:
  using stddev::over_moments::over_moments;

  std::optional<double> lower(const detail::moments& p) const noexcept {
    if (p.values < 2) return std::nullopt;
    return __builtin_sqrt(p.squares / static_cast<double>(p.values - 1));
  }
};
template <typename Projection>
stddev(Projection) -> stddev<callable_argument<Projection>, Projection>;

}  // namespace oriel

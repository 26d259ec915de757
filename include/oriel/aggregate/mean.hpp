// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/mean.hpp - the arithmetic mean.
#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/where.hpp>
#include <oriel/core/int128.hpp>

namespace oriel {

/// The mean of a member or projection; null when there was nothing to average.
///
/// Memory: 24 bytes for integers, whose numerator is exact (128 bits), 16 for floating point.
/// Invertible, retractable. Precision: as `sum`.
///
///     "avg_value"_col = mean(&event::value)
template <typename Input, typename Projection = itself>
class mean : public restrictable<mean<Input, Projection>> {
  using value = projected_value<Projection, Input>;
  static_assert(std::is_arithmetic_v<value>, "mean: the projected value must be a number");

 public:
  using input = Input;
  using output = std::optional<double>;
  static constexpr bool drifts = !std::is_integral_v<value>;
  struct partial {
    std::conditional_t<std::is_integral_v<value>, wide_integer, double> total{};
    std::int64_t values = 0;

    template <typename Writer>
    void encode(Writer& out) const {
      out.put(total);
      out.put(values);
    }
    template <typename Reader>
    bool decode(Reader& in) {
      return in.get(total) && in.get(values);
    }

    friend constexpr bool operator==(const partial&, const partial&) = default;
  };

  constexpr mean() = default;
  explicit constexpr mean(Projection projection) : projection_(std::move(projection)) {}

  constexpr partial identity() const noexcept { return {}; }
  constexpr partial lift(const input& event) const {
    partial p;
    add(p, event);
    return p;
  }
  constexpr partial combine(partial earlier, const partial& later) const noexcept {
    append(earlier, later);
    return earlier;
  }
  constexpr partial remove(partial from, const partial& earlier) const noexcept {
    cut(from, earlier);
    return from;
  }
  constexpr output lower(const partial& p) const noexcept {
    if (p.values == 0) return std::nullopt;
    if constexpr (std::is_integral_v<value>) {
      const int128 total = p.total;
      const double numerator = p.total.fits_int64() ? static_cast<double>(static_cast<std::int64_t>(total))
                                                    : static_cast<double>(total);  // a call
      return numerator / static_cast<double>(p.values);
    } else {
      return p.total / static_cast<double>(p.values);
    }
  }

  constexpr void append(partial& p, const partial& later) const noexcept {
    p.total += later.total;
    p.values += later.values;
  }
  constexpr void prepend(partial& p, const partial& earlier) const noexcept { append(p, earlier); }
  constexpr void cut(partial& p, const partial& earlier) const noexcept {
    p.total -= earlier.total;
    p.values -= earlier.values;
  }
  constexpr void add(partial& p, const input& event) const {
    detail::if_present(project(projection_, event), [&](const value& v) {
      p.total += v;
      ++p.values;
    });
  }
  constexpr void take(partial& p, const input& event) const {
    detail::if_present(project(projection_, event), [&](const value& v) {
      p.total -= v;
      --p.values;
    });
  }

 private:
  [[no_unique_address]] Projection projection_{};
};

template <typename Projection>
mean(Projection) -> mean<callable_argument<Projection>, Projection>;

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// src/query/total_order.hpp - doubles in an order without exceptions.
//
// As in PostgreSQL, NaN equals NaN and is greater than every number, and -0.0 equals
// 0.0. Comparing, grouping, DISTINCT, ORDER BY, MIN and MAX all go by this order.
#pragma once

#include <bit>
#include <cstdint>

namespace oriel::detail {

inline bool equal_total(double a, double b) noexcept { return (a == b) | ((a != a) & (b != b)); }
inline bool less_total(double a, double b) noexcept { return !(a >= b) & (a == a); }
inline bool less_equal_total(double a, double b) noexcept { return (a <= b) | (b != b); }

/// Equal for equal doubles, and ordered as they are.
inline std::uint64_t ordered_bits(double value) noexcept {
  if (value != value) return ~std::uint64_t{0};
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);
  return (bits & sign) != 0 ? ~bits : bits | sign;
}

/// Ordered as integers are.
inline std::uint64_t ordered_bits(std::int64_t value) noexcept {
  return static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63);
}

inline double float64_of_ordered_bits(std::uint64_t bits) noexcept {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  return std::bit_cast<double>((bits & sign) != 0 ? bits ^ sign : ~bits);
}
inline std::int64_t int64_of_ordered_bits(std::uint64_t bits) noexcept {
  return static_cast<std::int64_t>(bits ^ (std::uint64_t{1} << 63));
}

}  // namespace oriel::detail

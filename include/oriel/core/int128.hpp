// SPDX-License-Identifier: Apache-2.0
// oriel/core/int128.hpp - 128-bit integers, for sums that must not wrap.
#pragma once

#include <cstdint>

namespace oriel {

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

/// A 128-bit signed integer in two 64-bit halves, so that a struct holding it is aligned to 8 bytes only.
class wide_integer {
 public:
  constexpr wide_integer() = default;
  constexpr wide_integer(int128 value) noexcept  // NOLINT: implicit on purpose
      : low_(static_cast<std::uint64_t>(value)), high_(static_cast<std::int64_t>(value >> 64)) {}

  constexpr operator int128() const noexcept {  // NOLINT: implicit on purpose
    return static_cast<int128>((static_cast<uint128>(static_cast<std::uint64_t>(high_)) << 64) | low_);
  }
  constexpr wide_integer& operator+=(int128 other) noexcept { return *this = static_cast<int128>(*this) + other; }
  constexpr wide_integer& operator-=(int128 other) noexcept { return *this = static_cast<int128>(*this) - other; }

  /// Whether the value can be told in 64 bits.
  constexpr bool fits_int64() const noexcept {
    return high_ == (static_cast<std::int64_t>(low_) < 0 ? -1 : 0);
  }

  friend constexpr bool operator==(const wide_integer&, const wide_integer&) = default;

 private:
  std::uint64_t low_ = 0;
  std::int64_t high_ = 0;
};

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/core/hash.hpp - 64-bit hashes that are the same on every run and every machine.
//
// Both are cheap to include and to call, and mix all 64 bits well enough that tables take
// the upper bits and sketches count leading zeros. They do not withstand an adversary who
// chooses the values. `hash_key` (core/key.hpp) is what keys are hashed with.
//
// Source: the multiply-and-fold step of wyhash (Wang Yi).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <oriel/core/int128.hpp>

namespace oriel {

namespace detail {

constexpr std::uint64_t fold_product(std::uint64_t a, std::uint64_t b) noexcept {
  const uint128 product = static_cast<uint128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// `size` bytes as an integer, the first byte lowest. Requires: `size <= 8`.
inline std::uint64_t load_bytes(const char* from, std::size_t size) noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, from, size);
  if constexpr (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) value = __builtin_bswap64(value);
  return value;
}

/// Writes an integer as eight bytes that `load_bytes` reads.
inline void store_bytes(char* to, std::uint64_t value) noexcept {
  if constexpr (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) value = __builtin_bswap64(value);
  std::memcpy(to, &value, 8);
}

}  // namespace detail

/// A well-mixed 64-bit hash of an integer: one 128-bit product, folded.
constexpr std::uint64_t hash_integer(std::uint64_t value) noexcept {
  return detail::fold_product(value ^ 0x2d358dccaa6c78a5u, 0x9e3779b97f4a7c15u);
}

/// A well-mixed 64-bit hash of some bytes: one product per sixteen of them.
inline std::uint64_t hash_bytes(const char* bytes, std::size_t size) noexcept {
  constexpr std::uint64_t a = 0x8bb84b93962eacc9u;
  constexpr std::uint64_t b = 0x4b33a62ed433d4a3u;
  std::uint64_t h = hash_integer(size);
  std::size_t left = size;
  for (; left > 16; left -= 16, bytes += 16) {
    h = detail::fold_product(detail::load_bytes(bytes, 8) ^ a, detail::load_bytes(bytes + 8, 8) ^ h);
  }
  std::uint64_t front = 0;
  std::uint64_t back = 0;
  if (left >= 8) {  // the two halves may overlap; the size is hashed as well
    front = detail::load_bytes(bytes, 8);
    back = detail::load_bytes(bytes + left - 8, 8);
  } else if (left >= 4) {
    front = detail::load_bytes(bytes, 4);
    back = detail::load_bytes(bytes + left - 4, 4);
  } else if (left > 0) {
    front = detail::load_bytes(bytes, 1) | detail::load_bytes(bytes + left / 2, 1) << 8 |
            detail::load_bytes(bytes + left - 1, 1) << 16;
  }
  return detail::fold_product(detail::fold_product(front ^ a, back ^ h) ^ b, h ^ 0x9e3779b97f4a7c15u);
}

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/core/cache_line.hpp - state that lies in memory as it is fetched: in lines of 64 bytes.
//
// Operators keep an array of states and touch them in the order in which keys come, which is
// none: each costs as many lines as it lies in. One of 128 bytes lies in two when it begins a
// line, otherwise in three.
#pragma once

#include <cstddef>

namespace oriel::detail {

inline constexpr std::size_t cache_line = 64;

/// The alignment that makes elements of an array of `T` begin lines where that wastes at most a ninth of it; that of
/// `T` otherwise, and where a line holds several.
template <typename T>
inline constexpr std::size_t line_alignment =
    sizeof(T) > cache_line / 2 && (cache_line - sizeof(T) % cache_line) % cache_line <= sizeof(T) / 8 ? cache_line
                                                                                                     : alignof(T);

/// Fetches an object that is about to be changed.
///
/// Always inlined: g++ takes a function that only prefetches for one that does nothing.
template <typename T>
[[gnu::always_inline]] inline void prefetch_lines(const T& object) noexcept {
  const char* const at = reinterpret_cast<const char*>(&object);
  for (std::size_t offset = 0; offset < sizeof(T); offset += cache_line) __builtin_prefetch(at + offset, 1);
  if constexpr (alignof(T) < cache_line) __builtin_prefetch(at + sizeof(T) - 1, 1);
}

}  // namespace oriel::detail

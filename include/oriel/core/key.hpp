// SPDX-License-Identifier: Apache-2.0
// oriel/core/key.hpp - what events are grouped by.
//
// A key is a bool, an integer, an enumeration, a timestamp, a string, or a tuple
// of those. Three things are asked of it: a hash, equality, and a form that can be
// kept (`keep`: strings copied into an arena). Floating-point members are refused
// as keys: NaN equals nothing, not even the group it was put into.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <oriel/core/arena.hpp>
#include <oriel/core/hash.hpp>
#include <oriel/core/time.hpp>

namespace oriel {

namespace detail {

template <typename T>
inline constexpr bool is_tuple = false;
template <typename... Ts>
inline constexpr bool is_tuple<std::tuple<Ts...>> = true;

template <typename T>
inline constexpr bool is_key_scalar = std::is_integral_v<T> || std::is_enum_v<T> || std::is_same_v<T, timestamp> ||
                                      std::is_same_v<T, std::string_view>;
template <typename T>
inline constexpr bool is_key = is_key_scalar<T>;
template <typename... Ts>
inline constexpr bool is_key<std::tuple<Ts...>> = (is_key_scalar<Ts> && ...);

}  // namespace detail

/// Can be grouped by.
template <typename K>
concept key = detail::is_key<K>;

/// The key type of a member: strings are keyed by their characters, whoever owns them.
template <typename Member>
using key_of = std::conditional_t<std::is_same_v<Member, std::string>, std::string_view, Member>;

/// The hash of a key; equal keys hash equal, and the value is the same on every run.
template <key K>
inline std::uint64_t hash_key(const K& k) noexcept {
  if constexpr (detail::is_tuple<K>) {
    std::uint64_t h = 0;
    std::apply([&](const auto&... part) { ((h = hash_integer(h ^ hash_key(part)) + 0x9e3779b97f4a7c15u), ...); }, k);
    return h;
  } else if constexpr (std::is_same_v<K, std::string_view>) {
    return XXH3_64bits(k.data(), k.size());
  } else if constexpr (std::is_same_v<K, timestamp>) {
    return hash_integer(static_cast<std::uint64_t>(to_ms(k)));
  } else {
    return hash_integer(static_cast<std::uint64_t>(k));
  }
}

/// The key with its strings copied into `bytes`, to be kept longer than the batch it came in.
template <key K>
inline K keep(const K& k, arena& bytes) {
  if constexpr (detail::is_tuple<K>) {
    return std::apply([&](const auto&... part) { return K{keep(part, bytes)...}; }, k);
  } else if constexpr (std::is_same_v<K, std::string_view>) {
    return bytes.store(k);
  } else {
    return k;
  }
}

}  // namespace oriel

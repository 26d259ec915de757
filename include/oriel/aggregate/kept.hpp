// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/kept.hpp - how a partial keeps a value of an event, and how an answer shows it.
//
// A partial outlives the events it was made of, so it owns its strings; the answer is
// read off at once and views them. Everything that is not a string is a value.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

namespace oriel::detail {

template <typename V>
inline constexpr bool is_text = std::is_convertible_v<const V&, std::string_view>;

/// The type a partial keeps a `V` as.
template <typename V>
using kept = std::conditional_t<is_text<V>, std::string, V>;

/// The type an answer shows a `V` as. Lifetime: a string views the partial.
template <typename V>
using shown = std::conditional_t<is_text<V>, std::string_view, V>;

}  // namespace oriel::detail

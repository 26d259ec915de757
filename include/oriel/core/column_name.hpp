// SPDX-License-Identifier: Apache-2.0
// oriel/core/column_name.hpp - names of columns, as types.
//
// `"clicks"_col` is a value whose type carries its text, so a row type, a table
// schema and an access by name can all be made by the compiler. Assigning an
// aggregate to it (`"clicks"_col = count()`) names that aggregate's column.
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace oriel {

/// A string literal as a template argument.
template <std::size_t N>
struct fixed_string {
  char text[N]{};

  constexpr fixed_string(const char (&literal)[N]) {  // NOLINT: implicit on purpose
    for (std::size_t i = 0; i < N; ++i) text[i] = literal[i];
  }
  constexpr std::string_view view() const noexcept { return {text, N - 1}; }

  template <std::size_t M>
  friend constexpr bool operator==(const fixed_string& a, const fixed_string<M>& b) noexcept {
    return a.view() == b.view();
  }
};

/// Something with a column's name: `"clicks"_col = count()`.
template <fixed_string Name, typename Value>
struct named {
  static constexpr std::string_view name() noexcept { return Name.view(); }
  using value_type = Value;

  Value value;
};

/// The name of a column.
template <fixed_string Name>
struct column_name {
  static constexpr std::string_view name() noexcept { return Name.view(); }

  /// Names an aggregate or an expression; nothing is assigned.
  template <typename Value>
  constexpr named<Name, std::decay_t<Value>> operator=(Value&& value) const {  // NOLINT: names, does not assign
    return {std::forward<Value>(value)};
  }
};

namespace literals {

/// `"clicks"_col`
template <fixed_string Name>
constexpr column_name<Name> operator""_col() noexcept {
  return {};
}

}  // namespace literals
}  // namespace oriel

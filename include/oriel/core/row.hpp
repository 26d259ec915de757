// SPDX-License-Identifier: Apache-2.0
// oriel/core/row.hpp - a struct whose members are named by strings.
//
// Aggregating produces rows nobody wrote a struct for: the key's members, the
// window's bounds, one column per named aggregate. A `row` is exactly such a
// struct, laid out like one, with `row["clicks"_col]` instead of `row.clicks`.
#pragma once

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <oriel/core/column_name.hpp>

namespace oriel {

/// One column of a row: its name and the type of its values.
template <fixed_string Name, typename T>
struct column {
  static constexpr std::string_view name() noexcept { return Name.view(); }
  using value_type = T;

  T value{};

  friend bool operator==(const column&, const column&) = default;
};

namespace detail {

template <fixed_string Name, typename T>
column<Name, T>& find_column(column<Name, T>& found) noexcept {
  return found;
}
template <fixed_string Name, typename T>
const column<Name, T>& find_column(const column<Name, T>& found) noexcept {
  return found;
}

}  // namespace detail

/// A struct with named columns. Column names must differ.
///
///     row<column<"page", std::string_view>, column<"views", std::int64_t>> r{{"/home"}, {3}};
///     r["views"_col] += 1;
template <typename... Columns>
struct row : Columns... {
  static constexpr std::size_t column_count = sizeof...(Columns);

  template <fixed_string Name>
    requires((Columns::name() == Name.view()) || ...)
  auto& operator[](column_name<Name>) noexcept {
    return detail::find_column<Name>(*this).value;
  }
  template <fixed_string Name>
    requires((Columns::name() == Name.view()) || ...)
  const auto& operator[](column_name<Name>) const noexcept {
    return detail::find_column<Name>(*this).value;
  }

  friend bool operator==(const row&, const row&) = default;
};

template <typename T>
inline constexpr bool is_row = false;
template <typename... Columns>
inline constexpr bool is_row<row<Columns...>> = true;

/// Whether a row has a column of this name.
template <typename Row, fixed_string Name>
concept has_column = requires(const Row& r, column_name<Name> name) { r[name]; };

namespace detail {

template <typename... Rows>
struct joined_row;
template <typename Row>
struct joined_row<Row> {
  using type = Row;
};
template <typename... A, typename... B, typename... Rest>
struct joined_row<row<A...>, row<B...>, Rest...> : joined_row<row<A..., B...>, Rest...> {};

}  // namespace detail

/// The row with the columns of several, in order.
template <typename... Rows>
using joined_row = typename detail::joined_row<Rows...>::type;

}  // namespace oriel

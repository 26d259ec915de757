// SPDX-License-Identifier: Apache-2.0
// oriel/stream/join_keys.hpp - what must be equal for two rows to be partners: `on(...)`.
//
//     on(&order::customer, &payment::customer)
//     on(std::tuple(&order::shop, &order::number), std::tuple(&payment::shop, &payment::order))
//
// A key is read as a `std::optional`: it is nothing when any part of it is null, and
// nothing equals nothing else.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <oriel/core/fields.hpp>
#include <oriel/core/key.hpp>

namespace oriel {

namespace detail {

/// A part of a join key: the value of a member or function; nothing when it is null.
template <typename Part, typename Row>
auto join_key_part(const Part& part, const Row& row) {
  decltype(auto) value = std::invoke(part, row);
  using value_type = std::remove_cvref_t<decltype(value)>;
  if constexpr (is_optional<value_type>) {
    using type = key_of<typename value_type::value_type>;
    static_assert(key<type>, "on: a key is a bool, an integer, an enumeration, a timestamp or a string, or an optional one");
    return value ? std::optional<type>(*value) : std::nullopt;
  } else {
    using type = key_of<value_type>;
    static_assert(key<type>, "on: a key is a bool, an integer, an enumeration, a timestamp or a string, or an optional one");
    static_assert(!std::is_same_v<decltype(value), std::string>,
                  "on: the function returns a std::string that dies before the key is read; return a std::string_view");
    return std::optional<type>(value);
  }
}

/// Reads a join key of a row: nothing when a part of it is null.
template <typename Parts>
struct join_key {
  Parts part;

  template <typename Row>
  auto operator()(const Row& row) const {
    return join_key_part(part, row);
  }
};
template <typename... Parts>
struct join_key<std::tuple<Parts...>> {
  std::tuple<Parts...> parts;

  template <typename Row>
  auto operator()(const Row& row) const {
    return std::apply(
        [&](const auto&... part) {
          const auto values = std::tuple{join_key_part(part, row)...};
          using type = std::tuple<typename decltype(join_key_part(part, row))::value_type...>;
          return std::apply(
              [](const auto&... value) {
                return (value && ...) ? std::optional<type>(type{*value...}) : std::optional<type>();
              },
              values);
        },
        parts);
  }
};

}  // namespace detail

/// What must be equal for two rows to be partners; see `on`.
template <typename Left, typename Right>
struct join_keys {
  detail::join_key<Left> left;
  detail::join_key<Right> right;
};

/// Partners have `left` of the left row equal to `right` of the right one: members or functions of the rows, or tuples
/// of these. Null (an empty `std::optional`) equals nothing.
///
///     on(&order::customer, &payment::customer)
///     on(std::tuple(&order::shop, &order::number), std::tuple(&payment::shop, &payment::order))
template <typename Left, typename Right>
join_keys<Left, Right> on(Left left, Right right) {
  return {{std::move(left)}, {std::move(right)}};
}

namespace detail {

/// The type of the key that `Of` reads of a `Row`.
template <typename Of, typename Row>
using join_key_type = typename std::invoke_result_t<const Of&, const Row&>::value_type;

/// Whether both sides' keys can be compared without one of them being converted.
template <typename Left, typename Right, typename LeftRow, typename RightRow>
constexpr bool same_keys = std::is_same_v<join_key_type<join_key<Left>, LeftRow>, join_key_type<join_key<Right>, RightRow>>;

}  // namespace detail

}  // namespace oriel

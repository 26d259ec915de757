// SPDX-License-Identifier: Apache-2.0
// oriel/core/fields.hpp - the members of a user's struct, by name.
//
// BOOST_DESCRIBE_STRUCT says once what a struct holds; everything else follows
// from it. Two views of the same facts are offered:
//
//   at compile time   for_each_field(event, f) calls f(name, member)
//   at run time       fields_of<Event>() is a table of names, types and offsets,
//                     so that one compiled decoder can fill in any struct
//
// A field is a bool, a number, a string (viewed or owned), a `timestamp`, another
// described struct, a `std::optional` of those (null or missing), or a
// `std::vector` of those (a list). Rows (core/row.hpp) have fields too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/describe/members.hpp>
#include <boost/describe/class.hpp>
#include <boost/mp11/algorithm.hpp>

#include <oriel/core/row.hpp>
#include <oriel/core/time.hpp>

namespace oriel {

/// A struct whose members are known through BOOST_DESCRIBE_STRUCT.
template <typename T>
concept described = boost::describe::has_describe_members<T>::value && !std::is_union_v<T>;

/// Anything with fields: a described struct or a row.
template <typename T>
concept has_fields = described<T> || is_row<T>;

namespace detail {

template <typename T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <typename T>
inline constexpr bool is_list = false;
template <typename T, typename A>
inline constexpr bool is_list<std::vector<T, A>> = true;

template <typename T, typename F, typename... Columns>
void for_each_column(T& r, F& f, row<Columns...>*) {
  (f(Columns::name(), static_cast<std::conditional_t<std::is_const_v<T>, const Columns, Columns>&>(r).value), ...);
}

}  // namespace detail

/// Calls `f(std::string_view name, member)` for each field in declaration order.
template <typename T, typename F>
  requires has_fields<std::remove_const_t<T>>
void for_each_field(T& value, F&& f) {
  using plain = std::remove_const_t<T>;
  if constexpr (is_row<plain>) {
    detail::for_each_column(value, f, static_cast<plain*>(nullptr));
  } else {
    boost::mp11::mp_for_each<detail::members_of<plain>>([&](auto member) {
      f(std::string_view{decltype(member)::name}, value.*decltype(member)::pointer);
    });
  }
}

/// What a field holds.
enum class field_type : std::uint8_t {
  boolean,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float32,
  float64,
  text_view,  ///< std::string_view, into bytes the batch owns
  text,       ///< std::string
  time,       ///< `timestamp`
  structure,  ///< a described struct; see `fields`
  list,       ///< a std::vector; see `element`
};

/// One field of a struct as plain data. Addresses are those of the struct's first byte plus `offset`.
struct field_descriptor {
  std::string_view name;
  field_type type = field_type::int64;
  bool nullable = false;  ///< a std::optional: may be null or missing
  std::size_t offset = 0;

  std::span<const field_descriptor> fields{};  ///< of a structure
  const field_descriptor* element = nullptr;   ///< of a list; its offset is 0

  // A nullable field: engage makes the optional hold a value and returns its address.
  void* (*engage)(void* optional) = nullptr;
  void (*disengage)(void* optional) = nullptr;
  const void* (*held)(const void* optional) = nullptr;  ///< the value, or nullptr when null

  // A list: append adds one element and returns its address.
  void* (*append)(void* list) = nullptr;
  void (*clear)(void* list) = nullptr;
  std::size_t (*size)(const void* list) = nullptr;
  const void* (*at)(const void* list, std::size_t index) = nullptr;
};

/// The field table of `T`, made on first use. It lives for the whole program.
template <has_fields T>
std::span<const field_descriptor> fields_of();

/// Whether a field can be of this type (see the head of the file).
template <typename T>
consteval bool is_field_type() {
  if constexpr (detail::is_optional<T> || detail::is_list<T>) {
    return is_field_type<typename T::value_type>();
  } else {
    return std::is_arithmetic_v<T> || std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view> ||
           std::is_same_v<T, timestamp> || has_fields<T>;
  }
}

namespace detail {

template <typename T>
consteval field_type scalar_field_type() {
  if constexpr (std::is_same_v<T, bool>) {
    return field_type::boolean;
  } else if constexpr (std::is_floating_point_v<T>) {
    static_assert(sizeof(T) <= 8, "a field of floating type is float or double");
    return sizeof(T) == 4 ? field_type::float32 : field_type::float64;
  } else if constexpr (std::is_integral_v<T>) {
    constexpr bool is_signed = std::is_signed_v<T>;
    if constexpr (sizeof(T) == 1) return is_signed ? field_type::int8 : field_type::uint8;
    if constexpr (sizeof(T) == 2) return is_signed ? field_type::int16 : field_type::uint16;
    if constexpr (sizeof(T) == 4) return is_signed ? field_type::int32 : field_type::uint32;
    if constexpr (sizeof(T) == 8) return is_signed ? field_type::int64 : field_type::uint64;
  } else if constexpr (std::is_same_v<T, std::string_view>) {
    return field_type::text_view;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return field_type::text;
  } else if constexpr (std::is_same_v<T, timestamp>) {
    return field_type::time;
  } else {
    return field_type::structure;
  }
}

template <typename T>
field_descriptor describe_field(std::string_view name, std::size_t offset) {
  static_assert(is_field_type<T>(),
                "a field must be bool, a number, std::string, std::string_view, oriel::timestamp, a struct described "
                "with BOOST_DESCRIBE_STRUCT, or a std::optional or std::vector of those");
  if constexpr (is_optional<T>) {
    using value = typename T::value_type;
    static_assert(!is_optional<value>, "an optional of an optional has no meaning; use one");
    field_descriptor d = describe_field<value>(name, offset);
    d.nullable = true;
    d.engage = [](void* p) -> void* { return &static_cast<T*>(p)->emplace(); };
    d.disengage = [](void* p) { static_cast<T*>(p)->reset(); };
    d.held = [](const void* p) -> const void* {
      const T& o = *static_cast<const T*>(p);
      return o ? &*o : nullptr;
    };
    return d;
  } else if constexpr (is_list<T>) {
    using value = typename T::value_type;
    static_assert(!std::is_same_v<value, bool>, "std::vector<bool> has no addressable elements; use std::uint8_t");
    static const field_descriptor element = describe_field<value>("", 0);
    field_descriptor d{.name = name, .type = field_type::list, .offset = offset, .element = &element};
    d.append = [](void* p) -> void* { return &static_cast<T*>(p)->emplace_back(); };
    d.clear = [](void* p) { static_cast<T*>(p)->clear(); };
    d.size = [](const void* p) { return static_cast<const T*>(p)->size(); };
    d.at = [](const void* p, std::size_t i) -> const void* { return &(*static_cast<const T*>(p))[i]; };
    return d;
  } else {
    field_descriptor d{.name = name, .type = scalar_field_type<T>(), .offset = offset};
    if constexpr (has_fields<T>) d.fields = fields_of<T>();
    return d;
  }
}

}  // namespace detail

template <has_fields T>
std::span<const field_descriptor> fields_of() {
  static_assert(std::is_default_constructible_v<T>, "a struct with fields must be default constructible");
  static const std::vector<field_descriptor> table = [] {
    std::vector<field_descriptor> fields;
    const T sample{};
    for_each_field(sample, [&](std::string_view name, const auto& member) {
      const auto offset = reinterpret_cast<const char*>(&member) - reinterpret_cast<const char*>(&sample);
      fields.push_back(
          detail::describe_field<std::remove_cvref_t<decltype(member)>>(name, static_cast<std::size_t>(offset)));
    });
    return fields;
  }();
  return {table.data(), table.size()};
}

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/query/rows_as.hpp - a result as structs of the caller's.
//
//     struct by_org {
//       std::string org;
//       std::int64_t n;
//       std::optional<double> mean;
//     };
//     BOOST_DESCRIBE_STRUCT(by_org, (), (org, n, mean))
//
//     for (const by_org& r : rows_as<by_org>(sql(tables, "SELECT org, COUNT(*) AS n, AVG(value) AS mean ..."))) ...
//
// Members are filled from the columns of their names, wherever these stand; columns
// without a member are left out. Whether all of them fit is known before the first row.
#pragma once

#include <concepts>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/core/error.hpp>
#include <oriel/core/fields.hpp>
#include <oriel/core/near_names.hpp>
#include <oriel/query/result_set.hpp>

namespace oriel {
namespace detail {

template <typename M>
struct value_of_member {
  using type = M;
};
template <typename M>
  requires(is_optional<M>)
struct value_of_member<M> {
  using type = typename M::value_type;
};

/// Whether a member of this type can hold values of such a column.
template <typename M>
constexpr bool holds(column_type type) noexcept {
  if constexpr (is_list<M>) {
    return oriel::is_list(type) && holds<typename M::value_type>(element_of(type)) &&
           !std::is_same_v<typename M::value_type, std::string_view>;
  } else if constexpr (std::is_same_v<M, bool>) {
    return type == column_type::boolean;
  } else if constexpr (std::is_integral_v<M>) {
    return type == column_type::int64 || (sizeof(M) == 1 && type == column_type::boolean);
  } else if constexpr (std::is_floating_point_v<M>) {
    return type == column_type::float64 || type == column_type::int64;
  } else if constexpr (std::is_same_v<M, timestamp>) {
    return type == column_type::time;
  } else {
    static_assert(std::is_same_v<M, std::string> || std::is_same_v<M, std::string_view>,
                  "a member of a row is bool, a number, timestamp, std::string, std::string_view, or a std::optional or "
                  "std::vector of those");
    return type == column_type::string;
  }
}

template <typename M>
M narrowed(std::int64_t value, std::string_view column) {
  if (!std::in_range<M>(value)) {
    throw error(error_kind::exhausted, std::to_string(value) + " in column '" + std::string(column) +
                                           "' does not fit the member of this name");
  }
  return static_cast<M>(value);
}

/// Requires: `holds<M>` of the column's type, and the value is not null.
template <typename M>
void read_value(const result_set& from, std::size_t row, std::size_t column, M& out) {
  if constexpr (is_list<M>) {
    using element = typename M::value_type;
    out.clear();
    for (std::size_t i = 0; i < from.list_size(row, column); ++i) {
      if constexpr (std::is_same_v<element, std::string>) {
        out.emplace_back(from.as_string_element(row, column, i));
      } else if (from.type(column) == column_type::float64_list) {
        if constexpr (std::is_floating_point_v<element>) {
          out.push_back(static_cast<element>(from.as_float64_list(row, column)[i]));
        }
      } else if (from.type(column) == column_type::boolean_list) {
        if constexpr (std::is_integral_v<element>) {
          out.push_back(static_cast<element>(from.as_boolean_list(row, column)[i]));
        }
      } else if constexpr (std::is_same_v<element, timestamp>) {
        out.push_back(at_ms(from.as_int64_list(row, column)[i]));
      } else if constexpr (std::is_floating_point_v<element>) {
        out.push_back(static_cast<element>(from.as_int64_list(row, column)[i]));
      } else if constexpr (std::is_integral_v<element> && !std::is_same_v<element, bool>) {
        out.push_back(narrowed<element>(from.as_int64_list(row, column)[i], from.name(column)));
      }
    }
  } else if constexpr (std::is_same_v<M, bool>) {
    out = from.as_boolean(row, column);
  } else if constexpr (std::is_integral_v<M>) {
    out = from.type(column) == column_type::boolean ? static_cast<M>(from.as_boolean(row, column))
                                                    : narrowed<M>(from.as_int64(row, column), from.name(column));
  } else if constexpr (std::is_floating_point_v<M>) {
    out = static_cast<M>(from.as_float64(row, column));
  } else if constexpr (std::is_same_v<M, timestamp>) {
    out = from.as_timestamp(row, column);
  } else {
    out = from.as_string(row, column);
  }
}

/// Reads one row; `columns` are those of the members, in their order.
template <typename T>
void read_row(const result_set& from, std::size_t row, const std::vector<std::size_t>& columns, T& out) {
  std::size_t next = 0;
  for_each_field(out, [&](std::string_view name, auto& member) {
    using member_type = std::remove_reference_t<decltype(member)>;
    const std::size_t column = columns[next++];
    if constexpr (is_optional<member_type>) {
      member.reset();
      if (!from.is_null(row, column)) read_value(from, row, column, member.emplace());
    } else {
      if (from.is_null(row, column)) {
        throw error(error_kind::malformed, "row " + std::to_string(row) + " has null in '" + std::string(name) +
                                               "'; make this member a std::optional");
      }
      read_value(from, row, column, member);
    }
  });
}

/// The column of each member. Errors: as `rows_as`.
template <typename T>
std::vector<std::size_t> columns_of_members(const result_set& from) {
  std::vector<std::size_t> out;
  T row{};
  for_each_field(row, [&](std::string_view name, auto& member) {
    using value = typename value_of_member<std::remove_reference_t<decltype(member)>>::type;
    const auto column = from.find(name);
    if (!column) {
      std::vector<std::string> known;
      for (std::size_t c = 0; c < from.column_count(); ++c) known.push_back(from.name(c));
      throw error(error_kind::invalid,
                  "the result has no column '" + std::string(name) + "'" + did_you_mean(name, known));
    }
    if (!holds<value>(from.type(*column))) {
      throw error(error_kind::invalid, "column '" + std::string(name) + "' is " +
                                           std::string(to_string(from.type(*column))) +
                                           ", which the member of this name cannot hold");
    }
    out.push_back(*column);
  });
  return out;
}

}  // namespace detail

/// All rows of a result as structs.
///
/// LONG goes into integers it fits, and floating members; DOUBLE, BOOLEAN, TIMESTAMP and STRING into their own; lists
/// into a std::vector; what may be null into a std::optional. A std::string_view is good for as long as the result.
/// Errors: `error{invalid}` when a member has no column or cannot hold it, `error{malformed}` for a null in a member
/// that is no std::optional, `error{exhausted}` for a LONG beyond its integer.
template <described T>
std::vector<T> rows_as(const result_set& from) {
  const std::vector<std::size_t> columns = detail::columns_of_members<T>(from);
  std::vector<T> out(from.row_count());
  for (std::size_t row = 0; row < out.size(); ++row) detail::read_row(from, row, columns, out[row]);
  return out;
}

}  // namespace oriel

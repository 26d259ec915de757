// SPDX-License-Identifier: Apache-2.0
// oriel/table/schema.hpp - the columns of a table: names, types, key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <oriel/core/export.hpp>

namespace oriel {

/// What a column holds.
enum class column_type : std::uint8_t {
  boolean,  ///< stored as bytes 0 and 1
  int64,    ///< every integer type
  float64,  ///< every floating type
  time,     ///< milliseconds since 1970, stored as int64
  string,   ///< stored as ids into the column's dictionary

  // Lists of these, stored as their elements are. A null list and an empty one differ; elements are never null.
  boolean_list,
  int64_list,
  float64_list,
  time_list,
  string_list,
};

constexpr bool is_list(column_type type) noexcept { return type >= column_type::boolean_list; }

/// What a list holds; other types are their own element.
constexpr column_type element_of(column_type type) noexcept {
  constexpr auto lists = static_cast<std::uint8_t>(column_type::boolean_list);
  return is_list(type) ? static_cast<column_type>(static_cast<std::uint8_t>(type) - lists) : type;
}

/// The type of lists of `element`. Requires: not a list itself.
constexpr column_type list_of(column_type element) noexcept {
  constexpr auto lists = static_cast<std::uint8_t>(column_type::boolean_list);
  return static_cast<column_type>(static_cast<std::uint8_t>(element) + lists);
}

/// Whether values are ids into a dictionary of the column: strings and lists of them.
constexpr bool has_dictionary(column_type type) noexcept { return element_of(type) == column_type::string; }

/// The SQL-facing name: BOOLEAN, LONG, DOUBLE, TIMESTAMP, STRING; lists are "LONG LIST" and so on.
ORIEL_EXPORT std::string_view to_string(column_type type) noexcept;

/// One column of a table.
struct column_description {
  std::string name;
  column_type type = column_type::int64;
  bool nullable = false;

  friend bool operator==(const column_description&, const column_description&) = default;
};

/// The columns of a table and which of them make its primary key.
///
/// Names keep their case and must differ even when case is ignored.
/// Errors: the constructor throws `error{invalid}` naming the column for an empty or repeated
/// name, for a key column that does not exist, and for one that is a list. In a nullable key column null equals null.
class ORIEL_EXPORT schema {
 public:
  schema() = default;
  explicit schema(std::vector<column_description> columns, std::vector<std::string> key = {});

  std::size_t size() const noexcept { return columns_.size(); }
  const column_description& operator[](std::size_t column) const noexcept { return columns_[column]; }
  std::span<const column_description> columns() const noexcept { return {columns_.data(), columns_.size()}; }

  /// Positions of the primary key's columns; empty for an append table.
  std::span<const std::size_t> key() const noexcept { return {key_.data(), key_.size()}; }

  /// The column of exactly this name; failing that, the one that differs only in case.
  std::optional<std::size_t> find(std::string_view name) const noexcept;

  friend bool operator==(const schema&, const schema&) = default;

 private:
  std::vector<column_description> columns_;
  std::vector<std::size_t> key_;
};

}  // namespace oriel

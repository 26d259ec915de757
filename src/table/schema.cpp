// SPDX-License-Identifier: Apache-2.0
// src/table/schema.cpp - what makes a schema a good one.
#include <oriel/table/schema.hpp>

#include <algorithm>

#include <oriel/core/error.hpp>
#include <oriel/core/near_names.hpp>

namespace oriel {

std::string_view to_string(column_type type) noexcept {
  switch (type) {
    case column_type::boolean: return "BOOLEAN";
    case column_type::int64: return "LONG";
    case column_type::float64: return "DOUBLE";
    case column_type::time: return "TIMESTAMP";
    case column_type::string: return "STRING";
    case column_type::boolean_list: return "BOOLEAN LIST";
    case column_type::int64_list: return "LONG LIST";
    case column_type::float64_list: return "DOUBLE LIST";
    case column_type::time_list: return "TIMESTAMP LIST";
    case column_type::string_list: return "STRING LIST";
  }
  return "?";
}

schema::schema(std::vector<column_description> columns, std::vector<std::string> key) : columns_(std::move(columns)) {
  const auto fail = [](std::string message) { throw error(error_kind::invalid, "schema: " + std::move(message)); };

  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string& name = columns_[i].name;
    if (name.empty()) fail("column " + std::to_string(i + 1) + " has no name; give it one");
    for (std::size_t j = 0; j < i; ++j) {
      if (!equal_ignoring_case(columns_[j].name, name)) continue;
      fail("columns '" + columns_[j].name + "' and '" + name + "' have the same name but for case; rename one");
    }
  }
  for (const std::string& name : key) {
    const std::optional<std::size_t> column = find(name);
    if (!column) {
      std::vector<std::string> known;
      for (const column_description& c : columns_) known.push_back(c.name);
      fail("key column '" + name + "' does not exist" + did_you_mean(name, known));
    }
    if (is_list(columns_[*column].type)) fail("key column '" + name + "' is a list; a key has single values");
    if (std::find(key_.begin(), key_.end(), *column) != key_.end()) fail("key column '" + name + "' is named twice");
    key_.push_back(*column);
  }
}

std::optional<std::size_t> schema::find(std::string_view name) const noexcept {
  std::optional<std::size_t> near;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].name == name) return i;
    if (!near && equal_ignoring_case(columns_[i].name, name)) near = i;
  }
  return near;
}

}  // namespace oriel

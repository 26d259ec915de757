// SPDX-License-Identifier: Apache-2.0
// src/query/scope.hpp - the columns a query may name, and how a name finds one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <oriel/table/schema.hpp>

namespace oriel::detail {

struct scope_column {
  std::string table;  ///< the name or alias it may be qualified by
  std::string name;
  column_type type = column_type::int64;
  bool nullable = false;
};

/// What FROM brings into a query.
class scope {
 public:
  scope() = default;
  explicit scope(std::vector<scope_column> columns) : columns_(std::move(columns)) {}

  const std::vector<scope_column>& columns() const noexcept { return columns_; }

  /// The column a dotted name means: the column of the whole name, or table and column. Exact case first.
  std::optional<std::size_t> find(const std::vector<std::string>& path) const;

  /// The names of all columns.
  std::vector<std::string> names() const;

 private:
  std::vector<scope_column> columns_;
};

/// The parts with points between them.
std::string joined(const std::vector<std::string>& path, std::size_t first = 0);

}  // namespace oriel::detail

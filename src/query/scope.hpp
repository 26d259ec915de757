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
  bool merged = false;  ///< stands for the columns of several tables that USING made one
  bool hidden = false;  ///< is one of those that another stands for: only found when qualified
};

/// What FROM brings into a query.
class scope {
 public:
  scope() = default;
  explicit scope(std::vector<scope_column> columns) : columns_(std::move(columns)) {}

  const std::vector<scope_column>& columns() const noexcept { return columns_; }

  /// The column a dotted name means: the column of the whole name, or table and column. Exact case first.
  std::optional<std::size_t> find(const std::vector<std::string>& path) const;

  /// Whether `find` had to choose among columns of several tables.
  bool is_ambiguous(const std::vector<std::string>& path) const;

  /// The names of all columns.
  std::vector<std::string> names() const;

 private:
  template <typename Fits>
  std::vector<std::size_t> search(const Fits& fits) const;
  std::vector<std::size_t> candidates(const std::vector<std::string>& path) const;

  std::vector<scope_column> columns_;
};

/// The parts with points between them.
std::string joined(const std::vector<std::string>& path, std::size_t first = 0);

}  // namespace oriel::detail

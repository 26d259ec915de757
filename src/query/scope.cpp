// SPDX-License-Identifier: Apache-2.0
// src/query/scope.cpp - how a name finds a column.
#include <query/scope.hpp>

#include <oriel/core/near_names.hpp>

namespace oriel::detail {

std::string joined(const std::vector<std::string>& path, std::size_t first) {
  std::string out;
  for (std::size_t i = first; i < path.size(); ++i) {
    if (i > first) out += '.';
    out += path[i];
  }
  return out;
}

std::optional<std::size_t> scope::find(const std::vector<std::string>& path) const {
  const auto search = [&](const auto& fits) -> std::optional<std::size_t> {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (fits(columns_[i])) return i;
    }
    return std::nullopt;
  };
  const std::string whole = joined(path);
  if (const auto i = search([&](const scope_column& c) { return c.name == whole; })) return i;
  if (const auto i = search([&](const scope_column& c) { return equal_ignoring_case(c.name, whole); })) return i;

  std::string table;
  for (std::size_t split = 1; split < path.size(); ++split) {
    table += (split > 1 ? "." : "") + path[split - 1];
    const std::string column = joined(path, split);
    const auto in_table = [&](const scope_column& c) { return equal_ignoring_case(c.table, table); };
    if (const auto i = search([&](const scope_column& c) { return in_table(c) && c.name == column; })) return i;
    if (const auto i =
            search([&](const scope_column& c) { return in_table(c) && equal_ignoring_case(c.name, column); })) {
      return i;
    }
  }
  return std::nullopt;
}

std::vector<std::string> scope::names() const {
  std::vector<std::string> out;
  for (const scope_column& c : columns_) out.push_back(c.name);
  return out;
}

}  // namespace oriel::detail

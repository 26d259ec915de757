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

template <typename Fits>
std::vector<std::size_t> scope::search(const Fits& fits) const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (fits(columns_[i])) out.push_back(i);
  }
  return out;
}

// The columns that fit equally well and better than all others.
std::vector<std::size_t> scope::candidates(const std::vector<std::string>& path) const {
  const std::string whole = joined(path);
  auto found = search([&](const scope_column& c) { return !c.hidden && c.name == whole; });
  if (!found.empty()) return found;
  found = search([&](const scope_column& c) { return !c.hidden && equal_ignoring_case(c.name, whole); });
  if (!found.empty()) return found;

  std::string table;
  for (std::size_t split = 1; split < path.size(); ++split) {
    table += (split > 1 ? "." : "") + path[split - 1];
    const std::string column = joined(path, split);
    const auto in_table = [&](const scope_column& c) { return equal_ignoring_case(c.table, table); };
    found = search([&](const scope_column& c) { return in_table(c) && c.name == column; });
    if (!found.empty()) return found;
    found = search([&](const scope_column& c) { return in_table(c) && equal_ignoring_case(c.name, column); });
    if (!found.empty()) return found;
  }
  return {};
}

std::optional<std::size_t> scope::find(const std::vector<std::string>& path) const {
  const auto found = candidates(path);
  if (found.empty()) return std::nullopt;
  return found.front();
}

bool scope::is_ambiguous(const std::vector<std::string>& path) const { return candidates(path).size() > 1; }

std::vector<std::string> scope::names() const {
  std::vector<std::string> out;
  for (const scope_column& c : columns_) out.push_back(c.name);
  return out;
}

}  // namespace oriel::detail

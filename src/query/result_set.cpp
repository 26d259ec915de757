// SPDX-License-Identifier: Apache-2.0
// src/query/result_set.cpp - finding columns by name.
#include <oriel/query/result_set.hpp>

#include <oriel/core/near_names.hpp>

namespace oriel {

std::optional<std::size_t> result_set::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].name == name) return i;
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (equal_ignoring_case(columns_[i].name, name)) return i;
  }
  return std::nullopt;
}

}  // namespace oriel

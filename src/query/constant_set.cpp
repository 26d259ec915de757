// SPDX-License-Identifier: Apache-2.0
// src/query/constant_set.cpp - the list of IN, sorted.
#include <query/constant_set.hpp>

#include <algorithm>
#include <string>
#include <variant>

#include <query/total_order.hpp>

namespace oriel::detail {

constant_set::constant_set(const program& nodes, std::span<const node_id> constants) {
  for (const node_id id : constants) {
    const constant_value& value = nodes[id].value;
    if (const auto* const b = std::get_if<bool>(&value)) {
      numbers_.push_back(*b ? 1 : 0);
    } else if (const auto* const i = std::get_if<std::int64_t>(&value)) {
      numbers_.push_back(ordered_bits(*i));
    } else if (const auto* const d = std::get_if<double>(&value)) {
      numbers_.push_back(ordered_bits(*d));
    } else if (const auto* const s = std::get_if<std::string>(&value)) {
      texts_.push_back(*s);
    } else {
      has_null_ = true;
    }
  }
  std::sort(numbers_.begin(), numbers_.end());
  std::sort(texts_.begin(), texts_.end());
}

bool constant_set::contains(std::uint64_t bits) const noexcept {
  return std::binary_search(numbers_.begin(), numbers_.end(), bits);
}

bool constant_set::contains(std::string_view text) const noexcept {
  return std::binary_search(texts_.begin(), texts_.end(), text);
}

}  // namespace oriel::detail

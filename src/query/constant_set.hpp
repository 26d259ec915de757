// SPDX-License-Identifier: Apache-2.0
// src/query/constant_set.hpp - the list of IN, sorted.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <query/plan.hpp>

namespace oriel::detail {

/// Constants of one type. Numbers are kept as bits that order as they do.
class constant_set {
 public:
  /// Requires: the nodes are constants, and outlive the set.
  constant_set(const program& nodes, std::span<const node_id> constants);

  bool has_null() const noexcept { return has_null_; }
  bool contains(std::uint64_t ordered_bits) const noexcept;
  bool contains(std::string_view text) const noexcept;

 private:
  std::vector<std::uint64_t> numbers_;
  std::vector<std::string_view> texts_;
  bool has_null_ = false;
};

}  // namespace oriel::detail

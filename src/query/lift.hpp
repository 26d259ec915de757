// SPDX-License-Identifier: Apache-2.0
// src/query/lift.hpp - expressions over rows to expressions over groups.
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <vector>

#include <query/plan.hpp>

namespace oriel::detail {

/// Rewrites expressions of a grouping stage for the stage that follows it.
class lifter {
 public:
  /// Requires: all outlive the lifter.
  lifter(const program& from, const std::vector<node_id>& keys, program& to) : from_(from), keys_(keys), to_(to) {}

  /// The expression over the groups, or nothing if it looks at a column that is not grouped by: `missing()`.
  std::optional<node_id> lift(node_id id);

  /// The column that stood in the way of the last `lift`.
  std::size_t missing() const noexcept { return missing_; }

 private:
  const program& from_;
  const std::vector<node_id>& keys_;
  program& to_;
  std::unordered_map<node_id, node_id> done_;
  std::size_t missing_ = 0;
};

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/query/prune.hpp - what the bounds of a batch say about a condition, before any row is looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <query/plan.hpp>
#include <query/relation.hpp>

namespace oriel::detail {

/// A batch that may have rows for which all conditions hold.
struct scanned_batch {
  std::size_t batch = 0;
  std::vector<node_id> filters;  ///< those that still have to be asked
};

/// The batches worth reading, in order.
std::vector<scanned_batch> plan_scan(const program& nodes, std::span<const node_id> filters, const relation& input);

/// Least and greatest value of a LONG or TIMESTAMP column in some batches; nothing if unknown or there is none.
struct int64_range {
  std::int64_t least = 0;
  std::int64_t greatest = 0;
};
std::optional<int64_range> range_of(const relation& input, std::size_t column, std::span<const scanned_batch> batches);

}  // namespace oriel::detail

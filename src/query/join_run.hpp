// SPDX-License-Identifier: Apache-2.0
// src/query/join_run.hpp - the tables of FROM matched by equal keys.
//
// A key is an expression of one table. Its values become small numbers, the same number for equal values of both
// sides, so that matching is indexing: the rows of the new table are laid out by number, and each row so far
// finds its matches as a span. What has been joined is kept as row numbers, one for each table and row; values
// are fetched once, at the end, for the columns that somebody reads. Rows that a condition of their table alone
// rules out (`push_down`) never get a number.
//
// Rows come in the order of the first table, then of the second, and so on; rows of an outer join that only the
// new table has come last. Null keys match nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

#include <query/plan.hpp>
#include <query/query_watch.hpp>
#include <query/relation.hpp>

namespace oriel::detail {

struct joined_rows {
  std::unique_ptr<relation> rows;
  std::size_t batches_read = 0;  ///< of all inputs
};

/// Joins the inputs of a plan. Requires: they outlive the relation.
///
/// Complexity: O(rows of the inputs + rows of the result) for each join.
/// Memory: 4 bytes for each table and row of the result while joining, then the columns that are read.
joined_rows run_joins(const query_plan& plan, const std::vector<const relation*>& inputs, std::string_view text,
                      query_watch& watch);

}  // namespace oriel::detail

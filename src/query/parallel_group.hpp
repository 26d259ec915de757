// SPDX-License-Identifier: Apache-2.0
// src/query/parallel_group.hpp - a grouping stage on several threads.
//
// Each thread groups a run of consecutive batches by itself. What comes out, one row for each of its groups, is
// grouped once more: counts and sums are summed, extrema are compared. Since the rows of the threads stand behind
// each other in the order of their batches, groups are numbered as one thread would have numbered them; sums of
// DOUBLE may differ in their last bits, nothing else does.
//
// Aggregates that are no more than counts, sums, means and extrema of rows can be had so; with any other the
// stage runs on one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <query/plan.hpp>
#include <query/query_watch.hpp>
#include <query/relation.hpp>

namespace oriel::detail {

/// Whether the stage can be split.
bool can_run_in_parallel(const group_stage& stage) noexcept;

/// The groups, good for as long as the object.
class parallel_group {
 public:
  /// Requires: `can_run_in_parallel(stage)`; all outlive the object.
  parallel_group(const group_stage& stage, const relation& input, std::string_view text, query_watch& watch,
                 std::size_t threads);
  ~parallel_group();

  /// Errors: those of the first thread that had one, in the order of batches.
  const relation& run();

  /// As of `group_run`, all threads together.
  std::size_t batches_read() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace oriel::detail

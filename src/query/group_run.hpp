// SPDX-License-Identifier: Apache-2.0
// src/query/group_run.hpp - a grouping stage at work: rows in, one row per group out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <query/accumulator.hpp>
#include <query/distinct_filter.hpp>
#include <query/evaluator.hpp>
#include <query/grouper.hpp>
#include <query/plan.hpp>
#include <query/prune.hpp>
#include <query/query_watch.hpp>

namespace oriel::detail {

/// Runs one `group_stage`.
///
/// Aggregates share what they can: rows that pass the same FILTER are found once, values are told apart once
/// for the same DISTINCT, and AVG uses the accumulators of SUM and COUNT of the same argument.
class group_run {
 public:
  /// Requires: all outlive the run.
  group_run(const group_stage& stage, const relation& input, std::string_view text, query_watch& watch);

  /// The groups as a relation; good for as long as the run.
  const relation& run();

  /// How many batches may have rows that pass the filters, as far as bounds tell.
  std::size_t batches_read() const noexcept { return batches_.size(); }

  /// What `run` gave. Requires: it has run.
  const relation& output() const noexcept { return *output_; }

 private:
  // Which rows an accumulator gets.
  struct row_source {
    std::optional<node_id> filter;
    std::optional<node_id> distinct;  // the argument whose values are told apart
    std::optional<node_id> list;      // whose elements are the values
    std::unique_ptr<distinct_filter> told_apart;
    selection rows;
    std::vector<std::uint32_t> groups;
    grouped_rows now;  // of the current batch
  };
  struct slot {
    accumulator_kind kind;
    std::optional<node_id> argument;
    std::vector<node_id> more;  // arguments behind the first
    std::size_t source;
    std::unique_ptr<accumulator> kept;
  };
  // The accumulators an aggregate is made from.
  struct parts {
    std::size_t first;
    std::optional<std::size_t> count;  // AVG: the second one
  };

  std::size_t source_of(const aggregate_call& call);
  std::size_t slot_of(accumulator_kind kind, std::optional<node_id> argument, std::size_t source,
                      const aggregate_call* call = nullptr);
  parts parts_of(const aggregate_call& call);
  void run_batch(const scanned_batch& batch);
  void run_elements(const row_set& rows, std::size_t key);
  void run_rows(const row_set& rows);
  void update_elements(std::size_t source, const row_set& base);
  void update_slots(std::size_t source, const column_vector& elements, const grouped_rows& in);
  bool add_known_sum(slot& s, const grouped_rows& in);
  void note_memory();
  void find_rows(const grouped_rows& base);
  column_data result_of(const aggregate_call& call, const parts& from, std::size_t groups) const;

  const group_stage& stage_;
  std::string_view text_;
  query_watch& watch_;
  std::size_t noted_ = 0;        // groups whose memory has been noted
  std::size_t noted_bytes_ = 0;  // of what finds them
  evaluator values_;
  std::vector<scanned_batch> batches_;
  grouper groups_;
  std::vector<std::unique_ptr<row_source>> sources_;
  std::vector<slot> slots_;
  std::vector<parts> parts_;
  std::vector<std::uint32_t> group_of_row_;  // the k-th row's
  std::vector<std::uint32_t> group_at_;      // the row's at a position
  selection selected_;
  std::vector<node_id> list_keys_;  // keys that are elements of lists
  std::optional<column_relation> output_;
};

}  // namespace oriel::detail

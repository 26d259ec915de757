// SPDX-License-Identifier: Apache-2.0
// src/query/grouper.hpp - rows to groups: each different combination of keys gets a number.
//
// Groups are numbered from 0 in the order their first rows are met, however they are
// found, so results do not depend on the way chosen here.
//
// Every key of a row becomes a digit, a small integer: the id of a string in its
// dictionary, a boolean, the distance of a number from the least one in the column,
// the number of the minute a timestamp lies in. What has no small digit (wide
// integers, doubles, computed strings) is numbered in a table of its own first.
// Digits of a row make one 64-bit code, as the digits of a number do; if the product
// of the radices is small the code indexes an array, otherwise it is looked up in a
// hash table. Too many digits for 64 bits are numbered in between and go on as one.
//
// Null is a digit like others: the first one.
//
// Where rows of a group follow each other, as when grouping by time, groups are looked up
// once for each such run; where a column is known to ascend and the other keys to have one
// value, not even the column is read, but searched for where the runs end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <query/accumulator.hpp>
#include <query/evaluator.hpp>
#include <query/key_digit.hpp>
#include <query/prune.hpp>

namespace oriel::detail {

/// Numbers the groups of rows.
class grouper {
 public:
  /// Requires: all live as long as the grouper.
  grouper(evaluator& values, std::span<const node_id> keys, std::span<const scanned_batch> batches);
  ~grouper();

  std::size_t size() const noexcept { return count_; }

  /// `groups[k]` becomes the group of the k-th row. Returns the same as runs, good until the next call, if most rows
  /// are in the group of the row before, or nothing.
  std::span<const row_run> assign(const row_set& rows, std::uint32_t* groups);

  /// The bytes of memory held for finding groups, but for a fixed part per group.
  std::size_t bytes() const noexcept;

  /// The keys of the groups, as columns.
  std::vector<column_data> key_columns() const;

 private:
  struct level;  // digits that make one code

  void make_levels(std::size_t rows);
  void encode(const level& l, const row_set& rows, row_codes codes);
  void assign_dense(const row_set& rows, std::uint32_t* groups);
  bool assign_few(const row_set& rows, std::uint32_t* groups);
  bool search_runs(const row_set& rows);
  void assign_runs(std::uint32_t* groups);
  std::uint32_t look_up(key_code code);
  std::uint32_t look_up_dense(key_code code);

  evaluator& values_;
  std::vector<std::unique_ptr<key_digit>> digits_;
  std::vector<std::unique_ptr<level>> levels_;  // each but the first has the level before it as its first digit
  bool is_dense_ = false;
  std::vector<std::uint32_t> dense_;  // code -> group + 1
  std::vector<std::uint64_t> codes_;  // of each group, if dense
  std::vector<code_run> code_runs_;   // of the batch, if it has few
  std::vector<row_run> runs_;
  std::size_t count_ = 0;
};

}  // namespace oriel::detail

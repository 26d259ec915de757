// SPDX-License-Identifier: Apache-2.0
// src/query/distinct_filter.hpp - each value once per group: COUNT(DISTINCT x), SUM(DISTINCT x).
//
// Of the rows of a batch it keeps those whose value is new in their group; whatever is
// aggregated over them is then aggregated over distinct values.
//
// Values become small integers as group keys do (ids, distances from the least value,
// or numbers given as they come). While groups x values are few enough it is one bit
// for each, otherwise a hash table of (group, value) pairs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <query/accumulator.hpp>
#include <query/evaluator.hpp>
#include <query/number_dictionary.hpp>
#include <query/prune.hpp>

namespace oriel::detail {

class distinct_filter {
 public:
  /// Requires: the evaluator outlives the filter.
  distinct_filter(evaluator& values, node_id argument, std::span<const scanned_batch> batches);

  /// Keeps rows whose value is neither null nor known in their group. The result uses `rows` and `groups`.
  grouped_rows keep_new(const column_vector& v, const grouped_rows& in, selection& rows, std::uint32_t* groups);

  /// The bytes of memory taken since this was asked last.
  std::size_t grown() noexcept {
    const std::size_t now =
        bits_.size() * sizeof(std::uint64_t) + (pairs_.size() + numbers_.size()) * 32 + texts_.bytes();
    const std::size_t before = std::exchange(noted_, now);
    return now > before ? now - before : 0;
  }

 private:
  void number_values(const column_vector& v);
  std::size_t keep_in_bits(std::size_t count, selection& rows, std::uint32_t* groups);
  std::size_t keep_in_pairs(std::size_t count, selection& rows, std::uint32_t* groups);
  void move_to_pairs();

  evaluator& values_;
  std::optional<int64_range> range_;  // of numbers that are told apart by their distance
  std::size_t width_ = 0;             // values are below this, if known
  bool by_id_ = false;
  number_dictionary numbers_;
  text_dictionary texts_;

  bool in_bits_ = false;
  std::size_t words_ = 0;       // of bits per group
  std::size_t most_bytes_ = 0;  // of bits, all groups together
  std::vector<std::uint64_t> bits_;
  number_dictionary pairs_;
  std::size_t noted_ = 0;

  // The batch: position, group and number of rows that are not null.
  std::vector<row_index> places_;
  std::vector<std::uint32_t> groups_;
  std::vector<std::uint32_t> digits_;
};

}  // namespace oriel::detail

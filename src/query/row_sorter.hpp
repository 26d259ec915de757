// SPDX-License-Identifier: Apache-2.0
// src/query/row_sorter.hpp - ORDER BY: which rows come out, and in which order.
//
// A row is known by its position in the input, and rows with equal keys stay in the order of
// their positions, so the order is total and the same every time.
//
// Every key becomes a 64-bit number that orders as the values do (for strings the first
// eight bytes, and the string itself to settle ties). With a limit, whenever twice as
// many rows are held as are wanted, the lesser half is kept and the last of it becomes
// the bar that later rows must pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include <oriel/core/arena.hpp>
#include <query/column_vector.hpp>
#include <query/plan.hpp>

namespace oriel::detail {

/// A row of a relation.
struct row_place {
  std::uint32_t batch = 0;
  row_index row = 0;
};

/// Complexity: O(rows x log limit) at worst, O(rows) typically, if there is a limit; otherwise a sort.
class row_sorter {
 public:
  static constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

  row_sorter(std::span<const sort_key> keys, std::size_t limit) : keys_(keys.begin(), keys.end()), limit_(limit) {}

  /// Takes rows of a batch; `values` has the keys. Batches come in order.
  void add(std::size_t batch, const row_set& rows, std::span<const column_vector> values);

  /// The places of the rows in order, at most as many as the limit.
  std::vector<row_place> finish();

 private:
  struct part {
    std::uint8_t null_class;  // orders nulls against values
    std::uint64_t bits;
    std::string_view text;  // of strings
  };
  struct entry {
    std::size_t first_part;  // in parts_
    row_place place;
  };

  part make_part(const sort_key& key, const column_vector& v, std::size_t row) const;
  int compare_parts(const sort_key& key, const part& a, const part& b) const noexcept;
  bool comes_before(const entry& a, const entry& b) const noexcept;
  void shrink();

  std::vector<sort_key> keys_;
  std::size_t limit_;
  std::vector<part> parts_;  // keys_.size() per entry
  std::vector<entry> entries_;
  bool has_bar_ = false;
  std::vector<part> bar_;
  arena texts_;
};

}  // namespace oriel::detail

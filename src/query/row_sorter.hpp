// SPDX-License-Identifier: Apache-2.0
// src/query/row_sorter.hpp - ORDER BY: which rows come out, and in which order.
//
// A row is known by its position in the input, and rows with equal keys stay in the order of
// their positions, so the order is total and the same every time, in whatever order
// batches are added.
//
// Every key becomes a 64-bit number that orders as the values do (for strings the first
// eight bytes, and the string itself to settle ties). The first key's number lies in
// the entry that is sorted, the others beside it. With a limit, whenever twice as many rows are
// held as are wanted, the lesser half is kept and the last of it becomes the bar that later
// rows must pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
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

  friend auto operator<=>(const row_place&, const row_place&) = default;
};

/// Complexity: O(rows x log limit) at worst, O(rows) typically, if there is a limit; otherwise a sort.
class row_sorter {
 public:
  static constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

  row_sorter(std::span<const sort_key> keys, std::size_t limit) : keys_(keys.begin(), keys.end()), limit_(limit) {}

  /// Takes rows of a batch; `values` has the keys.
  void add(std::size_t batch, const row_set& rows, std::span<const column_vector> values);

  /// Whether no row can come out any more whose first key is null behind the values, or has this number (see
  /// `number_of`) or a greater one.
  bool is_hopeless(std::uint64_t least_number) const noexcept {
    return bar_ && (bar_->null_class == 0 || (bar_->null_class == 1 && bar_->bits < least_number));
  }

  /// The number of a value that is not null: less for what comes out earlier. From `ordered_bits` of the value.
  static std::uint64_t number_of(const sort_key& key, std::uint64_t bits) noexcept {
    return key.descending ? ~bits : bits;
  }

  /// How many rows are held.
  std::size_t size() const noexcept { return entries_.size(); }

  /// The places of the rows in order, at most as many as the limit.
  std::vector<row_place> finish();

 private:
  struct part {
    std::uint64_t bits = 0;
    std::uint8_t null_class = 1;  // 0 and 2: null, before and behind the values
    std::string_view text;        // of strings
  };
  struct entry {
    std::uint64_t bits;   // the first key's
    std::uint32_t parts;  // where the keys are in parts_, if there is more to a key than its bits
    row_place place;
    std::uint8_t null_class;  // the first key's
  };

  static part make_part(const sort_key& key, const column_vector& v, std::size_t row);
  int compare_parts(std::size_t first, const part* a, const part* b) const noexcept;
  bool comes_before(const entry& a, const entry& b) const noexcept;
  bool passes_bar(const part& first, std::span<const column_vector> values, std::size_t row, row_place place) const;
  void shrink();

  std::vector<sort_key> keys_;
  std::size_t limit_;
  bool has_parts_ = false;
  std::vector<entry> entries_;
  std::vector<part> parts_;  // keys_.size() per entry
  std::optional<entry> bar_;
  std::vector<part> bar_parts_;
  arena texts_;
};

}  // namespace oriel::detail

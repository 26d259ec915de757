// SPDX-License-Identifier: Apache-2.0
// oriel/table/table_options.hpp - how a table is kept, chosen when it is made.
//
// What happens to a row whose key is there already is a small algebra: of the old value
// and the new one a column's `merge_strategy` makes the value that stays. A full table
// replaces whole rows, which is the strategy `force_overwrite` everywhere.
//
//   strategy          old null, new v   old o, new null   old o, new v
//   overwrite         v                 o                 v
//   force_overwrite   v                 null              v
//   ignore            v                 o                 o
//   increment         v                 o                 o + v
//   min, max          v                 o                 the lesser, the greater of o and v
//   append            v                 o                 o followed by v
//   union_            v                 o                 both as one sorted set
//
// increment, min, max and union_ give the same whatever the order of rows. So with a
// comparison they also take the rows that come too late to replace anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <oriel/core/export.hpp>
#include <oriel/core/time.hpp>

namespace oriel {

/// What a column makes of the value that is there and the one that comes. See the head of the file.
enum class merge_strategy : std::uint8_t {
  overwrite,
  force_overwrite,
  ignore,
  increment,  ///< LONG, at its least and greatest number if the sum is beyond, and DOUBLE
  min,        ///< LONG, DOUBLE, TIMESTAMP, STRING; NaN is the greatest number
  max,
  append,  ///< lists
  union_,  ///< lists; what is stored is always sorted and without repetition
};

/// "overwrite", ..., "union".
ORIEL_EXPORT std::string_view to_string(merge_strategy strategy) noexcept;

/// Whether the order in which values come makes no difference.
constexpr bool is_commutative(merge_strategy strategy) noexcept {
  return strategy == merge_strategy::increment || strategy == merge_strategy::min ||
         strategy == merge_strategy::max || strategy == merge_strategy::union_;
}

/// What becomes of the columns of a row whose key is there already.
enum class upsert_mode : std::uint8_t {
  full,     ///< the whole row is replaced
  partial,  ///< each column by its strategy
};

/// A column's strategy.
struct column_strategy {
  std::string column;
  merge_strategy strategy = merge_strategy::overwrite;

  friend bool operator==(const column_strategy&, const column_strategy&) = default;
};

/// How a table is kept.
struct table_options {
  /// Every row brings a comparison value (8 hidden bytes per row), usually its event time: an older row
  /// replaces nothing. Otherwise the later arrival is the newer row.
  bool comparison = false;

  upsert_mode mode = upsert_mode::full;

  /// Of a partial table, the columns that do not just overwrite.
  std::vector<column_strategy> strategies = {};

  /// A BOOLEAN column: a row that is true there erases its key. Empty: none.
  std::string delete_column = {};

  /// How long a key is kept after its newest row, by event time, which the comparison must be: a key whose
  /// newest time + ttl is not after the greatest time seen is gone. Zero: for ever. Costs 12-24 bytes per key.
  duration ttl{0};

  friend bool operator==(const table_options&, const table_options&) = default;
};

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/table/snapshot.hpp - a table as it stood at one moment, for reading.
//
// A snapshot shares the table's chunks; the table clones a shared chunk before it
// next writes to it. So a snapshot costs one pointer per 64 chunks, is never torn,
// and may be read from any thread for as long as it is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <oriel/core/export.hpp>
#include <oriel/table/schema.hpp>

namespace oriel {

/// Rows in a full chunk. Only the last chunk of a table may hold fewer.
inline constexpr std::size_t chunk_rows = 1024;

/// How many chunks in a row have bounds in common, see `table_snapshot::block_bounds`.
inline constexpr std::size_t block_chunks = 64;

namespace detail {
class chunk;
struct list_pool;
class dictionary;
class table_store;
struct snapshot_state;
}  // namespace detail

/// The distinct strings of a column, by id, as far as a snapshot knows them.
///
/// Ids run from 0 and mean the same for as long as the snapshot lives, as do the strings. There may be ids that no
/// row has: those read as "", or as a string that has come since.
class ORIEL_EXPORT dictionary_view {
 public:
  dictionary_view() = default;
  std::size_t size() const noexcept { return size_; }
  std::string_view operator[](std::uint32_t id) const noexcept;

 private:
  friend class table_snapshot;
  const detail::dictionary* dictionary_ = nullptr;
  std::size_t size_ = 0;
};

/// What is known of a column's values within a chunk without looking at them; bounds may be
/// wider than the values. Numbers only: zones of string, boolean and list columns are not kept.
///
/// "Small materialized aggregates" are the literature's name (Moerkotte 1998), which has the sum among them.
struct zone {
  bool bounded = false;    ///< whether the bounds below say anything
  bool has_nan = false;    ///< whether there may be a NaN; bounds leave NaN and null out
  bool ascending = false;  ///< LONG and TIMESTAMP: no value is less than the one before it, and none is null
  bool summed = false;     ///< whether the sum below is there: the chunk is full, and LONG values are below 2^52
  std::int64_t min_int64 = 0;
  std::int64_t max_int64 = 0;
  std::int64_t sum_int64 = 0;  ///< of all values that are not null
  double min_float64 = 0;
  double max_float64 = 0;
  double sum_float64 = 0;  ///< in the same order, whoever asks
};

/// The lists of a column in a chunk, laid out as Arrow's list view: the list of row i is `lengths[i]` elements
/// of `elements` from `offsets[i]` on. Lists lie in no order and there may be gaps between them; the list at a
/// null place has no elements.
///
/// Elements are what the element's type is in a column: `std::int64_t` for LONG and TIMESTAMP, `double`,
/// `std::uint8_t` for BOOLEAN, `std::uint32_t` ids into the column's dictionary for STRING. The strings of a column
/// without dictionary are lists of `char`.
struct list_view {
  const std::uint32_t* offsets = nullptr;
  const std::uint32_t* lengths = nullptr;
  const void* elements = nullptr;  ///< nullptr when every list is empty

  /// The list of a row. Requires: `T` is the element's type.
  template <typename T>
  std::span<const T> at(std::size_t row) const noexcept {
    return {static_cast<const T*>(elements) + (lengths[row] == 0 ? 0 : offsets[row]), lengths[row]};
  }
};

/// One chunk's columns as arrays of `size()` values each. Values at null places are unspecified
/// (strings: a valid id).
///
/// Requires: the accessor must fit the column's type; `int64s` also serves timestamps.
class ORIEL_EXPORT chunk_view {
 public:
  std::size_t size() const noexcept { return size_; }
  const std::int64_t* int64s(std::size_t column) const noexcept;
  const double* float64s(std::size_t column) const noexcept;
  const std::uint8_t* booleans(std::size_t column) const noexcept;

  /// Requires: the snapshot has a dictionary of the column.
  const std::uint32_t* string_ids(std::size_t column) const noexcept;

  /// Lists, or the bytes of the strings of a column without dictionary.
  list_view lists(std::size_t column) const noexcept;

  /// Validity as Arrow has it: bit i of word i / 64, 1 for a value, 0 for null.
  /// nullptr when the column holds no null in this chunk (after an update it may still be all ones).
  const std::uint64_t* validity(std::size_t column) const noexcept;

  /// Complexity: the first call for a full chunk reads the column; later ones, by anybody, do not.
  zone bounds(std::size_t column) const noexcept;

 private:
  friend class table_snapshot;
  const detail::chunk* chunk_ = nullptr;
  std::size_t size_ = 0;

  // For a chunk that is not full, what the snapshot holds itself.
  const std::uint64_t* const* tail_validity_ = nullptr;
  detail::list_pool* const* tail_lists_ = nullptr;
};

/// A table as it stood at one moment.
///
/// Complexity: copying shares. Threads: may be read and copied from any thread.
class ORIEL_EXPORT table_snapshot {
 public:
  const std::string& name() const noexcept;
  const oriel::schema& schema() const noexcept;
  std::size_t row_count() const noexcept;
  std::size_t chunk_count() const noexcept;
  chunk_view chunk(std::size_t index) const noexcept;

  /// Bounds of a column in the `block_chunks` chunks from `block * block_chunks` on, if there are as many and all of
  /// them are full and bounded. Sum and order are not told.
  zone block_bounds(std::size_t block, std::size_t column) const noexcept;

  /// Whether the strings of a column are kept as ids. They are, except where there are many, nearly every row has
  /// another one and the dictionary would take more memory than they do; keys and elements of lists always are.
  bool has_dictionary(std::size_t column) const noexcept;

  /// A string, however the column keeps it; good as long as the snapshot. Requires: a chunk of this snapshot.
  std::string_view text(const chunk_view& chunk, std::size_t column, std::size_t row) const noexcept;

  /// Requires: `has_dictionary(column)`.
  dictionary_view dictionary(std::size_t column) const noexcept;

  /// How often the table had been changed: equal versions mean equal rows.
  std::uint64_t version() const noexcept;

 private:
  friend class detail::table_store;
  explicit table_snapshot(std::shared_ptr<const detail::snapshot_state> state) : state_(std::move(state)) {}
  std::shared_ptr<const detail::snapshot_state> state_;
};

}  // namespace oriel

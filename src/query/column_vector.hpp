// SPDX-License-Identifier: Apache-2.0
// src/query/column_vector.hpp - what expressions are evaluated on: up to 1 024 values of a type.
//
// A vector is a view of arrays that somebody else owns: a chunk of a table or a
// buffer of the evaluator. Strings come in three forms: ids into a dictionary, views
// of their bytes, or the bytes laid out as lists; whoever reads strings uses `text`.
//
// Rows are selected by position, never moved: a `row_set` lists the positions that
// count, and values elsewhere are unspecified (but readable).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <oriel/state/key_dictionary.hpp>
#include <oriel/table/schema.hpp>
#include <oriel/table/snapshot.hpp>

namespace oriel::detail {

inline constexpr std::size_t vector_rows = chunk_rows;
inline constexpr std::size_t validity_words = vector_rows / 64;
static_assert(vector_rows % 64 == 0 && vector_rows <= 65'536);

using row_index = std::uint16_t;

/// Strings by id: those of a table's column, or some that a query made.
class text_dictionary {
 public:
  text_dictionary() = default;
  explicit text_dictionary(dictionary_view strings) : table_(strings), from_table_(true) {}
  text_dictionary(const text_dictionary&) = delete;
  text_dictionary& operator=(const text_dictionary&) = delete;

  std::size_t size() const noexcept { return from_table_ ? table_.size() : own_.size(); }
  std::string_view operator[](std::uint32_t id) const noexcept { return from_table_ ? table_[id] : own_[id]; }

  /// The bytes of memory held; nothing for those of a table.
  std::size_t bytes() const noexcept { return own_.bytes(); }

  /// The id of a string, new if need be. Requires: not a table's.
  std::uint32_t intern(std::string_view text) { return own_.intern(text); }

 private:
  dictionary_view table_;
  key_dictionary<std::string_view> own_;
  bool from_table_ = false;
};

inline bool bit_at(const std::uint64_t* bits, std::size_t i) noexcept { return (bits[i / 64] >> (i % 64) & 1) != 0; }
inline void clear_bit(std::uint64_t* bits, std::size_t i) noexcept { bits[i / 64] &= ~(std::uint64_t{1} << (i % 64)); }

struct column_vector {
  column_type type = column_type::int64;
  const void* data = nullptr;
  const std::uint64_t* validity = nullptr;      ///< nullptr: no nulls; bits behind the last row need not be there
  const text_dictionary* dictionary = nullptr;  ///< strings: `data` are ids if set; if not, string_views or lists of bytes

  // Lists: `data` is where each begins, `lengths` how long it is, both in `elements`, of the element's type; strings
  // are ids. A string column of a table that has no dictionary is laid out so, its elements being bytes.
  const std::uint32_t* lengths = nullptr;
  const void* elements = nullptr;

  const std::int64_t* int64s() const noexcept { return static_cast<const std::int64_t*>(data); }
  const double* float64s() const noexcept { return static_cast<const double*>(data); }
  const std::uint8_t* booleans() const noexcept { return static_cast<const std::uint8_t*>(data); }
  const std::uint32_t* ids() const noexcept { return static_cast<const std::uint32_t*>(data); }
  const std::string_view* texts() const noexcept { return static_cast<const std::string_view*>(data); }

  std::size_t length(std::size_t row) const noexcept { return is_null(row) ? 0 : lengths[row]; }

  /// The elements of a list. Requires: `T` is the element's type, for strings that of ids.
  template <typename T>
  const T* list(std::size_t row) const noexcept {
    return static_cast<const T*>(elements) + (lengths[row] == 0 ? 0 : static_cast<const std::uint32_t*>(data)[row]);
  }

  bool is_null(std::size_t row) const noexcept { return validity != nullptr && !bit_at(validity, row); }

  /// A string, whichever form it has.
  std::string_view text(std::size_t row) const noexcept {
    if (dictionary != nullptr) return (*dictionary)[ids()[row]];
    return lengths == nullptr ? texts()[row] : std::string_view(list<char>(row), lengths[row]);
  }
};

/// Positions within a batch that count, ascending.
struct row_set {
  const row_index* index = nullptr;  ///< nullptr: all, 0 to count
  std::size_t count = 0;
  std::size_t size = 0;  ///< rows in the batch
  std::uint64_t id = 0;  ///< equal ids mean the same set
  bool dense = true;     ///< so many that whole arrays are worked on, and only errors look at positions

  bool all() const noexcept { return index == nullptr; }
  std::size_t operator[](std::size_t k) const noexcept { return index != nullptr ? index[k] : k; }
};

/// Calls `body(i)` for the positions to work on: all of them if the set is dense.
template <typename Body>
inline void for_each_row(const row_set& rows, Body body) {
  if (rows.dense) {
    for (std::size_t i = 0; i < rows.size; ++i) body(i);
  } else {
    for (std::size_t k = 0; k < rows.count; ++k) body(static_cast<std::size_t>(rows.index[k]));
  }
}

/// Calls `body(i)` for the positions that count.
template <typename Body>
inline void for_each_selected(const row_set& rows, Body body) {
  if (rows.all()) {
    for (std::size_t i = 0; i < rows.count; ++i) body(i);
  } else {
    for (std::size_t k = 0; k < rows.count; ++k) body(static_cast<std::size_t>(rows.index[k]));
  }
}

/// Storage for a row set.
struct selection {
  std::array<row_index, vector_rows> index;
  std::size_t count = 0;
};

}  // namespace oriel::detail

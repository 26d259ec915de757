// SPDX-License-Identifier: Apache-2.0
// oriel/query/result_set.hpp - the answer to a query: named, typed columns.
//
// Values lie in columns as in a table: integers, timestamps and doubles as arrays,
// booleans as bytes, strings as one run of bytes with offsets, nulls as a bitmap.
// This is Arrow's layout. A result owns everything in it: the tables it came from may
// change or go away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <oriel/core/assert.hpp>
#include <oriel/core/export.hpp>
#include <oriel/core/time.hpp>
#include <oriel/table/schema.hpp>

namespace oriel {

/// One column of a result. Which array holds the values depends on the type; the others are empty.
/// The elements of lists lie where single values of their type would, one list behind the other.
struct result_column {
  std::string name;
  column_type type = column_type::int64;
  std::vector<std::int64_t> int64s;    ///< LONG, and TIMESTAMP as milliseconds
  std::vector<double> float64s;        ///< DOUBLE
  std::vector<std::uint8_t> booleans;  ///< BOOLEAN, 0 or 1
  std::vector<std::uint64_t> offsets;  ///< STRING i is bytes [offsets[i], offsets[i + 1])
  std::string bytes;
  std::vector<std::uint64_t> list_offsets;  ///< lists: that of row i has elements [list_offsets[i], list_offsets[i + 1])
  std::vector<std::uint64_t> validity;  ///< bit i of word i / 64 is 0 where row i is null; empty when none is

  friend bool operator==(const result_column&, const result_column&) = default;
};

/// Rows and columns of values.
///
/// Requires of all access: row and column exist, the accessor fits the column's type, and the
/// value is not null (`is_null` is asked first where it may be).
/// Threads: a value; reading from several threads is fine.
///
///     result_set r = sql(tables, "SELECT org, COUNT(*) AS n FROM events GROUP BY org");
///     for (auto row : r) use(row.as_string(0), row.as_int64(1));
class ORIEL_EXPORT result_set {
 public:
  class row_view;
  class iterator;

  result_set() = default;

  /// Requires: every column holds `rows` values of its type.
  result_set(std::vector<result_column> columns, std::size_t rows) : columns_(std::move(columns)), rows_(rows) {}

  std::size_t row_count() const noexcept { return rows_; }
  std::size_t column_count() const noexcept { return columns_.size(); }
  bool empty() const noexcept { return rows_ == 0; }

  const std::string& name(std::size_t column) const noexcept { return columns_[column].name; }
  column_type type(std::size_t column) const noexcept { return columns_[column].type; }

  /// The first column of exactly this name; failing that, the first that differs only in case.
  std::optional<std::size_t> find(std::string_view name) const noexcept;

  /// A column as arrays.
  const result_column& column(std::size_t column) const noexcept { return columns_[column]; }

  bool is_null(std::size_t row, std::size_t column) const noexcept {
    const std::vector<std::uint64_t>& validity = columns_[column].validity;
    return !validity.empty() && (validity[row / 64] >> (row % 64) & 1) == 0;
  }

  /// A LONG, or a TIMESTAMP's milliseconds.
  std::int64_t as_int64(std::size_t row, std::size_t column) const noexcept {
    ORIEL_ASSERT(row < columns_[column].int64s.size());
    return columns_[column].int64s[row];
  }
  timestamp as_timestamp(std::size_t row, std::size_t column) const noexcept { return at_ms(as_int64(row, column)); }

  /// A DOUBLE, or a LONG as a double.
  double as_float64(std::size_t row, std::size_t column) const noexcept {
    if (columns_[column].type != column_type::float64) return static_cast<double>(as_int64(row, column));
    return columns_[column].float64s[row];
  }
  bool as_boolean(std::size_t row, std::size_t column) const noexcept {
    ORIEL_ASSERT(row < columns_[column].booleans.size());
    return columns_[column].booleans[row] != 0;
  }

  /// A STRING; the view is good for as long as the result.
  std::string_view as_string(std::size_t row, std::size_t column) const noexcept {
    const result_column& c = columns_[column];
    ORIEL_ASSERT(row + 1 < c.offsets.size());
    return std::string_view(c.bytes).substr(c.offsets[row], c.offsets[row + 1] - c.offsets[row]);
  }

  /// How many elements a list has.
  std::size_t list_size(std::size_t row, std::size_t column) const noexcept {
    const std::vector<std::uint64_t>& offsets = columns_[column].list_offsets;
    ORIEL_ASSERT(row + 1 < offsets.size());
    return offsets[row + 1] - offsets[row];
  }

  /// The elements of a list of LONG or TIMESTAMP, of DOUBLE, of BOOLEAN; good for as long as the result.
  std::span<const std::int64_t> as_int64_list(std::size_t row, std::size_t column) const noexcept {
    return list_of_row(columns_[column].int64s, row, column);
  }
  std::span<const double> as_float64_list(std::size_t row, std::size_t column) const noexcept {
    return list_of_row(columns_[column].float64s, row, column);
  }
  std::span<const std::uint8_t> as_boolean_list(std::size_t row, std::size_t column) const noexcept {
    return list_of_row(columns_[column].booleans, row, column);
  }

  /// An element of a list of STRING; the view is good for as long as the result.
  std::string_view as_string_element(std::size_t row, std::size_t column, std::size_t element) const noexcept {
    const result_column& c = columns_[column];
    ORIEL_ASSERT(element < list_size(row, column));
    const std::size_t at = c.list_offsets[row] + element;
    return std::string_view(c.bytes).substr(c.offsets[at], c.offsets[at + 1] - c.offsets[at]);
  }

  iterator begin() const noexcept;
  iterator end() const noexcept;

  friend bool operator==(const result_set&, const result_set&) = default;

 private:
  template <typename T>
  std::span<const T> list_of_row(const std::vector<T>& elements, std::size_t row, std::size_t column) const noexcept {
    return {elements.data() + columns_[column].list_offsets[row], list_size(row, column)};
  }

  std::vector<result_column> columns_;
  std::size_t rows_ = 0;
};

/// One row of a result; good for as long as the result.
class result_set::row_view {
 public:
  row_view(const result_set& result, std::size_t index) : result_(&result), index_(index) {}

  std::size_t index() const noexcept { return index_; }
  bool is_null(std::size_t column) const noexcept { return result_->is_null(index_, column); }
  std::int64_t as_int64(std::size_t column) const noexcept { return result_->as_int64(index_, column); }
  timestamp as_timestamp(std::size_t column) const noexcept { return result_->as_timestamp(index_, column); }
  double as_float64(std::size_t column) const noexcept { return result_->as_float64(index_, column); }
  bool as_boolean(std::size_t column) const noexcept { return result_->as_boolean(index_, column); }
  std::string_view as_string(std::size_t column) const noexcept { return result_->as_string(index_, column); }

 private:
  const result_set* result_;
  std::size_t index_;
};

/// Goes over the rows.
class result_set::iterator {
 public:
  using value_type = row_view;
  using difference_type = std::ptrdiff_t;
  using reference = row_view;
  using pointer = void;
  using iterator_category = std::input_iterator_tag;

  iterator() = default;
  iterator(const result_set& result, std::size_t index) : result_(&result), index_(index) {}

  row_view operator*() const noexcept { return {*result_, index_}; }
  iterator& operator++() noexcept {
    ++index_;
    return *this;
  }
  iterator operator++(int) noexcept { return {*result_, index_++}; }
  friend bool operator==(const iterator&, const iterator&) = default;

 private:
  const result_set* result_ = nullptr;
  std::size_t index_ = 0;
};

inline result_set::iterator result_set::begin() const noexcept { return {*this, 0}; }
inline result_set::iterator result_set::end() const noexcept { return {*this, rows_}; }

}  // namespace oriel

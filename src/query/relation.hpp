// SPDX-License-Identifier: Apache-2.0
// src/query/relation.hpp - what a stage of a query reads: columns in batches of up to 1 024 rows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <utility>
#include <vector>

#include <oriel/core/error.hpp>
#include <oriel/query/result_set.hpp>
#include <oriel/table/snapshot.hpp>
#include <query/column_vector.hpp>

namespace oriel::detail {

class relation {
 public:
  relation() = default;
  relation(const relation&) = delete;
  relation& operator=(const relation&) = delete;
  virtual ~relation() = default;

  virtual std::size_t row_count() const noexcept = 0;
  virtual std::size_t batch_count() const noexcept { return (row_count() + vector_rows - 1) / vector_rows; }
  virtual std::size_t batch_size(std::size_t batch) const noexcept {
    return std::min(vector_rows, row_count() - batch * vector_rows);
  }

  /// A column's values in a batch; good for as long as the relation.
  virtual column_vector column(std::size_t batch, std::size_t column) const noexcept = 0;

  /// The dictionary of a string column, or nullptr if it is not kept as ids.
  virtual const text_dictionary* dictionary(std::size_t column) const noexcept = 0;

  /// Bounds of a numeric column in a batch, if known.
  virtual zone bounds(std::size_t /*batch*/, std::size_t /*column*/) const noexcept { return {}; }

  /// The same of the `block_chunks` batches from `block * block_chunks` on, if there are as many.
  virtual zone block_bounds(std::size_t /*block*/, std::size_t /*column*/) const noexcept { return {}; }
};

/// A table.
class table_relation final : public relation {
 public:
  explicit table_relation(table_snapshot table);

  std::size_t row_count() const noexcept override { return table_.row_count(); }
  std::size_t batch_count() const noexcept override { return table_.chunk_count(); }
  std::size_t batch_size(std::size_t batch) const noexcept override { return table_.chunk(batch).size(); }
  column_vector column(std::size_t batch, std::size_t column) const noexcept override;
  const text_dictionary* dictionary(std::size_t column) const noexcept override { return dictionaries_[column]; }
  zone bounds(std::size_t batch, std::size_t column) const noexcept override;
  zone block_bounds(std::size_t block, std::size_t column) const noexcept override {
    return table_.block_bounds(block, column);
  }

 private:
  table_snapshot table_;
  std::deque<text_dictionary> owned_;
  std::vector<const text_dictionary*> dictionaries_;
};

/// One row without columns: what SELECT without FROM reads.
class one_row_relation final : public relation {
 public:
  std::size_t row_count() const noexcept override { return 1; }
  column_vector column(std::size_t, std::size_t) const noexcept override { return {}; }
  const text_dictionary* dictionary(std::size_t) const noexcept override { return nullptr; }
};

/// Values of one column, as many as needed.
class column_data {
 public:
  explicit column_data(column_type type, const text_dictionary* dictionary = nullptr)
      : type_(type), dictionary_(dictionary) {}

  column_type type() const noexcept { return type_; }
  const text_dictionary* dictionary() const noexcept { return dictionary_; }
  std::size_t size() const noexcept { return size_; }

  void push_int64(std::int64_t value) { (int64s_.push_back(value), grow()); }
  void push_float64(double value) { (float64s_.push_back(value), grow()); }
  void push_boolean(bool value) { (booleans_.push_back(value ? 1 : 0), grow()); }
  void push_id(std::uint32_t id) { (ids_.push_back(id), grow()); }
  void push_text(std::string_view text) { (texts_.push_back(text), grow()); }
  void push_null();

  /// Adds a list of so many elements, `element(i)` being the i-th (strings: its id). Elements lie one behind the other.
  template <typename Element>
  void push_list(std::size_t count, Element element) {
    begins_.push_back(static_cast<std::uint32_t>(elements_));
    lengths_.push_back(static_cast<std::uint32_t>(count));
    elements_ += count;
    if (elements_ > 0xFFFF'FFFF) throw error(error_kind::exhausted, "the lists of a query have too many elements");
    for (std::size_t i = 0; i < count; ++i) {
      switch (element_of(type_)) {
        case column_type::boolean: booleans_.push_back(static_cast<std::uint8_t>(element(i))); break;
        case column_type::float64: float64s_.push_back(static_cast<double>(element(i))); break;
        case column_type::string: ids_.push_back(static_cast<std::uint32_t>(element(i))); break;
        default: int64s_.push_back(static_cast<std::int64_t>(element(i))); break;
      }
    }
    grow();
  }

  /// Adds the list at a row of a vector of the same type and dictionary.
  void push_list_of(const column_vector& v, std::size_t row);

  /// The values from `first` on, as a vector; good until the next push.
  column_vector view(std::size_t first) const noexcept;

 private:
  void grow() {
    if (size_ / 64 == validity_.size()) validity_.push_back(~std::uint64_t{0});
    ++size_;
  }

  column_type type_;
  const text_dictionary* dictionary_;
  std::size_t size_ = 0;
  bool has_nulls_ = false;
  std::vector<std::int64_t> int64s_;
  std::vector<double> float64s_;
  std::vector<std::uint8_t> booleans_;
  std::vector<std::uint32_t> ids_;
  std::vector<std::string_view> texts_;
  std::size_t elements_ = 0;  // of all lists
  std::vector<std::uint32_t> begins_;
  std::vector<std::uint32_t> lengths_;
  std::vector<std::uint64_t> validity_;
};

/// Columns made by a stage.
class column_relation final : public relation {
 public:
  column_relation(std::vector<column_data> columns, std::size_t rows) : columns_(std::move(columns)), rows_(rows) {}

  std::size_t row_count() const noexcept override { return rows_; }
  column_vector column(std::size_t batch, std::size_t column) const noexcept override {
    return columns_[column].view(batch * vector_rows);
  }
  const text_dictionary* dictionary(std::size_t column) const noexcept override {
    return columns_[column].dictionary();
  }

 private:
  std::vector<column_data> columns_;
  std::size_t rows_;
};

/// The result of a query that another one reads.
class result_relation final : public relation {
 public:
  explicit result_relation(result_set result);

  std::size_t row_count() const noexcept override { return result_.row_count(); }
  column_vector column(std::size_t batch, std::size_t column) const noexcept override;
  const text_dictionary* dictionary(std::size_t column) const noexcept override { return dictionaries_[column]; }

 private:
  void make_lists(std::size_t column);

  result_set result_;
  std::deque<text_dictionary> owned_;
  std::vector<const text_dictionary*> dictionaries_;
  std::vector<std::vector<std::uint32_t>> ids_;  // of the strings of each column
  std::vector<std::vector<std::uint32_t>> begins_;  // of the lists
  std::vector<std::vector<std::uint32_t>> lengths_;
};

}  // namespace oriel::detail

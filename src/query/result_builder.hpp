// SPDX-License-Identifier: Apache-2.0
// src/query/result_builder.hpp - columns of a result, filled in any order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <oriel/core/arena.hpp>
#include <oriel/query/result_set.hpp>
#include <query/column_vector.hpp>
#include <query/relation.hpp>

namespace oriel::detail {

/// One column of a result being made.
class result_column_builder {
 public:
  explicit result_column_builder(column_type type) : type_(type), lists_(type) {}

  void resize(std::size_t rows);

  /// Puts the value at `row` of the vector into row `at` of the result. Strings in dictionaries must outlive the
  /// builder; others are copied. Requires: `at` is below the size.
  void put(std::size_t at, const column_vector& v, std::size_t row);

  result_column finish(std::string name) &&;

 private:
  void finish_lists(result_column& out) const;

  column_type type_;
  std::size_t rows_ = 0;
  bool has_nulls_ = false;
  std::vector<std::int64_t> int64s_;
  std::vector<double> float64s_;
  std::vector<std::uint8_t> booleans_;
  std::vector<std::string_view> texts_;
  const text_dictionary* dictionary_ = nullptr;  // of lists
  column_data lists_;                            // in the order they come
  std::vector<std::uint32_t> list_;              // of each row, and one; 0 is none
  std::vector<std::uint64_t> validity_;
  arena bytes_;
};

}  // namespace oriel::detail

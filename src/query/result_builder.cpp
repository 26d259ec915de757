// SPDX-License-Identifier: Apache-2.0
// src/query/result_builder.cpp - columns of a result, filled in any order.
#include <query/result_builder.hpp>

#include <utility>

namespace oriel::detail {

void result_column_builder::resize(std::size_t rows) {
  rows_ = rows;
  switch (type_) {
    case column_type::boolean: booleans_.resize(rows); break;
    case column_type::int64:
    case column_type::time: int64s_.resize(rows); break;
    case column_type::float64: float64s_.resize(rows); break;
    case column_type::string: texts_.resize(rows); break;
    default: break;
  }
  validity_.resize((rows + 63) / 64, ~std::uint64_t{0});
}

void result_column_builder::put(std::size_t at, const column_vector& v, std::size_t row) {
  if (v.is_null(row)) {
    clear_bit(validity_.data(), at);
    has_nulls_ = true;
    return;
  }
  switch (type_) {
    case column_type::boolean: booleans_[at] = v.booleans()[row] != 0 ? 1 : 0; break;
    case column_type::int64:
    case column_type::time: int64s_[at] = v.int64s()[row]; break;
    case column_type::float64: float64s_[at] = v.float64s()[row]; break;
    case column_type::string: texts_[at] = v.dictionary != nullptr ? v.text(row) : bytes_.store(v.text(row)); break;
    default: break;
  }
}

result_column result_column_builder::finish(std::string name) && {
  result_column out;
  out.name = std::move(name);
  out.type = type_;
  out.int64s = std::move(int64s_);
  out.float64s = std::move(float64s_);
  out.booleans = std::move(booleans_);
  if (type_ == column_type::string) {
    std::size_t bytes = 0;
    for (const std::string_view text : texts_) bytes += text.size();
    out.bytes.reserve(bytes);
    out.offsets.reserve(rows_ + 1);
    out.offsets.push_back(0);
    for (const std::string_view text : texts_) {
      out.bytes += text;
      out.offsets.push_back(out.bytes.size());
    }
  }
  if (has_nulls_) {
    // Bits behind the last row are 0, so that equal columns are equal arrays.
    if (rows_ % 64 != 0) validity_.back() &= (std::uint64_t{1} << (rows_ % 64)) - 1;
    out.validity = std::move(validity_);
  }
  return out;
}

}  // namespace oriel::detail

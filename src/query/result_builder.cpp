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
    default: list_.resize(rows); break;
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
    default:
      lists_.push_list_of(v, row);
      dictionary_ = v.dictionary;
      list_[at] = static_cast<std::uint32_t>(lists_.size());
      break;
  }
}

// One list behind the other, in the order of rows.
void result_column_builder::finish_lists(result_column& out) const {
  const column_vector all = lists_.view(0);
  out.list_offsets.push_back(0);
  if (type_ == column_type::string_list) out.offsets.push_back(0);
  for (std::size_t row = 0; row < rows_; ++row) {
    const std::size_t count = list_[row] == 0 ? 0 : all.length(list_[row] - 1);
    out.list_offsets.push_back(out.list_offsets.back() + count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = list_[row] - 1;
      switch (element_of(type_)) {
        case column_type::boolean: out.booleans.push_back(all.list<std::uint8_t>(at)[i]); break;
        case column_type::float64: out.float64s.push_back(all.list<double>(at)[i]); break;
        case column_type::string:
          out.bytes += (*dictionary_)[all.list<std::uint32_t>(at)[i]];
          out.offsets.push_back(out.bytes.size());
          break;
        default: out.int64s.push_back(all.list<std::int64_t>(at)[i]); break;
      }
    }
  }
}

result_column result_column_builder::finish(std::string name) && {
  result_column out;
  out.name = std::move(name);
  out.type = type_;
  out.int64s = std::move(int64s_);
  out.float64s = std::move(float64s_);
  out.booleans = std::move(booleans_);
  if (is_list(type_)) finish_lists(out);
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

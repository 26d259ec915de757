// SPDX-License-Identifier: Apache-2.0
// src/table/column_batch.cpp - buffers of values on their way into a table.
#include <oriel/table/column_batch.hpp>

#include <oriel/core/assert.hpp>

namespace oriel {

void column_buffer::push_back(std::int64_t value) {
  ORIEL_ASSERT(type_ == column_type::int64 || type_ == column_type::time);
  int64s_.push_back(value);
  count();
}

void column_buffer::push_back(timestamp value) { push_back(to_ms(value)); }

void column_buffer::push_back(double value) {
  ORIEL_ASSERT(type_ == column_type::float64);
  float64s_.push_back(value);
  count();
}

void column_buffer::push_back(bool value) {
  ORIEL_ASSERT(type_ == column_type::boolean);
  booleans_.push_back(static_cast<std::uint8_t>(value));
  count();
}

void column_buffer::push_back(std::string_view value) {
  ORIEL_ASSERT(type_ == column_type::string);
  strings_.push_back(value);
  count();
}

void column_buffer::push_null() {
  if (validity_.empty()) validity_.assign(size_ / 64 + 1, ~std::uint64_t{0});
  switch (type_) {
    case column_type::boolean: push_back(false); break;
    case column_type::float64: push_back(0.0); break;
    case column_type::string: push_back(std::string_view{}); break;
    case column_type::int64:
    case column_type::time: push_back(std::int64_t{0}); break;
  }
  const std::size_t row = size_ - 1;
  validity_[row / 64] &= ~(std::uint64_t{1} << (row % 64));
}

void column_buffer::count() {
  if (!validity_.empty() && size_ / 64 == validity_.size()) validity_.push_back(~std::uint64_t{0});
  ++size_;
}

void column_buffer::clear() noexcept {
  int64s_.clear();
  float64s_.clear();
  booleans_.clear();
  strings_.clear();
  validity_.clear();
  size_ = 0;
}

column_values column_buffer::view() const noexcept {
  const std::uint64_t* const validity = validity_.empty() ? nullptr : validity_.data();
  switch (type_) {
    case column_type::boolean: return {booleans_.data(), 1, validity};
    case column_type::float64: return {float64s_.data(), sizeof(double), validity};
    case column_type::string: return {strings_.data(), sizeof(std::string_view), validity};
    case column_type::int64:
    case column_type::time: break;
  }
  return {int64s_.data(), sizeof(std::int64_t), validity};
}

batch_buffer::batch_buffer(const schema& columns) {
  for (const column_description& column : columns.columns()) buffers_.emplace_back(column.type);
}

void batch_buffer::clear() noexcept {
  for (column_buffer& buffer : buffers_) buffer.clear();
}

column_batch batch_buffer::view() {
  views_.clear();
  for (const column_buffer& buffer : buffers_) {
    ORIEL_ASSERT(buffer.size() == size());
    views_.push_back(buffer.view());
  }
  return {size(), views_};
}

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// src/table/column_batch.cpp - buffers of values on their way into a table.
#include <oriel/table/column_batch.hpp>

#include <oriel/core/assert.hpp>

namespace oriel {

list_elements column_values::read_list(std::size_t row) const noexcept {
  const auto read_as = [&]<typename T>(const T*) -> list_elements {
    const auto list = read<std::span<const T>>(row);
    return {list.data(), list.size()};
  };
  switch (element_of(type_)) {
    case column_type::int64: return read_as(static_cast<const std::int64_t*>(nullptr));
    case column_type::float64: return read_as(static_cast<const double*>(nullptr));
    case column_type::time: return read_as(static_cast<const timestamp*>(nullptr));
    case column_type::string: return read_as(static_cast<const std::string_view*>(nullptr));
    default: return read_as(static_cast<const std::uint8_t*>(nullptr));
  }
}

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
  if (is_list(type_)) {
    begin_list();
    end_list();
  } else {
    push_null_value();
  }
  const std::size_t row = size_ - 1;
  validity_[row / 64] &= ~(std::uint64_t{1} << (row % 64));
}

void column_buffer::push_null_value() {
  switch (type_) {
    case column_type::boolean: push_back(false); break;
    case column_type::float64: push_back(0.0); break;
    case column_type::string: push_back(std::string_view{}); break;
    default: push_back(std::int64_t{0}); break;
  }
}

void column_buffer::begin_list([[maybe_unused]] column_type given) {
  [[maybe_unused]] const auto plain = [](column_type t) { return t == column_type::time_list ? column_type::int64_list : t; };
  ORIEL_ASSERT(is_list(type_) && plain(given) == plain(type_));
}

void column_buffer::end_list() {
  list_ends_.push_back(elements());
  count();
}

std::size_t column_buffer::elements() const noexcept {
  switch (element_of(type_)) {
    case column_type::boolean: return booleans_.size();
    case column_type::float64: return float64s_.size();
    case column_type::string: return strings_.size();
    default: return int64s_.size();
  }
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
  list_ends_.clear();
  validity_.clear();
  size_ = 0;
}

template <typename T>
column_values column_buffer::view_lists(const std::vector<T>& elements, std::vector<std::span<const T>>& lists) const {
  lists.clear();
  lists.reserve(size_ + 1);  // so that a view of no rows has an address too
  std::size_t first = 0;
  for (const std::size_t end : list_ends_) {
    lists.push_back(std::span(elements).subspan(first, end - first));
    first = end;
  }
  return {lists.data(), sizeof(std::span<const T>), validity_.empty() ? nullptr : validity_.data()};
}

column_values column_buffer::view() const {
  const std::uint64_t* const validity = validity_.empty() ? nullptr : validity_.data();
  switch (type_) {
    case column_type::boolean: return {booleans_.data(), 1, validity};
    case column_type::float64: return {float64s_.data(), sizeof(double), validity};
    case column_type::string: return {strings_.data(), sizeof(std::string_view), validity};
    case column_type::int64:
    case column_type::time: break;
    case column_type::boolean_list: return view_lists(booleans_, boolean_lists_);
    case column_type::float64_list: return view_lists(float64s_, float64_lists_);
    case column_type::string_list: return view_lists(strings_, string_lists_);
    case column_type::int64_list:
    case column_type::time_list: return view_lists(int64s_, int64_lists_);
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

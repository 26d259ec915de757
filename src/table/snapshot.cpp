// SPDX-License-Identifier: Apache-2.0
// src/table/snapshot.cpp - reading what a snapshot holds.
#include <oriel/table/snapshot.hpp>

#include <algorithm>

#include <oriel/core/assert.hpp>
#include <table/snapshot_state.hpp>

namespace oriel {

std::string_view dictionary_view::operator[](std::uint32_t id) const noexcept {
  ORIEL_ASSERT(id < size_);
  return (*dictionary_)[id];
}

const std::int64_t* chunk_view::int64s(std::size_t column) const noexcept {
  return reinterpret_cast<const std::int64_t*>(chunk_->cells(column));
}

const double* chunk_view::float64s(std::size_t column) const noexcept {
  return reinterpret_cast<const double*>(chunk_->cells(column));
}

const std::uint8_t* chunk_view::booleans(std::size_t column) const noexcept {
  return reinterpret_cast<const std::uint8_t*>(chunk_->cells(column));
}

const std::uint32_t* chunk_view::string_ids(std::size_t column) const noexcept {
  return reinterpret_cast<const std::uint32_t*>(chunk_->cells(column));
}

list_view chunk_view::lists(std::size_t column) const noexcept {
  const detail::list_pool* const pool = tail_lists_ != nullptr ? tail_lists_[column] : chunk_->elements(column);
  return {chunk_->list_offsets(column), chunk_->list_lengths(column), pool == nullptr ? nullptr : pool->elements()};
}

const std::uint64_t* chunk_view::validity(std::size_t column) const noexcept {
  return tail_validity_ != nullptr ? tail_validity_[column] : chunk_->validity(column);
}

zone chunk_view::bounds(std::size_t column) const noexcept { return chunk_->bounds(column, size_, validity(column)); }

const std::string& table_snapshot::name() const noexcept { return state_->description->name; }
const oriel::schema& table_snapshot::schema() const noexcept { return state_->description->schema; }
std::size_t table_snapshot::row_count() const noexcept { return state_->rows; }
std::size_t table_snapshot::chunk_count() const noexcept { return (state_->rows + chunk_rows - 1) / chunk_rows; }
std::uint64_t table_snapshot::version() const noexcept { return state_->version; }

bool table_snapshot::has_dictionary(std::size_t column) const noexcept {
  return state_->dictionaries[column].dictionary != nullptr;
}

std::string_view table_snapshot::text(const chunk_view& chunk, std::size_t column, std::size_t row) const noexcept {
  if (has_dictionary(column)) return dictionary(column)[chunk.string_ids(column)[row]];
  const std::span<const char> bytes = chunk.lists(column).at<char>(row);
  return {bytes.data(), bytes.size()};
}

chunk_view table_snapshot::chunk(std::size_t index) const noexcept {
  ORIEL_ASSERT(index < chunk_count());
  chunk_view view;
  view.chunk_ = (*state_->blocks[index / block_chunks])[index % block_chunks];
  view.size_ = std::min(chunk_rows, state_->rows - index * chunk_rows);
  if (view.size_ < chunk_rows) {
    view.tail_validity_ = state_->tail_validity.data();
    view.tail_lists_ = state_->tail_lists.data();
  }
  return view;
}

zone table_snapshot::block_bounds(std::size_t block, std::size_t column) const noexcept {
  ORIEL_ASSERT(block < state_->blocks.size());
  return state_->blocks[block]->bounds(column);
}

dictionary_view table_snapshot::dictionary(std::size_t column) const noexcept {
  dictionary_view view;
  view.dictionary_ = state_->dictionaries[column].dictionary.get();
  view.size_ = state_->dictionaries[column].size;
  return view;
}

}  // namespace oriel

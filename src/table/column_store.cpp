// SPDX-License-Identifier: Apache-2.0
// src/table/column_store.cpp - adding, dropping, cloning and sharing.
#include <table/column_store.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

#include <oriel/core/assert.hpp>

namespace oriel::detail {

column_store::column_store(std::shared_ptr<const table_description> description)
    : description_(std::move(description)),
      pool_(std::make_shared<chunk_pool>(std::shared_ptr<const chunk_layout>(description_, &description_->layout))),
      has_nulls_(layout().columns.size(), false) {}

column_store::~column_store() { pool_->release(chunks_); }

void column_store::swap(column_store& other) noexcept {
  std::swap(description_, other.description_);
  std::swap(pool_, other.pool_);
  std::swap(chunks_, other.chunks_);
  std::swap(owned_since_, other.owned_since_);
  std::swap(blocks_, other.blocks_);
  std::swap(snapshots_, other.snapshots_);
  std::swap(rows_, other.rows_);
  std::swap(known_rows_, other.known_rows_);
  std::swap(has_nulls_, other.has_nulls_);
}

std::size_t column_store::add(std::size_t count) {
  const std::size_t index = rows_ / chunk_rows;
  if (index == chunks_.size()) {
    chunks_.reserve(index + 1 > chunks_.capacity() ? 2 * index + 8 : 0);
    owned_since_.reserve(chunks_.capacity());
    chunks_.push_back(pool_->make());
    owned_since_.push_back(snapshots_);
    leave_block(index);
  } else if (rows_ < known_rows_) {
    own(static_cast<std::uint32_t>(rows_));
    forget_key_zones(index);
  } else {
    leave_block(index);
  }
  const std::size_t added = std::min(count, chunk_rows - rows_ % chunk_rows);
  for (const std::size_t column : layout().lists) {
    for (std::size_t i = 0; i < added; ++i) chunks_[index]->begin_list(column, rows_ % chunk_rows + i);
  }
  rows_ += added;
  return added;
}

void column_store::drop_last() noexcept {
  ORIEL_ASSERT(rows_ > 0);
  --rows_;
  for (const std::size_t column : layout().lists) chunks_.back()->end_list(column, rows_ % chunk_rows);
  leave_block(chunks_.size() - 1);
  if (rows_ % chunk_rows != 0) return;
  pool_->release({&chunks_.back(), 1});
  chunks_.pop_back();
  owned_since_.pop_back();
}

void column_store::copy_row(std::uint32_t from, std::uint32_t to) {
  own(to);
  for (const std::size_t column : layout().lists) reserve_list(column, to, list(column, from).size);
  forget_key_zones(to / chunk_rows);
  const std::byte* const source = chunk_of(from);
  std::byte* const target = chunk_of(to);
  const chunk& source_chunk = *chunks_[from / chunk_rows];
  for (std::size_t i = 0; i < layout().columns.size(); ++i) {
    const chunk_layout::column& c = layout().columns[i];
    if (c.element != 0) {
      const list_elements copied = list(i, from);
      std::byte* const written = write_list(i, to, copied.size);
      if (copied.size > 0) std::memcpy(written, copied.first, copied.size * c.element);
    } else {
      std::memcpy(target + c.cells + c.width * (to % chunk_rows), source + c.cells + c.width * (from % chunk_rows),
                  c.width);
    }
    if (!has_nulls_[i]) continue;
    const std::uint64_t* const validity = source_chunk.validity(i);
    set_validity(i, to, validity == nullptr || (validity[from % chunk_rows / 64] >> (from % 64) & 1) != 0);
  }
}

list_elements column_store::list(std::size_t column, std::uint32_t row) const noexcept {
  const chunk& c = *chunks_[row / chunk_rows];
  const std::uint32_t size = c.list_lengths(column)[row % chunk_rows];
  if (size == 0) return {};
  return {c.elements(column)->elements() +
              layout().columns[column].element * c.list_offsets(column)[row % chunk_rows],
          size};
}

void column_store::reserve_list(std::size_t column, std::uint32_t row, std::size_t size) {
  const std::size_t index = row / chunk_rows;
  const std::size_t rows = std::min(chunk_rows, rows_ - index * chunk_rows);
  const bool stays = size <= chunks_[index]->list_lengths(column)[row % chunk_rows];
  chunks_[index]->reserve_list(column, rows, stays ? 0 : size, *pool_);
}

void column_store::share(snapshot_state& snapshot) {
  snapshot.description = description_;
  snapshot.rows = rows_;
  const std::size_t columns = description_->schema.size();
  if (rows_ % chunk_rows != 0) {
    snapshot.tail_validity.assign(columns, nullptr);
    snapshot.tail_words.resize(bitmap_words * columns);
    for (std::size_t i = 0; i < columns; ++i) {
      const std::uint64_t* const validity = chunks_.back()->validity(i);
      if (validity == nullptr) continue;
      std::uint64_t* const words = snapshot.tail_words.data() + bitmap_words * i;
      std::copy_n(validity, bitmap_words, words);
      snapshot.tail_validity[i] = words;
    }
    snapshot.pool = pool_;  // from here on the snapshot gives back what it holds
    snapshot.tail_lists.reserve(columns);
    for (std::size_t i = 0; i < columns && !layout().lists.empty(); ++i) {
      list_pool* const pool = layout().columns[i].element == 0 ? nullptr : chunks_.back()->elements(i);
      if (pool != nullptr) pool->references.fetch_add(1, std::memory_order_relaxed);
      snapshot.tail_lists.push_back(pool);
    }
  }
  blocks_.resize((chunks_.size() + block_chunks - 1) / block_chunks);
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    if (blocks_[b]) continue;
    const std::size_t first = b * block_chunks;
    const std::size_t count = std::min(block_chunks, chunks_.size() - first);
    const bool is_full = rows_ >= (first + block_chunks) * chunk_rows;
    blocks_[b] = std::make_shared<chunk_block>(pool_, std::span(chunks_).subspan(first, count), columns, is_full);
  }
  snapshot.blocks = blocks_;
  ++snapshots_;
  known_rows_ = std::max(known_rows_, rows_);
}

void column_store::leave_block(std::size_t index) noexcept {
  if (index / block_chunks < blocks_.size()) blocks_[index / block_chunks].reset();
}

void column_store::make_exclusive(std::size_t index) {
  leave_block(index);
  chunk* c = chunks_[index];
  if (!c->is_exclusive()) {
    chunk* clone = pool_->make();
    try {
      clone->copy(*c, std::min(chunk_rows, rows_ - index * chunk_rows), *pool_);
    } catch (...) {
      pool_->release({&clone, 1});
      throw;
    }
    pool_->release({&chunks_[index], 1});
    chunks_[index] = c = clone;
  }
  // A key's cells are written only by those who also say so: its zones stay good.
  const std::span<const std::size_t> key = description_->schema.key();
  for (std::size_t i = 0; i < layout().columns.size(); ++i) {
    if (std::find(key.begin(), key.end(), i) == key.end()) c->forget_zone(i);
  }
  owned_since_[index] = snapshots_;
}

void column_store::forget_key_zones(std::size_t index) noexcept {
  for (const std::size_t column : description_->schema.key()) chunks_[index]->forget_zone(column);
}

}  // namespace oriel::detail

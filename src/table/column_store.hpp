// SPDX-License-Identifier: Apache-2.0
// src/table/column_store.hpp - rows by number, in chunks that snapshots may share.
//
// Copy on write: `own` must be asked before a row that a snapshot may know is written,
// and clones the row's chunk if one still does. Rows added behind all that snapshots
// know need no asking.
//
// `snapshots_` counts the snapshots taken; `owned_since_` says for each chunk at which
// count it was last made, or found, exclusive. If the counts are equal no snapshot can
// have got hold of the chunk since. So most writes look at eight bytes that stay in the
// cache, and not at a chunk's reference count.
//
// Rows that were dropped and added again are rows a snapshot may know: `known_rows_` is
// the most that any snapshot ever saw.
//
// What snapshots hold are blocks of chunks (chunk_block.hpp). The store keeps those it handed
// out for the next snapshot, and lets go of one before anything in it is written.
//
// Invariant: there are exactly as many chunks as the rows need; a block in `blocks_` has its
// chunks as they are.
// Threads: one writer; `share` counts as writing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <oriel/table/column_batch.hpp>
#include <table/chunk.hpp>
#include <table/snapshot_state.hpp>

namespace oriel::detail {

class column_store {
 public:
  explicit column_store(std::shared_ptr<const table_description> description);
  ~column_store();
  column_store(const column_store&) = delete;
  column_store& operator=(const column_store&) = delete;

  /// Takes the rows of another store, and gives it its own. Snapshots stay with theirs.
  void swap(column_store& other) noexcept;

  const chunk_layout& layout() const noexcept { return description_->layout; }
  std::size_t rows() const noexcept { return rows_; }
  std::size_t bytes() const { return pool_->bytes(); }
  std::shared_ptr<const chunk_pool> memory() const noexcept { return pool_; }

  /// Where a row's chunk begins. A column's cells begin at its layout's `cells`.
  std::byte* chunk_of(std::uint32_t row) const noexcept { return chunks_[row / chunk_rows]->begin(); }

  std::byte* cell(std::size_t column, std::uint32_t row) const noexcept {
    const chunk_layout::column& c = layout().columns[column];
    return chunk_of(row) + c.cells + c.width * (row % chunk_rows);
  }

  /// Adds up to `count` rows, as far as one chunk goes, with cells to be written; returns how many.
  std::size_t add(std::size_t count);

  /// Drops the last row.
  void drop_last() noexcept;

  /// Makes a row's cells writable, except for the key's. Call before writing a row that was there.
  void own(std::uint32_t row) {
    if (owned_since_[row / chunk_rows] != snapshots_) make_exclusive(row / chunk_rows);
  }

  /// Writes the cells of row `from` to row `to`.
  void copy_row(std::uint32_t from, std::uint32_t to);

  /// Whether a column may hold nulls anywhere.
  bool has_nulls(std::size_t column) const noexcept { return has_nulls_[column]; }

  bool is_null(std::size_t column, std::uint32_t row) const noexcept {
    if (!has_nulls_[column]) return false;
    const std::uint64_t* const validity = chunks_[row / chunk_rows]->validity(column);
    return validity != nullptr && (validity[row % chunk_rows / 64] >> (row % 64) & 1) == 0;
  }

  /// Requires: a nullable column; the row is owned or new.
  void set_validity(std::size_t column, std::uint32_t row, bool valid) noexcept {
    has_nulls_[column] = has_nulls_[column] || !valid;
    chunks_[row / chunk_rows]->set_validity(column, row % chunk_rows, valid);
  }

  /// A row's list; good until the column is written. Requires: a list column, as for the next two.
  list_elements list(std::size_t column, std::uint32_t row) const noexcept;

  /// Makes room for lists of `size` in all, at a row or behind it. Requires: the rows are owned or new.
  void reserve_list(std::size_t column, std::uint32_t row, std::size_t size);

  /// Where the `size` elements of a row's new list are to be written. Requires: room has been made for them.
  std::byte* write_list(std::size_t column, std::uint32_t row, std::size_t size) noexcept {
    return chunks_[row / chunk_rows]->write_list(column, row % chunk_rows, static_cast<std::uint32_t>(size));
  }

  /// Hands the rows to a snapshot.
  void share(snapshot_state& snapshot);

 private:
  void make_exclusive(std::size_t index);
  void leave_block(std::size_t index) noexcept;
  void forget_key_zones(std::size_t index) noexcept;

  std::shared_ptr<const table_description> description_;
  std::shared_ptr<chunk_pool> pool_;
  std::vector<chunk*> chunks_;
  std::vector<std::uint64_t> owned_since_;
  std::vector<std::shared_ptr<const chunk_block>> blocks_;  // null where something was written since
  std::uint64_t snapshots_ = 0;
  std::size_t rows_ = 0;
  std::size_t known_rows_ = 0;
  std::vector<bool> has_nulls_;
};

}  // namespace oriel::detail

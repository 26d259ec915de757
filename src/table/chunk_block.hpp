// SPDX-License-Identifier: Apache-2.0
// src/table/chunk_block.hpp - consecutive chunks of a table, as snapshots share them.
//
// A snapshot of ten million rows that took a reference to each of ten thousand chunks would touch as many
// places of memory, twice. It takes one to each block instead; a block has those to its chunks, and serves all
// snapshots between which nothing in it was written. For the same reason bounds of all its chunks together,
// once a reader has asked for them, are good for as long as the block: a query for the last minute rules out
// most of a table by a hundred of those.
//
// Threads: safe; a block does not change.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include <oriel/table/snapshot.hpp>
#include <table/chunk.hpp>

namespace oriel::detail {

class chunk_block {
 public:
  /// Takes a reference to each chunk. `is_full` says whether these are all a block can have and have all rows.
  chunk_block(std::shared_ptr<chunk_pool> pool, std::span<chunk* const> chunks, std::size_t columns, bool is_full);
  chunk_block(const chunk_block&) = delete;
  chunk_block& operator=(const chunk_block&) = delete;
  ~chunk_block() { pool_->release(std::span(chunks_).first(count_)); }

  const chunk* operator[](std::size_t i) const noexcept { return chunks_[i]; }

  /// What holds of a column in all chunks; unbounded unless the block is full and each chunk is bounded.
  zone bounds(std::size_t column) const noexcept;

 private:
  zone find_bounds(std::size_t column) const noexcept;

  std::shared_ptr<chunk_pool> pool_;
  std::array<chunk*, block_chunks> chunks_{};
  std::size_t count_;
  bool is_full_;
  mutable std::mutex mutex_;
  mutable std::vector<std::optional<zone>> bounds_;  // by column, as far as anybody asked
};

}  // namespace oriel::detail

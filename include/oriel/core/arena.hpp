// SPDX-License-Identifier: Apache-2.0
// oriel/core/arena.hpp - bytes that stay where they are until all are dropped at once.
//
// Rows carry their strings as views; whoever keeps a row longer than its batch
// copies the bytes here, once. Blocks never move, so a view stays good until
// `clear()`, which keeps the largest block for the next round.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace oriel {

/// An append-only store of bytes with stable addresses.
///
/// Complexity: `store` is one copy, amortised O(length).
/// Memory: what was stored, plus at most one block of slack.
/// Threads: not synchronised.
class arena {
 public:
  arena() = default;
  arena(arena&&) noexcept = default;
  arena& operator=(arena&&) noexcept = default;

  /// Copies `text` in and returns a view of the copy.
  std::string_view store(std::string_view text) {
    if (text.empty()) return {};
    char* const place = reserve(text.size());
    std::memcpy(place, text.data(), text.size());
    commit(text.size());
    return {place, text.size()};
  }

  /// Room for `size` bytes, to be filled and then taken with `commit`.
  char* reserve(std::size_t size) {
    if (blocks_.empty() || blocks_.back().capacity - used_ < size) grow(size);
    return blocks_.back().bytes.get() + used_;
  }

  /// Takes the first `size` bytes of what `reserve` gave.
  void commit(std::size_t size) noexcept {
    used_ += size;
    stored_ += size;
  }

  /// Forgets everything stored; views handed out before are dead.
  void clear() noexcept {
    if (blocks_.size() > 1) {
      std::swap(blocks_.front(), blocks_.back());  // the last block is the largest
      blocks_.resize(1);
    }
    used_ = 0;
    stored_ = 0;
  }

  /// Bytes stored and not cleared.
  std::size_t size() const noexcept { return stored_; }

  /// Bytes taken from the allocator.
  std::size_t capacity() const noexcept {
    std::size_t total = 0;
    for (const block& b : blocks_) total += b.capacity;
    return total;
  }

 private:
  struct block {
    std::unique_ptr<char[]> bytes;
    std::size_t capacity = 0;
  };

  void grow(std::size_t size) {
    constexpr std::size_t first = 4096;
    constexpr std::size_t most = std::size_t{1} << 20;
    std::size_t capacity = blocks_.empty() ? first : blocks_.back().capacity * 2;
    if (capacity > most) capacity = most;
    if (!blocks_.empty() && blocks_.back().capacity > capacity) capacity = blocks_.back().capacity;
    if (capacity < size) capacity = size;
    blocks_.push_back({std::unique_ptr<char[]>(new char[capacity]), capacity});
    used_ = 0;
  }

  std::vector<block> blocks_;
  std::size_t used_ = 0;
  std::size_t stored_ = 0;
};

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// src/table/dictionary.hpp - the distinct strings of a column, numbered as they came.
//
// A string is stored once: its length (one byte, or 0xFF and four) and its bytes in an
// arena, its address in a segment. Segments double in size and never move, and the array
// of segments is fixed. So a reader that remembers how many ids there were may read
// those while the writer adds others: neither touches what the other writes.
//
// The way from string to id is the writer's alone. A batch is looked up in steps (hash
// all, guess all, compare all) with the memory of the next step prefetched.
//
// Strings are not dropped one by one. Their owner knows which ids are in use, and has a
// second dictionary made of those (`keep`), with the same ids; snapshots stay with the
// first one until they go. The other ids are given out again, and read as "" until then:
// an address may therefore change while a reader passes over it, and is atomic.
//
// Memory: 8 bytes of address (doubling), 10-20 of index, the bytes and 1 of length.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <oriel/core/arena.hpp>
#include <oriel/table/column_batch.hpp>
#include <table/hash_index.hpp>

namespace oriel::detail {

class dictionary {
 public:
  /// As many strings as `intern` takes at once.
  static constexpr std::size_t most_at_once = 1024;

  /// Threads: any, for ids below a size that was read while nobody wrote.
  std::string_view operator[](std::uint32_t id) const noexcept {
    return text_of(entry(id).load(std::memory_order_acquire));
  }

  /// The id of a string, or `hash_index::none`.
  std::uint32_t find(std::string_view text) const noexcept;

  /// One more than the greatest id.
  std::size_t size() const noexcept { return size_; }

  /// How many strings there are.
  std::size_t count() const noexcept { return index_.size(); }

  /// Bytes of a string, in the mean, and what it takes besides in the middle of growth: 12 of address, 15 of index.
  std::size_t mean_length() const noexcept { return count() == 0 ? 0 : bytes_.size() / count(); }
  static constexpr std::size_t beside_text = 27;

  /// A dictionary of those strings whose bit in `used` is 1, by the same ids.
  /// Requires: the bits cover `size()` ids, and those set are of strings that are there.
  std::shared_ptr<dictionary> keep(std::span<const std::uint64_t> used) const;

  /// Memory taken.
  std::size_t bytes() const noexcept;

  /// The ids of the values `first` to `first + count` of a string column; new strings are added, null is "".
  /// Requires: `count <= most_at_once`. Errors: `error{exhausted}` when there are too many strings.
  void intern(const column_values& strings, std::size_t first, std::size_t count, std::uint32_t* ids);

 private:
  static constexpr unsigned first_segment_bits = 8;
  static constexpr std::size_t segment_count = 32 - first_segment_bits + 1;

  using address = std::atomic<const char*>;
  using segment = std::unique_ptr<address[]>;

  static std::string_view text_of(const char* stored) noexcept {
    std::size_t length = static_cast<unsigned char>(*stored++);
    if (length == 0xFF) {
      std::uint32_t full;
      std::memcpy(&full, stored, sizeof full);
      stored += sizeof full;
      length = full;
    }
    return {stored, length};
  }

  // Segment 0 holds ids below 256, segment k those from 128 << k to 256 << k.
  static unsigned segment_of(std::uint32_t id) noexcept {
    return static_cast<unsigned>(std::bit_width(id | ((1U << first_segment_bits) - 1))) - first_segment_bits;
  }
  static std::uint32_t start_of(unsigned index) noexcept {
    return index == 0 ? 0 : 1U << (index + first_segment_bits - 1);
  }

  address& entry(std::uint32_t id) const noexcept {
    const unsigned index = segment_of(id);
    return segments_[index][id - start_of(index)];
  }

  std::uint32_t add(std::string_view text, std::uint32_t tag);
  void put(std::uint32_t id, std::string_view text, std::uint32_t tag);
  void make_segment_of(std::uint32_t id);

  std::array<segment, segment_count> segments_;
  std::size_t size_ = 0;
  std::vector<std::uint32_t> free_;  // ids below size_ that have no string, the next to be given out last
  hash_index index_;
  arena bytes_;
};

}  // namespace oriel::detail

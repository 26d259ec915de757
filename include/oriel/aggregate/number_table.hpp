// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/number_table.hpp - distinct numbers, and what is known of each.
//
// A flat table. The slot of a number is the number itself, with a byte beside it that is
// zero while the slot is free and otherwise a piece of the hash; sixteen such tags are
// compared at once, so that hardly a branch depends on where a value is, and a value that
// is new is put down without reading what is there. So a set of more than a few 64-bit
// integers costs 10 to 21 bytes per value.
//
// Invariant: at most 7/8 of the slots are taken; a key is in the first slot, from its home
// on, that was free when it came. Its home is a group of sixteen.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <oriel/aggregate/value_slots.hpp>
#include <oriel/core/hash.hpp>

namespace oriel::detail {

constexpr std::size_t tag_group = 16;

/// A bit for each of sixteen tags that is `tag`.
[[gnu::always_inline]] inline unsigned tags_that_are(const unsigned char* tags, unsigned char tag) noexcept {
#ifdef __SSE2__
  const __m128i here = _mm_loadu_si128(reinterpret_cast<const __m128i*>(tags));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(here, _mm_set1_epi8(static_cast<char>(tag)))));
#else
  unsigned found = 0;
  for (std::size_t i = 0; i < tag_group; ++i) found |= static_cast<unsigned>(tags[i] == tag) << i;
  return found;
#endif
}

/// Numbers, by their bits.
template <std::unsigned_integral Key, typename Extra>
class number_table {
 public:
  using key_type = Key;
  using extra_type = Extra;

  std::size_t size() const noexcept { return used_; }
  std::size_t bytes() const noexcept { return block_.bytes(); }

  touched_value<Extra> touch(Key key) {
    if (block_.empty()) [[unlikely]] block_ = fresh(3);
    const std::uint64_t hash = hash_integer(key);
    const std::size_t mask = block_.capacity() - 1;
    const unsigned char* const tags = block_.tags();
    std::size_t at = home(hash);
    for (;; at = (at + tag_group) & mask) {
      for (unsigned left = tags_that_are(tags + at, tag_of(hash)); left != 0; left &= left - 1) {
        const std::size_t i = at + static_cast<std::size_t>(__builtin_ctz(left));
        if (block_.slots()[i] == key) [[likely]] return {block_.extra(i), false};
      }
      if (const unsigned free = tags_that_are(tags + at, 0); free != 0) [[likely]] {
        at += static_cast<std::size_t>(__builtin_ctz(free));
        break;
      }
    }
    if (used_ >= limit(block_.capacity())) [[unlikely]] {
      grow();
      at = find_free(hash);
    }
    block_.tags()[at] = tag_of(hash);
    block_.slots()[at] = key;
    ++used_;
    return {block_.extra(at), true};
  }

  /// Calls `f(key, extra)` for each value, in no order that means anything.
  template <typename F>
  void for_each(F&& f) const {
    for (std::size_t i = 0, n = block_.capacity(); i < n; ++i) {
      if (block_.tags()[i] != 0) f(block_.slots()[i], block_.extra(i));
    }
  }

 private:
  using block_type = slot_block<Key, Extra, true>;

  static block_type fresh(unsigned log2) {
    block_type block(log2);
    for (std::size_t i = block.capacity(); i < tag_group; ++i) block.tags()[i] = 1;  // no slot: neither free nor a tag
    return block;
  }
  static constexpr std::size_t limit(std::size_t capacity) noexcept { return capacity - capacity / 8; }
  static constexpr unsigned log2_for(std::size_t values) {
    unsigned log2 = 3;
    while (limit(std::size_t{1} << log2) < values) ++log2;
    check_table_log2(log2);
    return log2;
  }

  static unsigned char tag_of(std::uint64_t hash) noexcept { return static_cast<unsigned char>(hash | 0x80); }
  std::size_t home(std::uint64_t hash) const noexcept {
    const unsigned log2 = block_.log2() < 4 ? 4 : block_.log2();
    return static_cast<std::size_t>((hash >> 1) >> (67 - log2)) * tag_group;
  }

  /// Where a key that is not there would be put.
  std::size_t find_free(std::uint64_t hash) const noexcept {
    const std::size_t mask = block_.capacity() - 1;
    for (std::size_t at = home(hash);; at = (at + tag_group) & mask) {
      const unsigned free = tags_that_are(block_.tags() + at, 0);
      if (free != 0) [[likely]] return at + static_cast<std::size_t>(__builtin_ctz(free));
    }
  }

  [[gnu::noinline]] void grow() {
    std::size_t live = used_;
    if constexpr (requires(const Extra& extra) { extra.is_nothing(); }) {
      for_each([&](Key, const Extra& extra) { live -= extra.is_nothing(); });
    }
    const block_type old = std::exchange(block_, fresh(log2_for(live + live / 8 + 1)));
    used_ = static_cast<std::uint32_t>(live);
    for (std::size_t i = 0, n = old.capacity(); i < n; ++i) {
      if (old.tags()[i] == 0 || extra_is_nothing(old.extra(i))) continue;
      const Key key = old.slots()[i];
      const std::uint64_t hash = hash_integer(key);
      const std::size_t at = find_free(hash);
      block_.tags()[at] = tag_of(hash);
      block_.slots()[at] = key;
      if constexpr (!std::is_empty_v<Extra>) block_.extra(at) = old.extra(i);
    }
  }

  block_type block_;
  std::uint32_t used_ = 0;
};

}  // namespace oriel::detail

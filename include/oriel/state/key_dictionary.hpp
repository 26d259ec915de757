// SPDX-License-Identifier: Apache-2.0
// oriel/state/key_dictionary.hpp - keys to dense ids, a batch at a time.
//
// An operator that groups asks once per batch for the ids of its keys. Ids count
// up from 0 in order of first appearance, so per-key state is an array and never
// an object per key. Strings are copied once, when a key is new.
//
// The table is made of buckets, each one cache line: eight 32-bit tags (half of the
// hash) and eight ids. A look-up compares all eight tags at once and takes no branch
// that depends on where in the bucket the key is; a full bucket spills into the next.
//
//   bucket   [ tag tag tag tag  -   -   -   - | id id id id  -  -  -  - ]   64 bytes
//
// While the table fits the caches a batch is looked up in one pass; beyond, in three
// (hash and prefetch the buckets, match and prefetch the keys, compare), so that
// cache misses overlap instead of following each other.
//
// Invariant: the buckets hold each id 0 .. size()-1 exactly once, filled from the front;
// a key is in the first bucket from its home on that was not full when it came.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <oriel/core/arena.hpp>
#include <oriel/core/error.hpp>
#include <oriel/core/key.hpp>

namespace oriel {

/// A growing set of keys with dense ids.
///
/// Complexity: O(1) expected per key.
/// Memory: the key, 10 to 20 bytes of table, and the bytes of its strings.
/// Threads: not synchronised.
template <key Key>
class key_dictionary {
 public:
  using id = std::uint32_t;

  std::size_t size() const noexcept { return keys_.size(); }
  const Key& operator[](id i) const noexcept { return keys_[i].key; }

  /// Whether ids outnumber the `live` keys among them by so much that the dictionary is worth making anew with those
  /// alone: by more than two to one, and by thousands.
  bool outnumbers(std::size_t live) const noexcept { return outnumber(size(), live); }
  static constexpr bool outnumber(std::size_t ids, std::size_t live) noexcept { return ids > 2 * live + 4096; }

  /// Bytes of memory held.
  std::size_t bytes() const noexcept {
    return keys_.capacity() * sizeof(kept_key) + buckets_.capacity() * sizeof(bucket) + strings_.capacity();
  }

  /// The id of one key, new if need be.
  id intern(const Key& k) {
    if (buckets_.empty()) grow();
    return find_or_insert(k, hash_key(k));
  }

  /// The ids of a batch of keys, new where need be: `ids[i]` of `key_at(i)`.
  template <typename KeyAt>
  void intern(std::span<id> ids, const KeyAt& key_at) {
    if (buckets_.empty()) grow();
    for (std::size_t done = 0; done < ids.size(); done += stride) {
      const std::size_t n = std::min(stride, ids.size() - done);
      const auto key_from_here = [&](std::size_t i) { return key_at(done + i); };
      if (buckets_.size() <= small) {
        intern_in_cache(ids.data() + done, n, key_from_here);
      } else {
        intern_with_prefetch(ids.data() + done, n, key_from_here);
      }
    }
  }

  void clear() noexcept {
    keys_.clear();
    strings_.clear();
    std::fill(buckets_.begin(), buckets_.end(), bucket{});
  }

 private:
  static constexpr id vacant = ~id{0};
  static constexpr std::size_t width = 8;     // slots in a bucket
  static constexpr std::size_t small = 1024;  // buckets that stay in the caches by themselves
  static constexpr std::size_t stride = 256;  // keys in flight

  struct kept_key {  // a struct, since a vector of plain bool has no elements to refer to
    Key key;
  };

  struct alignas(64) bucket {
    std::array<std::uint32_t, width> tags{};
    std::array<id, width> ids{vacant, vacant, vacant, vacant, vacant, vacant, vacant, vacant};

    bool full() const noexcept { return ids[width - 1] != vacant; }

    /// Bit i is set when slot i has this tag.
    unsigned match(std::uint32_t tag) const noexcept {
#ifdef __SSE2__
      const __m128i wanted = _mm_set1_epi32(static_cast<int>(tag));
      const auto* const at = reinterpret_cast<const __m128i*>(tags.data());
      const __m128i low = _mm_cmpeq_epi32(_mm_load_si128(at), wanted);
      const __m128i high = _mm_cmpeq_epi32(_mm_load_si128(at + 1), wanted);
      const __m128i bytes = _mm_packs_epi16(_mm_packs_epi32(low, high), _mm_setzero_si128());
      return static_cast<unsigned>(_mm_movemask_epi8(bytes));
#else
      unsigned found = 0;
      for (unsigned i = 0; i < width; ++i) found |= static_cast<unsigned>(tags[i] == tag) << i;
      return found;
#endif
    }
  };

  // A vacant slot has tag 0, which no key has.
  static std::uint32_t tag_of(std::uint64_t hash) noexcept { return static_cast<std::uint32_t>(hash) | 1; }
  const bucket& home_of(std::uint64_t hash) const noexcept { return buckets_[hash >> shift_]; }

  /// The first id with the key's tag in its home bucket, or `vacant`: nearly always the key's.
  id guess(std::uint64_t hash) const noexcept {
    const bucket& home = home_of(hash);
    const unsigned found = home.match(tag_of(hash));
    return found == 0 ? vacant : home.ids[static_cast<std::size_t>(std::countr_zero(found))];
  }

  template <typename KeyAt>
  void intern_in_cache(id* ids, std::size_t n, const KeyAt& key_at) {
    for (std::size_t i = 0; i < n; ++i) {
      const Key k = key_at(i);
      const std::uint64_t hash = hash_key(k);
      const id g = guess(hash);
      ids[i] = g != vacant && keys_[g].key == k ? g : find_or_insert(k, hash);
    }
  }

  template <typename KeyAt>
  void intern_with_prefetch(id* ids, std::size_t n, const KeyAt& key_at) {
    Key keys[stride];
    std::uint64_t hashes[stride];
    for (std::size_t i = 0; i < n; ++i) {
      keys[i] = key_at(i);
      hashes[i] = hash_key(keys[i]);
      __builtin_prefetch(&home_of(hashes[i]));
    }
    for (std::size_t i = 0; i < n; ++i) {
      ids[i] = guess(hashes[i]);
      if (ids[i] != vacant) __builtin_prefetch(&keys_[ids[i]]);
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (ids[i] == vacant || !(keys_[ids[i]].key == keys[i])) [[unlikely]] ids[i] = find_or_insert(keys[i], hashes[i]);
    }
  }

  [[gnu::noinline]] id find_or_insert(const Key& k, std::uint64_t hash) {
    const std::uint32_t tag = tag_of(hash);
    for (std::size_t at = hash >> shift_;; at = next(at)) {
      const bucket& b = buckets_[at];
      for (unsigned found = b.match(tag); found != 0; found &= found - 1) {
        const id candidate = b.ids[static_cast<std::size_t>(std::countr_zero(found))];
        if (keys_[candidate].key == k) return candidate;
      }
      if (!b.full()) break;
    }
    if (keys_.size() == vacant) throw error(error_kind::exhausted, "key_by: more than 4294967295 live keys");
    if ((keys_.size() + 1) * 5 > buckets_.size() * width * 4) grow();
    keys_.push_back({keep(k, strings_)});
    place(hash, static_cast<id>(keys_.size() - 1));
    return static_cast<id>(keys_.size() - 1);
  }

  std::size_t next(std::size_t at) const noexcept { return (at + 1) & (buckets_.size() - 1); }

  void place(std::uint64_t hash, id i) {
    std::size_t at = hash >> shift_;
    while (buckets_[at].full()) at = next(at);
    bucket& b = buckets_[at];
    const auto slot = static_cast<std::size_t>(std::find(b.ids.begin(), b.ids.end(), vacant) - b.ids.begin());
    b.tags[slot] = tag_of(hash);
    b.ids[slot] = i;
  }

  void grow() {
    const std::size_t count = std::max<std::size_t>(8, buckets_.size() * 2);
    buckets_.assign(count, bucket{});
    shift_ = 64 - std::countr_zero(count);
    for (std::size_t i = 0; i < keys_.size(); ++i) place(hash_key(keys_[i].key), static_cast<id>(i));
  }

  std::vector<kept_key> keys_;   // by id
  std::vector<bucket> buckets_;  // a power of two of them
  int shift_ = 64;
  arena strings_;
};

}  // namespace oriel

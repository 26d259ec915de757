// SPDX-License-Identifier: Apache-2.0
// src/table/hash_index.hpp - from a hash to a number: rows by key, ids by string.
//
// Open addressing with linear probing over slots of 8 bytes: 32 bits of hash (the
// tag) and the number. The keys themselves lie elsewhere, so the owner compares
// them; a tag agrees by chance about once in a thousand probes at a million entries.
//
// A slot's home is the *top* bits of its tag. So the slots are ordered by tag but for
// the displacement of probing, growing reads the old slots and writes the new ones
// in order, and neither growing nor erasing needs a key. Erasing shifts the slots
// behind the hole back: there are no tombstones.
//
// Invariant: between a slot's home and the slot itself no slot is empty.
// Memory: 8 bytes per slot, between 2/5 and 4/5 of them taken: 10-20 bytes per entry.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include <table/large_block.hpp>

namespace oriel::detail {

class hash_index {
 public:
  static constexpr std::uint32_t none = 0xFFFF'FFFF;

  /// More entries than this are refused by the owners: tags would no longer tell slots apart.
  static constexpr std::size_t most = 3'000'000'000;

  std::size_t size() const noexcept { return size_; }
  std::size_t bytes() const noexcept { return block_.size(); }

  void prefetch_slot(std::uint32_t tag) const noexcept { prefetch(slots_ + home(tag)); }

  /// The first number with this tag, or none: very likely the right one, to be verified.
  std::uint32_t guess(std::uint32_t tag) const noexcept {
    return find(tag, [](std::uint32_t) { return true; });
  }

  /// The number with this tag for which `is_wanted(number)`, or none.
  template <typename Predicate>
  std::uint32_t find(std::uint32_t tag, Predicate&& is_wanted) const noexcept {
    for (std::size_t i = home(tag); slots_[i].number != none; i = (i + 1) & mask_) {
      if (slots_[i].tag == tag && is_wanted(slots_[i].number)) return slots_[i].number;
    }
    return none;
  }

  /// Makes room, so that `insert` does not fail until there are `count` entries.
  void reserve(std::size_t count) {
    if (count > capacity() / 5 * 4) grow(count);
  }

  /// Requires: room, and that the number is not there.
  void insert(std::uint32_t tag, std::uint32_t number) noexcept {
    place(tag, number);
    ++size_;
  }

  /// Requires: the pair is there.
  void replace(std::uint32_t tag, std::uint32_t from, std::uint32_t to) noexcept {
    slots_[seek(tag, from)].number = to;
  }

  /// Requires: the pair is there.
  void erase(std::uint32_t tag, std::uint32_t number) noexcept {
    std::size_t hole = seek(tag, number);
    for (std::size_t i = (hole + 1) & mask_; slots_[i].number != none; i = (i + 1) & mask_) {
      const std::size_t displaced = (i - home(slots_[i].tag)) & mask_;
      if (displaced >= ((i - hole) & mask_)) {  // may stand in the hole without standing before its home
        slots_[hole] = slots_[i];
        hole = i;
      }
    }
    slots_[hole].number = none;
    --size_;
  }

 private:
  struct slot {
    std::uint32_t tag;
    std::uint32_t number;
  };

  std::size_t capacity() const noexcept { return slots_ == &no_slots_ ? 0 : mask_ + 1; }
  std::size_t home(std::uint32_t tag) const noexcept { return static_cast<std::size_t>(std::uint64_t{tag} >> shift_); }

  std::size_t seek(std::uint32_t tag, std::uint32_t number) const noexcept {
    std::size_t i = home(tag);
    while (slots_[i].number != number) i = (i + 1) & mask_;
    return i;
  }

  void place(std::uint32_t tag, std::uint32_t number) noexcept {
    std::size_t i = home(tag);
    while (slots_[i].number != none) i = (i + 1) & mask_;
    slots_[i] = {tag, number};
  }

  void grow(std::size_t count) {
    std::size_t wanted = capacity() == 0 ? 16 : capacity() * 2;
    while (count > wanted / 5 * 4) wanted *= 2;
    large_block block(wanted * sizeof(slot));
    const slot* const old = slots_;
    const std::size_t old_capacity = capacity();
    std::memset(block.data(), 0xFF, block.size());  // every number is `none`
    slots_ = reinterpret_cast<slot*>(block.data());
    mask_ = wanted - 1;
    shift_ = 32U - static_cast<unsigned>(std::countr_zero(wanted));
    for (std::size_t i = 0; i < old_capacity; ++i) {
      if (old[i].number != none) place(old[i].tag, old[i].number);
    }
    block_ = std::move(block);
  }

  // Before the first entry there is one empty slot, so that finding needs no test.
  inline static slot no_slots_{0, none};

  slot* slots_ = &no_slots_;
  std::size_t mask_ = 0;
  unsigned shift_ = 32;
  std::size_t size_ = 0;
  large_block block_;
};

}  // namespace oriel::detail

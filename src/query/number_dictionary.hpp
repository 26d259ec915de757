// SPDX-License-Identifier: Apache-2.0
// src/query/number_dictionary.hpp - 64-bit numbers to dense ids, a batch at a time.
//
// Open addressing with the numbers in the slots, so that a number that is known costs one
// cache line. A batch is hashed and its slots prefetched before any is looked at.
//
// Invariant: at most half of the slots are taken; ids count up in the order of first appearance.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <oriel/core/error.hpp>
#include <oriel/core/key.hpp>
#include <query/column_vector.hpp>

namespace oriel::detail {

class number_dictionary {
 public:
  /// As many different numbers as fit: one less than ids could count.
  static constexpr std::uint64_t most = 0xFFFF'FFFE;

  std::size_t size() const noexcept { return numbers_.size(); }
  std::uint64_t operator[](std::uint32_t id) const noexcept { return numbers_[id]; }

  /// The ids of some numbers. Requires: `count <= vector_rows`. Errors: `error{exhausted}` when there are too many.
  void intern(const std::uint64_t* numbers, std::size_t count, std::uint32_t* ids) {
    if ((size() + count) * 2 > slots_.size()) grow(count);
    if (is_in_runs(numbers, count)) return intern_runs(numbers, count, ids);
    intern_each(numbers, count, ids);
  }

 private:
  struct slot {
    std::uint64_t number = 0;
    std::uint32_t id = 0;  // and one; 0 is vacant
  };

  // Whether half of the numbers or more are that before them, as times are.
  static bool is_in_runs(const std::uint64_t* numbers, std::size_t count) noexcept {
    std::size_t changes = 0;
    for (std::size_t i = 1; i < count; ++i) changes += numbers[i] != numbers[i - 1] ? 1 : 0;
    return changes * 2 + 1 < count;
  }

  // Looks up the first number of each run.
  void intern_runs(const std::uint64_t* numbers, std::size_t count, std::uint32_t* ids) {
    std::uint64_t firsts[vector_rows] = {};
    std::uint32_t ids_of_runs[vector_rows] = {};
    std::size_t runs = 0;
    for (std::size_t i = 0; i < count; ++i) {
      runs += i == 0 || numbers[i] != numbers[i - 1] ? 1 : 0;
      firsts[runs - 1] = numbers[i];
      ids[i] = static_cast<std::uint32_t>(runs - 1);
    }
    intern_each(firsts, runs, ids_of_runs);
    for (std::size_t i = 0; i < count; ++i) ids[i] = ids_of_runs[ids[i]];
  }

  void intern_each(const std::uint64_t* numbers, std::size_t count, std::uint32_t* ids) {
    std::uint64_t home[vector_rows];
    for (std::size_t i = 0; i < count; ++i) {
      home[i] = hash_integer(numbers[i]) >> shift_;
      __builtin_prefetch(&slots_[home[i]]);
    }
    for (std::size_t i = 0; i < count; ++i) ids[i] = find_or_add(numbers[i], home[i]);
  }

  std::uint32_t find_or_add(std::uint64_t number, std::size_t at) {
    for (;; at = (at + 1) & (slots_.size() - 1)) {
      slot& s = slots_[at];
      if (s.id != 0 && s.number == number) return s.id - 1;
      if (s.id != 0) continue;
      if (size() >= most) throw error(error_kind::exhausted, "a query may tell at most 4294967294 values apart");
      s = {number, static_cast<std::uint32_t>(size() + 1)};
      numbers_.push_back(number);
      return s.id - 1;
    }
  }

  // Slots are in the order of hashes, so that both tables are gone over from front to back.
  void grow(std::size_t count) {
    const std::size_t capacity = std::bit_ceil((size() + count) * 2 + 1);
    const std::vector<slot> old = std::exchange(slots_, std::vector<slot>(capacity));
    shift_ = 64 - std::countr_zero(capacity);
    for (const slot& s : old) {
      if (s.id == 0) continue;
      std::size_t at = hash_integer(s.number) >> shift_;
      while (slots_[at].id != 0) at = (at + 1) & (capacity - 1);
      slots_[at] = s;
    }
  }

  std::vector<slot> slots_;
  std::vector<std::uint64_t> numbers_;
  int shift_ = 64;
};

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/table/expiry.hpp - which rows may have come to the end of their time.
//
// A heap of (time, row), the least time first. Updates do not touch it: an entry says no
// more than that the row's newest time is not before this one. When an entry comes due the
// owner looks at the row, and either drops it or puts it back with its present time. So a
// key costs one push when it is made and one per ttl while it is kept up to date.
//
// A row that moves gets an entry for its new place; the old one is found out when it is
// due. Should such leftovers outnumber the rows, the owner makes the heap anew.
//
// Invariant: for each row there is an entry with a time not after the row's newest.
// Memory: 12 bytes per entry.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace oriel::detail {

class expiry {
 public:
  std::size_t size() const noexcept { return entries_.size(); }
  std::size_t bytes() const noexcept { return entries_.capacity() * sizeof(entry); }

  /// Makes room, so that `add` does not fail until there are `count` entries.
  void reserve(std::size_t count) {
    if (count > entries_.capacity()) entries_.reserve(std::max(count, entries_.capacity() * 3 / 2));
  }

  /// Complexity: O(log n), and O(1) for times that are mostly rising.
  void add(std::int64_t time, std::uint32_t row) {
    entries_.emplace_back(time, row);
    std::push_heap(entries_.begin(), entries_.end(), is_later);
  }

  /// Whether an entry's time is `horizon` or before.
  bool is_due(std::int64_t horizon) const noexcept { return !entries_.empty() && entries_.front().time() <= horizon; }

  /// Takes the entry of the least time out. Requires: there is one.
  std::uint32_t take() noexcept {
    const std::uint32_t row = entries_.front().row;
    std::pop_heap(entries_.begin(), entries_.end(), is_later);
    entries_.pop_back();
    return row;
  }

  void clear() noexcept { entries_.clear(); }

 private:
  struct entry {  // of 12 bytes, not 16
    entry(std::int64_t time, std::uint32_t number) noexcept
        : high(static_cast<std::int32_t>(time >> 32)), low(static_cast<std::uint32_t>(time)), row(number) {}
    std::int64_t time() const noexcept {
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(static_cast<std::uint32_t>(high)) << 32 | low);
    }
    std::int32_t high;
    std::uint32_t low;
    std::uint32_t row;
  };

  static bool is_later(const entry& a, const entry& b) noexcept { return a.time() > b.time(); }

  std::vector<entry> entries_;
};

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// oriel/operators/join_state.hpp - rows waiting for their partners, by key and time.
//
// Rows lie in buckets of event time, each with the bytes of its rows' strings, so that
// forgetting is freeing a bucket. The rows of one key are chained, newest bucket first;
// a chain that leads into a bucket long freed ends there, and nobody has to cut it.
//
//   key id ──> row ──> row ──> row ──> (freed)
//              b 17    b 17    b 15     b 3
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <oriel/core/arena.hpp>
#include <oriel/core/owned.hpp>
#include <oriel/core/time.hpp>

namespace oriel {

/// One side of a join: rows by key id, dropped by event time. `Extra` is what the join notes of each row.
///
/// Complexity: `add` is O(1) for rows about in the order of time; `for_each_of` O(rows of the key); `drop_before`
/// O(buckets). Memory: a row, its strings and 40 bytes each, 24 bytes per key id.
/// Threads: not synchronised.
template <typename Row, typename Extra>
class join_state {
  static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min();

 public:
  struct entry {
    Row row;
    timestamp time;
    std::uint64_t arrival;
    std::uint32_t key;
    Extra extra{};
    std::uint32_t next_at = 0;          ///< the chain, which is the state's own business
    std::int64_t next_bucket = none;
  };

  /// Buckets are `width` long.
  explicit join_state(duration width) : width_(width) {}

  duration bucket_width() const noexcept { return width_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t bytes() const noexcept {
    std::size_t n = heads_.capacity() * sizeof(head);
    for (const auto& b : buckets_) n += sizeof(bucket) + b->entries.capacity() * sizeof(entry) + b->bytes.capacity();
    return n;
  }

  /// Whether a row of this time could still be added: its bucket has not been dropped.
  bool holds(timestamp time) const noexcept { return floor_to(time, width_) + width_ > dropped_until_; }

  /// Adds a row; a copy of its strings is kept. Requires: `holds(time)`. References to rows added earlier are void.
  entry& add(const Row& row, timestamp time, std::uint64_t arrival, std::uint32_t key) {
    bucket& b = bucket_at(floor_to(time, width_).time_since_epoch() / width_);
    b.entries.push_back({row, time, arrival, key});
    entry& added = b.entries.back();
    for_each_text(added.row, [&](std::string_view& text) { text = b.bytes.store(text); });
    link(added, b.number, static_cast<std::uint32_t>(b.entries.size() - 1));
    ++size_;
    return added;
  }

  /// Calls `f(entry)` for the rows of a key whose time is in [from, to], in no particular order.
  template <typename F>
  void for_each_of(std::uint32_t key, timestamp from, timestamp to, F&& f) {
    if (key >= heads_.size()) return;
    head at = heads_[key];
    bucket* b = nullptr;
    while (!buckets_.empty() && at.bucket >= buckets_.front()->number) {
      if (b == nullptr || b->number != at.bucket) b = find(at.bucket);
      entry& e = b->entries[at.at];
      if (from <= e.time && e.time <= to) f(e);
      at = {e.next_bucket, e.next_at};
    }
  }

  /// Frees the buckets that end by `t`, calling `f(entry)` for each of their rows, by time, then arrival.
  template <typename F>
  void drop_before(timestamp t, F&& f) {
    dropped_until_ = std::max(dropped_until_, t);
    std::size_t dropped = 0;
    while (dropped < buckets_.size() && end_of(*buckets_[dropped]) <= t) {
      std::vector<entry>& rows = buckets_[dropped]->entries;
      std::sort(rows.begin(), rows.end(), [](const entry& a, const entry& b) {
        return a.time != b.time ? a.time < b.time : a.arrival < b.arrival;
      });
      for (entry& e : rows) f(e);
      size_ -= rows.size();
      retired_.push_back(std::move(buckets_[dropped]));
      ++dropped;
    }
    buckets_.erase(buckets_.begin(), buckets_.begin() + static_cast<std::ptrdiff_t>(dropped));
  }

  /// Frees what `drop_before` dropped: what was handed out may be viewed until then.
  void free_dropped() { retired_.clear(); }

  /// Gives keys new ids: `rename(old id)` is called for each row, oldest buckets first.
  template <typename F>
  void rename(F&& f) {
    heads_.clear();
    for (const auto& b : buckets_) {
      for (std::uint32_t i = 0; i < b->entries.size(); ++i) {
        b->entries[i].key = f(b->entries[i].key);
        link(b->entries[i], b->number, i);
      }
    }
  }

 private:
  struct bucket {
    std::int64_t number;  // of buckets since 1970
    std::vector<entry> entries;
    arena bytes;
  };
  struct head {
    std::int64_t bucket = none;
    std::uint32_t at = 0;
  };

  timestamp end_of(const bucket& b) const { return timestamp{width_ * (b.number + 1)}; }

  auto lower_bound(std::int64_t number) {
    return std::lower_bound(buckets_.begin(), buckets_.end(), number,
                            [](const auto& b, std::int64_t n) { return b->number < n; });
  }
  bucket* find(std::int64_t number) {
    if (buckets_.back()->number == number) return buckets_.back().get();
    return lower_bound(number)->get();
  }
  bucket& bucket_at(std::int64_t number) {
    if (!buckets_.empty() && buckets_.back()->number == number) return *buckets_.back();
    auto at = lower_bound(number);
    if (at == buckets_.end() || (*at)->number != number) {
      at = buckets_.insert(at, std::make_unique<bucket>());
      (*at)->number = number;
    }
    return **at;
  }

  /// Puts an entry into its key's chain, before the first one that is not in a later bucket.
  void link(entry& added, std::int64_t number, std::uint32_t position) {
    if (added.key >= heads_.size()) heads_.resize(std::size_t{added.key} + 1);
    head& first = heads_[added.key];
    if (first.bucket <= number) {
      added.next_bucket = first.bucket;
      added.next_at = first.at;
      first = {number, position};
      return;
    }
    entry* before = &find(first.bucket)->entries[first.at];
    while (before->next_bucket > number) before = &find(before->next_bucket)->entries[before->next_at];
    added.next_bucket = before->next_bucket;
    added.next_at = before->next_at;
    before->next_bucket = number;
    before->next_at = position;
  }

  duration width_;
  timestamp dropped_until_ = beginning_of_time;
  std::size_t size_ = 0;
  std::vector<head> heads_;                         // by key id
  std::vector<std::unique_ptr<bucket>> buckets_;    // by number
  std::vector<std::unique_ptr<bucket>> retired_;
};

}  // namespace oriel

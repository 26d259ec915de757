// SPDX-License-Identifier: Apache-2.0
// oriel/window/deadline_queue.hpp - who is due when, for many who keep putting it off.
//
// A session is due when its key has been quiet; nearly always another event comes
// first and it is not. So nothing is done when a deadline moves. Deadlines wait in
// coarse buckets of time; when the watermark reaches a bucket, each of its entries
// is asked once for its present deadline. The few that are due within the bucket
// go through a heap, in order; the others move to the bucket of their new deadline.
//
//   watermark
//       v
//   [ heap, exact ] | bucket | bucket | bucket |  ...        one entry per deadline asked for
//
// Whoever is due at the same time comes in the order of being put in, which depends
// on events and watermarks alone.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <oriel/core/time.hpp>

namespace oriel {

/// Ids by deadline.
///
/// Complexity: `push` O(log buckets); each entry costs the same again whenever it is put off, and O(log entries in
/// its bucket) once it is due. Memory: 24 bytes per entry. Threads: not synchronised.
class deadline_queue {
 public:
  using id = std::uint32_t;
  struct ignore_id {
    void operator()(id) const noexcept {}
  };

  /// `width` of buckets: a fraction of how far ahead deadlines are. Requires: positive.
  explicit deadline_queue(duration width) : width_(width) {}

  /// Requires: `due` before `end_of_time`.
  void push(timestamp due, id i) { put({due, next_sequence_++, i}); }

  /// Nothing is due before this.
  timestamp next() const noexcept { return next_; }

  /// Takes out all that is due at `now`, in order of their deadlines, and calls `process(id)` for each.
  ///
  /// `revised(id, due)` is the present deadline (std::optional) of an entry put in for `due`, no earlier than that;
  /// none forgets it. `process` may push. `prefetch(id)` is told whom `revised` will soon be asked for.
  template <typename Revised, typename Process, typename Prefetch = ignore_id>
  void advance(timestamp now, const Revised& revised, const Process& process, const Prefetch& prefetch = {}) {
    while (next_ <= now && !empty()) {
      if (!buckets_.empty() && buckets_.begin()->first <= now) {
        sort_in(revised, prefetch);
      } else {
        std::pop_heap(heap_.begin(), heap_.end(), later);
        const entry e = heap_.back();
        heap_.pop_back();
        const std::optional<timestamp> due = revised(e.who, e.due);
        if (due == e.due) {
          process(e.who);
        } else if (due) {
          put({*due, e.sequence, e.who});
        }
      }
      update_next();
    }
  }

  /// Gives every id a new one: `renamed(id)`; none (std::optional) forgets the entry.
  template <typename Renamed>
  void rename(const Renamed& renamed) {
    const auto gone = [&](entry& e) {
      const std::optional<id> fresh = renamed(e.who);
      e.who = fresh.value_or(e.who);
      return !fresh;
    };
    std::erase_if(heap_, gone);
    std::make_heap(heap_.begin(), heap_.end(), later);
    for (auto& [start, entries] : buckets_) std::erase_if(entries, gone);
  }

  bool empty() const noexcept { return heap_.empty() && buckets_.empty(); }
  std::size_t size() const noexcept {
    std::size_t n = heap_.size();
    for (const auto& [start, entries] : buckets_) n += entries.size();
    return n;
  }
  std::size_t bytes() const noexcept { return size() * sizeof(entry); }

 private:
  static constexpr std::size_t ahead = 12;

  struct entry {
    timestamp due;
    std::uint64_t sequence;
    id who;
  };

  static bool later(const entry& a, const entry& b) noexcept {
    return a.due != b.due ? a.due > b.due : a.sequence > b.sequence;
  }

  void put(const entry& e) {
    if (e.due < sorted_until_) {
      heap_.push_back(e);
      std::push_heap(heap_.begin(), heap_.end(), later);
      next_ = std::min(next_, e.due);
      return;
    }
    const timestamp start = std::max(bucket_of(e.due), sorted_until_);
    if (last_ == nullptr || last_start_ != start) {
      last_ = &buckets_[start];
      last_start_ = start;
    }
    last_->push_back(e);
    next_ = std::min(next_, start);
  }

  timestamp bucket_of(timestamp t) const noexcept {
    const bool near_an_end = to_ms(t) < to_ms(beginning_of_time) / 2 || to_ms(t) > to_ms(end_of_time) / 2;
    return near_an_end ? t : floor_to(t, width_);
  }

  /// Empties the first bucket into the heap and, where deadlines have moved on, into later buckets.
  template <typename Revised, typename Prefetch>
  void sort_in(const Revised& revised, const Prefetch& prefetch) {
    const auto first = buckets_.begin();
    sorted_until_ = std::max(sorted_until_, saturating_add(bucket_of(first->first), width_));
    const std::vector<entry> entries = std::move(first->second);
    buckets_.erase(first);
    last_ = nullptr;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i + ahead < entries.size()) prefetch(entries[i + ahead].who);
      const entry& e = entries[i];
      if (const std::optional<timestamp> due = revised(e.who, e.due)) put({*due, e.sequence, e.who});
    }
  }

  void update_next() {
    next_ = heap_.empty() ? end_of_time : heap_.front().due;
    if (!buckets_.empty()) next_ = std::min(next_, buckets_.begin()->first);
  }

  duration width_;
  std::map<timestamp, std::vector<entry>> buckets_;  // by start
  std::vector<entry>* last_ = nullptr;               // the bucket used last
  timestamp last_start_{};
  std::vector<entry> heap_;                          // all that is due before sorted_until_
  timestamp sorted_until_ = beginning_of_time;
  timestamp next_ = end_of_time;
  std::uint64_t next_sequence_ = 0;
};

}  // namespace oriel

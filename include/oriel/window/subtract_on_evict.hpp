// SPDX-License-Identifier: Apache-2.0
// oriel/window/subtract_on_evict.hpp - the cheapest FIFO window, for aggregates that can be undone.
//
// One running partial. `insert` combines the newest event in; `evict` removes the
// oldest one. Nothing is ever recombined, so a window of a million events costs
// what a window of one does; the price is that the aggregate must be invertible.
//
// Invariant: running_ == combine(lift(e) for every e in the window, oldest first).
#pragma once

#include <cstddef>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/core/assert.hpp>
#include <oriel/window/ring.hpp>

namespace oriel {

/// A FIFO window over an invertible aggregate.
///
/// Complexity: insert, evict and query are O(1), one combine or remove each; insert amortised, as memory grows.
/// Memory: one partial per event in the window, plus one.
/// Threads: a window belongs to one key on one worker; it is not synchronised.
/// Precision: floating-point sums drift under removal; prefer `two_stacks` there.
///
///     subtract_on_evict<sum<int>> last_minute;
///     last_minute.insert(3);
///     last_minute.insert(4);
///     last_minute.evict();          // 3 leaves
///     last_minute.query();          // 4
template <invertible_aggregate A>
class subtract_on_evict {
 public:
  using input = typename A::input;
  using partial = typename A::partial;
  using output = typename A::output;

  explicit subtract_on_evict(A aggregate = {}) : aggregate_(std::move(aggregate)), running_(aggregate_.identity()) {}

  /// Adds the newest event. `at` is its position, for aggregates that ask.
  void insert(const input& event, event_position at = {}) {
    partials_.push_back(lift_at(aggregate_, event, at));
    running_ = aggregate_.combine(running_, partials_.back());
  }

  /// Takes the oldest event out. Requires: `size() > 0`.
  void evict() {
    ORIEL_ASSERT(!partials_.empty());
    running_ = aggregate_.remove(running_, partials_.front());
    partials_.pop_front();
  }

  /// The partial of all events in the window.
  partial total() const { return running_; }
  output query() const { return aggregate_.lower(running_); }

  std::size_t size() const noexcept { return partials_.size(); }
  std::size_t bytes() const noexcept { return sizeof(*this) + partials_.bytes(); }

 private:
  [[no_unique_address]] A aggregate_;
  partial running_;
  ring<partial> partials_;
};

}  // namespace oriel

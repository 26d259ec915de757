// SPDX-License-Identifier: Apache-2.0
// oriel/window/two_stacks.hpp - a FIFO window for any aggregate.
//
// A queue made of two stacks, laid out in one ring. The front stack holds, for each
// of its events, the partial of that event and all younger ones of the front stack;
// the back stack holds single events and one partial of them all. Inserting grows
// the back, evicting drops the top of the front. When the front runs out, the back
// is turned over into it, newest first, so each event is recombined once in its life.
//
//   oldest                                        newest
//   [ cdefg  defg  efg  fg  g | h  i  j ]          back_ = hij
//     └ front: suffixes         └ back: events     query = cdefg + hij
//
// Invariant: partials_[i] is the partial of the events i .. front_-1 for i < front_, and of
// event i alone otherwise; back_ is that of the events front_ .. size()-1.
//
// Source: the folklore queue of two stacks, as a sliding-window algorithm in Tangwongsan,
// Hirzel, Schneider, "Low-Latency Sliding-Window Aggregation in Worst-Case Constant Time",
// DEBS 2017.
#pragma once

#include <cstddef>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/core/assert.hpp>
#include <oriel/window/ring.hpp>

namespace oriel {

/// A FIFO window over any aggregate, in order of arrival.
///
/// Complexity: insert, evict and query are O(1) amortised, at most two combines per event in all; one `evict`
/// may be O(size). Memory: one partial per event, plus one.
/// Threads: a window belongs to one key on one worker; it is not synchronised.
///
///     two_stacks<max<int>> highest;
///     highest.insert(9);
///     highest.insert(4);
///     highest.evict();              // 9 leaves
///     highest.query();              // 4
template <aggregate A>
class two_stacks {
 public:
  using input = typename A::input;
  using partial = typename A::partial;
  using output = typename A::output;

  explicit two_stacks(A aggregate = {}) : aggregate_(std::move(aggregate)), back_(aggregate_.identity()) {}

  /// Adds the newest event. `at` is its position, for aggregates that ask.
  void insert(const input& event, event_position at = {}) {
    partials_.push_back(lift_at(aggregate_, event, at));
    add_to(aggregate_, back_, event, at);
  }

  /// Adds the partial of events that come and go together, as if they were one.
  void insert_partial(partial value) {
    back_ = aggregate_.combine(back_, value);
    partials_.push_back(std::move(value));
  }

  /// Takes the oldest event out. Requires: `size() > 0`.
  void evict() {
    ORIEL_ASSERT(!partials_.empty());
    if (front_ == 0) turn_over();
    partials_.pop_front();
    --front_;
  }

  /// The partial of all events in the window.
  partial total() const { return front_ == 0 ? back_ : aggregate_.combine(partials_.front(), back_); }

  /// The answer for all events. An output that views its partial (a text's `min`) is lowered from a `total()` that
  /// is kept instead.
  output query() const { return aggregate_.lower(total()); }

  std::size_t size() const noexcept { return partials_.size(); }
  std::size_t bytes() const noexcept { return sizeof(*this) + partials_.bytes(); }

 private:
  void turn_over() {
    front_ = partials_.size();
    for (std::size_t i = front_ - 1; i > 0; --i) {
      partials_[i - 1] = aggregate_.combine(partials_[i - 1], partials_[i]);
    }
    back_ = aggregate_.identity();
  }

  [[no_unique_address]] A aggregate_;
  partial back_;
  std::size_t front_ = 0;  // events in the front stack
  ring<partial> partials_;
};

}  // namespace oriel

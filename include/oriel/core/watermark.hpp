// SPDX-License-Identifier: Apache-2.0
// oriel/core/watermark.hpp - how far event time has come.
//
// A watermark w says: no more events with time < w are expected. It is defined
// after every event, not per batch, so that an answer never depends on how a
// stream was cut into batches: an event is judged against the watermark made by
// the events before it, never by itself.
//
// A stream that is read from several partitions has one watermark per partition and
// is judged by the least of them: one that lags, or has sent nothing
// yet, holds all back. One that is idle does not, until its next event.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <oriel/core/assert.hpp>
#include <oriel/core/time.hpp>

namespace oriel {

/// The watermark of events that arrive at most `out_of_orderness` late:
/// the greatest time seen so far, minus that bound.
///
///     bounded_watermark w{5s};
///     w.observe(at_ms(60'000));
///     w.current();                  // 55 s: an event at 55 s is still on time
class bounded_watermark {
 public:
  explicit constexpr bounded_watermark(duration out_of_orderness = duration{0}) noexcept : bound_(out_of_orderness) {}

  /// Takes note of an event. The watermark never goes back.
  /// Requires: `t` minus the bound is in the range of `timestamp`; otherwise the watermark means nothing.
  constexpr void observe(timestamp t) noexcept {
    advance_to(at_ms(static_cast<std::int64_t>(static_cast<std::uint64_t>(to_ms(t)) -
                                               static_cast<std::uint64_t>(bound_.count()))));
  }

  /// Moves the watermark to `w` when that is further: someone knows better than the events.
  constexpr void advance_to(timestamp w) noexcept { current_ = w > current_ ? w : current_; }

  constexpr timestamp current() const noexcept { return current_; }

 private:
  duration bound_;
  timestamp current_ = beginning_of_time;
};

/// The watermark of several partitions while events of one of them come: that one's, held back by the others.
///
/// Cut out of a `partitioned_watermark` for a run of events, so that each costs a few comparisons however many
/// partitions there are.
class partition_run {
 public:
  constexpr partition_run(bounded_watermark own, timestamp others, timestamp current) noexcept
      : own_(own), others_(others), current_(std::max(current, std::min(own.current(), others))) {}

  constexpr void observe(timestamp t) noexcept {
    own_.observe(t);
    current_ = std::max(current_, std::min(own_.current(), others_));
  }
  constexpr timestamp current() const noexcept { return current_; }
  constexpr const bounded_watermark& own() const noexcept { return own_; }

 private:
  bounded_watermark own_;
  timestamp others_;
  timestamp current_;
};

/// The watermark of a source with several partitions: the least over those that are neither idle nor finished.
///
/// When no partition is left, nothing is waited for and it is the greatest: so it does not matter in which order
/// partitions became idle. It never goes back, also when an idle partition wakes up with older events.
///
/// Complexity: O(partitions) per call; runs of events of one partition go through `run` and `take`.
///
///     partitioned_watermark w{2, 5s};
///     w.observe(0, at_ms(60'000));
///     w.current();                  // beginning_of_time: partition 1 has sent nothing yet
///     w.set_idle(1);
///     w.current();                  // 55 s
class partitioned_watermark {
 public:
  explicit partitioned_watermark(std::size_t partitions, duration out_of_orderness = duration{0})
      : partitions_(partitions, {bounded_watermark(out_of_orderness), standing::active}) {}

  std::size_t size() const noexcept { return partitions_.size(); }

  /// Takes note of an event of partition `p`; one that was idle is idle no more.
  void observe(std::size_t p, timestamp t) noexcept {
    partition_run events = run(p);
    events.observe(t);
    take(p, events);
  }

  /// The watermark as events of `p` will move it; hand it back with `take`.
  partition_run run(std::size_t p) const noexcept {
    timestamp others = end_of_time;
    for (std::size_t i = 0; i < size(); ++i) {
      if (i != p && partitions_[i].state == standing::active) others = std::min(others, partitions_[i].own.current());
    }
    return {at(p).own, others, current_};
  }

  /// Requires: `events` came from `run(p)`, nothing was called in between, and at least one event was observed.
  void take(std::size_t p, const partition_run& events) noexcept {
    at(p) = {events.own(), standing::active};
    current_ = events.current();
  }

  /// No event of `p` before `t` is expected.
  void advance_to(std::size_t p, timestamp t) noexcept {
    at(p).own.advance_to(t);
    combine();
  }
  /// No event of any partition before `t` is expected.
  void advance_to(timestamp t) noexcept {
    for (partition& each : partitions_) each.own.advance_to(t);
    current_ = std::max(current_, t);
  }

  /// Nobody need wait for `p` until its next event.
  void set_idle(std::size_t p) noexcept {
    if (at(p).state == standing::active) at(p).state = standing::idle;
    combine();
  }

  /// No event of `p` will ever come.
  void finish(std::size_t p) noexcept {
    at(p).state = standing::finished;
    combine();
  }

  bool is_idle(std::size_t p) const noexcept { return at(p).state == standing::idle; }
  bool is_finished(std::size_t p) const noexcept { return at(p).state == standing::finished; }
  timestamp current(std::size_t p) const noexcept { return at(p).own.current(); }
  timestamp current() const noexcept { return current_; }

 private:
  enum class standing : std::uint8_t { active, idle, finished };
  struct partition {
    bounded_watermark own;
    standing state;
  };

  partition& at(std::size_t p) noexcept {
    ORIEL_ASSERT(p < size());
    return partitions_[p];
  }
  const partition& at(std::size_t p) const noexcept {
    ORIEL_ASSERT(p < size());
    return partitions_[p];
  }

  void combine() noexcept {
    timestamp least = end_of_time;
    timestamp greatest = beginning_of_time;
    bool any_active = false;
    for (const partition& each : partitions_) {
      greatest = std::max(greatest, each.own.current());
      if (each.state != standing::active) continue;
      any_active = true;
      least = std::min(least, each.own.current());
    }
    current_ = std::max(current_, any_active ? least : greatest);
  }

  std::vector<partition> partitions_;
  timestamp current_ = beginning_of_time;
};

}  // namespace oriel

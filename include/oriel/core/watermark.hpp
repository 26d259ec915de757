// SPDX-License-Identifier: Apache-2.0
// oriel/core/watermark.hpp - how far event time has come.
//
// A watermark w says: no more events with time < w are expected. It is defined
// after every event, not per batch, so that an answer never depends on how a
// stream was cut into batches: an event is judged against the watermark made by
// the events before it, never by itself (SEMANTICS 1.3).
#pragma once

#include <cstdint>

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
  constexpr duration out_of_orderness() const noexcept { return bound_; }

 private:
  duration bound_;
  timestamp current_ = beginning_of_time;
};

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/window/hopping.hpp - windows of one length that start at regular distances and overlap.
//
//     |--------w0--------|
//          |--------w1--------|
//               |--------w2--------|
//     hop  ^    ^    ^
#pragma once

#include <string>

#include <oriel/core/error.hpp>
#include <oriel/core/interval.hpp>

namespace oriel {

/// Windows of `size`, one every `hop`: an event at `t` belongs to each window whose start is `offset` plus a multiple
/// of `hop` with `start <= t < start + size`.
///
/// An event costs the same however many windows overlap; each window then costs about two combines a key.
///
///     .window(hopping{.size = 1min, .hop = 1s})
struct hopping {
  duration size{};              ///< length of every window; must be positive
  duration hop{};               ///< distance between starts; positive, at most `size`
  duration offset{};            ///< where windows start, relative to 1970-01-01T00:00:00Z
  duration allowed_lateness{};  ///< how long after its end a window still accepts events

  constexpr interval slice_at(timestamp t) const noexcept {
    const timestamp start = floor_to(t, hop, offset);
    const timestamp cut = start + size % hop;  // where windows that started earlier end
    return t < cut ? interval{start, cut} : interval{cut, start + hop};
  }
  constexpr interval window_ending_after(timestamp t) const noexcept {
    const timestamp end = floor_to(t, hop, offset + size % hop) + hop;
    return {end - size, end};
  }
  constexpr interval last_window_at(timestamp t) const noexcept {
    const timestamp start = floor_to(t, hop, offset);
    return {start, start + size};
  }

  /// For drawings: "hopping 1min every 1s".
  std::string label() const {
    std::string text = "hopping " + format_duration(size);
    text += " every " + format_duration(hop);
    if (offset.count() != 0) text += ", offset " + format_duration(offset);
    if (allowed_lateness.count() != 0) text += ", lateness " + format_duration(allowed_lateness);
    return text;
  }

  /// Errors: throws `error{invalid}` naming the field, its value and a fix.
  void validate() const {
    const auto refuse = [](const std::string& what) { throw error(error_kind::invalid, "hopping: " + what); };
    if (size.count() <= 0) refuse("size is " + format_duration(size) + "; it must be positive");
    if (hop.count() <= 0) refuse("hop is " + format_duration(hop) + "; it must be positive");
    if (hop > size) {
      refuse("hop " + format_duration(hop) + " exceeds size " + format_duration(size) +
             ", so events in between would be in no window; use a hop of at most " + format_duration(size));
    }
    if (allowed_lateness.count() < 0) {
      refuse("allowed_lateness is " + format_duration(allowed_lateness) + "; it must not be negative");
    }
  }
};

}  // namespace oriel

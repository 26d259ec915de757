// SPDX-License-Identifier: Apache-2.0
// oriel/window/cumulating.hpp - a long window that reports how far it has come, step by step.
//
//     |-w0-|
//     |----w1---|
//     |------w2------|         the last one is the whole; then all begins anew
//                    |-w3-|
//                    |----w4---|
#pragma once

#include <string>

#include <oriel/core/error.hpp>
#include <oriel/core/interval.hpp>

namespace oriel {

/// Windows that start every `size` and end every `step` after their start: an event at `t` belongs to each window
/// `[start, start + n * step)` with `start = offset + floor((t - offset) / size) * size` that ends after `t`.
///
///     .window(cumulating{.size = 24h, .step = 1h})      // today so far, every hour
struct cumulating {
  duration size{};              ///< length of the longest windows; a multiple of `step`
  duration step{};              ///< distance between ends; must be positive
  duration offset{};            ///< where windows start, relative to 1970-01-01T00:00:00Z
  duration allowed_lateness{};  ///< how long after its end a window still accepts events

  constexpr interval slice_at(timestamp t) const noexcept {
    const timestamp start = floor_to(t, step, offset);
    return {start, start + step};
  }
  constexpr interval window_ending_after(timestamp t) const noexcept {
    return {floor_to(t, size, offset), floor_to(t, step, offset) + step};
  }
  constexpr interval last_window_at(timestamp t) const noexcept {
    const timestamp start = floor_to(t, size, offset);
    return {start, start + size};
  }

  /// For drawings: "cumulating 1d by 1h".
  std::string label() const {
    std::string text = "cumulating " + format_duration(size);
    text += " by " + format_duration(step);
    if (offset.count() != 0) text += ", offset " + format_duration(offset);
    if (allowed_lateness.count() != 0) text += ", lateness " + format_duration(allowed_lateness);
    return text;
  }

  /// Errors: throws `error{invalid}` naming the field, its value and a fix.
  void validate() const {
    const auto refuse = [](const std::string& what) { throw error(error_kind::invalid, "cumulating: " + what); };
    if (size.count() <= 0) refuse("size is " + format_duration(size) + "; it must be positive");
    if (step.count() <= 0) refuse("step is " + format_duration(step) + "; it must be positive");
    if (size % step != duration{0}) {
      refuse("size " + format_duration(size) + " is not a multiple of step " + format_duration(step) +
             "; the last step would reach beyond the window");
    }
    if (allowed_lateness.count() < 0) {
      refuse("allowed_lateness is " + format_duration(allowed_lateness) + "; it must not be negative");
    }
  }
};

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/window/tumbling.hpp - windows side by side: fixed length, no overlap.
//
//     |----w0----|----w1----|----w2----|
//     e  ee     e   e           e  e
#pragma once

#include <string>

#include <oriel/core/error.hpp>
#include <oriel/core/interval.hpp>

namespace oriel {

/// Windows of `size`, one after the other: an event at `t` belongs to the one that starts at
/// `offset + floor((t - offset) / size) * size`.
///
///     .window(tumbling{.size = 1min, .allowed_lateness = 30s})
struct tumbling {
  duration size{};              ///< length of every window; must be positive
  duration offset{};            ///< where windows start, relative to 1970-01-01T00:00:00Z
  duration allowed_lateness{};  ///< how long after its end a window still accepts events

  /// The window an event at `t` belongs to.
  constexpr interval assign(timestamp t) const noexcept {
    const timestamp start = floor_to(t, size, offset);
    return {start, start + size};
  }

  /// For drawings: "tumbling 1min, lateness 30s".
  std::string label() const {
    std::string text = "tumbling " + format_duration(size);
    if (offset.count() != 0) text += ", offset " + format_duration(offset);
    if (allowed_lateness.count() != 0) text += ", lateness " + format_duration(allowed_lateness);
    return text;
  }

  /// Errors: throws `error{invalid}` naming the field, its value and a fix.
  void validate() const {
    if (size.count() <= 0) {
      throw error(error_kind::invalid, "tumbling: size is " + format_duration(size) + "; it must be positive");
    }
    if (allowed_lateness.count() < 0) {
      throw error(error_kind::invalid, "tumbling: allowed_lateness is " + format_duration(allowed_lateness) +
                                           "; it must not be negative");
    }
  }
};

}  // namespace oriel

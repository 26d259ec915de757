// SPDX-License-Identifier: Apache-2.0
// oriel/window/sliding.hpp - for each event, what happened just before it.
//
//     events   a     b  c           d
//              |--size--)
//     panes    a:a   b:ab c:abc     d:d       the events in (t - size, t]
//
// The one kind of window that looks back from an event instead of being there already:
// "how many failed logins had this user in the ten minutes before this one?". For
// windows at regular times, overlapping ones are hopping.
#pragma once

#include <string>

#include <oriel/core/error.hpp>
#include <oriel/core/interval.hpp>

namespace oriel {

/// For every time `t` at which a key has an event, one window: the key's events in (t - size, t].
///
/// As an interval that is [t - size + 1ms, t + 1ms). Events at the same time share it.
///
///     .window(sliding{.size = 10min})
struct sliding {
  duration size{};              ///< how far a window looks back; must be positive
  duration allowed_lateness{};  ///< how long after `t` a window still accepts events

  /// The window of an event at `t`.
  constexpr interval window_of(timestamp t) const noexcept {
    return {saturating_add(saturating_add(t, -size), duration{1}), t + duration{1}};
  }

  /// For drawings: "sliding 10min, lateness 30s".
  std::string label() const {
    std::string text = "sliding " + format_duration(size);
    if (allowed_lateness.count() != 0) text += ", lateness " + format_duration(allowed_lateness);
    return text;
  }

  /// Errors: throws `error{invalid}` naming the field, its value and a fix.
  void validate() const {
    if (size.count() <= 0) {
      throw error(error_kind::invalid, "sliding: size is " + format_duration(size) + "; it must be positive");
    }
    if (allowed_lateness.count() < 0) {
      throw error(error_kind::invalid, "sliding: allowed_lateness is " + format_duration(allowed_lateness) +
                                           "; it must not be negative");
    }
  }
};

}  // namespace oriel

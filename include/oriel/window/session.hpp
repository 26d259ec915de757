// SPDX-License-Identifier: Apache-2.0
// oriel/window/session.hpp - windows of activity: they last until a key has been quiet for a while.
//
//     events   e  e ee      e        e e   e
//     gap      |--|              |--|
//              |--session--|--session-|  ...     each ends `gap` after its last event
//
// Sessions are a key's own, begin and end where its events do, and grow together when an
// event arrives that lies between two of them.
#pragma once

#include <optional>
#include <string>

#include <oriel/core/error.hpp>
#include <oriel/core/interval.hpp>

namespace oriel {

/// Events of a key that follow each other by at most `gap` share a session, from its first event to `gap`
/// after its last.
///
/// With `max_length` an event more than that after a session's first event begins the next one. Events in order
/// are cut there and nowhere else. One out of order that would join two sessions into a longer one joins the
/// earlier of them and leaves the later as it is; so only sessions that reach `max_length` depend on the order
/// of arrival.
///
///     .window(session{.gap = 30min, .allowed_lateness = 5min})
struct session {
  duration gap{};                        ///< the longest pause within a session; must be positive
  std::optional<duration> max_length{};  ///< from first to last event; none: as long as it goes on
  duration allowed_lateness{};           ///< how long after its end a session still accepts events

  /// For drawings: "session gap 30min, at most 24h, lateness 5min".
  std::string label() const {
    std::string text = "session gap " + format_duration(gap);
    if (max_length) text += ", at most " + format_duration(*max_length);
    if (allowed_lateness.count() != 0) text += ", lateness " + format_duration(allowed_lateness);
    return text;
  }

  /// Errors: throws `error{invalid}` naming the field, its value and a fix.
  void validate() const {
    if (gap.count() <= 0) {
      throw error(error_kind::invalid, "session: gap is " + format_duration(gap) + "; it must be positive");
    }
    if (max_length && max_length->count() <= 0) {
      throw error(error_kind::invalid, "session: max_length is " + format_duration(*max_length) +
                                           "; it must be positive, or left out");
    }
    if (allowed_lateness.count() < 0) {
      throw error(error_kind::invalid, "session: allowed_lateness is " + format_duration(allowed_lateness) +
                                           "; it must not be negative");
    }
  }
};

}  // namespace oriel

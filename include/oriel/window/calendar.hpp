// SPDX-License-Identifier: Apache-2.0
// oriel/window/calendar.hpp - windows people name: days, weeks, months as clocks on walls have them.
//
//     Europe/Berlin   |------ Sat, 24 h ------|----- Sun, 23 h -----|------ Mon, 24 h ------|
//
// A window is a span of instants, so what is summed over "30 March" is what happened
// between two midnights in the zone, 23 hours apart when summer time begins. What
// counts as a day where midnight was skipped or came twice: core/time_zone.hpp.
#pragma once

#include <string>

#include <oriel/core/error.hpp>
#include <oriel/core/interval.hpp>
#include <oriel/core/time_zone.hpp>

namespace oriel {

namespace detail {

/// The window assigned last: the next event's, nearly always. A copy starts without one.
class last_window {
 public:
  last_window() = default;
  last_window(const last_window&) noexcept {}
  last_window& operator=(const last_window&) noexcept {
    window_ = {};
    return *this;
  }

  template <typename Assign>
  interval get(timestamp t, const Assign& assign) {
    if (!window_.contains(t)) [[unlikely]] window_ = assign();
    return window_;
  }

 private:
  interval window_{};
};

}  // namespace detail

/// Windows of one calendar unit in a time zone: an event at `t` belongs to the day (ISO week, month, quarter,
/// year) a clock in the zone shows at `t`.
///
/// Complexity: a comparison while events stay in one window; else a few binary searches.
/// Threads: a value remembers the window it assigned last, so each thread uses its own copy; operators do.
/// Errors: a zone that does not exist throws `error{invalid}` where it is written down.
///
///     .window(calendar{.unit = calendar_unit::month, .zone = "Europe/Berlin"})
struct calendar {
  calendar_unit unit = calendar_unit::day;  ///< day, week (from Monday), month, quarter or year
  time_zone zone{};                         ///< by its IANA name; UTC unless given
  duration allowed_lateness{};              ///< how long after its end a window still accepts events
  mutable detail::last_window last{};       ///< not an option

  /// The window an event at `t` belongs to. Requires: the fields have not changed since the first call.
  interval assign(timestamp t) const noexcept {
    return last.get(t, [&] { return zone.span(unit, t); });
  }

  /// For drawings: "calendar month, Europe/Berlin, lateness 30s".
  std::string label() const {
    std::string text = "calendar ";
    text += to_string(unit);
    text += ", ";
    text += zone.name();
    if (allowed_lateness.count() != 0) text += ", lateness " + format_duration(allowed_lateness);
    return text;
  }

  /// Errors: throws `error{invalid}` naming the field, its value and a fix.
  void validate() const {
    if (unit < calendar_unit::day) {
      std::string message = "calendar: unit is ";
      message += to_string(unit);
      message += "; it must be a day or longer, and tumbling{.size} makes windows of any length";
      throw error(error_kind::invalid, message);
    }
    if (allowed_lateness.count() < 0) {
      throw error(error_kind::invalid, "calendar: allowed_lateness is " + format_duration(allowed_lateness) +
                                           "; it must not be negative");
    }
  }
};

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/core/time_zone.hpp - what clocks on walls show: local time and calendar units.
//
// A zone is a list of periods, each with one distance from UTC, read once from the
// system's IANA database; after that every answer is a binary search over some
// hundred numbers. A unit of the calendar (a day, an ISO week, a month) is a span of
// instants in a zone, so a day may have 23, 24, 24.5 or 25 hours:
//
//   Europe/Berlin    |-- 29 March 2025, 24 h --|-- 30 March, 23 h --|-- 31 March, 24 h --|
//
// The spans of one unit follow each other without gap or overlap, whatever clocks do:
//  - A day begins when the day before is over for good: when midnight was skipped,
//    where the clock landed; when it came twice, at the first one that stood.
//  - An hour, minute or second of the clock that was repeated makes two spans, and
//    one the clock jumped into or out of is shorter.
//
// Limit: the database lists transitions up to 2037; later, the last distance holds.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <oriel/core/export.hpp>
#include <oriel/core/interval.hpp>
#include <oriel/core/result.hpp>
#include <oriel/core/time.hpp>

namespace oriel {

/// A unit of the clock or of the calendar. Weeks are ISO's: they begin on Monday.
enum class calendar_unit : std::uint8_t { second, minute, hour, day, week, month, quarter, year };

/// "second", "minute", ...
ORIEL_EXPORT const char* to_string(calendar_unit unit) noexcept;

/// What a clock on a wall shows: milliseconds since 1970-01-01T00:00:00 of that clock.
using local_time = std::chrono::local_time<duration>;

/// The instants at which a clock shows one local time.
///
/// Ordinarily one, `first == last`. Two, when the clock was put back over it. None (`!exists`), when it
/// was put forward over it: then both are the instant of the jump.
struct local_instants {
  timestamp first;
  timestamp last;
  bool exists = true;

  friend bool operator==(const local_instants&, const local_instants&) = default;
};

/// A zone of the IANA database: `time_zone("Europe/Berlin")`. The default is UTC.
///
/// Complexity: a look-up is one binary search. Making a zone reads the database and copies what it says:
/// make it once. Copies share what was read.
/// Threads: a value; all its functions may be called from any thread.
///
///     const time_zone berlin("Europe/Berlin");
///     berlin.truncate(calendar_unit::day, t);      // midnight in Berlin, as an instant
class ORIEL_EXPORT time_zone {
 public:
  /// UTC; reads nothing.
  time_zone() = default;

  /// A name stands for its zone. Errors: throws what `find` returns.
  template <std::convertible_to<std::string_view> Name>
  time_zone(const Name& name) : time_zone(find(name).value()) {}  // NOLINT: implicit on purpose

  /// The zone of this name. Errors: `invalid` with the names that may have been meant; `unavailable` when the
  /// system has no time zone database.
  static result<time_zone> find(std::string_view name);

  /// The name it was asked for by.
  const std::string& name() const noexcept { return name_; }

  /// How far local time is ahead of UTC.
  duration offset_at(timestamp t) const noexcept;

  /// What the clock shows at `t`.
  local_time to_local(timestamp t) const noexcept;

  /// When the clock shows `t`.
  local_instants to_instants(local_time t) const noexcept;

  /// The unit that contains `t`; `end` is where the next one begins.
  /// Requires: `t` within 2^60 ms of 1970, as event times are; what is farther counts as that.
  interval span(calendar_unit unit, timestamp t) const noexcept;

  /// The number of the day, week, month, quarter or year that contains `t`, counted by dates; 0 has 1 January 1970.
  /// Requires: as `span`, and `unit` a day or longer.
  std::int64_t number(calendar_unit unit, timestamp t) const noexcept;

  /// The unit of this number; empty for a day that the zone left out. Requires: `unit` a day or longer.
  interval span_of(calendar_unit unit, std::int64_t number) const noexcept;

  /// Where the unit that contains `t` begins.
  timestamp truncate(calendar_unit unit, timestamp t) const noexcept { return span(unit, t).start; }

 private:
  struct rules;

  std::string name_ = "UTC";
  std::shared_ptr<const rules> rules_;  // none: UTC
};

}  // namespace oriel

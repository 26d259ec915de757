// SPDX-License-Identifier: Apache-2.0
// src/query/time_units.hpp - units of time in SQL: truncating, adding, and reading '5 minutes'.
//
// All in UTC. Units up to the week have a fixed length; months, quarters and years
// go through the civil calendar (days_from_civil of Howard Hinnant, as in <chrono>).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace oriel::detail {

enum class time_unit : std::uint8_t { millisecond, second, minute, hour, day, week, month, quarter, year };

/// The unit of this name, singular or plural, whatever the case; nothing for any other text.
std::optional<time_unit> parse_time_unit(std::string_view text) noexcept;

/// Milliseconds of a unit of fixed length, 0 for months, quarters and years.
constexpr std::int64_t fixed_length_of(time_unit unit) noexcept {
  switch (unit) {
    case time_unit::millisecond: return 1;
    case time_unit::second: return 1'000;
    case time_unit::minute: return 60'000;
    case time_unit::hour: return 3'600'000;
    case time_unit::day: return 86'400'000;
    case time_unit::week: return 604'800'000;
    case time_unit::month:
    case time_unit::quarter:
    case time_unit::year: break;
  }
  return 0;
}

/// Where units of fixed length begin: 1970 began on a Thursday, ISO weeks begin on Mondays.
constexpr std::int64_t origin_of(time_unit unit) noexcept { return unit == time_unit::week ? -3 * 86'400'000LL : 0; }

/// The beginning of the unit that `ms` lies in; nothing when that is before the least timestamp.
std::optional<std::int64_t> truncate(std::int64_t ms, time_unit unit) noexcept;

/// A length of time: calendar months and milliseconds.
struct time_length {
  std::int64_t months = 0;
  std::int64_t milliseconds = 0;

  friend bool operator==(const time_length&, const time_length&) = default;
};

/// Reads '5 minutes', '1 day 2 hours', '1.5 hours' and ISO-8601 durations such as 'PT5M' or '-P1DT2H'.
std::optional<time_length> parse_time_length(std::string_view text) noexcept;

/// `ms + sign * length`: months first, keeping to the end of a shorter month, then milliseconds.
/// Nothing when the result is out of range.
std::optional<std::int64_t> add(std::int64_t ms, time_length length, int sign) noexcept;

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/query/time_part.hpp - what EXTRACT, HOUR and the like read off a clock and a calendar.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace oriel::detail {

enum class time_part : std::uint8_t {
  millisecond,
  second,
  minute,
  hour,
  day,
  day_of_week,        ///< Monday is 1, Sunday 7 (ISO)
  day_of_week_from_0,  ///< Sunday is 0, Saturday 6: EXTRACT(DOW ...) of PostgreSQL
  day_of_year,
  week,  ///< of ISO-8601: week 1 has the year's first Thursday
  month,
  quarter,
  year,
};

/// The part EXTRACT calls by this name, whatever its case.
std::optional<time_part> parse_time_part(std::string_view text) noexcept;

/// A part of a local time given as milliseconds since 1970 on the local clock.
std::int64_t part_of(std::int64_t local_ms, time_part part) noexcept;

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/query/time_part.cpp - what EXTRACT, HOUR and the like read off a clock and a calendar.
#include <query/time_part.hpp>

#include <query/civil_date.hpp>
#include <query/lexer.hpp>

namespace oriel::detail {
namespace {

constexpr std::int64_t day_length = 86'400'000;

struct named_part {
  std::string_view name;
  time_part part;
};
constexpr named_part parts[] = {{"MILLISECOND", time_part::millisecond},
                                {"SECOND", time_part::second},
                                {"MINUTE", time_part::minute},
                                {"HOUR", time_part::hour},
                                {"DAY", time_part::day},
                                {"DOW", time_part::day_of_week_from_0},
                                {"ISODOW", time_part::day_of_week},
                                {"DOY", time_part::day_of_year},
                                {"WEEK", time_part::week},
                                {"MONTH", time_part::month},
                                {"QUARTER", time_part::quarter},
                                {"YEAR", time_part::year}};

// Monday is 0. 1970 began on a Thursday.
constexpr std::int64_t weekday(std::int64_t days) noexcept { return ((days % 7) + 10) % 7; }

constexpr std::int64_t first_day_of(std::int64_t year) noexcept { return days_from_civil({year, 1, 1}); }

// The week of the Thursday in the same week, counted within that Thursday's year.
constexpr std::int64_t iso_week(std::int64_t days) noexcept {
  const std::int64_t thursday = days - weekday(days) + 3;
  return (thursday - first_day_of(civil_from_days(thursday).year)) / 7 + 1;
}
static_assert(weekday(0) == 3 && weekday(-4) == 6);
static_assert(iso_week(days_from_civil({2021, 1, 3})) == 53 && iso_week(days_from_civil({2021, 1, 4})) == 1);

}  // namespace

std::optional<time_part> parse_time_part(std::string_view text) noexcept {
  for (const named_part& p : parts) {
    if (is_word(text, p.name)) return p.part;
  }
  return std::nullopt;
}

std::int64_t part_of(std::int64_t local_ms, time_part part) noexcept {
  const std::int64_t days = floor_divide(local_ms, day_length);
  const std::int64_t ms = local_ms - days * day_length;
  switch (part) {
    case time_part::millisecond: return ms % 1'000;
    case time_part::second: return ms / 1'000 % 60;
    case time_part::minute: return ms / 60'000 % 60;
    case time_part::hour: return ms / 3'600'000;
    case time_part::day: return civil_from_days(days).day;
    case time_part::day_of_week: return weekday(days) + 1;
    case time_part::day_of_week_from_0: return (weekday(days) + 1) % 7;
    case time_part::day_of_year: return days - first_day_of(civil_from_days(days).year) + 1;
    case time_part::week: return iso_week(days);
    case time_part::month: return civil_from_days(days).month;
    case time_part::quarter: return (civil_from_days(days).month + 2) / 3;
    case time_part::year: break;
  }
  return civil_from_days(days).year;
}

}  // namespace oriel::detail

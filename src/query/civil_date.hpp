// SPDX-License-Identifier: Apache-2.0
// src/query/civil_date.hpp - days since 1970 and dates of the proleptic Gregorian calendar, for the whole range of
// timestamps (std::chrono::year ends at 32 767).
//
// The arithmetic is that of Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
#pragma once

#include <cstdint>

namespace oriel::detail {

constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) noexcept {
  const std::int64_t quotient = a / b;
  return quotient - (a % b < 0 ? 1 : 0);
}

struct civil_date {
  std::int64_t year;
  std::int64_t month;  // 1 to 12
  std::int64_t day;    // 1 to 31
};

constexpr civil_date civil_from_days(std::int64_t days) noexcept {
  days += 719'468;
  const std::int64_t era = floor_divide(days, 146'097);
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const std::int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

constexpr std::int64_t days_from_civil(civil_date date) noexcept {
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = floor_divide(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

static_assert(days_from_civil({1970, 1, 1}) == 0 && civil_from_days(-1).year == 1969);
static_assert(days_from_civil({2024, 2, 29}) + 1 == days_from_civil({2024, 3, 1}));

constexpr std::int64_t days_in_month(std::int64_t year, std::int64_t month) noexcept {
  const civil_date next = month == 12 ? civil_date{year + 1, 1, 1} : civil_date{year, month + 1, 1};
  return days_from_civil(next) - days_from_civil({year, month, 1});
}

}  // namespace oriel::detail

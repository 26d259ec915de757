// SPDX-License-Identifier: Apache-2.0
#include <query/time_units.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <limits>
#include <random>

using namespace oriel::detail;

namespace {

namespace ch = std::chrono;
constexpr std::int64_t day = 86'400'000;
constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

std::int64_t to_ms(ch::year_month_day date) { return ch::sys_days(date).time_since_epoch().count() * day; }

}  // namespace

TEST_CASE("truncation to calendar units agrees with <chrono>") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const std::int64_t ms = static_cast<std::int64_t>(random() % (4'000 * 365 * day)) - 1'900 * 365 * day;
    const auto days = ch::floor<ch::days>(ch::sys_time<ch::milliseconds>(ch::milliseconds(ms)));
    const ch::year_month_day date(days);
    CAPTURE(ms);
    const auto month = static_cast<unsigned>(date.month());
    CHECK(truncate(ms, time_unit::month) == to_ms(date.year() / date.month() / 1));
    CHECK(truncate(ms, time_unit::quarter) == to_ms(date.year() / ch::month((month - 1) / 3 * 3 + 1) / 1));
    CHECK(truncate(ms, time_unit::year) == to_ms(date.year() / 1 / 1));
    const ch::weekday weekday(days);
    CHECK(truncate(ms, time_unit::week) == (days - (weekday - ch::Monday)).time_since_epoch().count() * day);
    CHECK(truncate(ms, time_unit::day) == days.time_since_epoch().count() * day);
  }
}

TEST_CASE("truncation that would leave the range says so") {
  for (const time_unit unit :
       {time_unit::second, time_unit::hour, time_unit::week, time_unit::month, time_unit::year}) {
    CHECK_FALSE(truncate(lowest, unit));
    CHECK(truncate(highest, unit));
  }
  CHECK(truncate(lowest, time_unit::millisecond) == lowest);
}

TEST_CASE("lengths of time are read as words and as ISO-8601") {
  const auto is = [](const char* text, std::int64_t months, std::int64_t ms) {
    CAPTURE(text);
    CHECK(parse_time_length(text) == time_length{months, ms});
  };
  is("5 minutes", 0, 300'000);
  is("1 hour", 0, 3'600'000);
  is("1hour", 0, 3'600'000);
  is("1 day 2 HOURS 3 seconds", 0, day + 2 * 3'600'000 + 3'000);
  is("1.5 hours", 0, 5'400'000);
  is("-2 days", 0, -2 * day);
  is("2 weeks", 0, 14 * day);
  is("1 year 1 quarter 2 months", 17, 0);
  is("PT1H", 0, 3'600'000);
  is("pt0.5s", 0, 500);
  is("P1Y2M3W4DT5H6M7S", 14, 25 * day + 5 * 3'600'000 + 6 * 60'000 + 7'000);
  is("-PT1M", 0, -60'000);
  is("PT-1M", 0, -60'000);
  for (const char* text : {"", " ", "5", "minutes", "5 fortnights", "P", "PT", "P1H", "PT1D", "1.5 months", "1e3 days",
                           "PT1H ", "5 minutes,", "99999999999999999999 days"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time_length(text));
  }
}

TEST_CASE("adding months keeps to the end of a shorter month, and may leave the range") {
  using namespace std::chrono;
  const std::int64_t january = to_ms(2024y / January / 31) + 5;
  CHECK(add(january, {1, 0}, 1) == to_ms(2024y / February / 29) + 5);
  CHECK(add(january, {13, 0}, 1) == to_ms(2025y / February / 28) + 5);
  CHECK(add(january, {2, -5}, -1) == to_ms(2023y / November / 30) + 10);
  CHECK(add(-1, {0, 1}, 1) == 0);
  CHECK_FALSE(add(highest, {0, 1}, 1));
  CHECK_FALSE(add(lowest, {0, 1}, -1));
  CHECK_FALSE(add(highest, {1, 0}, 1));
  CHECK_FALSE(add(0, {highest / 2, 0}, 1));
}

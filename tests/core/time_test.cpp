// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/time.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace oriel;
using namespace std::chrono_literals;

namespace {

std::int64_t ms_of(std::string_view text) {
  const auto t = parse_timestamp(text);
  REQUIRE_MESSAGE(t.has_value(), text);
  return to_ms(*t);
}

}  // namespace

TEST_CASE("SEMANTICS 1.1: floor_to rounds towards minus infinity") {
  CHECK(floor_to(at_ms(59'999), 1min) == at_ms(0));
  CHECK(floor_to(at_ms(60'000), 1min) == at_ms(60'000));
  CHECK(floor_to(at_ms(-1), 1min) == at_ms(-60'000));
  CHECK(floor_to(at_ms(-60'000), 1min) == at_ms(-60'000));
  CHECK(floor_to(at_ms(7), 10ms, 8ms) == at_ms(-2));
  CHECK(floor_to(at_ms(8), 10ms, 8ms) == at_ms(8));
}

TEST_CASE("saturating_add stops at the ends of time") {
  CHECK(saturating_add(at_ms(5), 3ms) == at_ms(8));
  CHECK(saturating_add(at_ms(5), -8ms) == at_ms(-3));
  CHECK(saturating_add(end_of_time, -1ms) == end_of_time);
  CHECK(saturating_add(beginning_of_time, 1ms) == beginning_of_time);
  CHECK(saturating_add(end_of_time - 1ms, 5ms) == end_of_time);
  CHECK(saturating_add(beginning_of_time + 1ms, -5ms) == beginning_of_time);
}

TEST_CASE("SEMANTICS 1.7: a timestamp may leave out its time, its seconds, its fraction and its zone") {
  constexpr std::int64_t day = 1'761'091'200'000;  // 2025-10-22
  CHECK(ms_of("2025-10-22") == day);
  CHECK(ms_of("2025-10-22T10:00") == day + 36'000'000);
  CHECK(ms_of("2025-10-22T10:00Z") == day + 36'000'000);
  CHECK(ms_of("2025-10-22T10:00:07") == day + 36'007'000);
  CHECK(ms_of("2025-10-22t10:00:07z") == day + 36'007'000);
  CHECK(ms_of("2025-10-22 10:00:07") == day + 36'007'000);
  CHECK(ms_of("2025-10-22T10:00:07+02:00") == day + 28'807'000);
  CHECK(ms_of("2025-10-22T10:00:07+0200") == day + 28'807'000);
  CHECK(ms_of("2025-10-22T10:00:07+02") == day + 28'807'000);
  CHECK(ms_of("2025-10-22T10:00:07.25-05:30") == day + 36'007'250 + 19'800'000);
  CHECK(ms_of("2025-10-22T10:00-00:00") == day + 36'000'000);
  CHECK(ms_of("2025-10-22T10:00:00.123456") == day + 36'000'123);
}

TEST_CASE("SEMANTICS 1.1: digits finer than a millisecond are floored, also before 1970") {
  CHECK(ms_of("1970-01-01T00:00:00.1239999") == 123);
  CHECK(ms_of("1969-12-31T23:59:59.9999999999999999999999999") == -1);
  CHECK(ms_of("1969-12-31T23:59:59.9991") == -1);
  CHECK(ms_of("1969-12-31T23:59:59.998999") == -2);
  CHECK(ms_of("1970-01-01T00:00:00.5") == 500);
  CHECK(ms_of("1970-01-01T00:00:00.05") == 50);
  CHECK(ms_of("1970-01-01T00:00:00." + std::string(1000, '1')) == 111);
}

TEST_CASE("24:00 is the end of its day and nothing else has an hour 24") {
  CHECK(ms_of("1969-12-31T24:00") == 0);
  CHECK(ms_of("1969-12-31T24:00:00Z") == 0);
  CHECK(ms_of("1969-12-31T24:00:00.0000000") == 0);
  CHECK_FALSE(parse_timestamp("1969-12-31T24:00:00.0001"));
  CHECK_FALSE(parse_timestamp("1969-12-31T24:00:00.001"));
  CHECK_FALSE(parse_timestamp("1969-12-31T24:00:01"));
  CHECK_FALSE(parse_timestamp("1969-12-31T24:01"));
  CHECK_FALSE(parse_timestamp("1969-12-31T25:00"));
}

TEST_CASE("a date that does not exist is not a timestamp") {
  CHECK(parse_timestamp("2024-02-29"));
  CHECK(parse_timestamp("2000-02-29"));
  CHECK(parse_timestamp("0000-02-29"));
  for (const char* const text : {"2025-02-29", "2025-02-30", "1900-02-29", "2025-04-31", "2025-06-31", "2025-09-31",
                                 "2025-11-31", "2025-00-01", "2025-13-01", "2025-01-00", "2025-01-32"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_timestamp(text));
  }
  for (const char* const text : {"2025-01-31", "2025-03-31", "2025-05-31", "2025-07-31", "2025-08-31", "2025-10-31",
                                 "2025-12-31", "2025-04-30", "2025-06-30", "2025-09-30", "2025-11-30"}) {
    CAPTURE(text);
    CHECK(parse_timestamp(text));
  }
}

TEST_CASE("anything else is not a timestamp") {
  for (const char* const text :
       {"", "2", "2025", "2025-10", "2025-1-22", "20251022", "2025/10/22", "2025-10-22T", "2025-10-22T1",
        "2025-10-22T10",
        "2025-10-22T10:", "2025-10-22T10:0", "2025-10-22T10:00:", "2025-10-22T10:00:0", "2025-10-22T10:00:00.",
        "2025-10-22T10:00:00.Z", "2025-10-22T10:00.5", "2025-10-22T10:00:60", "2025-10-22T10:60:00",
        "2025-10-22T10:00:61Z",
        "2025-10-22Z", "2025-10-22+02:00", "2025-10-22  10:00", "2025-10-22_10:00", "2025-10-22T10:00:00 Z",
        "2025-10-22T10:00:00+", "2025-10-22T10:00:00+2", "2025-10-22T10:00:00+02:", "2025-10-22T10:00:00+02:0",
        "2025-10-22T10:00:00+24:00", "2025-10-22T10:00:00+02:60", "2025-10-22T10:00:00+02-00", "2025-10-22T10:00:00ZZ",
        "2025-10-22T10:00:00X", " 2025-10-22", "2025-10-22 ", "2025-10-22T10:00:00Z ", "+2025-10-22", "-025-10-22",
        "2025-10-2x", "202x-10-22", "2025-1x-22", "2025-10-22Tx0:00", "2025-10-22T10:x0", "2025-10-22T10:00:x0",
        "2025-10-22T10:00:00,5", "2025-10-22T10:00:00+0x:00", "2025-10-22T10:00:00+020", "today"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_timestamp(text));
  }
  CHECK_FALSE(parse_timestamp(std::string_view{"2025-10-22\0", 11}));
}

TEST_CASE("the years 0000 to 9999 can be read") {
  CHECK(ms_of("0000-01-01") == -62'167'219'200'000);
  CHECK(ms_of("9999-12-31T23:59:59.999Z") == 253'402'300'799'999);
}

TEST_CASE("a timestamp is written with its fraction only when there is one") {
  CHECK(format_timestamp(at_ms(0)) == "1970-01-01T00:00:00Z");
  CHECK(format_timestamp(at_ms(1'761'127'200'123)) == "2025-10-22T10:00:00.123Z");
  CHECK(format_timestamp(at_ms(1'761'127'200'020)) == "2025-10-22T10:00:00.020Z");
  CHECK(format_timestamp(at_ms(-1)) == "1969-12-31T23:59:59.999Z");
  CHECK(format_timestamp(at_ms(-62'167'219'200'000)) == "0000-01-01T00:00:00Z");
  CHECK(format_timestamp(at_ms(-62'167'219'200'001)) == "-0001-12-31T23:59:59.999Z");
  CHECK(format_timestamp(at_ms(253'402'300'800'000)) == "+10000-01-01T00:00:00Z");
  CHECK(format_timestamp(end_of_time) == "+292278994-08-17T07:12:55.807Z");
  CHECK(format_timestamp(beginning_of_time) == "-292275055-05-16T16:47:04.192Z");
}

TEST_CASE("what format_timestamp writes, parse_timestamp reads, and the standard calendar agrees") {
  std::mt19937_64 random(20240102);  // fixed: a failure must reproduce
  constexpr std::int64_t first = -62'167'219'200'000;
  constexpr std::int64_t last = 253'402'300'799'999;
  for (int step = 0; step < 20'000; ++step) {
    const std::int64_t ms = first + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(last - first + 1));
    const std::string text = format_timestamp(at_ms(ms));
    CAPTURE(text);
    REQUIRE(ms_of(text) == ms);

    const auto days = std::chrono::floor<std::chrono::days>(at_ms(ms));
    const std::chrono::year_month_day date{days};
    REQUIRE(std::stoi(text.substr(0, 4)) == int{date.year()});
    REQUIRE(std::stoul(text.substr(5, 2)) == unsigned{date.month()});
    REQUIRE(std::stoul(text.substr(8, 2)) == unsigned{date.day()});
  }
}

TEST_CASE("every day of four centuries is read as the next one") {
  std::chrono::sys_days day = std::chrono::sys_days{std::chrono::year{1799} / 12 / 31};
  const std::chrono::sys_days end = std::chrono::sys_days{std::chrono::year{2201} / 1 / 1};
  std::int64_t mismatches = 0;
  for (; day < end; day += std::chrono::days{1}) {
    const auto t = parse_timestamp(format_timestamp(day).substr(0, 10));
    mismatches += t && *t == timestamp{day} ? 0 : 1;
  }
  CHECK(mismatches == 0);
}

TEST_CASE("a duration is written in the largest unit that divides it") {
  CHECK(format_duration(0ms) == "0s");
  CHECK(format_duration(250ms) == "250ms");
  CHECK(format_duration(1500ms) == "1500ms");
  CHECK(format_duration(90s) == "90s");
  CHECK(format_duration(60s) == "1min");
  CHECK(format_duration(90min) == "90min");
  CHECK(format_duration(2h) == "2h");
  CHECK(format_duration(48h) == "2d");
  CHECK(format_duration(-90s) == "-90s");
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/time_zone.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace oriel;
using namespace std::chrono_literals;

namespace {

timestamp utc(std::string_view text) {
  const auto t = parse_timestamp(text);
  REQUIRE_MESSAGE(t.has_value(), text);
  return *t;
}

local_time local(std::string_view text) { return local_time{utc(text).time_since_epoch()}; }

std::string shown(const interval& i) { return format_timestamp(i.start) + ".." + format_timestamp(i.end); }

constexpr calendar_unit units[] = {calendar_unit::second, calendar_unit::minute, calendar_unit::hour,
                                   calendar_unit::day,    calendar_unit::week,   calendar_unit::month,
                                   calendar_unit::quarter, calendar_unit::year};

}  // namespace

TEST_CASE("the default zone is UTC") {
  const time_zone zone;
  CHECK(zone.name() == "UTC");
  CHECK(zone.offset_at(at_ms(0)) == 0s);
  CHECK(shown(zone.span(calendar_unit::day, at_ms(-1))) == "1969-12-31T00:00:00Z..1970-01-01T00:00:00Z");
  CHECK(shown(zone.span(calendar_unit::week, at_ms(0))) == "1969-12-29T00:00:00Z..1970-01-05T00:00:00Z");
  CHECK(shown(zone.span(calendar_unit::quarter, utc("2024-02-29T12:00:00Z"))) ==
        "2024-01-01T00:00:00Z..2024-04-01T00:00:00Z");
  CHECK(shown(zone.span(calendar_unit::year, utc("2024-12-31T23:59:59.999Z"))) ==
        "2024-01-01T00:00:00Z..2025-01-01T00:00:00Z");
  CHECK(shown(zone.span(calendar_unit::hour, at_ms(-1))) == "1969-12-31T23:00:00Z..1970-01-01T00:00:00Z");
}

TEST_CASE("a zone that does not exist is an error that names the ones near it") {
  const auto zone = time_zone::find("Europe/Berln");
  REQUIRE(!zone.has_value());
  CHECK(zone.error().kind() == error_kind::invalid);
  CHECK(zone.error().message().find("unknown time zone 'Europe/Berln'; did you mean 'Europe/Berlin'") == 0);
  CHECK_THROWS_AS(time_zone("Nowhere/At_All"), error);
  CHECK(!time_zone::find("").has_value());
  CHECK(!time_zone::find("../UTC").has_value());
}

TEST_CASE("a day in Berlin has 23 hours when summer time begins and 25 when it ends") {
  const time_zone berlin("Europe/Berlin");
  CHECK(shown(berlin.span(calendar_unit::day, utc("2025-03-30T12:00:00Z"))) ==
        "2025-03-29T23:00:00Z..2025-03-30T22:00:00Z");
  CHECK(berlin.span(calendar_unit::day, utc("2025-10-26T12:00:00Z")).length() == 25h);
  CHECK(berlin.span(calendar_unit::day, utc("2025-10-27T12:00:00Z")).length() == 24h);
  CHECK(shown(berlin.span(calendar_unit::month, utc("2025-03-31T22:00:00Z"))) ==
        "2025-03-31T22:00:00Z..2025-04-30T22:00:00Z");
  CHECK(berlin.span(calendar_unit::week, utc("2025-03-30T12:00:00Z")).length() == 24h * 7 - 1h);
}

TEST_CASE("local time is zero, one or two instants") {
  const time_zone berlin("Europe/Berlin");
  CHECK(berlin.to_local(utc("2025-07-01T12:00:00Z")) == local("2025-07-01T14:00:00"));
  const timestamp noon = utc("2025-07-01T10:00:00Z");
  CHECK(berlin.to_instants(local("2025-07-01T12:00:00")) == local_instants{noon, noon});
  const timestamp jump = utc("2025-03-30T01:00:00Z");
  CHECK(berlin.to_instants(local("2025-03-30T02:30:00")) == local_instants{jump, jump, false});
  CHECK(berlin.to_instants(local("2025-10-26T02:30:00")) ==
        local_instants{utc("2025-10-26T00:30:00Z"), utc("2025-10-26T01:30:00Z")});
}

TEST_CASE("a repeated hour makes two spans") {
  const time_zone berlin("Europe/Berlin");
  CHECK(shown(berlin.span(calendar_unit::hour, utc("2025-10-26T00:59:59Z"))) ==
        "2025-10-26T00:00:00Z..2025-10-26T01:00:00Z");
  CHECK(shown(berlin.span(calendar_unit::hour, utc("2025-10-26T01:00:00Z"))) ==
        "2025-10-26T01:00:00Z..2025-10-26T02:00:00Z");
}

TEST_CASE("half an hour of summer time on Lord Howe Island: 23.5 and 24.5 hours, and half an hour of an hour") {
  const time_zone howe("Australia/Lord_Howe");
  CHECK(howe.span(calendar_unit::day, utc("2025-04-05T20:00:00Z")).length() == 24h + 30min);
  CHECK(howe.span(calendar_unit::day, utc("2025-10-04T20:00:00Z")).length() == 23h + 30min);
  // At 02:00 the clock goes back to 01:30.
  CHECK(shown(howe.span(calendar_unit::hour, utc("2025-04-05T14:59:00Z"))) ==
        "2025-04-05T14:00:00Z..2025-04-05T15:00:00Z");
  CHECK(shown(howe.span(calendar_unit::hour, utc("2025-04-05T15:10:00Z"))) ==
        "2025-04-05T15:00:00Z..2025-04-05T15:30:00Z");
}

TEST_CASE("where midnight is skipped the day begins where the clock lands") {
  const time_zone sao_paulo("America/Sao_Paulo");  // 2018-11-04: from 00:00 to 01:00
  CHECK(shown(sao_paulo.span(calendar_unit::day, utc("2018-11-04T12:00:00Z"))) ==
        "2018-11-04T03:00:00Z..2018-11-05T02:00:00Z");
  CHECK(sao_paulo.span(calendar_unit::day, utc("2018-02-17T12:00:00Z")).length() == 25h);
  const time_zone beirut("Asia/Beirut");  // 2022-03-27: from 00:00 to 01:00
  CHECK(shown(beirut.span(calendar_unit::day, utc("2022-03-27T12:00:00Z"))) ==
        "2022-03-26T22:00:00Z..2022-03-27T21:00:00Z");
}

TEST_CASE("where midnight comes twice the day begins at the first that stands") {
  const time_zone havana("America/Havana");  // 2019-11-03: from 01:00 back to 00:00
  CHECK(shown(havana.span(calendar_unit::day, utc("2019-11-03T12:00:00Z"))) ==
        "2019-11-03T04:00:00Z..2019-11-04T05:00:00Z");
  const time_zone st_johns("America/St_Johns");  // 2006-10-29: from 00:01 back to 23:01
  const interval before = st_johns.span(calendar_unit::day, utc("2006-10-28T12:00:00Z"));
  CHECK(before.length() == 25h);
  CHECK(st_johns.span(calendar_unit::day, utc("2006-10-29T02:30:30Z")) == before);  // the minute of the 29th
  CHECK(shown(st_johns.span(calendar_unit::day, before.end)) == "2006-10-29T03:30:00Z..2006-10-30T03:30:00Z");
}

TEST_CASE("a day that was left out has no instants") {
  const time_zone apia("Pacific/Apia");  // 2011-12-30 did not happen there
  CHECK(shown(apia.span(calendar_unit::day, utc("2011-12-30T09:00:00Z"))) ==
        "2011-12-29T10:00:00Z..2011-12-30T10:00:00Z");
  CHECK(shown(apia.span(calendar_unit::day, utc("2011-12-30T11:00:00Z"))) ==
        "2011-12-30T10:00:00Z..2011-12-31T10:00:00Z");
}

TEST_CASE("before 1970 the database knows as much, and before it local mean time holds") {
  const time_zone berlin("Europe/Berlin");
  CHECK(berlin.offset_at(utc("1947-06-01T00:00:00Z")) == 3h);  // double summer time
  CHECK(berlin.offset_at(utc("1850-01-01T00:00:00Z")) == 53min + 28s);
  CHECK(shown(berlin.span(calendar_unit::hour, utc("1850-01-01T00:00:00Z"))) ==
        "1849-12-31T23:06:32Z..1850-01-01T00:06:32Z");
}

TEST_CASE("spans follow each other without gap or overlap in every zone") {
  std::mt19937_64 random(20240102);
  for (const char* name : {"UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut", "Australia/Lord_Howe",
                           "America/St_Johns", "Pacific/Apia", "America/Juneau", "Asia/Kathmandu", "Africa/Monrovia",
                           "America/Havana", "Africa/Casablanca", "Antarctica/Troll"}) {
    const time_zone zone(name);
    for (int i = 0; i < 400; ++i) {
      const timestamp t = at_ms(static_cast<std::int64_t>(random() % 6'000'000'000'000) - 3'500'000'000'000);
      for (const calendar_unit unit : units) {
        CAPTURE(std::string(name) + " " + to_string(unit) + " " + format_timestamp(t));
        const interval here = zone.span(unit, t);
        REQUIRE(here.contains(t));
        REQUIRE(zone.span(unit, here.start) == here);
        REQUIRE(zone.span(unit, here.end - 1ms) == here);
        REQUIRE(zone.span(unit, here.end).start == here.end);
        REQUIRE(zone.span(unit, here.start - 1ms).end == here.start);
      }
      const local_instants instants = zone.to_instants(zone.to_local(t));
      REQUIRE(instants.exists);
      REQUIRE((instants.first == t || instants.last == t));
    }
  }
}

TEST_CASE("spans follow each other around every transition of the last century") {
  for (const char* name : {"America/St_Johns", "America/Havana", "Australia/Lord_Howe", "Asia/Gaza", "Africa/Cairo"}) {
    const time_zone zone(name);
    for (timestamp t = utc("1900-01-01"); t < utc("2038-01-01"); t += 6h) {
      if (zone.offset_at(t) == zone.offset_at(t + 6h)) continue;
      for (timestamp at = t - 2h; at < t + 8h; at += 7min) {
        for (const calendar_unit unit : {calendar_unit::hour, calendar_unit::day, calendar_unit::month}) {
          CAPTURE(std::string(name) + " " + to_string(unit) + " " + format_timestamp(at));
          const interval here = zone.span(unit, at);
          REQUIRE(here.contains(at));
          REQUIRE(zone.span(unit, here.end).start == here.end);
          REQUIRE(zone.span(unit, here.start - 1ms).end == here.start);
        }
      }
    }
  }
}

TEST_CASE("units are numbered by their dates, without gap, in step with their spans") {
  const time_zone berlin("Europe/Berlin");
  CHECK(berlin.number(calendar_unit::day, utc("1970-01-01T00:00:00Z")) == 0);
  CHECK(berlin.number(calendar_unit::day, utc("1969-12-31T22:59:59Z")) == -1);
  CHECK(berlin.number(calendar_unit::week, utc("1970-01-04T23:00:00Z")) == 1);
  CHECK(berlin.number(calendar_unit::month, utc("2025-02-28T23:00:00Z")) == 55 * 12 + 2);
  CHECK(berlin.number(calendar_unit::quarter, utc("1969-11-01T00:00:00Z")) == -1);
  CHECK(berlin.number(calendar_unit::year, utc("2024-12-31T23:00:00Z")) == 55);
  const time_zone apia("Pacific/Apia");  // had no 30 December 2011
  const std::int64_t before = apia.number(calendar_unit::day, utc("2011-12-30T09:59:59Z"));
  CHECK(apia.number(calendar_unit::day, utc("2011-12-30T10:00:00Z")) == before + 2);
  CHECK(apia.span_of(calendar_unit::day, before + 1).length() == 0s);
  std::mt19937_64 random(11);
  for (const char* name : {"UTC", "Europe/Berlin", "America/New_York", "Atlantic/Azores", "Australia/Lord_Howe"}) {
    const time_zone zone(name);
    for (int i = 0; i < 300; ++i) {
      const timestamp t = at_ms(static_cast<std::int64_t>(random() % 6'000'000'000'000) - 3'000'000'000'000);
      for (const calendar_unit unit : {calendar_unit::day, calendar_unit::week, calendar_unit::month, calendar_unit::quarter,
                                       calendar_unit::year}) {
        CAPTURE(name);
        CAPTURE(format_timestamp(t));
        CAPTURE(to_string(unit));
        const interval span = zone.span(unit, t);
        const std::int64_t number = zone.number(unit, t);
        REQUIRE(zone.span_of(unit, number) == span);
        REQUIRE(zone.number(unit, span.end) == number + 1);
        REQUIRE(zone.number(unit, span.start - 1ms) == number - 1);
      }
    }
  }
}

TEST_CASE("the ends of the range of event times overflow nothing") {
  const time_zone berlin("Europe/Berlin");
  for (const timestamp t : {at_ms(std::int64_t{1} << 60), at_ms(-(std::int64_t{1} << 60))}) {
    for (const calendar_unit unit : units) CHECK(berlin.span(unit, t).contains(t));
  }
  for (const calendar_unit unit : units) {
    static_cast<void>(berlin.span(unit, end_of_time));
    static_cast<void>(berlin.span(unit, beginning_of_time));
  }
  static_cast<void>(berlin.to_local(end_of_time));
  static_cast<void>(berlin.to_instants(local_time::max()));
  static_cast<void>(berlin.to_instants(local_time::min()));
}

TEST_CASE("a unit begins where its span does, and has its name in messages") {
  const auto berlin = time_zone::find("Europe/Berlin").value();
  CHECK(berlin.truncate(calendar_unit::day, utc("2024-07-01T12:00:00Z")) == utc("2024-06-30T22:00:00Z"));
  std::string names;
  for (const calendar_unit unit : units) names.append(to_string(unit)).append(" ");
  CHECK(names == "second minute hour day week month quarter year ");
}

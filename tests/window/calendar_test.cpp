// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/calendar.hpp>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe/class.hpp>
#include <doctest/doctest.h>

#include <oriel/aggregate/count.hpp>
#include <oriel/testing/driver.hpp>
#include <oriel/window/assigner.hpp>

using namespace oriel;
using namespace oriel::literals;
using namespace std::chrono_literals;

static_assert(assigner<calendar>);

namespace {

timestamp utc(std::string_view text) { return parse_timestamp(text).value(); }

std::string message(const calendar& c) {
  try {
    c.validate();
  } catch (const error& e) {
    CHECK(e.kind() == error_kind::invalid);
    return e.message();
  }
  return "";
}

struct sale {
  std::int64_t shop = 0;
  timestamp ts;
};
BOOST_DESCRIBE_STRUCT(sale, (), (shop, ts))

}  // namespace

TEST_CASE("an event belongs to the unit its zone's clock shows") {
  const calendar day{.zone = "Europe/Berlin"};
  CHECK(day.assign(utc("2025-03-30T00:00:00Z")).length() == 23h);
  CHECK(day.assign(utc("2025-03-30T22:00:00Z")).start == utc("2025-03-30T22:00:00Z"));
  CHECK(day.assign(utc("2025-10-26T22:59:59.999Z")).length() == 25h);
  const calendar month{.unit = calendar_unit::month, .zone = std::string("America/New_York")};
  CHECK(month.assign(utc("2025-04-01T03:59:59Z")) ==
        interval{utc("2025-03-01T05:00:00Z"), utc("2025-04-01T04:00:00Z")});
  CHECK(calendar{.unit = calendar_unit::week}.assign(at_ms(-1)) ==
        interval{utc("1969-12-29T00:00:00Z"), utc("1970-01-05T00:00:00Z")});
}

TEST_CASE("remembering the last window changes no answer") {
  std::mt19937_64 random(7);
  const time_zone zone = "Australia/Lord_Howe";
  for (const calendar_unit unit : {calendar_unit::day, calendar_unit::week, calendar_unit::quarter}) {
    const calendar remembers{.unit = unit, .zone = zone};
    timestamp t = utc("1985-01-01");
    for (int i = 0; i < 20'000; ++i) {
      t += duration{static_cast<std::int64_t>(random() % 200'000'000) - 90'000'000};
      REQUIRE(remembers.assign(t) == zone.span(unit, t));
    }
  }
}

TEST_CASE("a copy with another unit does not remember the windows of the first") {
  const calendar day;
  static_cast<void>(day.assign(at_ms(0)));
  calendar year = day;
  year.unit = calendar_unit::year;
  CHECK(year.assign(at_ms(0)).length() == 24h * 365);
}

TEST_CASE("sales per day in a zone: the day summer time begins closes after 23 hours") {
  testing::driver d;
  auto in = d.input<sale>("sales");
  auto panes = d.collect(d.from(in)
                             .event_time(&sale::ts)
                             .key_by(&sale::shop)
                             .window(calendar{.zone = "Europe/Berlin"})
                             .aggregate("sales"_col = count()));
  in.push({1, utc("2025-03-29T23:00:00Z")});
  in.push({1, utc("2025-03-30T21:59:59Z")});
  CHECK(panes.take().empty());
  in.push({1, utc("2025-03-30T22:00:00Z")});
  const auto closed = panes.take();
  REQUIRE(closed.size() == 1);
  CHECK(closed[0].window == interval{utc("2025-03-29T23:00:00Z"), utc("2025-03-30T22:00:00Z")});
  CHECK(closed[0].row["sales"_col] == 2);
}

TEST_CASE("a calendar that makes no sense is refused with the field to change") {
  CHECK(message({.unit = calendar_unit::hour}).find("unit is hour; it must be a day or longer") != std::string::npos);
  CHECK(message({.allowed_lateness = -1s}).find("allowed_lateness is -1s") != std::string::npos);
  CHECK(message({.unit = calendar_unit::week, .zone = "Asia/Tokyo"}).empty());
  CHECK_THROWS_AS(static_cast<void>(calendar{.zone = "Europe/Atlantis"}), error);
}

TEST_CASE("a calendar describes itself") {
  CHECK(calendar{}.label() == "calendar day, UTC");
  CHECK(calendar{.unit = calendar_unit::month, .zone = "Europe/Berlin", .allowed_lateness = 30s}.label() ==
        "calendar month, Europe/Berlin, lateness 30s");
}

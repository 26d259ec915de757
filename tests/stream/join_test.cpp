// SPDX-License-Identifier: Apache-2.0
#include <oriel/stream/join.hpp>

#include <doctest/doctest.h>

#include <optional>

#include <oriel/testing/driver.hpp>

using namespace oriel;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct left_row {
  std::string_view shop;
  std::int64_t number = 0;
  timestamp ts;
};
BOOST_DESCRIBE_STRUCT(left_row, (), (shop, number, ts))

struct right_row {
  std::optional<std::string_view> shop;
  std::int64_t number = 0;
  timestamp ts;
};
BOOST_DESCRIBE_STRUCT(right_row, (), (shop, number, ts))

}  // namespace

TEST_CASE("eagerly, a partner cannot be the first or nearest one") {
  driver d;
  auto lefts = d.input<left_row>("left");
  const auto rows = d.from(lefts).event_time(&left_row::ts);
  CHECK_THROWS_AS(eager_interval_join(rows, rows, on(&left_row::shop, &left_row::shop), {.match = join_match::first}), error);
}

TEST_CASE("streams of two pipelines are not joined or merged") {
  driver one;
  driver other;
  auto here = one.input<left_row>("left");
  auto there = other.input<left_row>("left");
  const auto rows = one.from(here).event_time(&left_row::ts);
  const auto others = other.from(there).event_time(&left_row::ts);
  CHECK_THROWS_WITH_AS(interval_join(rows, others, on(&left_row::shop, &left_row::shop), {.upper = 1s}),
                       doctest::Contains("interval_join: its streams are of different pipelines"), error);
  CHECK_THROWS_WITH_AS(rows.merge(others), doctest::Contains("merge: its streams"), error);
}

TEST_CASE("a stream can be joined with itself") {
  driver d;
  auto lefts = d.input<left_row>("left");
  const auto rows = d.from(lefts).event_time(&left_row::ts);
  auto pairs = d.collect(interval_join(rows, rows, on(&left_row::shop, &left_row::shop), {.lower = 1ms, .upper = 1s}));
  lefts.push({"bern", 1, at_ms(0)});
  lefts.push({"bern", 2, at_ms(500)});
  REQUIRE(pairs.rows().size() == 1);
  CHECK(pairs.rows()[0].right->number == 2);
}

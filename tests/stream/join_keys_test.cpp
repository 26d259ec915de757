// SPDX-License-Identifier: Apache-2.0
#include <oriel/stream/join_keys.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <tuple>

#include <oriel/stream/join.hpp>
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

TEST_CASE("keys may be several members or functions, and a key with a null part matches nothing") {
  driver d;
  auto lefts = d.input<left_row>("left");
  auto rights = d.input<right_row>("right");
  auto pairs = d.collect(interval_join(d.from(lefts).event_time(&left_row::ts), d.from(rights).event_time(&right_row::ts),
                                       on(std::tuple(&left_row::shop, [](const left_row& l) { return l.number + 1; }),
                                          std::tuple(&right_row::shop, &right_row::number)),
                                       {.upper = 1s}));
  lefts.push({"bern", 1, at_ms(0)});
  rights.push({"bern", 1, at_ms(0)});
  rights.push({"bern", 2, at_ms(0)});
  rights.push({std::nullopt, 2, at_ms(0)});
  REQUIRE(pairs.rows().size() == 1);
  CHECK(pairs.rows()[0].right->number == 2);
}

static_assert(detail::same_keys<std::int64_t left_row::*, std::int64_t right_row::*, left_row, right_row>);
static_assert(detail::same_keys<std::string_view left_row::*, std::optional<std::string_view> right_row::*, left_row, right_row>);
static_assert(!detail::same_keys<timestamp left_row::*, std::int64_t right_row::*, left_row, right_row>);

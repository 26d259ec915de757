// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/ordered_values.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace oriel;

TEST_CASE("values come out in order, and only those that are there more often than not") {
  detail::ordered_values<std::string> values;
  CHECK(values.least() == nullptr);
  values.put(std::string_view("b"));
  values.put(std::string_view("a"));
  values.put(std::string_view("c"), -1);
  CHECK(*values.least() == "a");
  CHECK(*values.greatest() == "b");
  values.put(std::string_view("a"), -1);
  values.put(std::string_view("c"), 2);
  CHECK(*values.least() == "b");
  CHECK(*values.greatest() == "c");
}

TEST_CASE("what is owed is settled when the two partials meet") {
  detail::placed_values<std::int64_t, int, true> early;
  detail::placed_values<std::int64_t, int, true> late;
  early.put({10, 0}, 7);
  early.put({20, 1}, 8);
  late.take({10, 0}, 7);
  CHECK(late.values().empty());
  auto there = early;
  there.merge(late);
  REQUIRE(there.values().size() == 1);
  CHECK(there.values().begin()->second == 8);
  late.merge(early);
  REQUIRE(late.values().size() == 1);
  CHECK(late.values().begin()->second == 8);
}

TEST_CASE("a value is taken at its place before a newer equal one") {
  detail::placed_values<std::int64_t, int, true> values;
  values.put({10, 0}, 7);
  values.put({10, 1}, 7);
  values.take({10, 0}, 7);
  REQUIRE(values.values().size() == 1);
  CHECK(values.values().begin()->first.arrival == 1);
}

TEST_CASE("the first of the greatest is the one that arrived first") {
  detail::placed_values<double, int, false> values;
  values.put({1.5, 0}, 1);
  values.put({2.5, 3}, 2);
  values.put({2.5, 2}, 3);
  CHECK(values.first_of_greatest() == 3);
}

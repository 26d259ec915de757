// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/count.hpp>

#include <doctest/doctest.h>

#include "fold.hpp"

using namespace oriel;

static_assert(invertible_aggregate<count>);
static_assert(aggregate_of<count, int>, "count takes any event");

TEST_CASE("count counts, and of nothing is 0") {
  const std::vector<anything> events(5);
  CHECK(count().lower(testing::fold(count(), events, 0, 5)) == 5);
  CHECK(count().lower(count().identity()) == 0);
}

TEST_CASE("count_if counts the events that satisfy the predicate") {
  auto even = count_if([](const int& n) { return n % 2 == 0; });
  static_assert(invertible_aggregate<decltype(even)>);
  CHECK(even.lower(testing::fold(even, {1, 2, 3, 4, 6}, 0, 5)) == 3);
  std::mt19937 random(1);
  testing::check_laws(even, testing::random_integers(random, 200), random);
}

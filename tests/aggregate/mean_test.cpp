// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/mean.hpp>

#include <doctest/doctest.h>

#include <limits>

#include "fold.hpp"

using namespace oriel;

TEST_CASE("the mean of nothing is null") {
  CHECK(!mean<int>().lower(mean<int>().identity()).has_value());
}

TEST_CASE("the mean of integers has an exact numerator") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const mean<std::int64_t> m;
  CHECK(m.lower(testing::fold(m, {most, most, most, -most, -most, -most, 3}, 0, 7)) == 3.0 / 7.0);
}

TEST_CASE("the mean of doubles divides their sum by their number") {
  const mean<double> m;
  CHECK(m.lower(testing::fold(m, {1.0, 2.0, 6.0}, 0, 3)) == 3.0);
}

TEST_CASE("mean keeps the laws") {
  std::mt19937 random(3);
  testing::check_laws(mean<int>(), testing::random_integers(random, 200), random);
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/where.hpp>

#include <doctest/doctest.h>

#include <oriel/aggregate/count.hpp>
#include <oriel/aggregate/extrema.hpp>
#include <oriel/aggregate/sum.hpp>

#include "fold.hpp"

using namespace oriel;

namespace {

bool positive(const int& n) { return n > 0; }

}  // namespace

TEST_CASE("where restricts any aggregate, and may be repeated") {
  const auto odd_positive = sum<int>().where(&positive).where([](const int& n) { return n % 2 != 0; });
  CHECK(odd_positive.lower(testing::fold(odd_positive, {-1, 1, 2, 3}, 0, 4)) == 4);
}

TEST_CASE("a restricted aggregate can be undone exactly when the unrestricted one can") {
  static_assert(invertible_aggregate<decltype(sum<int>().where(&positive))>);
  static_assert(!invertible_aggregate<decltype(oriel::max<int>().where(&positive))>);
  std::mt19937 random(5);
  const auto events = testing::random_integers(random, 200);
  testing::check_laws(sum<int>().where(&positive), events, random);
  testing::check_laws(oriel::max<int>().where(&positive), events, random);
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/compose.hpp>

#include <doctest/doctest.h>

#include <oriel/aggregate/count.hpp>
#include <oriel/aggregate/extrema.hpp>
#include <oriel/aggregate/sum.hpp>

#include "fold.hpp"

using namespace oriel;
using namespace oriel::literals;

TEST_CASE("composed aggregates give a row with a column for each") {
  const auto all = compose<int>("n"_col = count(), "total"_col = sum<int>(), "most"_col = oriel::max<int>());
  const auto row = all.lower(testing::fold(all, {4, 9, 2}, 0, 3));
  CHECK(row["n"_col] == 3);
  CHECK(row["total"_col] == 15);
  CHECK(row["most"_col] == 9);
}

TEST_CASE("a composition can be undone when all its parts can") {
  const auto sums = compose<int>("n"_col = count(), "total"_col = sum<int>());
  const auto with_max = compose<int>("n"_col = count(), "most"_col = oriel::max<int>());
  static_assert(invertible_aggregate<decltype(sums)>);
  static_assert(!invertible_aggregate<decltype(with_max)>);
  std::mt19937 random(6);
  const auto events = testing::random_integers(random, 200);
  testing::check_laws(sums, events, random);
  testing::check_laws(with_max, events, random);
}

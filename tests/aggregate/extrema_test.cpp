// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/extrema.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "fold.hpp"
#include "partials.hpp"

using namespace oriel;

static_assert(aggregate<oriel::max<int>> && !invertible_aggregate<oriel::max<int>>, "the second greatest is forgotten");

TEST_CASE("min and max of nothing are null") {
  CHECK(!oriel::min<int>().lower(oriel::min<int>().identity()).has_value());
  CHECK(!oriel::max<int>().lower(oriel::max<int>().identity()).has_value());
}

TEST_CASE("min and max find the ends") {
  CHECK(oriel::min<int>().lower(testing::fold(oriel::min<int>(), {3, -7, 5}, 0, 3)) == -7);
  CHECK(oriel::max<int>().lower(testing::fold(oriel::max<int>(), {3, -7, 5}, 0, 3)) == 5);
}

TEST_CASE("strings are compared by bytes and kept after their event is gone") {
  oriel::max<std::string_view> last;
  auto p = last.identity();
  {
    std::string gone = "\xc3\xa9t\xc3\xa9 and long enough to be on the heap";
    last.add(p, gone);
    last.add(p, "zebra");
    gone.assign(gone.size(), '#');
  }
  CHECK(last.lower(p) == std::string_view("\xc3\xa9t\xc3\xa9 and long enough to be on the heap"));
}

TEST_CASE("NaN is neither the least nor the greatest") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(oriel::min<double>().lower(testing::fold(oriel::min<double>(), {nan, 2.0, nan, 1.0}, 0, 4)) == 1.0);
  CHECK(!oriel::max<double>().lower(testing::fold(oriel::max<double>(), {nan}, 0, 1)).has_value());
}

TEST_CASE("extrema keep the laws") {
  std::mt19937 random(4);
  const auto events = testing::random_integers(random, 200);
  testing::check_laws(oriel::min<int>(), events, random);
  testing::check_laws(oriel::max<int>(), events, random);
}

TEST_CASE("when the greatest is taken back, the second greatest is told") {
  std::mt19937 random(5);
  static_assert(!retractable_aggregate<oriel::max<int>> && has_retracting_form<oriel::max<int>>);
  static_assert(exactly_invertible_aggregate<retracting_form<oriel::max<int>>>);
  const auto events = testing::placed(testing::random_integers(random, 3000), random);
  testing::check_taking_back(oriel::min<int>(), events, random);
  testing::check_taking_back(oriel::max<int>().where([](const int& n) { return n < 500; }), events, random);
  testing::check_laws(retracting(oriel::max<int>()), testing::random_integers(random, 200), random);

  const auto words = retracting(oriel::max<std::string_view>());
  auto p = words.identity();
  for (const auto* word : {"b", "a", "c", "c"}) add_to(words, p, word);
  take_from(words, p, "c");
  CHECK(words.lower(p) == std::string_view("c"));
  take_from(words, p, "c");
  CHECK(words.lower(p) == std::string_view("b"));
}

TEST_CASE("extrema come back from their bytes") {
  std::mt19937 random(6);
  const oriel::max<std::string> longest;
  const auto events = testing::placed(std::vector<std::string>{"b", "a", "c"}, random);
  testing::check_bytes(longest, testing::fold_placed(longest, events), random);
  testing::check_bytes(retracting(longest), testing::fold_placed(retracting(longest), events), random);
}

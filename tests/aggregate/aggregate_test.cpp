// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/aggregate.hpp>

#include <doctest/doctest.h>

#include <string>

#include <oriel/aggregate/compose.hpp>
#include <oriel/aggregate/count.hpp>
#include <oriel/aggregate/mean.hpp>
#include <oriel/aggregate/sum.hpp>
#include <oriel/testing/non_commutative.hpp>

#include "fold.hpp"

using namespace oriel;

namespace {

struct click {
  int cost = 0;
};
struct other {};

static_assert(aggregate<testing::concatenate> && !invertible_aggregate<testing::concatenate>);
static_assert(aggregate_of<testing::concatenate, std::string>);
static_assert(!aggregate_of<testing::concatenate, other>);
static_assert(std::is_same_v<callable_argument<int click::*>, click>);

static_assert(exactly_invertible_aggregate<count> && exactly_invertible_aggregate<sum<int>>);
static_assert(invertible_aggregate<sum<double>> && !exactly_invertible_aggregate<sum<double>>, "rounding stays behind");
static_assert(exactly_invertible_aggregate<mean<int>> && drifts_when_removed<mean<double>>);
static_assert(drifts_when_removed<decltype(sum<double>().where([](const double& d) { return d > 0; }))>);
using count_and_total = composed<double, named<"n", count>, named<"total", sum<double>>>;
static_assert(invertible_aggregate<count_and_total> && drifts_when_removed<count_and_total>);

bool is_dear(const click& c) { return c.cost > 10; }

}  // namespace

TEST_CASE("the event type of a projection is read off a member pointer, a function or a lambda") {
  auto by_value = [](click c) { return c.cost; };
  auto by_reference = [](const click& c) noexcept { return c.cost; };
  static_assert(std::is_same_v<callable_argument<decltype(&is_dear)>, click>);
  CHECK(project(&is_dear, click{11}));
  CHECK(project(&click::cost, click{11}) == 11);
  CHECK(std::is_same_v<callable_argument<decltype(by_value)>, click>);
  CHECK(std::is_same_v<callable_argument<decltype(by_reference)>, click>);
}

TEST_CASE("without an add of its own, an aggregate is folded by lift and combine, earlier argument first") {
  const testing::concatenate words;
  auto p = words.identity();
  add_to(words, p, std::string("a"));
  add_to(words, p, std::string("b"));
  CHECK(words.lower(p) == "ab");
}

TEST_CASE("a non-commutative aggregate keeps the laws") {
  std::mt19937 random(7);
  std::vector<std::string> letters;
  for (int i = 0; i < 40; ++i) letters.push_back(std::string(1, static_cast<char>('a' + random() % 26)));
  testing::check_laws(testing::concatenate{}, letters, random);
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/arg_extrema.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "fold.hpp"
#include "partials.hpp"

using namespace oriel;

namespace {

struct sale {
  std::string_view item;
  double price = 0;
  std::optional<int> shelf;
};
struct pair_of_numbers {
  int value = 0;
  int by = 0;
};

static_assert(positioned_aggregate<arg_min<sale, std::string_view sale::*, double sale::*>>);

}  // namespace

TEST_CASE("arg_max is what goes with the greatest, the first to arrive of several") {
  const arg_max best(&sale::item, &sale::price);
  const arg_min worst(&sale::item, &sale::price);
  auto p = best.identity();
  auto q = worst.identity();
  CHECK(!best.lower(p).has_value());
  std::uint64_t arrival = 0;
  for (const sale& s : {sale{"pen", 2, {}}, sale{"ink", 9, {}}, sale{"cup", 9, {}}, sale{"nan", std::nan(""), {}}, sale{"nib", 2, {}}}) {
    add_to(best, p, s, {100 - static_cast<std::int64_t>(arrival), arrival});
    add_to(worst, q, s, {100 - static_cast<std::int64_t>(arrival), arrival});
    ++arrival;
  }
  CHECK(best.lower(p) == std::string_view("ink"));
  CHECK(worst.lower(q) == std::string_view("pen"));
}

TEST_CASE("events where either value is null are skipped") {
  const arg_max shelf(&sale::shelf, &sale::price);
  const arg_min item(&sale::item, &sale::shelf);
  const std::vector<sale> sales{{"a", 1, 4}, {"b", 5, {}}, {"c", 3, 2}};
  CHECK(shelf.lower(testing::fold(shelf, sales, 0, 3)) == 2);
  CHECK(item.lower(testing::fold(item, sales, 0, 3)) == std::string_view("c"));
}

TEST_CASE("arg_min and arg_max agree with a search, in any order and grouping") {
  std::mt19937 random(41);
  const arg_min least(&pair_of_numbers::value, &pair_of_numbers::by);
  const arg_max most(&pair_of_numbers::value, &pair_of_numbers::by);
  for (int round = 0; round < 100; ++round) {
    std::vector<pair_of_numbers> numbers;
    for (auto n = random() % 60; n > 0; --n) {
      numbers.push_back({static_cast<int>(random() % 1000), static_cast<int>(random() % 12) - 6});
    }
    std::optional<int> low;
    std::optional<int> high;
    std::size_t low_at = 0;
    std::size_t high_at = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (!low || numbers[i].by < numbers[low_at].by) low = numbers[low_at = i].value;
      if (!high || numbers[i].by > numbers[high_at].by) high = numbers[high_at = i].value;
    }
    const auto events = testing::placed(numbers, random);
    const auto p = testing::fold_anyhow(least, events, random);
    const auto q = testing::fold_anyhow(most, events, random);
    REQUIRE(least.lower(p) == low);
    REQUIRE(most.lower(q) == high);
  }
}

TEST_CASE("arguments of extremes can be taken back in their retracting form") {
  std::mt19937 random(42);
  std::vector<pair_of_numbers> numbers;
  for (int i = 0; i < 2000; ++i) numbers.push_back({static_cast<int>(random() % 50), static_cast<int>(random() % 12)});
  const auto events = testing::placed(numbers, random);
  testing::check_taking_back(arg_min(&pair_of_numbers::value, &pair_of_numbers::by), events, random);
  testing::check_taking_back(arg_max(&pair_of_numbers::value, &pair_of_numbers::by), events, random);
}

TEST_CASE("arguments of extremes come back from their bytes") {
  std::mt19937 random(43);
  const arg_max best(&sale::item, &sale::price);
  const auto events = testing::placed(std::vector<sale>{{"pen", 2, {}}, {"a long name for a thing", 9, {}}}, random);
  testing::check_bytes(best, testing::fold_placed(best, events), random);
  testing::check_bytes(retracting(best), testing::fold_placed(retracting(best), events), random);
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/collect.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "fold.hpp"
#include "partials.hpp"

using namespace oriel;

namespace {

struct visit {
  std::string_view page;
  std::optional<int> price;
};

}  // namespace

TEST_CASE("collected values stand in the order of the events, not of their arrival") {
  const collect pages(&visit::page);
  auto p = pages.identity();
  add_to(pages, p, visit{"b", {}}, {20, 0});
  add_to(pages, p, visit{"a", {}}, {10, 1});
  add_to(pages, p, visit{"c", {}}, {20, 2});
  CHECK(pages.lower(p) == std::vector<std::string_view>{"a", "b", "c"});
}

TEST_CASE("nulls are not collected") {
  const collect prices(&visit::price);
  CHECK(prices.lower(testing::fold(prices, {visit{"", 4}, visit{"", {}}, visit{"", 2}}, 0, 3)) == std::vector<int>{4, 2});
}

TEST_CASE("collect agrees with sorting by position, with a limit or without, whatever the order and grouping") {
  std::mt19937 random(51);
  for (int round = 0; round < 200; ++round) {
    auto events = testing::placed(testing::random_integers(random, random() % 50), random);
    const std::size_t limit = round % 2 == 0 ? 1'000'000 : random() % 10;
    const collect<int> c(itself{}, {.limit = limit});
    const auto p = testing::fold_anyhow(c, events, random);
    std::sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    std::vector<int> expected;
    for (const auto& e : events) {
      if (expected.size() < limit) expected.push_back(e.event);
    }
    REQUIRE(c.lower(p) == expected);
  }
}

TEST_CASE("without positions values stand as they were added and combined") {
  std::mt19937 random(52);
  testing::check_laws(collect<int>(), testing::random_integers(random, 100), random);
  testing::check_laws(collect<int>(itself{}, {.limit = 7}), testing::random_integers(random, 100), random);
}

TEST_CASE("collected values can be taken back, and what the limit had cut off comes up") {
  std::mt19937 random(53);
  const auto events = testing::placed(testing::random_integers(random, 600), random);
  testing::check_taking_back(collect<int>(), events, random);
  testing::check_taking_back(collect<int>(itself{}, {.limit = 5}), events, random);
}

TEST_CASE("collected values come back from their bytes") {
  std::mt19937 random(54);
  const collect<std::string> c;
  const auto events = testing::placed(std::vector<std::string>{"x", "", "a longer string than fits in place"}, random);
  testing::check_bytes(c, testing::fold_placed(c, events), random);
  testing::check_bytes(retracting(c), testing::fold_placed(retracting(c), events), random);
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/top_k.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include <oriel/core/error.hpp>

#include "fold.hpp"
#include "partials.hpp"

using namespace oriel;

namespace {

struct visit {
  std::string_view page;
  std::optional<int> item;
};

static_assert(exactly_invertible_aggregate<top_k<int>> && retractable_aggregate<top_k<int>>);
static_assert(aggregate<approx_top_k<int>> && !has_retracting_form<approx_top_k<int>>);

std::vector<frequent_value<int>> by_counting(const std::vector<int>& values, std::size_t k) {
  std::map<int, std::int64_t> counts;
  for (const int v : values) ++counts[v];
  std::vector<frequent_value<int>> all;
  for (const auto& [v, n] : counts) all.push_back({v, n});
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.count > b.count; });
  if (all.size() > k) all.resize(k);
  return all;
}

/// Numbers of which the small ones are frequent.
std::vector<int> skewed(std::mt19937& random, std::size_t n, unsigned different) {
  std::vector<int> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(static_cast<int>((random() % different) * (random() % different) / different));
  return values;
}

}  // namespace

TEST_CASE("top_k tells the most frequent first, and equally frequent ones in order") {
  const top_k pages(&visit::page, 2);
  const auto p = testing::fold(pages, {visit{"/b", 1}, visit{"/a", {}}, visit{"/c", 1}, visit{"/c", 1}}, 0, 4);
  CHECK(pages.lower(p) == decltype(pages)::output{{"/c", 2}, {"/a", 1}});
  CHECK(pages.lower(pages.identity()).empty());
  const top_k items(&visit::item);
  CHECK(items.lower(testing::fold(items, {visit{"", 1}, visit{}}, 0, 2)) == decltype(items)::output{{1, 1}});
}

TEST_CASE("top_k agrees with counting, for any k") {
  std::mt19937 random(91);
  for (const std::size_t k : {0u, 1u, 3u, 10u, 100u}) {
    const auto values = skewed(random, 2000, 60);
    const top_k<int> a(itself{}, k);
    REQUIRE(a.lower(testing::fold(a, values, 0, values.size())) == by_counting(values, k));
    testing::check_laws(a, skewed(random, 200, 20), random);
    testing::check_taking_back(a, testing::placed(skewed(random, 500, 20), random), random);
  }
}

TEST_CASE("approx_top_k is exact while it can count every value") {
  std::mt19937 random(92);
  const auto values = skewed(random, 5000, 100);
  const approx_top_k<int> a(itself{}, 10, {.counters = 64});
  const auto expected = by_counting(values, 10);
  const auto found = a.lower(testing::fold(a, values, 0, values.size()));
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i].value == expected[i].value);
    CHECK(found[i].count == expected[i].count);
    CHECK(found[i].error == 0);
  }
  testing::check_laws(approx_top_k<int>(itself{}, 10, {.counters = 64}), values, random);
}

TEST_CASE("approx_top_k keeps its bound in any order and grouping, and forgets nothing frequent") {
  std::mt19937 random(93);
  for (const std::size_t counters : {1u, 4u, 50u}) {
    for (const std::size_t n : {1u, 10u, 1000u, 100'000u}) {
      const auto values = skewed(random, n, 3000);
      std::map<int, std::int64_t> truth;
      for (const int v : values) ++truth[v];
      const approx_top_k<int> a(itself{}, 2 * counters, {.counters = counters});
      const auto events = testing::placed(values, random);
      for (int round = 0; round < 3; ++round) {
        const auto p = testing::fold_anyhow(a, events, random);
        const auto found = a.lower(p);
        const auto bound = static_cast<std::int64_t>(n / (counters + 1));
        std::map<int, std::int64_t> told;
        for (const auto& f : found) {
          REQUIRE(f.error <= bound);
          REQUIRE(f.count >= truth[f.value]);
          REQUIRE(f.count - f.error <= truth[f.value]);
          told[f.value] = f.count;
        }
        for (const auto& [v, count] : truth) {
          if (count > bound) REQUIRE(told.count(v) == 1);
        }
      }
    }
  }
}

TEST_CASE("approx_top_k of strings keeps its bound") {
  std::mt19937 random(94);
  std::vector<std::string> words;
  for (const int n : skewed(random, 20'000, 5000)) words.push_back("page-" + std::to_string(n));
  const approx_top_k<std::string> a(itself{}, 5, {.counters = 100});
  const auto p = testing::fold(a, words, 0, words.size());
  for (const auto& f : a.lower(p)) {
    const auto truth = std::count(words.begin(), words.end(), std::string(f.value));
    CHECK(f.count >= truth);
    CHECK(f.count - f.error <= truth);
    CHECK(f.error <= 20'000 / 101);
  }
  testing::check_bytes(a, p, random);
}

TEST_CASE("without counters nothing can be told") {
  CHECK_THROWS_AS(approx_top_k<int>(itself{}, 5, {.counters = 0}), error);
}

TEST_CASE("counts come back from their bytes") {
  std::mt19937 random(95);
  const top_k pages(&visit::page, 2);
  testing::check_bytes(pages, testing::fold(pages, {visit{"/b", 1}, visit{"/a", {}}, visit{"/c", 1}}, 0, 3), random);
  const approx_top_k<int> a(itself{}, 3, {.counters = 2});
  const auto p = testing::fold(a, {1, 2, 3, 1, 5, 6, 1, 1, 7}, 0, 9);
  testing::check_bytes(a, p, random);
  CHECK(testing::is_golden("approx_top_k", encode(testing::fold(a, {1, 1, 1, 2, 3, 4, 5}, 0, 7))));
}

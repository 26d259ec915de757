// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/distinct.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <oriel/aggregate/compose.hpp>
#include <oriel/aggregate/count.hpp>
#include <oriel/aggregate/sum.hpp>
#include <oriel/core/time.hpp>

#include "fold.hpp"
#include "partials.hpp"

using namespace oriel;
using namespace oriel::literals;

namespace {

struct visit {
  std::string_view user;
  std::string_view page;
  int kind = 0;
  std::optional<int> item;
};
bool is_click(const visit& v) { return v.kind == 1; }
bool is_order(const visit& v) { return v.kind == 2; }

static_assert(aggregate<count_distinct<int>> && !invertible_aggregate<count_distinct<int>>);
static_assert(!retractable_aggregate<count_distinct<int>> && has_retracting_form<count_distinct<int>>);
static_assert(retractable_aggregate<retracting_form<count_distinct<int>>>);
static_assert(exactly_invertible_aggregate<retracting_form<count_distinct<int>>>, "counts can be subtracted");

template <typename T>
std::int64_t distinct_of(const std::vector<T>& values) {
  const count_distinct<T> c;
  return c.lower(testing::fold(c, values, 0, values.size()));
}

std::vector<std::string> some_words(std::mt19937& random, std::size_t count, std::size_t different) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < count; ++i) {
    const auto n = random() % different;
    words.push_back(std::string(n % 300, 'x') + std::to_string(n));
  }
  return words;
}

}  // namespace

TEST_CASE("no events have no distinct values") {
  CHECK(distinct_of<int>({}) == 0);
  CHECK(sum_distinct<int>().lower(sum_distinct<int>().identity()) == 0);
}

TEST_CASE("every integral, floating, string and time type is counted exactly") {
  CHECK(distinct_of<bool>({true, false, true}) == 2);
  CHECK(distinct_of<char>({'a', 0, 'a'}) == 2);
  CHECK(distinct_of<std::int8_t>({-1, 0, 1, -1}) == 3);
  CHECK(distinct_of<std::uint16_t>({0, 65535, 0}) == 2);
  CHECK(distinct_of<std::int64_t>({std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(), -1,
                                   0, 1, 0}) == 5);
  CHECK(distinct_of<std::uint64_t>({0, std::numeric_limits<std::uint64_t>::max()}) == 2);
  CHECK(distinct_of<float>({1.5f, 1.5f, -1.5f}) == 2);
  CHECK(distinct_of<std::string>({"", "a", std::string("a\0b", 3), std::string(1000, 'z'), "", std::string(1000, 'z')}) == 4);
  CHECK(distinct_of<timestamp>({at_ms(-1), at_ms(0), at_ms(-1)}) == 2);
}

TEST_CASE("NaN equals itself and -0.0 equals 0.0") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(distinct_of<double>({nan, -nan, 0.0, -0.0, std::numeric_limits<double>::infinity()}) == 3);
}

TEST_CASE("nulls are skipped") {
  const count_distinct items(&visit::item);
  CHECK(items.lower(testing::fold(items, {visit{"a", "", 0, 3}, visit{}, visit{"b", "", 0, 3}}, 0, 3)) == 1);
}

TEST_CASE("a distinct count agrees with a set at every step, whatever the size") {
  for (const std::size_t different : {3u, 40u, 5000u, 100000u}) {
    std::mt19937 random(11);
    const count_distinct<std::uint32_t> c;
    auto p = c.identity();
    std::set<std::uint32_t> oracle;
    for (int i = 0; i < 20000; ++i) {
      const auto v = static_cast<std::uint32_t>(random() % different) * (i % 2 == 0 ? 1u : 4096u);
      add_to(c, p, v);
      oracle.insert(v);
      REQUIRE(c.lower(p) == static_cast<std::int64_t>(oracle.size()));
    }
  }
}

TEST_CASE("distinct strings agree with a set, and are kept after their event is gone") {
  std::mt19937 random(12);
  const count_distinct<std::string> c;
  auto p = c.identity();
  std::set<std::string> oracle;
  for (const std::string& word : some_words(random, 20000, 3000)) {
    add_to(c, p, word);
    oracle.insert(word);
    REQUIRE(c.lower(p) == static_cast<std::int64_t>(oracle.size()));
  }
  const auto copy = p;
  CHECK(c.lower(c.combine(p, copy)) == c.lower(p));
}

TEST_CASE("distinct counts and sums keep the laws") {
  std::mt19937 random(13);
  const auto numbers = testing::random_integers(random, 400);
  const auto words = some_words(random, 200, 60);
  testing::check_laws(count_distinct<int>(), numbers, random);
  testing::check_laws(sum_distinct<int>(), numbers, random);
  testing::check_laws(count_distinct<std::string>(), words, random);
  testing::check_laws(retracting(count_distinct<int>()), numbers, random);
  testing::check_laws(retracting(sum_distinct<int>()), numbers, random);
  testing::check_laws(retracting(count_distinct<std::string>()), words, random);
}

TEST_CASE("a sum of distinct values adds each once, in 128 bits") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const sum_distinct<std::int64_t> s;
  CHECK(s.lower(testing::fold(s, {5, 5, 7, 0, 5}, 0, 5)) == 12);
  CHECK(s.lower(testing::fold(s, {most, most - 1, -most, -most, 1}, 0, 5)) == most);
  CHECK_THROWS(s.lower(testing::fold(s, {most, 1, most}, 0, 3)));
  const sum_distinct<double> d;
  CHECK(d.lower(testing::fold(d, {0.5, 0.5, 2.0}, 0, 3)) == 2.5);
}

TEST_CASE("combining large sets of any sizes is their union") {
  std::mt19937 random(14);
  const count_distinct<std::uint64_t> c;
  for (int round = 0; round < 40; ++round) {
    auto a = c.identity();
    auto b = c.identity();
    std::set<std::uint64_t> oracle;
    for (auto n = random() % 5000; n > 0; --n) {
      const std::uint64_t v = random() % 8000;
      add_to(c, n % 3 == 0 ? a : b, v);
      oracle.insert(v);
    }
    REQUIRE(c.lower(c.combine(a, b)) == static_cast<std::int64_t>(oracle.size()));
    REQUIRE(c.lower(c.combine(b, a)) == static_cast<std::int64_t>(oracle.size()));
  }
}

TEST_CASE("filters over one projection share its set, and count as they would alone") {
  const auto alone = compose<visit>("reach"_col = count_distinct(&visit::user));
  const auto three = compose<visit>("reach"_col = count_distinct(&visit::user), "events"_col = count(),
                                    "clickers"_col = count_distinct(&visit::user).where(&is_click),
                                    "buyers"_col = count_distinct(&visit::user).where(&is_click).where(&is_order));
  static_assert(std::tuple_size_v<decltype(three)::partial> == 4);
  static_assert(std::is_empty_v<std::tuple_element_t<2, decltype(three)::partial>>, "kept with the first");
  static_assert(!std::is_empty_v<std::tuple_element_t<0, decltype(alone)::partial>>);
  CHECK(three.lower(testing::fold(three, {visit{"ann", "", 1, {}}, visit{"bob", "", 0, {}}, visit{"ann", "", 2, {}}}, 0, 3)) ==
        decltype(three)::output{{2}, {3}, {1}, {0}});
}

TEST_CASE("a shared set agrees with separate sets on random events, split anyhow") {
  std::mt19937 random(15);
  const auto names = some_words(random, 50, 50);
  std::vector<visit> visits;
  for (int i = 0; i < 600; ++i) {
    visits.push_back({names[random() % 50], names[random() % 50], static_cast<int>(random() % 3), {}});
  }
  const auto shared = compose<visit>(
      "users"_col = count_distinct(&visit::user), "clickers"_col = count_distinct(&visit::user).where(&is_click),
      "pages"_col = count_distinct(&visit::page), "ordered"_col = count_distinct(&visit::page).where(&is_order));
  testing::check_laws(shared, visits, random);
  for (std::size_t n : {0u, 1u, 5u, 40u, 600u}) {
    std::set<std::string_view> users, clickers, pages, ordered;
    for (std::size_t i = 0; i < n; ++i) {
      users.insert(visits[i].user);
      pages.insert(visits[i].page);
      if (is_click(visits[i])) clickers.insert(visits[i].user);
      if (is_order(visits[i])) ordered.insert(visits[i].page);
    }
    const auto row = shared.lower(testing::fold(shared, visits, 0, n));
    CHECK(row["users"_col] == static_cast<std::int64_t>(users.size()));
    CHECK(row["clickers"_col] == static_cast<std::int64_t>(clickers.size()));
    CHECK(row["pages"_col] == static_cast<std::int64_t>(pages.size()));
    CHECK(row["ordered"_col] == static_cast<std::int64_t>(ordered.size()));
  }
  // Taking events back: no longer shared, the same answers.
  const auto undo = retracting(shared);
  static_assert(retractable_aggregate<std::remove_const_t<decltype(undo)>>);
  auto p = testing::fold(undo, visits, 0, 600);
  for (std::size_t i = 40; i < 600; ++i) take_from(undo, p, visits[i]);
  CHECK(undo.lower(p) == shared.lower(testing::fold(shared, visits, 0, 40)));
}

TEST_CASE("values taken back, in any order and from any part, leave the rest") {
  std::mt19937 random(16);
  const auto c = retracting(count_distinct<int>());
  const auto s = retracting(sum_distinct<int>());
  std::multiset<int> oracle;
  auto early = c.identity();
  auto late = c.identity();
  auto sums = s.identity();
  for (int i = 0; i < 5000; ++i) {
    if (oracle.empty() || random() % 100 < 52) {
      const auto v = static_cast<int>(random() % 200) - 100;
      oracle.insert(v);
      add_to(c, random() % 2 == 0 ? early : late, v);
      add_to(s, sums, v);
    } else {
      const auto it = std::next(oracle.begin(), static_cast<std::ptrdiff_t>(random() % oracle.size()));
      take_from(c, random() % 2 == 0 ? early : late, *it);
      take_from(s, sums, *it);
      oracle.erase(it);
    }
    const std::set<int> left(oracle.begin(), oracle.end());
    std::int64_t total = 0;
    for (const int v : left) total += v;
    REQUIRE(c.lower(c.combine(early, late)) == static_cast<std::int64_t>(left.size()));
    REQUIRE(s.lower(sums) == total);
  }
}

TEST_CASE("sets come back from their bytes, shared ones too") {
  std::mt19937 random(17);
  const auto words = some_words(random, 100, 40);
  const count_distinct<std::string> c;
  testing::check_bytes(c, testing::fold(c, words, 0, 100), random);
  testing::check_bytes(retracting(c), testing::fold(retracting(c), words, 0, 100), random);
  const sum_distinct<double> s;
  testing::check_bytes(s, testing::fold(s, {0.0, 1.5, -3.0}, 0, 3), random);
  const auto shared = compose<visit>("reach"_col = count_distinct(&visit::user),
                                     "clickers"_col = count_distinct(&visit::user).where(&is_click));
  testing::check_bytes(shared, testing::fold(shared, {visit{"ann", "", 1, {}}, visit{"bob", "", 0, {}}}, 0, 2), random);
}

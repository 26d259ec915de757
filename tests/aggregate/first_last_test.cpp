// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/first_last.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>

#include <oriel/aggregate/compose.hpp>

#include "fold.hpp"
#include "partials.hpp"

using namespace oriel;
using namespace oriel::literals;

namespace {

struct click {
  std::string_view page;
  std::optional<int> price;
};

static_assert(positioned_aggregate<first<int>> && aggregate<last<int>> && !invertible_aggregate<last<int>>);
static_assert(!retractable_aggregate<first<int>> && retractable_aggregate<retracting_form<first<int>>>);

}  // namespace

TEST_CASE("first and last go by event time, then by arrival") {
  const oriel::first<int> f;
  const last<int> l;
  auto a = f.identity();
  auto b = l.identity();
  int value = 0;
  for (const event_position at : {event_position{20, 0}, {10, 1}, {10, 2}, {30, 3}, {30, 4}, {25, 5}}) {
    add_to(f, a, value, at);
    add_to(l, b, value, at);
    ++value;
  }
  CHECK(f.lower(a) == 1);
  CHECK(l.lower(b) == 4);
  CHECK(!f.lower(f.identity()).has_value());
}

TEST_CASE("nulls are skipped, and strings outlive their event") {
  const oriel::first page(&click::page);
  const last price(&click::price);
  auto p = page.identity();
  auto q = price.identity();
  {
    std::string gone = "a page with a name that is not short";
    add_to(page, p, click{gone, 3}, {1, 0});
    add_to(price, q, click{gone, 3}, {1, 0});
    gone.assign(gone.size(), '#');
  }
  add_to(page, p, click{"later", {}}, {2, 1});
  add_to(price, q, click{"later", {}}, {2, 1});
  CHECK(page.lower(p) == std::string_view("a page with a name that is not short"));
  CHECK(price.lower(q) == 3);
}

TEST_CASE("without positions, the order of combining decides") {
  std::mt19937 random(31);
  const auto events = testing::random_integers(random, 100);
  CHECK(oriel::first<int>().lower(testing::fold(oriel::first<int>(), events, 0, 100)) == events.front());
  CHECK(last<int>().lower(testing::fold(last<int>(), events, 0, 100)) == events.back());
  testing::check_laws(oriel::first<int>(), events, random);
  testing::check_laws(last<int>(), events, random);
}

TEST_CASE("arrival and grouping do not matter, before 1970 or after") {
  std::mt19937 random(32);
  for (int round = 0; round < 100; ++round) {
    const auto events = testing::placed(testing::random_integers(random, random() % 40), random);
    const auto both = compose<int>("first"_col = oriel::first<int>(), "last"_col = last<int>());
    const auto* earliest = static_cast<const testing::placed_event<int>*>(nullptr);
    const auto* latest = earliest;
    for (const auto& e : events) {
      if (earliest == nullptr || e.at < earliest->at) earliest = &e;
      if (latest == nullptr || e.at > latest->at) latest = &e;
    }
    const auto p = testing::fold_anyhow(both, events, random);
    const auto row = both.lower(p);
    REQUIRE(row["first"_col] == (earliest == nullptr ? std::optional<int>() : earliest->event));
    REQUIRE(row["last"_col] == (latest == nullptr ? std::optional<int>() : latest->event));
  }
}

TEST_CASE("when the first is taken back, the next one is first") {
  std::mt19937 random(33);
  const auto events = testing::placed(testing::random_integers(random, 2000), random);
  testing::check_taking_back(oriel::first<int>(), events, random);
  testing::check_taking_back(last<int>(), events, random);
  testing::check_taking_back(last<int>().where([](const int& n) { return n % 2 == 0; }), events, random);
}

TEST_CASE("an event whose position is not known is taken back by its value, the newest first") {
  const auto f = retracting(oriel::first<int>());
  auto p = f.identity();
  add_to(f, p, 7, {10, 0});
  add_to(f, p, 8, {20, 1});
  add_to(f, p, 7, {30, 2});
  take_from(f, p, 7, {10, 99});  // of that time
  CHECK(f.lower(p) == 8);
  take_from(f, p, 7, {1000, 100});  // anywhere
  take_from(f, p, 8, {20, 1});
  CHECK(!f.lower(p).has_value());
}

TEST_CASE("first and last come back from their bytes") {
  std::mt19937 random(34);
  std::vector<std::string> words{"one", "two", "a third that does not fit a short string"};
  const auto events = testing::placed(words, random);
  const oriel::first<std::string> f;
  testing::check_bytes(f, testing::fold_placed(f, events), random);
  testing::check_bytes(f, f.identity(), random);
  const auto undo = retracting(f);
  auto p = testing::fold_placed(undo, events);
  take_from(undo, p, "one", events[0].at);
  take_from(undo, p, "owed", {0, 0});
  testing::check_bytes(undo, p, random);
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/funnel_holding.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <oriel/aggregate/funnel.hpp>

#include "funnel_events.hpp"
#include "partials.hpp"

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct shop_event {
  std::string_view kind;
  std::optional<std::string_view> product;
};
bool is_view(const shop_event& e) { return e.kind == "view"; }
bool is_buy(const shop_event& e) { return e.kind == "buy"; }

}  // namespace

TEST_CASE("who views one product and buys another has not bought what was viewed") {
  const auto f = funnel({.within = 1h}, is_view, is_buy).holding(&shop_event::product);
  auto p = f.identity();
  f.add(p, {"view", "pen"}, {0, 0});
  f.add(p, {"buy", "ink"}, {1, 1});
  f.add(p, {"buy", std::nullopt}, {2, 2});
  CHECK(f.lower(p) == 1);
  f.add(p, {"view", "ink"}, {0, 3});
  CHECK(f.lower(p) == 2);
  f.take(p, {"view", "ink"}, {0, 3});
  f.take(p, {"buy", "ink"}, {1, 1});
  CHECK(f.lower(p) == 1);
  CHECK(p.size() == 1);
}

TEST_CASE("chains that agree on a property are chains of the events with one value") {
  std::mt19937_64 random(37);
  std::mt19937 shuffle(37);
  for (int i = 0; i < 3'000; ++i) {
    CAPTURE(i);
    const funnel_options o{.within = std::chrono::milliseconds(random() % 12),
                           .order = static_cast<funnel_order>(random() % 3)};
    const auto plain = funnel(o, has_letter{'A'}, has_letter{'B'}, has_letter{'C'}).path();
    const auto f = plain.holding(&lettered::place);
    std::vector<lettered> of_place[2];
    std::vector<placed_event<lettered>> events;
    for (const lettered& e : random_events(random, 12)) {
      of_place[e.place].push_back(e);
      events.push_back({e, {e.time, events.size()}});
    }
    const auto zero = answer_of(plain, of_place[0]);
    const auto one = answer_of(plain, of_place[1]);
    const auto found = f.lower(fold_anyhow(f, events, shuffle));
    REQUIRE(found["level"_col] == std::max(zero["level"_col], one["level"_col]));
    REQUIRE(found["completions"_col] == zero["completions"_col] + one["completions"_col]);
    const auto& best = one["level"_col] > zero["level"_col] ||
                               (one["level"_col] == zero["level"_col] && one["level"_col] > 0 &&
                                one["times"_col].back() < zero["times"_col].back())
                           ? one
                           : zero;
    REQUIRE(found["times"_col] == best["times"_col]);
    if (i % 100 == 0) check_bytes(f, fold_placed(f, events), shuffle);
    if (i % 10 == 0) check_taking_back(f, events, shuffle);
  }
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/signed.hpp>

#include <doctest/doctest.h>

#include <string_view>

#include <oriel/aggregate/compose.hpp>
#include <oriel/aggregate/count.hpp>
#include <oriel/aggregate/distinct.hpp>
#include <oriel/aggregate/extrema.hpp>
#include <oriel/aggregate/first_last.hpp>
#include <oriel/aggregate/hyper_log_log.hpp>
#include <oriel/aggregate/mean.hpp>
#include <oriel/aggregate/sum.hpp>

#include "fold.hpp"
#include "partials.hpp"

using namespace oriel;
using namespace oriel::literals;

namespace {

struct order {
  std::string_view customer;
  int cents = 0;
};

auto summary() {
  return compose<order>("orders"_col = count(), "total"_col = sum(&order::cents), "dearest"_col = oriel::max(&order::cents),
                        "customers"_col = count_distinct(&order::customer),
                        "large"_col = count_distinct(&order::customer).where([](const order& o) { return o.cents > 50; }),
                        "newest"_col = last(&order::customer));
}

using every_form = decltype(retracting(summary()));
static_assert(!retractable_aggregate<decltype(summary())> && has_retracting_form<decltype(summary())>);
static_assert(aggregate<signed_aggregate<every_form>>);
static_assert(aggregate_of<signed_aggregate<every_form>, signed_event<order>>);
static_assert(aggregate_of<signed_aggregate<count, order>, signed_event<order>>);

// A sketch that forgets has no form that takes back, and so nothing made with it has.
static_assert(!has_retracting_form<approx_count_distinct<int>>);
static_assert(!has_retracting_form<decltype(approx_count_distinct<int>().where([](const int& n) { return n > 0; }))>);
static_assert(!has_retracting_form<composed<int, named<"n", count>, named<"reach", approx_count_distinct<int>>>>);

}  // namespace

TEST_CASE("what is added and taken back is gone, and the partial knows when nothing is left") {
  const signed_aggregate changes(retracting(summary()));
  auto p = changes.identity();
  CHECK(is_empty(changes, p));
  add_to(changes, p, {order{"ann", 60}, 1}, {10, 0});
  add_to(changes, p, {order{"bob", 40}, 1}, {20, 1});
  add_to(changes, p, {order{"ann", 60}, -1}, {10, 2});
  add_to(changes, p, {order{"ann", 45}, 1}, {10, 3});
  const auto row = changes.lower(p);
  CHECK(row["orders"_col] == 2);
  CHECK(row["total"_col] == 85);
  CHECK(row["dearest"_col] == 45);
  CHECK(row["customers"_col] == 2);
  CHECK(row["large"_col] == 0);
  CHECK(row["newest"_col] == std::string_view("bob"));
  take_from(changes, p, {order{"ann", 45}, 1}, {10, 3});
  add_to(changes, p, {order{"bob", 40}, -1}, {20, 4});
  CHECK(is_empty(changes, p));
  CHECK(!changes.lower(p)["dearest"_col].has_value());
}

TEST_CASE("a signed composition agrees with the plain one over the events that are left") {
  std::mt19937 random(61);
  std::vector<order> orders;
  constexpr std::string_view names[] = {"ann", "bob", "cai", "dee"};
  for (int i = 0; i < 3000; ++i) orders.push_back({names[random() % 4], static_cast<int>(random() % 100)});
  const auto events = testing::placed(orders, random);
  testing::check_taking_back(summary(), events, random);
  testing::check_taking_back(mean(&order::cents), events, random);

  const signed_aggregate changes(retracting(summary()));
  auto p = changes.identity();
  for (const auto& e : events) add_to(changes, p, {e.event, 1}, e.at);
  for (std::size_t i = 10; i < events.size(); ++i) add_to(changes, p, {events[i].event, -1}, events[i].at);
  const std::vector<testing::placed_event<order>> left(events.begin(), events.begin() + 10);
  const auto expected = testing::fold_placed(summary(), left);
  CHECK(changes.lower(p) == summary().lower(expected));
  testing::check_bytes(changes, p, random);
}

TEST_CASE("a row may be taken back in another partial than it was added to") {
  const signed_aggregate changes(retracting(oriel::max(&order::cents)));
  auto early = changes.identity();
  auto late = changes.identity();
  add_to(changes, early, {order{"ann", 60}, 1});
  add_to(changes, early, {order{"bob", 40}, 1});
  add_to(changes, late, {order{"ann", 60}, -1});
  const auto both = changes.combine(early, late);
  CHECK(changes.lower(both) == 40);
  CHECK(!is_empty(changes, both));
}

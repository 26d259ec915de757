// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/interval_join.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <oriel/aggregate/count.hpp>
#include <oriel/stream/join.hpp>
#include <oriel/testing/driver.hpp>
#include <oriel/window/tumbling.hpp>

#include "operators/join_cases.hpp"

using namespace join_cases;
using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

using pair_type = joined<order, payment>;

struct desk {
  driver d;
  oriel::input<order> orders = d.input<order>("orders");
  oriel::input<payment> payments = d.input<payment>("payments");

  auto join(interval_join_options options, duration out_of_orderness = 0s) {
    return interval_join(d.from(orders).event_time(&order::ts, {.out_of_orderness = out_of_orderness}),
                         d.from(payments).event_time(&payment::ts, {.out_of_orderness = out_of_orderness}),
                         on(&order::id, &payment::order_id), options);
  }
  void finish() {
    orders.finish();
    payments.finish();
  }
};

}  // namespace

TEST_CASE("rows with equal keys are partners within the bounds, both included, whichever comes first") {
  desk t;
  auto pairs = t.d.collect(t.join({.lower = 0s, .upper = 10s}));
  t.payments.push({"a", at(10s), 1});
  t.payments.push({"a", at(10'001ms), 2});
  t.orders.push({"a", at(0s), 1});
  CHECK(shown(pairs.take()) == strings{"1+1"});
  t.orders.push({"a", at(10'001ms), 2});
  t.orders.push({"b", at(10'001ms), 3});
  CHECK(shown(pairs.take()) == strings{"2+2"});
  t.payments.push({"b", at(20'001ms), 3});
  t.payments.push({"b", at(20'002ms), 4});
  CHECK(shown(pairs.take()) == strings{"3+3"});
}

TEST_CASE("a left row without a partner is told of when none can come any more, or at once and taken back") {
  desk t;
  const auto left = t.d.from(t.orders).event_time(&order::ts);
  const auto right = t.d.from(t.payments).event_time(&payment::ts);
  const interval_join_options options{.upper = 10s, .kind = join_kind::left};
  auto pairs = t.d.collect(interval_join(left, right, on(&order::id, &payment::order_id), options));
  auto changes = t.d.collect(eager_interval_join(left, right, on(&order::id, &payment::order_id), options));
  t.orders.push({"a", at(0s), 1});
  t.orders.push({"b", at(1s), 2});
  CHECK(pairs.take().empty());
  CHECK(changes.take().size() == 2);
  t.payments.push({"b", at(5s), 7});
  CHECK(shown(pairs.take()) == strings{"2+7"});
  const auto corrected = changes.take();
  REQUIRE(corrected.size() == 2);
  CHECK(corrected[0].kind == change_kind::erase);
  CHECK(shown(corrected[0].before) == "2+-");
  CHECK(shown(corrected[1].after) == "2+7");
  t.finish();
  CHECK(shown(pairs.take()) == strings{"1+-"});
  CHECK(changes.take().empty());
}

TEST_CASE("null keys match nothing and are counted") {
  desk t;
  auto pairs = t.d.collect(t.join({.upper = 10s, .kind = join_kind::left}));
  t.orders.push({std::nullopt, at(0s), 1});
  t.payments.push({"", at(0s), 1});
  t.finish();
  CHECK(shown(pairs.take()) == strings{"1+-"});
  CHECK(t.d.pipeline().graph().find("interval_join")->counters().dropped.value() == 1);
}

TEST_CASE("rows behind the watermark by more than the allowance are late, and handed out") {
  desk t;
  auto join = t.join({.upper = 10s, .allowed_lateness = 2s});
  auto pairs = t.d.collect(join);
  auto late = t.d.collect(join.late_right());
  t.orders.push({"a", at(0s), 1});
  t.orders.push({"x", at(9s), 2});
  t.payments.push({"x", at(9s), 3});
  t.payments.push({"a", at(7s), 4});
  t.payments.push({"a", at(6'999ms), 5});
  CHECK(shown(pairs.take()) == strings{"2+3", "1+4"});
  CHECK(late.take() == std::vector<payment>{{"a", at(6'999ms), 5}});
  const node_counters& c = t.d.pipeline().graph().find("interval_join")->counters();
  CHECK(c.in.value() == 5);
  CHECK(c.late.value() == 1);
  CHECK(c.applied.value() == 4);
}

TEST_CASE("windows behind a join lose nothing: the watermark is held back") {
  desk t;
  auto per_minute = t.d.collect(t.join({.upper = 60s, .time = join_time::left})
                                    .key_by("all"_col = [](const pair_type&) { return 0; })
                                    .window(tumbling{.size = 10s})
                                    .aggregate("n"_col = count()));
  t.orders.push({"a", at(1s), 1});
  t.orders.push({"b", at(30s), 2});
  t.payments.push({"b", at(31s), 2});
  t.payments.push({"a", at(61s), 1});
  t.orders.push({"c", at(62s), 3});
  t.payments.push({"c", at(62s), 3});
  t.finish();
  const auto panes = per_minute.take();
  REQUIRE(panes.size() == 3);
  for (const auto& p : panes) CHECK(p.timing == pane_timing::on_time);
}

TEST_CASE("windows behind a join lose nothing when one partner is told of, whichever time a pair bears") {
  using bounds = std::pair<duration, duration>;
  for (const auto& [lower, upper] : {bounds{-100s, 100s}, bounds{-80s, -30s}, bounds{20s, 60s}, bounds{-10s, 90s}}) {
    for (const join_match match : {join_match::first, join_match::nearest}) {
      for (const join_time time : {join_time::latest, join_time::left, join_time::right}) {
        desk t;
        auto counts = t.join({.lower = lower, .upper = upper, .match = match, .time = time})
                          .key_by("all"_col = [](const pair_type&) { return 0; })
                          .window(tumbling{.size = 1s})
                          .aggregate("n"_col = count());
        auto panes = t.d.collect(counts);
        auto late = t.d.collect(counts.late_events());
        const auto seconds = [](duration span) { return static_cast<int>(span / 1s); };
        for (int i = 0; i < 400; ++i) {  // each pair has the earliest partner there can be
          t.payments.push({i == 100 ? "a" : "x", at(i * 1s), i});
          t.orders.push({i == 100 - seconds(lower) ? "a" : "y", at(i * 1s), i});
        }
        t.finish();
        CHECK(panes.take().size() == 1);
        CHECK(late.take().empty());
      }
    }
  }
}

TEST_CASE("the partner of a left row that need not wait is sent with its strings") {
  const std::string id = "an order whose name is too long to lie in the row itself";
  for (const join_match match : {join_match::first, join_match::nearest}) {
    desk t;
    strings found;
    t.join({.lower = -1000s, .upper = -500s, .match = match}).to([&](const pair_type& p) {
      found.emplace_back(*p.right->order_id);
    });
    t.payments.push({id, at(100s), 1});
    t.payments.push({"x", at(1000s), 2});
    t.orders.push({"y", at(1000s), 1});
    t.orders.push(std::vector<order>{{id, at(1000s), 2}, {id, at(1000s), 3}});
    CHECK(found == strings{id, id});
  }
}

TEST_CASE("bounds that nothing can meet are refused") {
  desk t;
  CHECK_THROWS_WITH_AS(t.join({.lower = 5s, .upper = 1s}),
                       "interval_join: upper 1s is less than lower 5s, so no rows are partners; exchange them", error);
}

namespace {

/// By the definition, over everything at once.
std::multiset<std::string> batch_join(const two_streams& s, const interval_join_options& o) {
  std::multiset<std::string> out;
  std::vector<bool> matched_right(s.payments.size(), false);
  for (const order& l : s.orders) {
    std::vector<std::size_t> partners;
    for (std::size_t i = 0; i < s.payments.size(); ++i) {
      const payment& r = s.payments[i];
      if (join_cases::partners(l, r) && l.ts + o.lower <= r.ts && r.ts <= l.ts + o.upper) {
        partners.push_back(i);
        matched_right[i] = true;
      }
    }
    const bool lonely_left = o.kind == join_kind::left || o.kind == join_kind::full || o.kind == join_kind::anti;
    if (partners.empty() && lonely_left) out.insert(shown(pair_type{l, std::nullopt}));
    if (o.kind == join_kind::semi && !partners.empty()) out.insert(shown(pair_type{l, std::nullopt}));
    if (o.kind == join_kind::semi || o.kind == join_kind::anti || partners.empty()) continue;
    const auto distance = [&](std::size_t i) { return std::max(s.payments[i].ts - l.ts, l.ts - s.payments[i].ts); };
    std::stable_sort(partners.begin(), partners.end(), [&](std::size_t a, std::size_t b) {
      if (o.match == join_match::nearest && distance(a) != distance(b)) return distance(a) < distance(b);
      return s.payments[a].ts < s.payments[b].ts;
    });
    if (o.match != join_match::all) partners.resize(1);
    for (const std::size_t i : partners) out.insert(shown(pair_type{l, s.payments[i]}));
  }
  if (o.kind == join_kind::right || o.kind == join_kind::full) {
    for (std::size_t i = 0; i < s.payments.size(); ++i) {
      if (!matched_right[i]) out.insert(shown(pair_type{std::nullopt, s.payments[i]}));
    }
  }
  return out;
}

}  // namespace

TEST_CASE("every kind of join gives what a batch join gives, on random streams, for any interleaving and batch size") {
  for (std::uint64_t seed = 0; seed < 1200; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    interval_join_options o;
    o.lower = duration{pick(random, {0, 0, -20, 5})};
    o.upper = o.lower + duration{pick(random, {0, 10, 30, 200})};
    o.kind = static_cast<join_kind>(random() % 6);
    const bool eager = random() % 3 == 0;
    o.match = eager ? join_match::all : static_cast<join_match>(pick(random, {0, 0, 1, 2}));
    o.time = static_cast<join_time>(random() % 3);
    o.allowed_lateness = duration{pick(random, {0, 0, 7})};

    const two_streams s = draw(random, 10ms + o.allowed_lateness);
    driver d(timestamp{}, static_cast<std::size_t>(pick(random, {1, 5, 1024})));
    auto orders = d.input<order>("orders");
    auto payments = d.input<payment>("payments");
    const auto left = d.from(orders).event_time(&order::ts, {.out_of_orderness = 10ms});
    const auto right = d.from(payments).event_time(&payment::ts, {.out_of_orderness = 10ms});
    const auto keys_of = on(&order::id, &payment::order_id);
    std::multiset<std::string> found;
    timestamp watermark_seen = beginning_of_time;
    if (eager) {
      eager_interval_join(left, right, keys_of, o).to([&](const change<pair_type>& c) {
        if (c.kind == change_kind::insert) {
          found.insert(shown(c.after));
        } else {
          REQUIRE(c.kind == change_kind::erase);
          const auto gone = found.find(shown(c.before));
          REQUIRE(gone != found.end());
          found.erase(gone);
        }
      });
    } else {
      interval_join(left, right, keys_of, o).to([&](const pair_type& p) { found.insert(shown(p)); });
      // Nothing is older than the watermark that is passed on.
      auto late = interval_join(left, right, keys_of, o)
                      .key_by("all"_col = [](const pair_type&) { return 0; })
                      .window(tumbling{.size = 1ms})
                      .aggregate("n"_col = count())
                      .late_events();
      late.to([&](const pair_type&) { watermark_seen = end_of_time; });
    }
    push(s, orders, payments, random);
    REQUIRE(found == batch_join(s, o));
    REQUIRE(watermark_seen == beginning_of_time);
    const node_counters& c = d.pipeline().graph().find("interval_join")->counters();
    REQUIRE(c.late.value() == 0);
    REQUIRE(c.in.value() == c.applied.value() + c.dropped.value());
  }
}

TEST_CASE("in every arrival interleaving of every small input within the bound, each kind gives what a batch join gives") {
  std::vector<order> orders{{"a", at(0ms), 0}, {"a", at(4ms), 1}, {"b", at(4ms), 2}};
  const std::vector<payment> payments{{"a", at(4ms), 3}, {"b", at(9ms), 4}, {"a", at(10ms), 5}};
  const auto earlier = [](const order& a, const order& b) { return a.n < b.n; };
  do {
    const two_streams s{{}, orders, payments};
    for_each_interleaving(3, 3, [&](const std::vector<bool>& turns) {
      for (const auto kind : {join_kind::inner, join_kind::left, join_kind::right, join_kind::full, join_kind::semi,
                              join_kind::anti}) {
        const interval_join_options o{.lower = 0ms, .upper = 5ms, .kind = kind};
        desk t;
        std::multiset<std::string> found;
        t.join(o, 5ms).to([&](const pair_type& p) { found.insert(shown(p)); });
        push(s, turns, t.orders, t.payments);
        REQUIRE(found == batch_join(s, o));
      }
    });
  } while (std::next_permutation(orders.begin(), orders.end(), earlier));
}

TEST_CASE("a thousand partners are a thousand pairs, or one") {
  for (const join_match match : {join_match::all, join_match::first, join_match::nearest}) {
    desk t;
    std::set<std::string> found;
    t.join({.lower = -1s, .upper = 1s, .match = match}).to([&](const pair_type& p) { found.insert(shown(p)); });
    for (int i = 0; i < 1000; ++i) t.payments.push({"a", at_ms(i), i});
    for (int i = 0; i < 3; ++i) t.orders.push({"a", at_ms(999), i});
    t.finish();
    if (match == join_match::all) CHECK(found.size() == 3000);
    if (match == join_match::first) CHECK(found == std::set<std::string>{"0+0", "1+0", "2+0"});
    if (match == join_match::nearest) CHECK(found == std::set<std::string>{"0+999", "1+999", "2+999"});
  }
}

TEST_CASE("state is dropped by the watermark, keys included") {
  desk t;
  t.join({.upper = 10s}).to([](const pair_type&) {});
  std::vector<std::string> ids;
  std::size_t most = 0;
  for (int i = 0; i < 200'000; ++i) {
    const std::string id = "order-" + std::to_string(i);
    t.orders.push({id, at_ms(i), i});
    t.payments.push({id, at_ms(i), i});
    if (i % 1000 == 0) most = std::max(most, t.d.pipeline().graph().find("interval_join")->state_bytes());
  }
  CHECK(most < 8'000'000);
}

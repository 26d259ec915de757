// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/temporal_join.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <oriel/aggregate/count.hpp>
#include <oriel/aggregate/first_last.hpp>
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
  explicit desk(std::size_t batch_size = 1024) : d(timestamp{}, batch_size) {}

  driver d;
  oriel::input<order> orders = d.input<order>("orders");
  oriel::input<payment> payments = d.input<payment>("payments");  // the versions

  auto join(temporal_join_options options, duration out_of_orderness = 0s) {
    return temporal_join(d.from(orders).event_time(&order::ts, {.out_of_orderness = out_of_orderness}),
                         d.from(payments).event_time(&payment::ts, {.out_of_orderness = out_of_orderness}),
                         on(&order::id, &payment::order_id), options);
  }
  const node& join_node() { return *d.pipeline().graph().find("temporal_join"); }
};

std::multiset<std::string> batch_join(const two_streams& s, const temporal_join_options& o) {
  std::multiset<std::string> out;
  for (const order& l : s.orders) {
    const payment* version = nullptr;
    for (const payment& r : s.payments) {  // in order of arrival: of equal times the last counts
      if (partners(l, r) && r.ts <= l.ts && (version == nullptr || version->ts <= r.ts)) version = &r;
    }
    if (version != nullptr && !o.valid_for.is_unbounded() && l.ts - version->ts >= o.valid_for.span()) version = nullptr;
    if (version != nullptr) {
      out.insert(shown(pair_type{l, *version}));
    } else if (o.kind == join_kind::left) {
      out.insert(shown(pair_type{l, std::nullopt}));
    }
  }
  return out;
}

}  // namespace

TEST_CASE("a row takes the version valid at its time, though newer ones are known") {
  desk t;
  auto pairs = t.d.collect(t.join({.valid_for = unbounded, .kind = join_kind::left}));
  t.payments.push({"a", at(10s), 1});
  t.payments.push({"a", at(20s), 2});
  t.orders.push({"a", at(9'999ms), 1});
  t.orders.push({"a", at(10s), 2});
  t.orders.push({"a", at(19'999ms), 3});
  CHECK(shown(pairs.take()) == strings{"1+-", "2+1", "3+1"});
  t.orders.push({"a", at(20s), 4});  // waits: another version may come for this very time
  CHECK(pairs.take().empty());
  t.payments.push({"a", at(20s), 3});
  t.payments.push({"b", at(20'001ms), 4});
  CHECK(shown(pairs.take()) == strings{"4+3"});
}

TEST_CASE("a version is valid for as long as was said") {
  desk t;
  auto pairs = t.d.collect(t.join({.valid_for = 5s, .kind = join_kind::left}));
  t.payments.push({"a", at(10s), 1});
  t.payments.finish();
  t.orders.push({"a", at(14'999ms), 1});
  t.orders.push({"a", at(15s), 2});
  CHECK(shown(pairs.take()) == strings{"1+1", "2+-"});
}

TEST_CASE("rows and versions behind their stream by more than the allowance are late, and handed out") {
  desk t;
  auto join = t.join({.valid_for = unbounded, .kind = join_kind::left, .allowed_lateness = 2s});
  auto pairs = t.d.collect(join);
  auto late_rows = t.d.collect(join.late_left());
  auto late_versions = t.d.collect(join.late_right());
  t.payments.push({"a", at(10s), 1});
  t.payments.push({"a", at(8s), 2});
  t.payments.push({"a", at(7'999ms), 3});
  t.orders.push({"a", at(9s), 1});
  t.orders.push({"a", at(7s), 2});
  t.orders.push({"a", at(6'999ms), 3});
  CHECK(pairs.take().size() == 1);  // the one at 7 s; at 9 s a version may come that is late but allowed
  t.orders.finish();
  t.payments.finish();
  CHECK(shown(pairs.take()) == strings{"1+2"});
  CHECK(late_rows.rows() == std::vector<order>{{"a", at(6'999ms), 3}});
  CHECK(late_versions.rows() == std::vector<payment>{{"a", at(7'999ms), 3}});
  const node_counters& c = t.join_node().counters();
  CHECK(c.in.value() == 6);
  CHECK(c.late.value() == 2);
  CHECK(c.applied.value() == 4);
}

TEST_CASE("rows without a key match nothing and are counted") {
  desk t;
  auto pairs = t.d.collect(t.join({.valid_for = unbounded, .kind = join_kind::left}));
  t.payments.push({std::nullopt, at(0s), 1});
  t.payments.finish();
  t.orders.push({std::nullopt, at(1s), 1});
  CHECK(shown(pairs.take()) == strings{"1+-"});
  CHECK(t.join_node().counters().dropped.value() == 2);
}

namespace {

/// Prices by key; one below zero erases.
struct price_desk {
  using price = keyed_row<std::string_view, payment>;

  price_desk() {
    const auto versions =
        d.from(prices).event_time(&payment::ts, {.out_of_orderness = 100s}).map([](const payment& p) {
          return price{*p.order_id, p.n < 0 ? change_kind::erase : change_kind::insert, p};
        });
    temporal_join(d.from(orders).event_time(&order::ts), versions, on(&order::id, &price::key),
                  {.valid_for = unbounded, .kind = join_kind::left})
        .to([this](const auto& j) { found.push_back(j.right ? std::to_string(j.right->row.n) : "-"); });
  }

  driver d;
  oriel::input<order> orders = d.input<order>("orders");
  oriel::input<payment> prices = d.input<payment>("prices");
  strings found;
};

}  // namespace

TEST_CASE("keyed rows and panes are versions too, and one that is erased leaves none") {
  price_desk t;
  t.prices.push({"a", at(10s), 1});
  t.prices.push({"a", at(20s), -1});
  t.prices.push({"a", at(30s), 2});
  t.prices.finish();
  for (const auto time : {5s, 15s, 25s, 35s}) t.orders.push({"a", at(time), 0});
  CHECK(t.found == strings{"-", "1", "-", "2"});
}

TEST_CASE("a version that comes after a later one was erased and forgotten stays erased") {
  price_desk t;
  t.prices.push({"a", at(0s), 1});
  t.prices.push({"a", at(10s), -1});
  t.orders.push({"b", at(30s), 0});
  std::vector<payment> many;  // enough for the join to look for what it can forget
  for (int i = 0; i < 2000; ++i) many.push_back({"c", at_ms(i), i});
  t.prices.push(many);
  t.orders.push({"b", at(31s), 0});
  t.prices.push({"a", at(7s), 2});
  t.orders.push({"a", at(40s), 0});
  t.prices.finish();
  CHECK(t.found == strings{"-", "-", "-"});
}

TEST_CASE("a row waits no longer than the versions' watermark, and windows behind the join lose nothing") {
  desk t;
  auto join = t.join({.valid_for = unbounded, .kind = join_kind::left}, 3s);
  auto counts = join.key_by("all"_col = [](const pair_type&) { return 0; })
                    .window(tumbling{.size = 10s})
                    .aggregate("n"_col = count());
  auto late = t.d.collect(counts.late_events());
  auto panes = t.d.collect(counts);
  for (int i = 0; i < 60; ++i) t.orders.push({"a", at(i * 1s - (i % 4) * 1s), i});
  CHECK(panes.take().empty());
  for (int i = 0; i < 60; ++i) t.payments.push({"a", at(i * 1s), i});
  CHECK(panes.take().size() == 5);
  t.payments.finish();
  t.orders.finish();
  CHECK(late.rows().empty());
}

TEST_CASE("a temporal join gives what a batch join gives, on random streams, for any interleaving and batch size") {
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const temporal_join_options o{
        .valid_for = random() % 2 == 0 ? join_bound(unbounded) : join_bound(duration{pick(random, {1, 10, 40})}),
        .kind = random() % 2 == 0 ? join_kind::inner : join_kind::left,
        .allowed_lateness = duration{pick(random, {0, 7})}};
    const two_streams s = draw(random, 10ms + o.allowed_lateness);
    desk t(static_cast<std::size_t>(pick(random, {1, 5, 1024})));
    std::multiset<std::string> found;
    t.join(o, 10ms).to([&](const pair_type& p) { found.insert(shown(p)); });
    push(s, t.orders, t.payments, random);
    const node_counters& c = t.join_node().counters();
    REQUIRE(c.late.value() == 0);
    REQUIRE(c.in.value() == c.applied.value() + c.dropped.value());
    REQUIRE(found == batch_join(s, o));
  }
}

TEST_CASE("in every arrival interleaving of a small input each row has the same version") {
  const two_streams s{{}, {{"a", at(3ms), 1}, {"a", at(1ms), 2}, {"a", at(5ms), 3}},
                      {{"a", at(3ms), 4}, {"a", at(0ms), 5}, {"a", at(3ms), 6}, {"b", at(4ms), 7}}};
  for_each_interleaving(3, 4, [&](const std::vector<bool>& turns) {
    desk t;
    auto pairs = t.d.collect(t.join({.valid_for = unbounded}, 5ms));
    push(s, turns, t.orders, t.payments);
    strings found = shown(pairs.rows());
    std::sort(found.begin(), found.end());
    REQUIRE(found == strings{"1+6", "2+5", "3+6"});
  });
}

TEST_CASE("versions nobody can ask for are forgotten: superseded ones, and with a span of validity their keys") {
  std::vector<std::string> ids;
  for (int i = 0; i < 20'000; ++i) ids.push_back("order-" + std::to_string(i));
  for (const bool same_keys : {true, false}) {
    CAPTURE(same_keys);
    desk t;
    t.join({.valid_for = 100ms}).to([](const pair_type&) {});
    std::size_t most = 0;
    std::vector<order> orders;
    std::vector<payment> payments;
    for (int i = 0; i < 20'000; ++i) {
      const std::string& id = ids[static_cast<std::size_t>(same_keys ? i % 50 : i)];
      orders.push_back({id, at_ms(i), i});
      payments.push_back({id, at_ms(i), i});
      if (orders.size() < 100) continue;
      t.payments.push(payments);
      t.orders.push(orders);
      orders.clear();
      payments.clear();
      most = std::max(most, t.join_node().state_bytes());
    }
    CHECK(most < 1'500'000);
  }
}

TEST_CASE("options that make no sense are refused") {
  desk t;
  CHECK_THROWS_WITH_AS(t.join({.valid_for = 0s}),
                       "temporal_join: valid_for is 0s, so no version is ever valid; it must be positive", error);
  CHECK_THROWS_AS(t.join({.valid_for = 1s, .kind = join_kind::right}), error);
  CHECK_THROWS_AS(t.join({.valid_for = 1s, .allowed_lateness = -1s}), error);
}

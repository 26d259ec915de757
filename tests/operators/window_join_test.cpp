// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/window_join.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <oriel/aggregate/count.hpp>
#include <oriel/stream/join.hpp>
#include <oriel/testing/driver.hpp>
#include <oriel/window/hopping.hpp>
#include <oriel/window/tumbling.hpp>

#include "operators/join_cases.hpp"

using namespace join_cases;
using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

using pair_type = window_pair<order, payment>;

/// "[0,10) 1+2"
std::string in_window(const pair_type& p) {
  return "[" + std::to_string(to_ms(p.window.start)) + "," + std::to_string(to_ms(p.window.end)) + ") " + shown(p);
}

struct desk {
  explicit desk(std::size_t batch_size = 1024) : d(timestamp{}, batch_size) {}

  driver d;
  oriel::input<order> orders = d.input<order>("orders");
  oriel::input<payment> payments = d.input<payment>("payments");

  template <typename Windows>
  auto join(Windows windows, join_kind kind = join_kind::inner, duration out_of_orderness = 0s) {
    return window_join(d.from(orders).event_time(&order::ts, {.out_of_orderness = out_of_orderness}),
                       d.from(payments).event_time(&payment::ts, {.out_of_orderness = out_of_orderness}),
                       on(&order::id, &payment::order_id), windows, kind);
  }
  const node_counters& counters() { return d.pipeline().graph().find("window_join")->counters(); }
};

/// By the definition, over everything at once.
std::multiset<std::string> batch_join(const two_streams& s, const hopping& w, join_kind kind) {
  std::multiset<std::string> out;
  std::set<timestamp> starts;
  const auto windows_of = [&](timestamp t) {
    std::vector<interval> windows;
    for (timestamp start = floor_to(t, w.hop, w.offset); start > t - w.size; start -= w.hop) {
      windows.push_back({start, start + w.size});
    }
    return windows;
  };
  std::map<interval, std::pair<std::vector<order>, std::vector<payment>>> contents;
  for (const order& l : s.orders) {
    for (const interval i : windows_of(l.ts)) contents[i].first.push_back(l);
  }
  for (const payment& r : s.payments) {
    for (const interval i : windows_of(r.ts)) contents[i].second.push_back(r);
  }
  const bool lone_left = kind == join_kind::left || kind == join_kind::full || kind == join_kind::anti;
  const bool lone_right = kind == join_kind::right || kind == join_kind::full;
  for (const auto& [window, rows] : contents) {
    std::set<int> matched;
    for (const order& l : rows.first) {
      bool alone = true;
      for (const payment& r : rows.second) {
        if (!partners(l, r)) continue;
        matched.insert(r.n);
        if (kind != join_kind::semi && kind != join_kind::anti) out.insert(in_window({window, l, r}));
        if (kind == join_kind::semi && alone) out.insert(in_window({window, l, std::nullopt}));
        alone = false;
      }
      if (alone && lone_left) out.insert(in_window({window, l, std::nullopt}));
    }
    for (const payment& r : rows.second) {
      if (lone_right && !matched.contains(r.n)) out.insert(in_window({window, std::nullopt, r}));
    }
  }
  return out;
}

}  // namespace

TEST_CASE("rows with equal keys in the same window are pairs, told of once the window is complete") {
  desk t;
  auto pairs = t.d.collect(t.join(tumbling{.size = 10s}, join_kind::full));
  t.orders.push({"a", at(1s), 1});
  t.payments.push({"a", at(9s), 2});
  t.payments.push({"a", at(10s), 3});
  CHECK(pairs.take().empty());
  t.orders.push({"b", at(12s), 4});
  CHECK(shown(pairs.take()) == strings{"1+2"});
  t.orders.finish();
  t.payments.finish();
  CHECK(shown(pairs.take()) == strings{"4+-", "-+3"});
}

TEST_CASE("in windows that overlap, a pair is told of in each that holds both rows") {
  desk t;
  strings found;
  t.join(hopping{.size = 10s, .hop = 5s}, join_kind::left).to([&](const pair_type& p) { found.push_back(in_window(p)); });
  t.orders.push({"a", at(6s), 1});
  t.payments.push({"a", at(11s), 2});
  t.orders.finish();
  t.payments.finish();
  CHECK(found == strings{"[0,10000) 1+-", "[5000,15000) 1+2"});
}

TEST_CASE("a row late for some of its windows is in the others, whatever the batch; late for all it is handed out") {
  for (const std::size_t batch_size : {std::size_t{1}, std::size_t{1024}}) {
    CAPTURE(batch_size);
    desk t(batch_size);
    auto join = t.join(hopping{.size = 10s, .hop = 5s, .allowed_lateness = 1s}, join_kind::left);
    strings found;
    join.to([&](const pair_type& p) { found.push_back(in_window(p)); });
    auto late = t.d.collect(join.late_left());
    t.payments.finish();
    const order rows[] = {{"a", at(12s), 1}, {"b", at(7s), 2}, {"c", at(16s), 3}, {"d", at(9s), 4}};
    t.orders.push(rows);
    t.orders.finish();
    CHECK(found == strings{"[5000,15000) 2+-", "[5000,15000) 1+-", "[10000,20000) 1+-", "[10000,20000) 3+-",
                           "[15000,25000) 3+-"});
    CHECK(late.rows().size() == 1);
    CHECK(t.counters().late.value() == 1);
  }
}

TEST_CASE("rows without a key match nothing and are counted, and the books balance") {
  desk t;
  auto pairs = t.d.collect(t.join(tumbling{.size = 10s}, join_kind::full));
  t.orders.push({std::nullopt, at(1s), 1});
  t.payments.push({std::nullopt, at(1s), 2});
  t.orders.push({"", at(1s), 3});
  t.payments.push({"", at(2s), 4});
  t.orders.push({"a", at(11s), 5});
  t.payments.push({"a", at(11s), 6});
  t.payments.push({"a", at(3s), 7});  // late
  t.orders.finish();
  t.payments.finish();
  CHECK(shown(pairs.rows()) == strings{"1+-", "3+4", "-+2", "5+6"});
  const node_counters& c = t.counters();
  CHECK(c.in.value() == 7);
  CHECK(c.dropped.value() == 2);
  CHECK(c.late.value() == 1);
  CHECK(c.applied.value() == 4);
}

TEST_CASE("windows behind a window join lose nothing, and the same window can be asked for again") {
  desk t;
  auto counts = t.join(tumbling{.size = 10s, .allowed_lateness = 5s})
                    .key_by("all"_col = [](const pair_type&) { return 0; })
                    .window(tumbling{.size = 10s})
                    .aggregate("n"_col = count());
  auto panes = t.d.collect(counts);
  auto late = t.d.collect(counts.late_events());
  for (int i = 0; i < 40; ++i) {
    t.orders.push({"a", at(i * 1s - (i % 3) * 2s), i});
    t.payments.push({"a", at(i * 1s), i});
  }
  t.orders.finish();
  t.payments.finish();
  CHECK(late.rows().empty());
  std::int64_t pairs = 0;
  for (const auto& p : panes.rows()) pairs += p.row["n"_col];
  CHECK(pairs == static_cast<std::int64_t>(t.counters().out.value()));
  CHECK(panes.rows().size() == 4);
}

TEST_CASE("every kind of window join gives what a batch join gives, on random streams, for any interleaving and batch size") {
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto kind = static_cast<join_kind>(random() % 6);
    const duration hop{pick(random, {7, 20})};
    const hopping w{.size = hop * pick(random, {1, 3}) + duration{pick(random, {0, 2})}, .hop = hop,
                    .offset = duration{pick(random, {0, -3})}, .allowed_lateness = duration{pick(random, {0, 5})}};
    const two_streams s = draw(random, 10ms + w.allowed_lateness);
    desk t(static_cast<std::size_t>(pick(random, {1, 5, 1024})));
    std::multiset<std::string> found;
    t.join(w, kind, 10ms).to([&](const pair_type& p) { found.insert(in_window(p)); });
    push(s, t.orders, t.payments, random);
    REQUIRE(t.counters().late.value() == 0);
    REQUIRE(found == batch_join(s, w, kind));
    REQUIRE(t.counters().in.value() == t.counters().applied.value() + t.counters().dropped.value());
  }
}

TEST_CASE("in every arrival interleaving of a small input the pairs are the same, in the same order") {
  const two_streams s{{}, {{"a", at(3ms), 1}, {"a", at(1ms), 2}, {"b", at(12ms), 3}},
                      {{"b", at(4ms), 4}, {"a", at(4ms), 5}, {"b", at(13ms), 6}}};
  for_each_interleaving(3, 3, [&](const std::vector<bool>& turns) {
    desk t;
    auto pairs = t.d.collect(t.join(tumbling{.size = 10ms}, join_kind::full, 5ms));
    push(s, turns, t.orders, t.payments);
    REQUIRE(shown(pairs.rows()) == strings{"1+5", "2+5", "-+4", "3+6"});
  });
}

TEST_CASE("a thousand partners are a thousand pairs") {
  desk t;
  std::set<std::string> found;
  t.join(tumbling{.size = 1s}).to([&](const pair_type& p) { found.insert(shown(p)); });
  for (int i = 0; i < 1000; ++i) t.payments.push({"a", at(0ms), i});
  for (int i = 0; i < 3; ++i) t.orders.push({"a", at(0ms), i});
  t.orders.finish();
  t.payments.finish();
  CHECK(found.size() == 3000);
}

TEST_CASE("a window join forgets what is complete, keys included") {
  desk t;
  t.join(hopping{.size = 10ms, .hop = 5ms}).to([](const pair_type&) {});
  const node& join = *t.d.pipeline().graph().find("window_join");
  std::size_t most = 0;
  std::vector<order> orders;
  std::vector<payment> payments;
  std::vector<std::string> ids;
  for (int i = 0; i < 50'000; ++i) ids.push_back("order-" + std::to_string(i));
  for (int i = 0; i < 50'000; ++i) {
    orders.push_back({ids[static_cast<std::size_t>(i)], at_ms(i), i});
    payments.push_back({ids[static_cast<std::size_t>(i)], at_ms(i), i});
    if (orders.size() < 100) continue;
    t.orders.push(orders);
    t.payments.push(payments);
    orders.clear();
    payments.clear();
    most = std::max(most, join.state_bytes());
  }
  CHECK(most < 1'500'000);
}

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
#include <oriel/testing/disorder.hpp>
#include <oriel/testing/driver.hpp>
#include <oriel/window/tumbling.hpp>

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct order {
  std::optional<std::string_view> id;
  timestamp ts;
  int n = 0;
};
BOOST_DESCRIBE_STRUCT(order, (), (id, ts, n))

struct payment {
  std::string_view order_id;
  timestamp ts;
  int n = 0;

  friend bool operator==(const payment&, const payment&) = default;
};
BOOST_DESCRIBE_STRUCT(payment, (), (order_id, ts, n))

using pair_type = joined<order, payment>;
timestamp at(duration d) { return timestamp{d}; }

std::string shown(const pair_type& p) {
  return (p.left ? std::to_string(p.left->n) : "-") + "+" + (p.right ? std::to_string(p.right->n) : "-");
}
std::vector<std::string> shown(const std::vector<pair_type>& pairs) {
  std::vector<std::string> out;
  for (const pair_type& p : pairs) out.push_back(shown(p));
  return out;
}
using strings = std::vector<std::string>;

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

TEST_CASE("bounds that nothing can meet are refused") {
  desk t;
  CHECK_THROWS_WITH_AS(t.join({.lower = 5s, .upper = 1s}),
                       "interval_join: upper 1s is less than lower 5s, so no rows are partners; exchange them", error);
}

namespace {

struct stream_pair {
  std::vector<std::string> names;
  std::vector<order> orders;
  std::vector<payment> payments;
};

/// By the definition, over everything at once.
std::multiset<std::string> batch_join(const stream_pair& s, const interval_join_options& o) {
  std::multiset<std::string> out;
  std::vector<bool> matched_right(s.payments.size(), false);
  for (const order& l : s.orders) {
    std::vector<std::size_t> partners;
    for (std::size_t i = 0; i < s.payments.size(); ++i) {
      const payment& r = s.payments[i];
      if (l.id && *l.id == r.order_id && l.ts + o.lower <= r.ts && r.ts <= l.ts + o.upper) {
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
    const auto pick = [&](std::initializer_list<std::int64_t> from) { return from.begin()[random() % from.size()]; };
    interval_join_options o;
    o.lower = duration{pick({0, 0, -20, 5})};
    o.upper = o.lower + duration{pick({0, 10, 30, 200})};
    o.kind = static_cast<join_kind>(random() % 6);
    const bool eager = random() % 3 == 0;
    o.match = eager ? join_match::all : static_cast<join_match>(pick({0, 0, 1, 2}));
    o.time = static_cast<join_time>(random() % 3);
    o.allowed_lateness = duration{pick({0, 0, 7})};

    stream_pair s;
    for (int i = 0; i < 4; ++i) s.names.push_back("order-" + std::to_string(i));
    const auto keys = static_cast<std::size_t>(pick({1, 4}));
    const duration disorder = 10ms + o.allowed_lateness;
    const auto times = [&](std::int64_t count) {
      return ascending_times(static_cast<std::size_t>(count), {.start = at_ms(-50), .step = duration{3}, .ties = 0.3, .gaps = 0.01},
                             random);
    };
    int n = 0;
    const auto left_times = times(pick({0, 3, 60}));
    for (const std::size_t i : disturb(left_times, disorder, random)) {
      s.orders.push_back({random() % 12 == 0 ? std::optional<std::string_view>() : s.names[random() % keys], left_times[i], n++});
    }
    const auto right_times = times(pick({0, 60}));
    for (const std::size_t i : disturb(right_times, disorder, random)) {
      s.payments.push_back({s.names[random() % keys], right_times[i], n++});
    }

    driver d;
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
    // Any interleaving that keeps each side's order.
    std::size_t l = 0, r = 0;
    const auto most = static_cast<std::size_t>(pick({1, 7, 100}));
    while (l < s.orders.size() || r < s.payments.size()) {
      const std::size_t step = 1 + random() % most;
      if (r == s.payments.size() || (l < s.orders.size() && random() % 2 == 0)) {
        const std::size_t count = std::min(step, s.orders.size() - l);
        orders.push(std::span(s.orders).subspan(l, count));
        l += count;
      } else {
        const std::size_t count = std::min(step, s.payments.size() - r);
        payments.push(std::span(s.payments).subspan(r, count));
        r += count;
      }
    }
    if (random() % 2 == 0) {
      orders.finish();
      payments.finish();
    } else {
      payments.finish();
      orders.finish();
    }
    REQUIRE(found == batch_join(s, o));
    REQUIRE(watermark_seen == beginning_of_time);
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

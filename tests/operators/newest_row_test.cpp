// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/newest_row.hpp>

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <oriel/query/sql.hpp>
#include <oriel/testing/disorder.hpp>
#include <oriel/testing/driver.hpp>

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct order {
  std::string_view id;
  timestamp ts;
  std::vector<std::string_view> lines;
  int n = 0;

  friend bool operator==(const order&, const order&) = default;
};
BOOST_DESCRIBE_STRUCT(order, (), (id, ts, lines, n))

struct order_line {
  std::string_view id;
  std::int64_t line = 0;
  std::string_view item;
};
BOOST_DESCRIBE_STRUCT(order_line, (), (id, line, item))

timestamp at(duration d) { return timestamp{d}; }

}  // namespace

TEST_CASE("a newer row replaces the one before; an older one is dropped and counted; of equals the later counts") {
  driver d;
  auto in = d.input<order>("orders");
  auto changes = d.collect(d.from(in).event_time(&order::ts).key_by(&order::id).unbounded().newest());
  in.push({"a", at(5s), {}, 1});
  in.push({"a", at(4s), {}, 2});
  in.push({"a", at(5s), {}, 3});
  in.push({"a", at(6s), {}, 4});
  const auto seen = changes.take();
  REQUIRE(seen.size() == 4);
  CHECK(seen[0] == change<order>::insert({"a", at(5s), {}, 1}));
  CHECK(seen[1] == change<order>::update({"a", at(5s), {}, 1}, {"a", at(5s), {}, 3}));
  CHECK(seen[2] == change<order>::erase({"a", at(5s), {}, 3}));
  CHECK(seen[3] == change<order>::insert({"a", at(6s), {}, 4}));
  CHECK(d.pipeline().graph().find("newest")->counters().dropped.value() == 1);
}

TEST_CASE("a newer version of a row retracts the rows it had produced, on random streams") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const std::vector<std::string> ids{"a", "b", "c", "d"};
    const std::vector<std::string> items{"pen", "ink", "cup", "tea"};
    const auto times = ascending_times(120, {.step = duration{500}, .ties = 0.3}, random);
    std::vector<order> orders;
    for (const std::size_t i : disturb(times, 5s, random)) {
      order o{ids[random() % 4], times[i], {}, static_cast<int>(orders.size())};
      for (auto n = random() % 4; n > 0; --n) o.lines.push_back(items[random() % 4]);
      orders.push_back(o);
    }
    driver d;
    auto in = d.input<order>("orders");
    d.from(in)
        .event_time(&order::ts)
        .key_by(&order::id)
        .unbounded()
        .newest()
        .flat_map<change<order_line>>([](const change<order>& c, auto&& emit) {
          const auto each = [](const order& o, auto&& f) {
            for (std::size_t i = 0; i < o.lines.size(); ++i) f(order_line{o.id, static_cast<std::int64_t>(i), o.lines[i]});
          };
          if (c.kind != change_kind::insert) each(c.before, [&](const order_line& l) { emit(change<order_line>::erase(l)); });
          if (c.kind != change_kind::erase) each(c.after, [&](const order_line& l) { emit(change<order_line>::insert(l)); });
        })
        .into("lines", {.key = {"id", "line"}});
    const std::size_t batch = 1 + random() % 30;
    for (std::size_t i = 0; i < orders.size(); i += batch) {
      in.push(std::span(orders).subspan(i, std::min(batch, orders.size() - i)));
    }
    std::map<std::string, order> newest;
    for (const order& o : orders) {
      const auto [found, fresh] = newest.try_emplace(std::string(o.id), o);
      if (!fresh && o.ts >= found->second.ts) found->second = o;
    }
    std::string want;
    for (const auto& [id, o] : newest) {
      for (std::size_t i = 0; i < o.lines.size(); ++i) want += id + std::to_string(i) + std::string(o.lines[i]) + " ";
    }
    std::string found;
    const result_set rows = sql(d.tables(), "SELECT id, line, item FROM lines ORDER BY id, line");
    for (std::size_t i = 0; i < rows.row_count(); ++i) {
      found += std::string(rows.as_string(i, 0)) + std::to_string(rows.as_int64(i, 1)) + std::string(rows.as_string(i, 2)) + " ";
    }
    REQUIRE(found == want);
  }
}

TEST_CASE("a changelog needs to be told what its rows are known by") {
  driver d;
  auto in = d.input<order_line>("lines");
  auto changes = d.from(in).arrival_order().key_by(&order_line::id).unbounded().newest();
  CHECK_THROWS_WITH_AS(changes.into("lines"),
                       "into 'lines': a changelog takes rows back; name the columns it knows them by with .key", error);
}

// SPDX-License-Identifier: Apache-2.0
// `unnest` (oriel/stream/stream.hpp): rows made of rows that may be replaced.
#include <cstdint>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <oriel/oriel.hpp>
#include <oriel/testing/driver.hpp>

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct order {
  std::string_view id;
  timestamp ts;
  std::vector<std::string_view> items;
};
BOOST_DESCRIBE_STRUCT(order, (), (id, ts, items))

struct line {
  std::string_view id;
  std::int64_t number = 0;
  std::string_view item;
};
BOOST_DESCRIBE_STRUCT(line, (), (id, number, item))

constexpr auto lines = [](const order& o, auto&& emit) {
  std::int64_t number = 0;
  for (const std::string_view item : o.items) emit(line{o.id, number++, item});
};

timestamp at(duration d) { return timestamp{d}; }
std::string text(const change<line>& c) {
  return std::string(c.kind == change_kind::erase ? "-" : "+") + std::string(c.row().item);
}

}  // namespace

TEST_CASE("a newer version with fewer, more or other elements takes back exactly what the former produced") {
  driver d;
  auto in = d.input<order>("orders");
  auto changes = d.collect(d.from(in).event_time(&order::ts).key_by(&order::id).ttl(1h).newest().unnest<line>(lines));
  const auto took = [&] {
    std::string all;
    for (const auto& c : changes.take()) all += text(c) + " ";
    return all;
  };
  in.push({"a", at(1s), {"pen", "ink", "cup"}});
  CHECK(took() == "+pen +ink +cup ");
  in.push({"a", at(2s), {"pen"}});
  CHECK(took() == "-pen -ink -cup +pen ");
  in.push({"a", at(2s), {"tea", "pen"}});
  CHECK(took() == "-pen +tea +pen ");
  in.push({"a", at(1s), {"old"}});  // an older version
  CHECK(took() == "");
  in.push({"a", at(3s), {}});
  CHECK(took() == "-tea -pen ");
  in.push({"a", at(4s), {"jam", "jam"}});
  CHECK(took() == "+jam +jam ");
  in.advance_to(at(3h));  // its time is over
  CHECK(took() == "-jam -jam ");
}

TEST_CASE("counts of unnested rows agree with the newest versions at every step, on random streams") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    static constexpr std::string_view ids[] = {"a", "b", "c"};
    static constexpr std::string_view items[] = {"pen", "ink", "cup", "tea"};
    driver d;
    auto in = d.input<order>("orders");
    const auto each = d.from(in).event_time(&order::ts).key_by(&order::id).unbounded().newest().unnest<line>(lines);
    each.into("lines", {.key = {"id", "number"}});
    each.key_by(&line::item).unbounded().aggregate("n"_col = count()).into("items");
    std::map<std::string_view, order> newest;
    for (int step = 0; step < 60; ++step) {
      std::vector<order> batch;
      for (auto n = 1 + random() % 4; n > 0; --n) {
        order o{ids[random() % 3], at(duration{static_cast<std::int64_t>(random() % 50) - 25 + step}), {}};
        for (auto m = random() % 4; m > 0; --m) o.items.push_back(items[random() % 4]);
        const auto [found, fresh] = newest.try_emplace(o.id, o);
        if (!fresh && o.ts >= found->second.ts) found->second = o;
        batch.push_back(std::move(o));
      }
      in.push(std::span<const order>(batch));
      std::string want, found;
      std::map<std::string_view, std::int64_t> counts;
      for (const auto& [id, o] : newest) {
        lines(o, [&](const line& l) {
          want += std::string(l.id) + std::to_string(l.number) + std::string(l.item) + " ";
          ++counts[l.item];
        });
      }
      for (const auto& [item, n] : counts) want += std::string(item) + "=" + std::to_string(n) + " ";
      const result_set rows = sql(d.tables(), "SELECT id, number, item FROM lines ORDER BY id, number");
      for (std::size_t i = 0; i < rows.row_count(); ++i) {
        found += std::string(rows.as_string(i, 0)) + std::to_string(rows.as_int64(i, 1));
        found += std::string(rows.as_string(i, 2)) + " ";
      }
      const result_set totals = sql(d.tables(), "SELECT item, n FROM items ORDER BY item");
      for (std::size_t i = 0; i < totals.row_count(); ++i) {
        found += std::string(totals.as_string(i, 0)) + "=" + std::to_string(totals.as_int64(i, 1)) + " ";
      }
      REQUIRE(found == want);
    }
  }
}

TEST_CASE("of running rows and of panes, what a corrected one had produced is taken back") {
  driver d;
  auto in = d.input<order>("orders");
  const auto events = d.from(in).event_time(&order::ts);
  const auto totals = events.key_by(&order::id).unbounded().aggregate("n"_col = count());
  using total = decltype(totals)::row_type;
  auto sizes = d.collect(totals.unnest<std::int64_t>([](const total& t, auto&& emit) {
    for (std::int64_t i = 1; i <= t.row["n"_col]; ++i) emit(i);
  }));
  const auto minutes = events.key_by(&order::id)
                           .window(tumbling{.size = 1min, .allowed_lateness = 1min})
                           .aggregate("n"_col = count());
  using minute = decltype(minutes)::row_type;
  auto corrected = d.collect(minutes.unnest<std::int64_t>([](const minute& m, auto&& emit) { emit(m.row["n"_col]); }));

  in.push({"a", at(1s), {}});
  CHECK(sizes.take() == std::vector{change<std::int64_t>::insert(1)});
  in.push({"a", at(2s), {}});
  using changed = change<std::int64_t>;
  CHECK(sizes.take() == std::vector{changed::erase(1), changed::insert(1), changed::insert(2)});
  in.push({"b", at(61s), {}});
  CHECK(corrected.take() == std::vector{changed::insert(2)});
  in.push({"a", at(59s), {}});
  CHECK(corrected.take() == std::vector{changed::erase(2), changed::insert(3)});
}

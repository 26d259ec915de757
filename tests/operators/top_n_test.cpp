// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/top_n.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <oriel/aggregate/sum.hpp>
#include <oriel/testing/driver.hpp>
#include <oriel/window/tumbling.hpp>

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct score {
  std::int64_t level = 0;
  std::string_view player;
  std::int64_t points = 0;
  timestamp ts;

  friend bool operator==(const score&, const score&) = default;
};
BOOST_DESCRIBE_STRUCT(score, (), (level, player, points, ts))

timestamp at(duration d) { return timestamp{d}; }

/// A changelog replayed: what is there now.
template <typename Change>
auto replay(const std::vector<Change>& changes) {
  std::vector<typename Change::row_type> now;
  for (const Change& c : changes) {
    if (c.kind != change_kind::insert) {
      const auto gone = std::find(now.begin(), now.end(), c.before);
      REQUIRE(gone != now.end());
      now.erase(gone);
    }
    if (c.kind != change_kind::erase) now.push_back(c.after);
  }
  return now;
}

}  // namespace

TEST_CASE("a row that enters the top is inserted, the one it pushes out is erased") {
  driver d;
  auto in = d.input<score>("scores");
  auto top = d.collect(d.from(in).event_time(&score::ts).key_by(&score::level).unbounded().top_n(2, &score::points));
  in.push({1, "ann", 10, at(1s)});
  in.push({1, "bob", 20, at(2s)});
  in.push({1, "cid", 5, at(3s)});
  in.push({2, "dan", 1, at(3s)});
  CHECK(top.take().size() == 3);
  in.push({1, "eve", 20, at(4s)});  // as many as bob, who came first
  const auto changes = top.take();
  REQUIRE(changes.size() == 2);
  CHECK(changes[0] == change<score>::erase({1, "ann", 10, at(1s)}));
  CHECK(changes[1] == change<score>::insert({1, "eve", 20, at(4s)}));
  in.push({1, "fay", 20, at(5s)});
  CHECK(top.take().empty());
}

TEST_CASE("groups that went quiet are forgotten and their rows erased") {
  driver d;
  auto in = d.input<score>("scores");
  auto top = d.collect(d.from(in).event_time(&score::ts).key_by(&score::level).ttl(10s).top_n(1, &score::points));
  in.push({1, "ann", 10, at(1s)});
  in.push({2, "bob", 10, at(30s)});
  CHECK(replay(top.rows()) == std::vector<score>{{2, "bob", 10, at(30s)}});
}

TEST_CASE("the top of appended rows is what sorting them all gives, on random streams") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const std::size_t n = 1 + random() % 4;
    driver d;
    auto in = d.input<score>("scores");
    auto top = d.collect(d.from(in).event_time(&score::ts).key_by(&score::level).unbounded().top_n(n, &score::points));
    std::map<std::int64_t, std::vector<score>> all;
    std::vector<score> batch;
    for (std::int64_t i = 0; i < 150; ++i) {
      const score s{static_cast<std::int64_t>(random() % 3), "p", static_cast<std::int64_t>(random() % 10), at_ms(i)};
      all[s.level].push_back(s);
      batch.push_back(s);
      if (random() % 5 == 0) {
        in.push(batch);
        batch.clear();
      }
    }
    in.push(batch);
    std::vector<score> want;
    for (auto& [level, rows] : all) {
      std::stable_sort(rows.begin(), rows.end(), [](const score& a, const score& b) { return a.points > b.points; });
      want.insert(want.end(), rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min(n, rows.size())));
    }
    auto found = replay(top.rows());
    const auto order = [](const score& a, const score& b) { return a.ts < b.ts; };
    std::sort(found.begin(), found.end(), order);
    std::sort(want.begin(), want.end(), order);
    REQUIRE(found == want);
  }
}

TEST_CASE("top over changes: a row that sinks makes way for one that was not among the top before") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    driver d;
    auto in = d.input<score>("scores");
    auto points = d.from(in)
                      .event_time(&score::ts)
                      .key_by(&score::player)
                      .window(tumbling{.size = 10s, .allowed_lateness = 100s})
                      .emit({.early = each_batch})
                      .aggregate("points"_col = sum(&score::points));
    using minute = decltype(points)::row_type;
    auto top = d.collect(points.to_changelog()
                             .key_by("window"_col = [](const minute& m) { return m.window.start; })
                             .ttl(200s)
                             .top_n(2, [](const minute& m) { return m.row["points"_col]; }));
    const std::vector<std::string> players{"ann", "bob", "cid", "dan"};
    std::map<timestamp, std::map<std::string, std::int64_t>> sums;
    for (int i = 0; i < 60; ++i) {
      const score s{1, players[random() % 4], static_cast<std::int64_t>(random() % 21) - 10,
                    at_ms(static_cast<std::int64_t>(random() % 30'000))};
      sums[floor_to(s.ts, 10s)][std::string(s.player)] += s.points;
      in.push(s);
    }
    std::map<timestamp, std::vector<std::int64_t>> want;
    for (const auto& [window, by_player] : sums) {
      for (const auto& [player, total] : by_player) want[window].push_back(total);
      std::sort(want[window].rbegin(), want[window].rend());
      want[window].resize(std::min<std::size_t>(2, want[window].size()));
    }
    std::map<timestamp, std::vector<std::int64_t>> found;
    for (const auto& m : replay(top.rows())) {
      found[m.window.start].push_back(m.row["points"_col]);
      REQUIRE(m.row["points"_col] == sums[m.window.start][std::string(m.key)]);
    }
    for (auto& [window, rows] : found) std::sort(rows.rbegin(), rows.rend());
    REQUIRE(found == want);
  }
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/to_changelog.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <oriel/aggregate/count.hpp>
#include <oriel/aggregate/extrema.hpp>
#include <oriel/aggregate/sum.hpp>
#include <oriel/testing/disorder.hpp>
#include <oriel/testing/driver.hpp>
#include <oriel/window/hopping.hpp>
#include <oriel/window/tumbling.hpp>

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct view {
  std::string_view page;
  timestamp ts;
  std::int64_t ms = 0;
};
BOOST_DESCRIBE_STRUCT(view, (), (page, ts, ms))

timestamp at(duration d) { return timestamp{d}; }

struct answer {
  std::int64_t n = 0, panes = 0, most = -1;
  friend bool operator==(const answer&, const answer&) = default;
};

template <typename Change>
std::string shown(const Change& c) {
  std::string text = to_string(c.kind);
  if (c.kind != change_kind::insert) text += " " + std::string(c.before.key) + std::to_string(c.before.row["n"_col]);
  if (c.kind != change_kind::erase) text += " " + std::string(c.after.key) + std::to_string(c.after.row["n"_col]);
  return text;
}
template <typename Change>
std::vector<std::string> shown(const std::vector<Change>& changes) {
  std::vector<std::string> out;
  for (const Change& c : changes) out.push_back(shown(c));
  return out;
}
using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("panes become insert(after) and update(before, after); a pane that says nothing new is not passed on") {
  driver d;
  auto in = d.input<view>("views");
  auto panes = d.from(in)
                   .event_time(&view::ts)
                   .key_by(&view::page)
                   .window(tumbling{.size = 10s, .allowed_lateness = 10s})
                   .emit({.early = each_batch})
                   .aggregate("n"_col = count());
  auto changes = d.collect(panes.to_changelog());
  in.push({"/a", at(1s)});
  CHECK(shown(changes.take()) == strings{"insert /a1"});
  in.push({"/a", at(2s)});
  CHECK(shown(changes.take()) == strings{"update /a1 /a2"});
  in.advance_to(at(10s));
  CHECK(changes.take().empty());  // the on-time pane says what the early one said
  in.push({"/a", at(3s)});
  CHECK(shown(changes.take()) == strings{"update /a2 /a3"});
}

TEST_CASE("running aggregates: when event time has moved, an update is an erase and an insert") {
  driver d;
  auto in = d.input<view>("views");
  auto counts = d.from(in).event_time(&view::ts).key_by(&view::page).ttl(10s).aggregate("n"_col = count());
  auto changes = d.collect(counts.to_changelog());
  in.push({"/a", at(1s)});
  in.push({"/a", at(1s)});
  CHECK(shown(changes.take()) == strings{"insert /a1", "update /a1 /a2"});
  in.push({"/a", at(2s)});
  CHECK(shown(changes.take()) == strings{"erase /a2", "insert /a3"});
  in.advance_to(at(30s));
  CHECK(shown(changes.take()) == strings{"erase /a3"});
}

TEST_CASE("aggregates over panes of a finer window: corrections propagate, whatever the emission settings") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const std::vector<std::string> pages{"/a", "/b", "/c"};
    std::vector<view> views;
    const auto times = ascending_times(200, {.start = at_ms(-20'000), .step = duration{400}, .gaps = 0.01}, random);
    for (const std::size_t i : disturb(times, 8s, random)) {
      views.push_back({pages[random() % 3], times[i], static_cast<std::int64_t>(random() % 50)});
    }
    const std::size_t batch = std::vector<std::size_t>{1, 7, 1024}[random() % 3];
    const emit when = random() % 2 == 0 ? emit{} : emit{.early = each_batch};

    driver d;
    auto in = d.input<view>("views");
    auto seconds = d.from(in)
                       .event_time(&view::ts, {.out_of_orderness = 2s})
                       .key_by(&view::page)
                       .window(tumbling{.size = 5s, .allowed_lateness = 20s})
                       .emit(when)
                       .aggregate("n"_col = count(), "ms"_col = sum(&view::ms));
    using second = decltype(seconds)::row_type;
    auto coarse = seconds.to_changelog()
                      .key_by("all"_col = [](const second&) { return 0; })
                      .window(hopping{.size = 20s, .hop = 10s, .allowed_lateness = 20s})
                      .aggregate("n"_col = sum([](const second& s) { return s.row["n"_col]; }),
                                 "panes"_col = count(),
                                 "most"_col = oriel::max([](const second& s) { return s.row["ms"_col]; }));
    auto running = seconds.to_changelog()
                       .key_by("page"_col = [](const second& s) { return s.key; })
                       .unbounded()
                       .aggregate("n"_col = sum([](const second& s) { return s.row["n"_col]; }));
    auto out = d.collect(coarse);
    auto totals = d.collect(running);
    for (std::size_t i = 0; i < views.size(); i += batch) {
      in.push(std::span(views).subspan(i, std::min(batch, views.size() - i)));
    }
    in.finish();

    // Recompute: which events count, then panes, then windows over panes.
    std::map<std::pair<timestamp, std::string_view>, std::pair<std::int64_t, std::int64_t>> fine;
    timestamp watermark = beginning_of_time;
    for (const view& v : views) {
      const timestamp start = floor_to(v.ts, 5s);
      if (watermark == beginning_of_time || start + 25s > watermark) {
        auto& p = fine[{start, v.page}];
        ++p.first;
        p.second += v.ms;
      }
      watermark = std::max(watermark, v.ts - 2s);
    }
    std::map<timestamp, answer> want;
    std::map<std::string, std::int64_t> want_totals;
    for (const auto& [which, p] : fine) {
      for (timestamp start = floor_to(which.first, 10s); start > which.first - 20s; start -= 10s) {
        answer& a = want[start];
        a.n += p.first;
        ++a.panes;
        a.most = std::max(a.most, p.second);
      }
      want_totals[std::string(which.second)] += p.first;
    }
    std::map<timestamp, answer> found;
    for (const auto& p : out.rows()) {
      REQUIRE(p.kind != change_kind::erase);
      found[p.window.start] = {p.row["n"_col], p.row["panes"_col], p.row["most"_col].value()};
    }
    REQUIRE(found == want);
    std::map<std::string, std::int64_t> found_totals;
    for (const auto& r : totals.rows()) found_totals[std::string(r.key)] = r.row["n"_col];
    REQUIRE(found_totals == want_totals);
  }
}

TEST_CASE("a group whose rows were all taken back is erased") {
  driver d;
  auto in = d.input<view>("views");
  auto busy = d.from(in)
                  .event_time(&view::ts)
                  .key_by(&view::page)
                  .ttl(10s)
                  .aggregate("n"_col = count());
  using busy_row = decltype(busy)::row_type;
  auto by_count = d.collect(busy.to_changelog()
                                .key_by("n"_col = [](const busy_row& r) { return r.row["n"_col]; })
                                .unbounded()
                                .aggregate("pages"_col = count()));
  in.push({"/a", at(1s)});
  in.push({"/a", at(1s)});
  std::map<std::int64_t, std::int64_t> now;
  for (const auto& r : by_count.rows()) {
    if (r.kind == change_kind::erase) {
      now.erase(r.key);
    } else {
      now[r.key] = r.row["pages"_col];
    }
  }
  CHECK(now == std::map<std::int64_t, std::int64_t>{{2, 1}});
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/count_aggregate.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <oriel/aggregate/count.hpp>
#include <oriel/aggregate/extrema.hpp>
#include <oriel/query/sql.hpp>
#include <oriel/testing/disorder.hpp>

#include "operators/words.hpp"

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;
using namespace words;

namespace {

/// A driver with words per key and so many events.
struct counted_words : word_driver {
  auto collect(count_window windows, emit when = {}) {
    return word_driver::collect(windows, 0s, when, "least"_col = oriel::min(&word::text));
  }
};

/// "key[start,end) number kind timing#index text", times in seconds; the end is that of the last event.
template <typename Pane>
std::vector<std::string> shown(const std::vector<Pane>& panes) {
  std::vector<std::string> out;
  for (const Pane& p : panes) {
    std::string line = std::to_string(p.key) + "[" + seconds(p.window.start) + "," + seconds(p.window.end - 1ms) + "] ";
    if (p.kind == change_kind::erase) {
      line += "erase";
    } else {
      line += std::to_string(p.row["window_number"_col]) + " " + to_string(p.timing) + "#" + std::to_string(p.index) +
              " " + p.row["text"_col];
    }
    out.push_back(line);
  }
  return out;
}

}  // namespace

TEST_CASE("a window is complete with its last event, whatever the others do") {
  counted_words w;
  auto panes = w.collect({.size = 3});
  w.send(1, 0s, "a");
  w.send(2, 1s, "x");
  w.send(1, 2s, "b");
  CHECK(panes.take().empty());
  w.send(1, 5s, "c");
  CHECK(shown(panes.take()) == strings{"1[0,5] 0 on_time#0 abc"});
  for (const char* text : {"d", "e", "f"}) w.send(1, 6s, text);
  CHECK(shown(panes.take()) == strings{"1[6,6] 1 on_time#0 def"});
  w.in.finish();
  CHECK(panes.take().empty());  // x alone is not a window
}

TEST_CASE("with a hop there is a window every so many events, over the last size") {
  counted_words w;
  auto panes = w.collect({.size = 4, .hop = 2});
  for (int i = 0; i < 8; ++i) w.send(1, i * 1s, std::string(1, static_cast<char>('a' + i)));
  CHECK(shown(panes.take()) ==
        strings{"1[0,3] 0 on_time#0 abcd", "1[2,5] 1 on_time#0 cdef", "1[4,7] 2 on_time#0 efgh"});
}

TEST_CASE("arrival counts, and the window of a pane spans the times of its events") {
  counted_words w;
  auto panes = w.collect({.size = 3});
  w.send(1, 9s, "a");
  w.send(1, -4s, "b");
  w.send(1, 2s, "c");
  CHECK(shown(panes.take()) == strings{"1[-4,9] 0 on_time#0 abc"});
}

TEST_CASE("early panes show the window being filled; when its span moves, what was said is taken back") {
  counted_words w;
  auto panes = w.collect({.size = 3}, {.early = each_batch});
  w.send(1, 5s, "a");
  w.send(1, 6s, "b");
  CHECK(shown(panes.take()) == strings{"1[5,5] 0 early#0 a", "1[5,5] erase", "1[5,6] 0 early#0 ab"});
  w.send(1, 1s, "c");
  CHECK(shown(panes.take()) == strings{"1[5,6] erase", "1[1,6] 0 on_time#0 abc"});
  w.send(1, 7s, "d");
  w.in.finish();
  CHECK(shown(panes.take()) == strings{"1[7,7] 1 early#0 d"});
}

TEST_CASE("the changelog of count windows adds up, early panes and all") {
  counted_words w;
  std::int64_t told = 0;
  w.d.from(w.in)
      .event_time(&word::ts)
      .key_by(&word::key)
      .window(count_window{.size = 7})
      .emit({.early = each_batch})
      .aggregate("n"_col = count())
      .to_changelog()
      .to([&told](const auto& c) {
        if (c.kind != change_kind::insert) told -= c.before.row["n"_col];
        if (c.kind != change_kind::erase) told += c.after.row["n"_col];
      });
  for (int i = 0; i < 100; ++i) {
    w.send(i % 3, (i * 37 % 50) * 1s, "");
    REQUIRE(told == i + 1);
  }
}

TEST_CASE("windows go into a table with their number") {
  driver d;
  auto in = d.input<word>("words");
  d.from(in)
      .event_time(&word::ts)
      .key_by(&word::key)
      .window(count_window{.size = 2})
      .aggregate("n"_col = count())
      .into("pairs");
  for (const auto t : {0s, 1s, 2s, 3s, 4s}) in.push({1, at(t), ""});
  in.finish();
  CHECK(sql(d.tables(), "SELECT window_number FROM pairs WHERE n = 2").row_count() == 2);
}

TEST_CASE("any size, hop and batch size give the windows of the obvious lists") {
  std::mt19937_64 random(20240102);
  for (int round = 0; round < 100; ++round) {
    CAPTURE(round);
    const std::size_t keys = 1 + random() % 5;
    const count_window windows{.size = 1 + static_cast<std::int64_t>(random() % 24)};
    count_window hopping = windows;
    hopping.hop = random() % 3 == 0 ? 0 : 1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(windows.size));
    const auto times = ascending_times(random() % 400, {.start = at_ms(-100'000), .ties = 0.3}, random);
    std::vector<word> events;
    for (const std::size_t i : disturb(times, 5s, random)) {
      events.push_back({static_cast<std::int64_t>(random() % keys), times[i], std::to_string(i) + " "});
    }
    std::map<std::pair<std::int64_t, std::int64_t>, std::pair<interval, std::string>> expected;
    std::map<std::int64_t, std::vector<word>> by_key;
    for (const word& e : events) {
      auto& list = by_key[e.key];
      list.push_back(e);
      const auto n = static_cast<std::int64_t>(list.size());
      if (n < hopping.size || (n - hopping.size) % hopping.step() != 0) continue;
      std::pair<interval, std::string> window{{end_of_time, beginning_of_time}, ""};
      for (auto i = static_cast<std::size_t>(n - hopping.size); i < list.size(); ++i) {
        window.first.start = std::min(window.first.start, list[i].ts);
        window.first.end = std::max(window.first.end, list[i].ts + 1ms);
        window.second += list[i].text;
      }
      expected[{e.key, (n - hopping.size) / hopping.step()}] = window;
    }
    for (const std::size_t batch_size : {std::size_t{1}, std::size_t{7}, std::size_t{1024}}) {
      CAPTURE(batch_size);
      counted_words w;
      emit when;
      if (random() % 2) when.early = random() % 2 ? each_batch : every(1s);
      auto panes = w.collect(hopping, when);
      for (std::size_t i = 0; i < events.size(); i += batch_size) {
        w.in.push(std::span(events).subspan(i, std::min(batch_size, events.size() - i)));
        w.d.clock().advance(200ms);
      }
      w.in.finish();
      std::map<std::pair<std::int64_t, std::int64_t>, std::pair<interval, std::string>> found;
      std::map<std::pair<std::int64_t, timestamp>, std::uint32_t> indexes;
      for (const auto& p : panes.rows()) {
        if (p.kind == change_kind::erase) continue;
        if (p.timing != pane_timing::on_time) continue;
        REQUIRE(p.row["text"_col].find(*p.row["least"_col]) != std::string::npos);
        const bool fresh = found.try_emplace({p.key, p.row["window_number"_col]}, p.window, p.row["text"_col]).second;
        REQUIRE(fresh);
      }
      REQUIRE(found == expected);
      const node_counters& n = w.d.pipeline().graph().find("window_aggregate")->counters();
      REQUIRE(n.in.value() == events.size());
      REQUIRE(n.applied.value() == events.size());
    }
  }
}

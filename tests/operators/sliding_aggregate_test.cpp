// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/sliding_aggregate.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <oriel/aggregate/count.hpp>
#include <oriel/aggregate/extrema.hpp>
#include <oriel/testing/disorder.hpp>

#include "operators/words.hpp"

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;
using namespace words;

namespace {

/// A driver with the words of a key before each of them.
struct words_before : word_driver {
  auto collect(sliding windows, duration out_of_orderness = 0s, emit when = {}) {
    return word_driver::collect(windows, out_of_orderness, when, "least"_col = oriel::min(&word::text));
  }
};

/// "key@t timing#index text", times in seconds.
template <typename Pane>
std::vector<std::string> shown(const std::vector<Pane>& panes) {
  std::vector<std::string> out;
  for (const Pane& p : panes) {
    out.push_back(std::to_string(p.key) + "@" + std::to_string(to_ms(p.window.end - 1ms) / 1000) + " " +
                  to_string(p.timing) + "#" + std::to_string(p.index) + " " + p.row["text"_col]);
  }
  return out;
}

using answers = std::map<std::pair<std::int64_t, timestamp>, std::string>;

struct judged {
  answers windows;
  std::vector<word> late;
  std::size_t corrected = 0;
};

/// What SEMANTICS 2 says: each event is in the windows of all event times in [t, t + size) that still accept events.
judged judge(const std::vector<word>& events, const sliding& windows, duration out_of_orderness) {
  const auto accepts = [&](timestamp t, timestamp watermark) { return t + 1ms + windows.allowed_lateness > watermark; };
  judged out;
  std::vector<std::pair<word, timestamp>> accepted;  // with the watermark each was judged by
  std::map<std::pair<std::int64_t, timestamp>, bool> exists;
  timestamp watermark = beginning_of_time;
  for (const word& e : events) {
    if (!accepts(e.ts + windows.size - 1ms, watermark)) {
      out.late.push_back(e);
    } else {
      accepted.push_back({e, watermark});
      if (e.ts + 1ms <= watermark) ++out.corrected;
      if (accepts(e.ts, watermark)) exists[{e.key, e.ts}] = true;
    }
    if (watermark == beginning_of_time || e.ts - out_of_orderness > watermark) watermark = e.ts - out_of_orderness;
  }
  std::stable_sort(accepted.begin(), accepted.end(), [](const auto& a, const auto& b) { return a.first.ts < b.first.ts; });
  for (const auto& [id, unused] : exists) {
    std::string& text = out.windows[id];
    for (const auto& [e, judged_by] : accepted) {
      if (e.key == id.first && e.ts > id.second - windows.size && e.ts <= id.second && accepts(id.second, judged_by)) {
        text += e.text;
      }
    }
  }
  return out;
}

}  // namespace

TEST_CASE("each event has the key's events in the time before it, itself included") {
  words_before w;
  auto panes = w.collect({.size = 10s});
  w.send(1, 0s, "a");
  w.send(1, 4s, "b");
  w.send(2, 5s, "x");
  w.send(1, 10s, "c");  // a is exactly a size before: out
  w.send(1, 13s, "d");
  w.in.finish();
  CHECK(shown(panes.take()) == strings{"1@0 on_time#0 a", "1@4 on_time#0 ab", "2@5 on_time#0 x", "1@10 on_time#0 bc",
                                       "1@13 on_time#0 bcd"});
}

TEST_CASE("a window waits for the watermark to pass its event, so disorder within the bound is invisible") {
  words_before w;
  auto panes = w.collect({.size = 10s}, 5s);
  w.send(1, 5s, "b");
  w.send(1, 10s, "c");
  CHECK(panes.take().empty());
  w.send(1, 6s, "x");  // the watermark is 5 s
  w.in.advance_to(at(6s) + 1ms);
  CHECK(shown(panes.take()) == strings{"1@5 on_time#0 b", "1@6 on_time#0 bx"});
  w.in.finish();
  CHECK(shown(panes.take()) == strings{"1@10 on_time#0 bxc"});
}

TEST_CASE("events at one time share a window") {
  words_before w;
  auto panes = w.collect({.size = 10s});
  w.send(1, 5s, "a");
  w.send(1, 5s, "b");
  w.in.finish();
  CHECK(shown(panes.take()) == strings{"1@5 on_time#0 ab"});
}

TEST_CASE("a late event within the allowance corrects the windows it falls into, and has one of its own") {
  words_before w;
  auto panes = w.collect({.size = 10s, .allowed_lateness = 20s});
  w.send(1, 0s, "a");
  w.send(1, 8s, "b");
  w.send(1, 16s, "c");
  w.in.advance_to(at(17s));
  CHECK(panes.take().size() == 3);
  w.send(1, 4s, "x");
  CHECK(shown(panes.take()) == strings{"1@4 late#0 ax", "1@8 late#1 axb"});
}

TEST_CASE("an event behind the allowance of some of its windows goes into the others") {
  words_before w;
  auto panes = w.collect({.size = 10s});
  w.send(1, 10s, "a");
  w.send(2, 12s, "y");
  w.send(1, 5s, "x");  // too late for the windows at 5 s and 10 s
  w.send(1, 14s, "b");
  w.send(1, 3s, "z");  // behind all of its windows: the last would be at 12.999 s
  w.in.finish();
  CHECK(shown(panes.take()) == strings{"1@10 on_time#0 a", "2@12 on_time#0 y", "1@14 on_time#0 xab"});
  CHECK(w.late.take() == std::vector<word>{{1, at(3s), "z"}});
}

TEST_CASE("early panes come after each batch") {
  words_before w;
  auto panes = w.collect({.size = 10s}, 5s, {.early = each_batch});
  w.send(1, 4s, "b");
  w.send(1, 2s, "a");
  CHECK(shown(panes.take()) == strings{"1@4 early#0 b", "1@2 early#0 a", "1@4 early#1 ab"});
  w.in.finish();
  CHECK(shown(panes.take()) == strings{"1@2 on_time#1 a", "1@4 on_time#2 ab"});
}

TEST_CASE("any batch size gives the windows, late events and counters of the oracle") {
  std::mt19937_64 random(20240102);
  for (int round = 0; round < 120; ++round) {
    CAPTURE(round);
    const std::size_t keys = round % 5 == 0 ? 1 : 1 + random() % 6;
    const std::size_t count = random() % 250;
    const duration bound{static_cast<std::int64_t>(random() % 20'000)};
    const duration tolerated{round % 3 == 0 ? bound.count() : static_cast<std::int64_t>(random() % 20'000)};
    const sliding windows{.size = duration{1 + static_cast<std::int64_t>(random() % (round % 7 == 0 ? 3 : 20'000))},
                          .allowed_lateness = random() % 2 ? duration{static_cast<std::int64_t>(random() % 30'000)} : 0s};
    const auto times =
        ascending_times(count, {.start = at_ms(-100'000), .step = duration{700}, .ties = 0.3, .gaps = 0.02}, random);
    std::vector<word> events;
    for (const std::size_t i : disturb(times, bound, random)) {
      events.push_back({static_cast<std::int64_t>(random() % keys), times[i], std::to_string(i) + " "});
    }
    const judged expected = judge(events, windows, tolerated);
    if (bound <= tolerated) {
      REQUIRE(expected.late.empty());
      REQUIRE(expected.corrected == 0);
    }
    for (const std::size_t batch_size : {std::size_t{1}, std::size_t{7}, std::size_t{1024}}) {
      CAPTURE(batch_size);
      words_before w;
      emit when;
      if (random() % 2) when.early = random() % 2 ? each_batch : every(1s);
      auto panes = w.collect(windows, tolerated, when);
      for (std::size_t i = 0; i < events.size(); i += batch_size) {
        w.in.push(std::span(events).subspan(i, std::min(batch_size, events.size() - i)));
        w.d.clock().advance(200ms);
      }
      w.in.finish();
      answers final_rows;
      std::map<std::pair<std::int64_t, timestamp>, std::uint32_t> next_index;
      for (const auto& p : panes.rows()) {
        const std::pair id{p.key, p.window.end - 1ms};
        REQUIRE(p.window.length() == windows.size);
        final_rows[id] = p.row["text"_col];
        REQUIRE(p.row["least"_col].has_value());
        REQUIRE(final_rows[id].find(*p.row["least"_col]) != std::string::npos);
        REQUIRE(p.index == next_index[id]++);
        REQUIRE((p.kind == change_kind::insert) == (p.index == 0));
      }
      REQUIRE(final_rows == expected.windows);
      REQUIRE(w.late.rows() == expected.late);
      const node_counters& n = w.d.pipeline().graph().find("window_aggregate")->counters();
      REQUIRE(n.in.value() == events.size());
      REQUIRE(n.corrected.value() == expected.corrected);
      REQUIRE(n.in.value() == n.applied.value() + n.corrected.value() + n.late.value());
    }
  }
}

TEST_CASE("keys that have no events any more are forgotten, and memory stays bounded") {
  driver d;
  auto in = d.input<word>("words");
  std::uint64_t total = 0;
  d.from(in)
      .event_time(&word::ts)
      .key_by(&word::key)
      .window(sliding{.size = 1s})
      .aggregate("n"_col = count())
      .to([&](const auto& p) { total += static_cast<std::uint64_t>(p.row["n"_col]); });
  const node* op = d.pipeline().graph().find("window_aggregate");
  std::size_t early = 0;
  std::vector<word> batch;
  for (std::int64_t i = 0; i < 100'000; ++i) {
    batch.push_back({i, at_ms(i), ""});
    if (batch.size() == 500) {
      in.push(std::span<const word>(batch));
      batch.clear();
    }
    if (i == 20'000) early = op->state_bytes();
  }
  in.finish();
  CHECK(total == 100'000);
  CHECK(op->state_bytes() <= 2 * early);
}

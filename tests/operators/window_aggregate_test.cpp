// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/window_aggregate.hpp>

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <oriel/aggregate/count.hpp>
#include <oriel/aggregate/sum.hpp>
#include <oriel/testing/disorder.hpp>
#include <oriel/testing/oracle.hpp>
#include <oriel/window/tumbling.hpp>

#include "operators/words.hpp"

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;
using namespace words;

namespace {

/// A driver with words per key and window, joined in the order of arrival.
struct joined_words : word_driver {
  auto collect(tumbling window, duration out_of_orderness = 0s, emit when = {}) {
    return word_driver::collect(window, out_of_orderness, when);
  }
};

/// "key[start,end) timing#index text", times in seconds: easy to read in a failure.
template <typename Pane>
std::vector<std::string> shown(const std::vector<Pane>& panes) {
  std::vector<std::string> out;
  for (const Pane& p : panes) {
    out.push_back(key_and_window(p) + " " + to_string(p.timing) + "#" + std::to_string(p.index) + " " + p.row["text"_col]);
  }
  return out;
}

}  // namespace

TEST_CASE("a window is complete when the watermark reaches its end, and emits one pane per key") {
  joined_words w;
  auto panes = w.collect({.size = 10s});
  w.send(1, 3s, "a");
  w.send(2, 4s, "b");
  w.send(1, 9s, "c");
  CHECK(panes.take().empty());
  w.send(1, 10s, "d");  // makes the watermark 10 s
  CHECK(shown(panes.take()) == strings{"1[0,10) on_time#0 ac", "2[0,10) on_time#0 b"});
}

TEST_CASE("an event is judged by the watermark of the events before it, never by itself") {
  joined_words w;
  auto panes = w.collect({.size = 10s});
  w.send(1, 25s, "a");  // makes the watermark 25 s
  w.send(1, 19s, "b");  // its window ended at 20 s: late
  w.send(1, 25s, "c");  // on time
  CHECK(w.late.take() == std::vector<word>{{1, at(19s), "b"}});
  w.in.finish();
  CHECK(shown(panes.take()) == strings{"1[20,30) on_time#0 ac"});
}

TEST_CASE("an event exactly as late as the out-of-orderness is on time") {
  joined_words w;
  auto panes = w.collect({.size = 10s}, 5s);
  w.send(1, 15s, "a");       // the watermark is 10 s
  w.send(1, 10s, "b");       // exactly 5 s behind
  w.send(1, 9999ms, "c");    // its window ended with the watermark: late
  w.in.finish();
  CHECK(shown(panes.take()) == strings{"1[10,20) on_time#0 ab"});
  CHECK(w.late.take().size() == 1);
}

TEST_CASE("a key that went quiet gets its result by the watermark, not at its next event") {
  joined_words w;
  auto panes = w.collect({.size = 10s});
  w.send(1, 1s, "quiet");
  w.send(2, 31s, "loud");
  CHECK(shown(panes.take()) == strings{"1[0,10) on_time#0 quiet"});
}

TEST_CASE("a watermark from the host completes windows without any event") {
  joined_words w;
  auto panes = w.collect({.size = 10s});
  w.send(1, 1s, "a");
  w.in.advance_to(at(10s));
  CHECK(shown(panes.take()) == strings{"1[0,10) on_time#0 a"});
  w.send(1, 9s, "b");
  CHECK(w.late.take().size() == 1);
}

TEST_CASE("a late event within the allowance corrects its window; beyond it goes to late_events") {
  joined_words w;
  auto panes = w.collect({.size = 10s, .allowed_lateness = 5s});
  w.send(1, 3s, "a");
  w.send(1, 12s, "b");
  CHECK(shown(panes.take()) == strings{"1[0,10) on_time#0 a"});
  w.send(1, 4s, "c");  // the watermark is 12 s, the window is kept until 15 s
  CHECK(shown(panes.take()) == strings{"1[0,10) late#1 ac"});
  w.send(2, 5s, "d");  // a key the window did not have
  CHECK(shown(panes.take()) == strings{"2[0,10) late#0 d"});
  w.send(1, 15s, "e");
  w.send(1, 4s, "f");  // end + allowance <= watermark
  CHECK(panes.take().empty());
  CHECK(w.late.take() == std::vector<word>{{1, at(4s), "f"}});
}

TEST_CASE("early panes show the running window after each batch, and the on-time pane still comes") {
  joined_words w;
  auto panes = w.collect({.size = 10s}, 0s, {.early = each_batch});
  w.send(1, 1s, "a");
  CHECK(shown(panes.take()) == strings{"1[0,10) early#0 a"});
  w.send(2, 2s, "b");
  CHECK(shown(panes.take()) == strings{"2[0,10) early#0 b"});
  w.send(1, 11s, "c");
  CHECK(shown(panes.take()) ==
        strings{"1[10,20) early#0 c", "1[0,10) on_time#1 a", "2[0,10) on_time#1 b"});
}

TEST_CASE("early panes at an interval wait for the clock") {
  joined_words w;
  auto panes = w.collect({.size = 1min}, 0s, {.early = every(1s)});
  w.send(1, 1s, "a");
  CHECK(shown(panes.take()) == strings{"1[0,60) early#0 a"});
  w.send(1, 2s, "b");
  w.send(2, 2s, "c");
  CHECK(panes.take().empty());
  w.d.clock().advance(1s);
  w.in.advance_to(at(3s));
  CHECK(shown(panes.take()) == strings{"1[0,60) early#1 ab", "2[0,60) early#0 c"});
}

TEST_CASE("windows nobody touched produce no pane, also between keys thirty days apart") {
  joined_words w;
  auto panes = w.collect({.size = 1min});
  w.send(1, 0s, "a");
  w.send(2, 24h * 30, "b");
  w.in.finish();
  CHECK(panes.take().size() == 2);
}

TEST_CASE("times before 1970 and far from it are ordinary") {
  joined_words w;
  auto panes = w.collect({.size = 10s});
  w.in.push({1, latest_event_time - 1h, "far"});
  w.in.finish();
  CHECK(panes.take().size() == 1);
  joined_words v;
  auto early = v.collect({.size = 10s});
  v.send(1, -15s, "a");
  v.send(1, -11s, "b");
  v.send(1, -1ms, "c");
  v.in.finish();
  CHECK(shown(early.take()) == strings{"1[-20,-10) on_time#0 ab", "1[-10,0) on_time#0 c"});
}

TEST_CASE("any batch size gives the panes, late events and counters of the oracle") {
  std::mt19937_64 random(20240102);
  for (int round = 0; round < 120; ++round) {
    CAPTURE(round);
    const bool many_keys = round % 10 == 0;
    const std::size_t keys = many_keys ? 10'000 : 1 + random() % 5;
    const std::size_t count = many_keys ? 20'000 : random() % 400;
    const duration bound{static_cast<std::int64_t>(random() % 20'000)};
    const duration tolerated{static_cast<std::int64_t>(random() % 20'000)};
    const tumbling window{.size = duration{1 + static_cast<std::int64_t>(random() % 60'000)},
                          .offset = duration{static_cast<std::int64_t>(random() % 7'000) - 3'500},
                          .allowed_lateness = random() % 2 ? duration{static_cast<std::int64_t>(random() % 30'000)} : 0s};
    const auto times = ascending_times(
        count, {.start = at_ms(-200'000), .step = duration{many_keys ? 50 : 1500}, .ties = 0.2, .gaps = 0.01}, random);
    std::vector<word> events;
    for (const std::size_t i : disturb(times, bound, random)) {
      events.push_back({static_cast<std::int64_t>(random() % keys), times[i], std::to_string(i) + " "});
    }
    const auto expected = recompute_windows(events, &word::key, &word::ts, window, tolerated,
                                            concatenation(&word::text));
    for (const std::size_t batch_size : {std::size_t{1}, std::size_t{7}, std::size_t{256}, std::size_t{4096}}) {
      if (many_keys && batch_size == 1) continue;
      CAPTURE(batch_size);
      joined_words w;
      const emit when{.early = random() % 2 ? std::optional(each_batch) : std::nullopt};
      auto panes = w.collect(window, tolerated, when);
      for (std::size_t i = 0; i < events.size(); i += batch_size) {
        w.in.push(std::span(events).subspan(i, std::min(batch_size, events.size() - i)));
      }
      w.in.finish();

      std::map<std::pair<std::int64_t, interval>, std::string> final_rows;
      std::map<std::pair<std::int64_t, interval>, std::uint32_t> next_index;
      for (const auto& p : panes.rows()) {
        final_rows[{p.key, p.window}] = p.row["text"_col];
        REQUIRE(p.index == next_index[{p.key, p.window}]++);
      }
      REQUIRE(final_rows == expected.windows);
      std::vector<word> late;
      for (const std::size_t i : expected.late) late.push_back(events[i]);
      REQUIRE(w.late.rows() == late);
      const node_counters& n = w.d.pipeline().graph().find("window_aggregate")->counters();
      REQUIRE(n.in.value() == events.size());
      REQUIRE(n.late.value() == expected.late.size());
      REQUIRE(n.corrected.value() == expected.corrected);
      REQUIRE(n.in.value() == n.applied.value() + n.corrected.value() + n.late.value());
    }
  }
}

TEST_CASE("permuting arrivals within the bound changes nothing") {
  std::mt19937_64 random(5);
  const auto times = ascending_times(300, {.step = duration{700}}, random);
  std::map<std::pair<std::int64_t, interval>, std::int64_t> first;
  for (int round = 0; round < 20; ++round) {
    driver d;
    auto in = d.input<word>("words");
    auto panes = d.collect(d.from(in)
                               .event_time(&word::ts, {.out_of_orderness = 4s})
                               .key_by(&word::key)
                               .window(tumbling{.size = 10s})
                               .aggregate("n"_col = count()));
    for (const std::size_t i : disturb(times, 4s, random)) {
      in.push({static_cast<std::int64_t>(i % 3), times[i], ""});
    }
    in.finish();
    std::map<std::pair<std::int64_t, interval>, std::int64_t> rows;
    for (const auto& p : panes.rows()) rows[{p.key, p.window}] = p.row["n"_col];
    if (round == 0) first = rows;
    REQUIRE(rows == first);
  }
}

TEST_CASE("keys that have no state any more are forgotten, and memory stays bounded") {
  driver d;
  auto in = d.input<word>("words");
  std::uint64_t panes = 0;
  d.from(in)
      .event_time(&word::ts)
      .key_by(&word::key)
      .window(tumbling{.size = 1s})
      .aggregate("n"_col = count())
      .to([&](const auto& p) { panes += static_cast<std::uint64_t>(p.row["n"_col]); });
  const node* op = d.pipeline().graph().find("window_aggregate");
  std::size_t early = 0;
  std::vector<word> batch;
  for (std::int64_t i = 0; i < 400'000; ++i) {  // every key is new, a thousand of them a second
    batch.push_back({i, at_ms(i), ""});
    if (batch.size() == 500) {
      in.push(std::span<const word>(batch));
      batch.clear();
    }
    if (i == 40'000) early = op->state_bytes();
  }
  in.finish();
  CHECK(panes == 400'000);
  CHECK(op->state_bytes() <= 2 * early);
}

TEST_CASE("discarding panes tell what has been added since the pane before, and add up to the whole") {
  joined_words w;
  auto pieces = w.d.from(w.in)
                    .event_time(&word::ts)
                    .key_by(&word::key)
                    .window(tumbling{.size = 10s, .allowed_lateness = 10s})
                    .emit({.early = each_batch})
                    .discarding()
                    .aggregate("text"_col = concatenation(&word::text));
  static_assert(stream_kind_of<decltype(pieces)::row_type> == stream_kind::append);
  pieces.into("pieces");
  auto panes = w.d.collect(pieces);
  w.send(1, 1s, "a");
  w.send(1, 2s, "b");
  CHECK(shown(panes.take()) == strings{"1[0,10) early#0 a", "1[0,10) early#1 b"});
  w.in.advance_to(at(10s));
  CHECK(panes.take().empty());  // all has been told
  w.send(1, 3s, "c");
  w.send(1, 4s, "d");
  CHECK(shown(panes.take()) == strings{"1[0,10) late#2 c", "1[0,10) late#3 d"});
  CHECK(w.d.tables().at("pieces").row_count() == 4);
}

TEST_CASE("discarding panes of one batch lose nothing between a window's completion and its late events") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    joined_words w;
    auto panes = w.d.collect(w.d.from(w.in)
                                 .event_time(&word::ts)
                                 .key_by(&word::key)
                                 .window(tumbling{.size = 10s, .allowed_lateness = 20s})
                                 .discarding()
                                 .aggregate("text"_col = concatenation(&word::text)));
    const auto times = ascending_times(100, {.step = duration{2000}}, random);
    std::vector<word> events;
    for (const std::size_t i : disturb(times, 15s, random)) {
      events.push_back({static_cast<std::int64_t>(random() % 3), times[i], std::string(1, static_cast<char>('a' + i % 26))});
    }
    for (std::size_t i = 0; i < events.size(); i += 9) {
      w.in.push(std::span(events).subspan(i, std::min<std::size_t>(9, events.size() - i)));
    }
    w.in.finish();
    std::map<std::pair<std::int64_t, interval>, std::string> whole;
    for (const auto& p : panes.rows()) whole[{p.key, p.window}] += p.row["text"_col];
    const auto want = recompute_windows(events, &word::key, &word::ts, tumbling{.size = 10s, .allowed_lateness = 20s}, 0s,
                                        concatenation(&word::text));
    REQUIRE(whole == want.windows);
  }
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/sliced_aggregate.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <oriel/aggregate/count.hpp>
#include <oriel/aggregate/extrema.hpp>
#include <oriel/aggregate/sum.hpp>
#include <oriel/testing/disorder.hpp>
#include <oriel/testing/driver.hpp>
#include <oriel/testing/non_commutative.hpp>
#include <oriel/window/cumulating.hpp>
#include <oriel/window/hopping.hpp>
#include <oriel/window/tumbling.hpp>

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct word {
  std::int64_t key = 0;
  timestamp ts;
  std::int64_t size = 0;
  std::string text;

  friend bool operator==(const word&, const word&) = default;
};
BOOST_DESCRIBE_STRUCT(word, (), (key, ts, size, text))

timestamp at(duration d) { return timestamp{d}; }
std::string seconds(timestamp t) { return std::to_string(oriel::to_ms(t) / 1000); }

template <typename Windows>
struct words {
  driver d;
  oriel::input<word> in = d.input<word>("words");

  auto collect(Windows windows, duration out_of_orderness = 0s, emit when = {}) {
    auto panes = d.from(in)
                     .event_time(&word::ts, {.out_of_orderness = out_of_orderness})
                     .key_by(&word::key)
                     .window(windows)
                     .emit(when)
                     .aggregate("text"_col = concatenation(&word::text));
    late = d.collect(panes.late_events());
    return d.collect(panes);
  }
  void send(std::int64_t key, duration t, std::string text) { in.push({key, at(t), 1, std::move(text)}); }

  output<word> late;
};

template <typename Pane>
std::vector<std::string> shown(const std::vector<Pane>& panes) {
  std::vector<std::string> out;
  for (const Pane& p : panes) {
    out.push_back(std::to_string(p.key) + "[" + seconds(p.window.start) + "," + seconds(p.window.end) + ") " +
                  to_string(p.timing) + "#" + std::to_string(p.index) + " " + p.row["text"_col]);
  }
  return out;
}

using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("hopping windows each emit one pane per key, and an event is in all that contain it") {
  words<hopping> w;
  auto panes = w.collect({.size = 10s, .hop = 5s});
  w.send(1, 3s, "a");
  w.send(2, 4s, "b");
  w.send(1, 7s, "c");
  CHECK(shown(panes.take()) == strings{"1[-5,5) on_time#0 a", "2[-5,5) on_time#0 b"});
  w.send(1, 12s, "d");
  CHECK(shown(panes.take()) == strings{"1[0,10) on_time#0 ac", "2[0,10) on_time#0 b"});
  w.in.finish();
  CHECK(shown(panes.take()) == strings{"1[5,15) on_time#0 cd", "1[10,20) on_time#0 d"});
}

TEST_CASE("an event late for some of its windows is applied to the others and counted for the late ones") {
  driver d;
  auto in = d.input<word>("words");
  auto stream = d.from(in).event_time(&word::ts).key_by(&word::key).window(hopping{.size = 10s, .hop = 5s});
  auto panes = stream.aggregate("text"_col = concatenation(&word::text));
  auto late = d.collect(panes.late_events());
  auto out = d.collect(panes);
  in.push({1, at(11s), 1, "a"});
  in.push({1, at(6s), 1, "b"});  // late for [0,10), on time for [5,15)
  in.push({1, at(4s), 1, "c"});  // late for [-5,5) and [0,10)
  in.finish();
  CHECK(shown(out.take()) == strings{"1[5,15) on_time#0 ba", "1[10,20) on_time#0 a"});
  CHECK(late.take() == std::vector<word>{{1, at(4s), 1, "c"}});

  using node_type =
      sliced_aggregate<word, key_spec<word, std::int64_t word::*>,
                       composed<word, named<"text", concatenation<word, std::string word::*>>>, hopping>;
  for (const auto& n : d.pipeline().graph().nodes()) {
    if (const auto* op = dynamic_cast<const node_type*>(n.get())) {
      CHECK(op->missed_windows() == 1);
      CHECK(op->counters().in.value() == 3);
      CHECK(op->counters().applied.value() == 2);
      CHECK(op->counters().late.value() == 1);
    }
  }
}

TEST_CASE("a late event within the allowance corrects every complete window it is in, and shows in the later ones") {
  words<hopping> w;
  auto panes = w.collect({.size = 10s, .hop = 5s, .allowed_lateness = 10s});
  w.send(1, 6s, "a");
  w.send(1, 16s, "b");
  CHECK(shown(panes.take()) == strings{"1[0,10) on_time#0 a", "1[5,15) on_time#0 a"});
  w.send(1, 8s, "c");
  CHECK(shown(panes.take()) == strings{"1[0,10) late#1 ac", "1[5,15) late#1 ac"});
  w.send(2, 12s, "d");
  CHECK(shown(panes.take()) == strings{"2[5,15) late#0 d"});
  w.in.finish();
  CHECK(shown(panes.take()) ==
        strings{"1[10,20) on_time#0 b", "2[10,20) on_time#0 d", "1[15,25) on_time#0 b"});
}

TEST_CASE("early panes show every window that contains the new event") {
  words<hopping> w;
  auto panes = w.collect({.size = 10s, .hop = 5s}, 0s, {.early = each_batch});
  w.send(1, 3s, "a");
  CHECK(shown(panes.take()) == strings{"1[-5,5) early#0 a", "1[0,10) early#0 a"});
  w.send(1, 4s, "b");
  CHECK(shown(panes.take()) == strings{"1[-5,5) early#1 ab", "1[0,10) early#1 ab"});
  w.in.finish();
  CHECK(shown(panes.take()) == strings{"1[-5,5) on_time#2 ab", "1[0,10) on_time#2 ab"});
}

TEST_CASE("cumulating windows grow step by step and begin anew") {
  words<cumulating> w;
  auto panes = w.collect({.size = 30s, .step = 10s});
  w.send(1, 3s, "a");
  w.send(1, 15s, "b");
  w.send(1, 35s, "c");
  w.in.finish();
  CHECK(shown(panes.take()) == strings{"1[0,10) on_time#0 a", "1[0,20) on_time#0 ab", "1[0,30) on_time#0 ab",
                                       "1[30,40) on_time#0 c", "1[30,50) on_time#0 c", "1[30,60) on_time#0 c"});
}

TEST_CASE("a gap in event time costs nothing, however many windows it spans") {
  words<hopping> w;
  auto panes = w.collect({.size = 10s, .hop = 1ms});
  w.send(1, 0s, "a");
  w.in.advance_to(at(24h * 365 * 100));  // three million million windows
  CHECK(panes.take().size() == 10'000);
}

TEST_CASE("several kinds of windows share slices and give a stream of panes each") {
  driver d;
  auto in = d.input<word>("words");
  auto [hops, minutes] = d.from(in)
                             .event_time(&word::ts)
                             .key_by(&word::key)
                             .windows(hopping{.size = 10s, .hop = 4s}, tumbling{.size = 10s, .allowed_lateness = 20s})
                             .aggregate("text"_col = concatenation(&word::text));
  auto hopped = d.collect(hops);
  auto tumbled = d.collect(minutes);
  auto late = d.collect(minutes.late_events());
  in.push({1, at(3s), 1, "a"});
  in.push({1, at(9s), 1, "b"});
  in.push({1, at(25s), 1, "c"});
  in.push({1, at(5s), 1, "d"});  // late for the hopping windows, within the tumbling ones' allowance
  in.finish();
  CHECK(shown(hopped.take()) == strings{"1[-4,6) on_time#0 a", "1[0,10) on_time#0 ab", "1[4,14) on_time#0 b",
                                        "1[8,18) on_time#0 b", "1[16,26) on_time#0 c", "1[20,30) on_time#0 c",
                                        "1[24,34) on_time#0 c"});
  CHECK(shown(tumbled.take()) == strings{"1[0,10) on_time#0 ab", "1[0,10) late#1 adb", "1[20,30) on_time#0 c"});
  CHECK(late.take().empty());
}

namespace {

// The windows of SEMANTICS 2, enumerated the obvious way.
std::int64_t floored(std::int64_t t, std::int64_t step) { return t - ((t % step) + step) % step; }

std::vector<interval> windows_at(const hopping& w, timestamp time) {
  std::vector<interval> out;
  const std::int64_t t = oriel::to_ms(time);
  const std::int64_t first = floored(t - w.offset.count(), w.hop.count()) + w.offset.count();
  for (std::int64_t start = first; start > t - w.size.count(); start -= w.hop.count()) {
    out.push_back({at_ms(start), at_ms(start) + w.size});
  }
  return out;
}
std::vector<interval> windows_at(const cumulating& w, timestamp time) {
  std::vector<interval> out;
  const std::int64_t t = oriel::to_ms(time);
  const std::int64_t start = floored(t - w.offset.count(), w.size.count()) + w.offset.count();
  for (duration length = w.step; length <= w.size; length += w.step) {
    if (at_ms(start) + length > time) out.push_back({at_ms(start), at_ms(start) + length});
  }
  return out;
}
std::vector<interval> windows_at(const tumbling& w, timestamp time) {
  const std::int64_t start = floored(oriel::to_ms(time) - w.offset.count(), w.size.count()) + w.offset.count();
  return {{at_ms(start), at_ms(start) + w.size}};
}

struct answer {
  std::vector<std::size_t> on_time;  // events applied before the window was complete
  std::vector<std::size_t> all;
};
using answers = std::map<std::pair<std::int64_t, interval>, answer>;

/// Events judged one after the other by the definitions; also how often an event was late for a window.
template <typename Windows>
answers recompute(const std::vector<word>& events, const Windows& windows, duration out_of_orderness,
                  std::vector<std::size_t>& missed) {
  answers out;
  timestamp watermark = beginning_of_time;
  for (std::size_t i = 0; i < events.size(); ++i) {
    for (const interval& w : windows_at(windows, events[i].ts)) {
      if (watermark != beginning_of_time && w.end + windows.allowed_lateness <= watermark) {
        ++missed[i];
        continue;
      }
      answer& a = out[{events[i].key, w}];
      a.all.push_back(i);
      if (w.end > watermark) a.on_time.push_back(i);
    }
    watermark = std::max(watermark, events[i].ts - out_of_orderness);
  }
  return out;
}

/// What a window should say of these events: slices in the order of time, within a slice in the order of arrival.
template <typename SliceOf>
std::tuple<std::int64_t, std::int64_t, std::string, std::optional<std::int64_t>> expected(
    const std::vector<word>& events, std::vector<std::size_t> members, SliceOf slice_of) {
  std::stable_sort(members.begin(), members.end(),
                   [&](std::size_t a, std::size_t b) { return slice_of(events[a].ts) < slice_of(events[b].ts); });
  std::int64_t total = 0;
  std::string text;
  std::optional<std::int64_t> greatest;
  for (const std::size_t i : members) {
    total += events[i].size;
    text += events[i].text;
    greatest = std::max(greatest.value_or(events[i].size), events[i].size);
  }
  return {static_cast<std::int64_t>(members.size()), total, text, greatest};
}

std::vector<word> random_words(std::mt19937_64& random, std::size_t count, std::int64_t keys, duration bound,
                               const time_shape& shape) {
  const auto times = ascending_times(count, shape, random);
  std::vector<word> out;
  for (const std::size_t i : disturb(times, bound, random)) {
    out.push_back({static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(keys)), times[i],
                   static_cast<std::int64_t>(random() % 100), std::string(1, static_cast<char>('a' + random() % 26))});
  }
  return out;
}

template <typename Windows>
void check_against_model(std::uint64_t seed) {
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const auto pick = [&](std::initializer_list<std::int64_t> from) { return from.begin()[random() % from.size()]; };

  Windows windows;
  windows.offset = duration{pick({0, 0, 3, -70})};
  windows.allowed_lateness = duration{pick({0, 0, 15, 200})};
  if constexpr (std::is_same_v<Windows, hopping>) {
    windows.hop = duration{pick({1, 3, 10, 25})};
    windows.size = windows.hop + duration{static_cast<std::int64_t>(random() % 80)};
  } else {
    windows.step = duration{pick({1, 5, 10})};
    windows.size = windows.step * (1 + static_cast<std::int64_t>(random() % 8));
  }
  const duration bound{pick({0, 10, 40})};          // how late events are
  const duration out_of_orderness{pick({0, 10, 40})};  // how late they are expected to be
  const auto events =
      random_words(random, 150, pick({1, 3, 40}), bound,
                   {.start = at_ms(pick({-500, 0, 1'000'000})), .step = duration{pick({1, 4, 20})}, .ties = 0.2,
                    .gaps = pick({0, 1}) == 0 ? 0.02 : 0.0});
  const emit when = pick({0, 1}) == 0 ? emit{} : emit{.early = each_batch};
  const auto batch = static_cast<std::size_t>(pick({1, 7, 1024}));

  CAPTURE(windows.label());
  CAPTURE(out_of_orderness.count());
  CAPTURE(batch);

  driver d(timestamp{}, batch);
  auto in = d.input<word>("words");
  auto keyed = d.from(in).event_time(&word::ts, {.out_of_orderness = out_of_orderness}).key_by(&word::key);
  auto summed = keyed.window(windows).emit(when).aggregate("n"_col = count(), "sum"_col = sum(&word::size));
  auto joined = keyed.window(windows).emit(when).aggregate("text"_col = concatenation(&word::text),
                                                           "max"_col = oriel::max(&word::size));
  auto late = d.collect(summed.late_events());
  auto sums = d.collect(summed);
  auto texts = d.collect(joined);
  for (std::size_t i = 0; i < events.size(); i += batch) {
    in.push(std::span(events).subspan(i, std::min(batch, events.size() - i)));
  }
  in.finish();

  std::vector<std::size_t> missed(events.size(), 0);
  const answers want = recompute(events, windows, out_of_orderness, missed);
  const auto slice_of = [&](timestamp t) { return windows.slice_at(t).start; };

  std::vector<word> want_late;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (missed[i] == windows_at(windows, events[i].ts).size()) want_late.push_back(events[i]);
  }
  REQUIRE(late.rows() == want_late);

  answers seen;
  std::map<std::pair<std::int64_t, interval>, std::uint32_t> next_index;
  std::map<std::pair<std::int64_t, interval>, std::pair<std::int64_t, std::int64_t>> final_sums;
  for (const auto& p : sums.rows()) {
    const auto which = std::pair{p.key, p.window};
    REQUIRE(want.contains(which));
    REQUIRE(p.index == next_index[which]++);
    REQUIRE((p.kind == change_kind::insert) == (p.index == 0));
    final_sums[which] = {p.row["n"_col], p.row["sum"_col]};
    if (p.timing == pane_timing::on_time) {
      const auto [n, total, text, greatest] = expected(events, want.at(which).on_time, slice_of);
      REQUIRE(p.row["n"_col] == n);
      REQUIRE(p.row["sum"_col] == total);
    }
  }
  REQUIRE(final_sums.size() == want.size());
  std::map<std::pair<std::int64_t, interval>, std::pair<std::string, std::optional<std::int64_t>>> final_texts;
  for (const auto& p : texts.rows()) {
    final_texts[{p.key, p.window}] = {p.row["text"_col], p.row["max"_col]};
    if (p.timing == pane_timing::on_time) {
      const auto want_row = expected(events, want.at({p.key, p.window}).on_time, slice_of);
      REQUIRE(p.row["text"_col] == std::get<2>(want_row));
    }
  }
  REQUIRE(final_texts.size() == want.size());
  for (const auto& entry : want) {
    const auto& which = entry.first;
    CAPTURE(which.first);
    CAPTURE(oriel::to_ms(which.second.end));
    const auto [n, total, text, greatest] = expected(events, entry.second.all, slice_of);
    REQUIRE(final_sums.at(which).first == n);
    REQUIRE(final_sums.at(which).second == total);
    REQUIRE(final_texts.at(which) == std::pair{text, greatest});
  }
}

}  // namespace

TEST_CASE("hopping windows say what sorting everything and recomputing says, on random streams") {
  for (std::uint64_t seed = 0; seed < 1500; ++seed) check_against_model<hopping>(seed);
}

TEST_CASE("cumulating windows say what sorting everything and recomputing says, on random streams") {
  for (std::uint64_t seed = 0; seed < 700; ++seed) check_against_model<cumulating>(seed);
}

TEST_CASE("kinds of windows that share slices each say what they would say alone, on random streams") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto kinds = std::tuple{hopping{.size = 30ms, .hop = 7ms, .allowed_lateness = 20ms},
                                  tumbling{.size = 25ms, .offset = 3ms},
                                  cumulating{.size = 60ms, .step = 20ms, .allowed_lateness = 100ms}};
    const auto events = random_words(random, 150, 3, 30ms, {.step = 5ms, .gaps = 0.02});
    driver d;
    auto in = d.input<word>("words");
    auto [hops, sides, steps] = d.from(in)
                                    .event_time(&word::ts, {.out_of_orderness = 10ms})
                                    .key_by(&word::key)
                                    .windows(std::get<0>(kinds), std::get<1>(kinds), std::get<2>(kinds))
                                    .aggregate("sum"_col = sum(&word::size), "max"_col = oriel::max(&word::size));
    auto late = d.collect(hops.late_events());
    const auto outputs = std::array{d.collect(hops), d.collect(sides), d.collect(steps)};
    for (std::size_t i = 0; i < events.size(); i += 13) {
      in.push(std::span(events).subspan(i, std::min<std::size_t>(13, events.size() - i)));
    }
    in.finish();

    std::vector<std::size_t> missed(events.size(), 0);
    const auto check = [&](const auto& windows, const auto& out) {
      const answers want = recompute(events, windows, 10ms, missed);
      std::map<std::pair<std::int64_t, interval>, std::pair<std::int64_t, std::optional<std::int64_t>>> seen;
      for (const auto& p : out.rows()) seen[{p.key, p.window}] = {p.row["sum"_col], p.row["max"_col]};
      REQUIRE(seen.size() == want.size());
      for (const auto& [which, a] : want) {
        const auto row = expected(events, a.all, [](timestamp t) { return t; });
        REQUIRE(seen.at(which) == std::pair{std::get<1>(row), std::get<3>(row)});
      }
    };
    check(std::get<0>(kinds), outputs[0]);
    check(std::get<1>(kinds), outputs[1]);
    check(std::get<2>(kinds), outputs[2]);
    std::size_t late_for_all = 0;
    for (std::size_t i = 0; i < events.size(); ++i) {
      late_for_all += missed[i] == windows_at(std::get<0>(kinds), events[i].ts).size() + 1 +
                                       windows_at(std::get<2>(kinds), events[i].ts).size();
    }
    REQUIRE(late.rows().size() == late_for_all);
  }
}

TEST_CASE("keys that come and go are forgotten, and ids given anew mix nothing up") {
  driver d;
  auto in = d.input<word>("words");
  auto panes = d.from(in)
                   .event_time(&word::ts)
                   .key_by(&word::key)
                   .window(hopping{.size = 20s, .hop = 10s, .allowed_lateness = 5s})
                   .aggregate("sum"_col = sum(&word::size), "max"_col = oriel::max(&word::size));
  auto out = d.collect(panes);
  std::map<std::pair<std::int64_t, interval>, std::int64_t> want;
  std::int64_t key = 0;
  for (int second = 0; second < 200; ++second) {
    std::vector<word> batch;
    for (int i = 0; i < 200; ++i) {
      batch.push_back({key, at(second * 1s), key % 1000, ""});
      for (const interval& w : windows_at(hopping{.size = 20s, .hop = 10s}, at(second * 1s))) want[{key, w}] += key % 1000;
      key += i % 3;
    }
    in.push(batch);
  }
  in.finish();
  CHECK(out.rows().size() == want.size());
  for (const auto& p : out.rows()) REQUIRE(p.row["sum"_col] == want.at({p.key, p.window}));
}

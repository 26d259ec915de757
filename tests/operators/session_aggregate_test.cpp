// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/session_aggregate.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <oriel/aggregate/count.hpp>
#include <oriel/aggregate/extrema.hpp>
#include <oriel/aggregate/sum.hpp>
#include <oriel/query/sql.hpp>
#include <oriel/testing/disorder.hpp>

#include "operators/words.hpp"

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;
using namespace words;

namespace {

/// A driver with words per key and session.
struct visits : word_driver {
  auto collect(session windows, duration out_of_orderness = 0s, emit when = {}) {
    return word_driver::collect(windows, out_of_orderness, when, "n"_col = count());
  }
};

/// "key[start,end) kind timing#index text last", times in seconds.
template <typename Pane>
std::vector<std::string> shown(const std::vector<Pane>& panes) {
  std::vector<std::string> out;
  for (const Pane& p : panes) {
    std::string line = key_and_window(p) + " ";
    line += p.kind == change_kind::erase ? "erase" : to_string(p.timing);
    if (p.kind != change_kind::erase) {
      line += "#" + std::to_string(p.index) + " " + p.row["text"_col] + " " + seconds(p.row["last_event"_col]);
    }
    out.push_back(line);
  }
  return out;
}

/// A session as the oracle and the final table have it.
struct answer {
  timestamp last_event;
  std::vector<std::string> texts;  // sorted

  friend bool operator==(const answer&, const answer&) = default;
};
using answers = std::map<std::pair<std::int64_t, timestamp>, answer>;

/// What SEMANTICS 2 says, one event after the other: sessions as lists of events.
struct judged {
  answers sessions;
  std::vector<word> late;
  std::size_t corrected = 0;
};

judged judge(const std::vector<word>& events, const session& windows, duration out_of_orderness) {
  struct open {
    std::int64_t key;
    std::vector<word> events;
    bool complete = false;
    timestamp start() const {
      return std::min_element(events.begin(), events.end(), [](auto& a, auto& b) { return a.ts < b.ts; })->ts;
    }
    timestamp last() const {
      return std::max_element(events.begin(), events.end(), [](auto& a, auto& b) { return a.ts < b.ts; })->ts;
    }
  };
  judged out;
  std::vector<open> sessions;
  const auto finish = [&](const open& s) {
    answer a{s.last(), {}};
    for (const word& w : s.events) a.texts.push_back(w.text);
    std::sort(a.texts.begin(), a.texts.end());
    out.sessions[{s.key, s.start()}] = a;
  };
  timestamp watermark = beginning_of_time;
  for (const word& e : events) {
    std::erase_if(sessions, [&](const open& s) {
      const bool final = s.last() + windows.gap + windows.allowed_lateness < watermark;
      if (final) finish(s);
      return final;
    });
    for (open& s : sessions) s.complete = s.last() + windows.gap < watermark;
    open merged{e.key, {}, false};
    bool correcting = false;
    for (const open& s : sessions) {
      if (s.key != e.key || e.ts < s.start() - windows.gap || e.ts > s.last() + windows.gap) continue;
      merged.events.insert(merged.events.end(), s.events.begin(), s.events.end());
      correcting = correcting || s.complete;
    }
    std::erase_if(sessions, [&](const open& s) {
      return s.key == e.key && e.ts >= s.start() - windows.gap && e.ts <= s.last() + windows.gap;
    });
    const bool alone = merged.events.empty();
    merged.events.push_back(e);
    if (alone && merged.last() + windows.gap + windows.allowed_lateness < watermark) {
      out.late.push_back(e);
    } else {
      if (correcting || merged.last() + windows.gap < watermark) ++out.corrected;
      sessions.push_back(merged);
    }
    if (watermark == beginning_of_time || e.ts - out_of_orderness > watermark) watermark = e.ts - out_of_orderness;
  }
  for (const open& s : sessions) finish(s);
  return out;
}

/// The sessions of the sorted events.
answers sorted_sessions(std::vector<word> events, duration gap) {
  std::stable_sort(events.begin(), events.end(),
                   [](const word& a, const word& b) { return std::tie(a.key, a.ts) < std::tie(b.key, b.ts); });
  answers out;
  answer* current = nullptr;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (current == nullptr || events[i].key != events[i - 1].key || events[i].ts - events[i - 1].ts > gap) {
      current = &out[{events[i].key, events[i].ts}];
    }
    current->last_event = events[i].ts;
    current->texts.push_back(events[i].text);
  }
  for (auto& [key, a] : out) std::sort(a.texts.begin(), a.texts.end());
  return out;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = text.find(' ', from) + 1;
    out.push_back(text.substr(from, to - from));
    from = to;
  }
  std::sort(out.begin(), out.end());
  return out;
}

/// Plays panes into a table, and checks that each says the truth about what it replaces.
template <typename Pane>
answers replayed(const std::vector<Pane>& panes, duration gap) {
  struct told {
    interval window;
    std::uint32_t panes = 0;
    answer row;
  };
  std::map<std::pair<std::int64_t, timestamp>, told> table;
  for (const Pane& p : panes) {
    const std::pair id{p.key, p.window.start};
    const auto known = table.find(id);
    REQUIRE((known == table.end()) == (p.kind == change_kind::insert));
    if (known != table.end()) REQUIRE(known->second.window == p.window);
    if (p.kind == change_kind::erase) {
      table.erase(known);
      continue;
    }
    told& t = table[id];
    REQUIRE(p.index == t.panes++);
    REQUIRE(p.window.end == p.row["last_event"_col] + gap);
    t.window = p.window;
    t.row = {p.row["last_event"_col], split(p.row["text"_col])};
    REQUIRE(p.row["n"_col] == static_cast<std::int64_t>(t.row.texts.size()));
  }
  answers out;
  for (const auto& [id, t] : table) out[id] = t.row;
  return out;
}

}  // namespace

TEST_CASE("a session ends a gap after its last event, and is complete when the watermark is past its end") {
  visits v;
  auto panes = v.collect({.gap = 10s});
  v.send(1, 0s, "a");
  v.send(1, 10s, "b");  // exactly a gap later: the same session
  v.send(2, 20s, "c");  // the watermark is the session's end: it could still be joined
  CHECK(panes.take().empty());
  v.send(1, 20s, "d");  // and is
  v.send(2, 30s, "e");
  v.in.advance_to(at(30s) + 1ms);
  CHECK(shown(panes.take()) == strings{"1[0,30) on_time#0 abd 20"});
  v.in.finish();
  CHECK(shown(panes.take()) == strings{"2[20,40) on_time#0 ce 30"});
}

TEST_CASE("a quiet key's session closes by the watermark, not at the key's next event") {
  visits v;
  auto panes = v.collect({.gap = 10s});
  v.send(1, 1s, "quiet");
  v.send(2, 11s, "loud");
  CHECK(panes.take().empty());
  v.send(2, 12s, "loud");
  CHECK(shown(panes.take()) == strings{"1[1,11) on_time#0 quiet 1"});
}

TEST_CASE("an event between two sessions makes one of them, in the order of time") {
  visits v;
  auto panes = v.collect({.gap = 10s}, 60s);
  v.send(1, 20s, "later");
  v.send(1, 0s, "earlier ");
  v.send(1, 10s, "bridge ");
  v.in.finish();
  CHECK(shown(panes.take()) == strings{"1[0,30) on_time#0 earlier bridge later 20"});
}

TEST_CASE("a bridging event takes back both early results") {
  visits v;
  auto panes = v.collect({.gap = 10s}, 60s, {.early = each_batch});
  v.send(1, 0s, "a");
  v.send(1, 20s, "b");
  CHECK(shown(panes.take()) == strings{"1[0,10) early#0 a 0", "1[20,30) early#0 b 20"});
  v.send(1, 10s, "c");
  CHECK(shown(panes.take()) == strings{"1[20,30) erase", "1[0,10) erase", "1[0,30) early#0 acb 20"});
  v.in.finish();
  CHECK(shown(panes.take()) == strings{"1[0,30) on_time#1 acb 20"});
}

TEST_CASE("an earlier event moves a session's start: the row under the old one goes") {
  visits v;
  auto panes = v.collect({.gap = 10s}, 60s, {.early = each_batch});
  v.send(1, 20s, "b");
  v.send(1, 15s, "a");
  CHECK(shown(panes.take()) == strings{"1[20,30) early#0 b 20", "1[20,30) erase", "1[15,30) early#0 ba 20"});
}

TEST_CASE("late events within the allowance correct, merge and reopen sessions") {
  visits v;
  auto panes = v.collect({.gap = 10s, .allowed_lateness = 30s});
  v.send(1, 0s, "a");
  v.send(2, 25s, "x");
  CHECK(shown(panes.take()) == strings{"1[0,10) on_time#0 a 0"});
  v.send(1, 5s, "b");  // end 15 s, behind the watermark: corrected at once
  CHECK(shown(panes.take()) == strings{"1[0,10) erase", "1[0,15) late#0 ab 5"});
  v.send(1, 5s, "b");  // leaves the end where it is
  CHECK(shown(panes.take()) == strings{"1[0,15) late#1 abb 5"});
  v.send(1, 15s, "c");  // end 25 s, not behind the watermark: the session runs again
  CHECK(shown(panes.take()) == strings{"1[0,15) erase"});
  v.send(2, 26s, "y");
  CHECK(shown(panes.take()) == strings{"1[0,25) on_time#0 abbc 15"});
  v.send(2, 60s, "z");  // the first is final: 25 s + 30 s < 60 s
  CHECK(shown(panes.take()) == strings{"2[25,36) on_time#0 xy 26"});
  v.send(1, 16s, "too late");
  CHECK(panes.take().empty());
  CHECK(v.late.take().size() == 1);
}

TEST_CASE("an event exactly as late as allowed is accepted, a millisecond more is not") {
  visits v;
  auto panes = v.collect({.gap = 10s, .allowed_lateness = 5s});
  v.send(2, 35s, "x");
  v.send(1, 20s, "a");             // end + allowance is the watermark
  v.in.push({1, at(20s) - 11s, "b"});  // not near the other
  CHECK(shown(panes.take()) == strings{"1[20,30) late#0 a 20"});
  CHECK(v.late.take().size() == 1);
}

TEST_CASE("a session is cut after max_length, and the next begins with the next event") {
  visits v;
  auto panes = v.collect({.gap = 10s, .max_length = 20s});
  for (int i = 0; i <= 9; ++i) v.send(1, i * 5s, std::to_string(i));
  v.in.finish();
  CHECK(shown(panes.take()) == strings{"1[0,30) on_time#0 01234 20", "1[25,55) on_time#0 56789 45"});
}

TEST_CASE("early panes at an interval wait for the clock") {
  visits v;
  auto panes = v.collect({.gap = 10s}, 0s, {.early = every(1s)});
  v.send(1, 1s, "a");
  CHECK(panes.take().size() == 1);
  v.send(1, 2s, "b");
  v.send(2, 2s, "c");
  CHECK(panes.take().empty());
  v.d.clock().advance(1s);
  v.in.advance_to(at(3s));
  CHECK(shown(panes.take()) == strings{"1[1,11) erase", "1[1,12) early#0 ab 2", "2[2,12) early#0 c 2"});
}

TEST_CASE("an early pane does not outlive its window, whatever the clock says") {
  visits v;
  auto panes = v.collect({.gap = 10s}, 0s, {.early = every(1h)});
  v.send(1, 0s, "a");
  CHECK(shown(panes.take()) == strings{"1[0,10) early#0 a 0"});
  v.send(1, 9s, "b");
  CHECK(panes.take().empty());
  v.send(1, 11s, "c");  // the watermark is past 10 s
  CHECK(shown(panes.take()) == strings{"1[0,10) erase", "1[0,21) early#0 abc 11"});
}

TEST_CASE("the changelog of sessions adds up at every moment, however they move") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 40; ++round) {
    CAPTURE(round);
    visits v;
    std::int64_t events = 0;
    std::int64_t told = 0;
    v.d.from(v.in)
        .event_time(&word::ts, {.out_of_orderness = 3s})
        .key_by(&word::key)
        .window(session{.gap = 2s, .allowed_lateness = round % 2 == 0 ? 0s : 5s})
        .emit({.early = round % 3 == 0 ? each_batch : every(2s)})
        .aggregate("n"_col = count())
        .to_changelog()
        .to([&told](const auto& c) {
          if (c.kind != change_kind::insert) told -= c.before.row["n"_col];
          if (c.kind != change_kind::erase) told += c.after.row["n"_col];
        });
    const auto times = ascending_times(300, {.start = at_ms(-90'000), .step = duration{500}, .ties = 0.2}, random);
    for (const std::size_t i : disturb(times, 3s, random)) {
      v.send(static_cast<std::int64_t>(random() % 3), times[i].time_since_epoch(), "");
      v.d.clock().advance(200ms);
      ++events;
      if (round % 3 == 0) REQUIRE(told <= events);
    }
    v.in.finish();
    REQUIRE(told == events);
  }
}

TEST_CASE("sessions go into a table by key and start, with their last event as a column") {
  driver d;
  auto in = d.input<word>("words");
  d.from(in)
      .event_time(&word::ts, {.out_of_orderness = 1min})
      .key_by(&word::key)
      .window(session{.gap = 10s})
      .emit({.early = each_batch})
      .aggregate("n"_col = count())
      .into("visits");
  for (const auto t : {0s, 20s, 50s, 10s}) in.push({1, at(t), ""});
  in.finish();
  const auto rows = sql(d.tables(), "SELECT key, window_start, window_end, last_event, n FROM visits ORDER BY 2");
  REQUIRE(rows.row_count() == 2);
  const auto one = sql(d.tables(), "SELECT n FROM visits WHERE window_end - last_event = 10000 AND n = 3");
  CHECK(one.row_count() == 1);
}

TEST_CASE("strings an aggregate keeps are right in every pane, however sessions move within a batch") {
  driver d;
  auto in = d.input<word>("words");
  auto panes = d.collect(d.from(in)
                             .event_time(&word::ts)
                             .key_by(&word::key)
                             .window(session{.gap = 10ms, .allowed_lateness = 1s})
                             .aggregate("least"_col = oriel::min(&word::text), "n"_col = count()));
  const std::string long_text(64, 'm');
  std::vector<word> events{{1, at_ms(0), long_text}, {2, at_ms(100), "z"}, {2, at_ms(101), "z"}};
  events.push_back({1, at_ms(5), std::string(80, 'a')});   // corrects what the batch has said already
  events.push_back({1, at_ms(20), std::string(90, 'A')});
  events.push_back({2, at_ms(5'000), "z"});
  events.push_back({2, at_ms(5'001), "z"});                // and all of it is final
  in.push(std::span<const word>(events));
  REQUIRE(panes.rows().size() >= 4);
  CHECK(panes.rows()[0].row["least"_col] == long_text);
}

TEST_CASE("any batch size gives the sessions, late events and counters of the oracle") {
  std::mt19937_64 random(20240102);
  for (int round = 0; round < 150; ++round) {
    CAPTURE(round);
    const std::size_t keys = round % 5 == 0 ? 1 : 1 + random() % 6;
    const std::size_t count = random() % 300;
    const duration bound{static_cast<std::int64_t>(random() % 20'000)};
    const duration tolerated{static_cast<std::int64_t>(random() % 20'000)};
    const session windows{.gap = duration{1 + static_cast<std::int64_t>(random() % 8'000)},
                          .allowed_lateness = random() % 2 ? duration{static_cast<std::int64_t>(random() % 30'000)} : 0s};
    const auto times =
        ascending_times(count, {.start = at_ms(-200'000), .step = duration{800}, .ties = 0.2, .gaps = 0.02}, random);
    std::vector<word> events;
    for (const std::size_t i : disturb(times, bound, random)) {
      events.push_back({static_cast<std::int64_t>(random() % keys), times[i], std::to_string(i) + " "});
    }
    const judged expected = judge(events, windows, tolerated);
    if (bound <= tolerated + windows.allowed_lateness) {
      REQUIRE(expected.late.empty());
      REQUIRE(expected.sessions == sorted_sessions(events, windows.gap));
    }
    for (const std::size_t batch_size : {std::size_t{1}, std::size_t{7}, std::size_t{1024}}) {
      CAPTURE(batch_size);
      visits v;
      emit when;
      if (random() % 2) when.early = random() % 2 ? each_batch : every(1s);
      auto panes = v.collect(windows, tolerated, when);
      for (std::size_t i = 0; i < events.size(); i += batch_size) {
        v.in.push(std::span(events).subspan(i, std::min(batch_size, events.size() - i)));
        v.d.clock().advance(200ms);
      }
      v.in.finish();
      REQUIRE(replayed(panes.rows(), windows.gap) == expected.sessions);
      REQUIRE(v.late.rows() == expected.late);
      const node_counters& n = v.d.pipeline().graph().find("window_aggregate")->counters();
      REQUIRE(n.in.value() == events.size());
      REQUIRE(n.late.value() == expected.late.size());
      REQUIRE(n.corrected.value() == expected.corrected);
      REQUIRE(n.in.value() == n.applied.value() + n.corrected.value() + n.late.value());
    }
  }
}

TEST_CASE("without lateness and early panes the very panes are the same for any batch size") {
  std::mt19937_64 random(9);
  const auto times = ascending_times(2'000, {.start = at_ms(-50'000), .step = duration{300}, .gaps = 0.01}, random);
  std::vector<word> events;
  for (const std::size_t i : disturb(times, 3s, random)) {
    events.push_back({static_cast<std::int64_t>(random() % 40), times[i], std::to_string(i) + " "});
  }
  strings first;
  for (const std::size_t batch_size : {std::size_t{1}, std::size_t{7}, std::size_t{1024}}) {
    visits v;
    auto panes = v.collect({.gap = 5s, .max_length = 30s}, 3s);
    for (std::size_t i = 0; i < events.size(); i += batch_size) {
      v.in.push(std::span(events).subspan(i, std::min(batch_size, events.size() - i)));
    }
    v.in.finish();
    const strings all = shown(panes.rows());
    if (first.empty()) first = all;
    REQUIRE(all == first);
    REQUIRE(std::set<std::string>(all.begin(), all.end()).size() == all.size());
  }
}

TEST_CASE("no session lasts longer than max_length, whatever the order of arrival, and no event is lost") {
  std::mt19937_64 random(11);
  for (int round = 0; round < 30; ++round) {
    CAPTURE(round);
    const auto times = ascending_times(300, {.start = at_ms(-90'000), .step = duration{500}, .ties = 0.2}, random);
    std::vector<word> events;
    for (const std::size_t i : disturb(times, round % 2 == 0 ? 0s : 4s, random)) {
      events.push_back({static_cast<std::int64_t>(random() % 3), times[i], std::to_string(i) + " "});
    }
    const session windows{.gap = 2s, .max_length = duration{static_cast<std::int64_t>(random() % 12'000) + 1}};
    visits v;
    auto panes = v.collect(windows, 4s, {.early = each_batch});
    for (const word& e : events) v.in.push(e);
    v.in.finish();
    const answers rows = replayed(panes.rows(), windows.gap);
    std::size_t total = 0;
    for (const auto& [id, a] : rows) {
      total += a.texts.size();
      REQUIRE(a.last_event - id.second <= *windows.max_length);
    }
    REQUIRE(total == events.size());
    if (round % 2 != 0) continue;
    answers greedy;  // in order: cut exactly where the next event would be too far
    std::map<std::int64_t, timestamp> start;
    for (const word& e : events) {
      const auto known = start.find(e.key);
      if (known == start.end() || e.ts - greedy[{e.key, known->second}].last_event > windows.gap ||
          e.ts - known->second > *windows.max_length) {
        start[e.key] = e.ts;
      }
      answer& a = greedy[{e.key, start[e.key]}];
      a.last_event = e.ts;
      a.texts.push_back(e.text);
    }
    for (auto& [id, a] : greedy) std::sort(a.texts.begin(), a.texts.end());
    REQUIRE(rows == greedy);
  }
}

TEST_CASE("keys that have no session any more are forgotten, and memory stays bounded") {
  driver d;
  auto in = d.input<word>("words");
  std::uint64_t total = 0;
  d.from(in)
      .event_time(&word::ts)
      .key_by(&word::key)
      .window(session{.gap = 1s})
      .aggregate("n"_col = count())
      .to([&](const auto& p) { total += static_cast<std::uint64_t>(p.row["n"_col]); });
  const node* op = d.pipeline().graph().find("window_aggregate");
  std::size_t early = 0;
  std::vector<word> batch;
  for (std::int64_t i = 0; i < 300'000; ++i) {
    batch.push_back({i, at_ms(i), ""});
    if (batch.size() == 500) {
      in.push(std::span<const word>(batch));
      batch.clear();
    }
    if (i == 40'000) early = op->state_bytes();
  }
  in.finish();
  CHECK(total == 300'000);
  CHECK(op->state_bytes() <= 2 * early);
}

TEST_CASE("a gap beyond the end of time closes with the last watermark") {
  visits v;
  auto panes = v.collect({.gap = duration::max()});
  v.send(1, 0s, "a");
  v.send(1, 1h, "b");
  v.in.finish();
  REQUIRE(panes.rows().size() == 1);
  CHECK(panes.rows()[0].row["text"_col] == "ab");
}

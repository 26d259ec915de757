// SPDX-License-Identifier: Apache-2.0
// benchmarks/aggregate/distinct.cpp - what do exact distinct counts per window and key cost?
//
// Five million events, 16 667 per second of event time, up to 5 s out of order, pushed as one span
// through the public API: the number of different users per key and minute. The baseline is the
// loop one would write by hand: a map of flat hash sets per open minute, the same watermark and late
// rule. Target T6: 1.4.
//
//   integers/KEYS/USERS    64-bit users
//   strings/KEYS/USERS     user ids of 8 to 36 bytes; by hand, sets of std::string
//   filters/KEYS/USERS     three counts over the same users; by hand, three sets
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <xxhash.h>

#include <oriel/aggregate/distinct.hpp>
#include <oriel/oriel.hpp>

#include "paired.hpp"

namespace {

using namespace oriel;
using namespace oriel::literals;

template <typename User>
struct visit_of {
  std::int64_t key;
  timestamp ts;
  User user;
  int kind;
};
using visit = visit_of<std::int64_t>;
using named_visit = visit_of<std::string_view>;
BOOST_DESCRIBE_STRUCT(visit, (), (key, ts, user, kind))
BOOST_DESCRIBE_STRUCT(named_visit, (), (key, ts, user, kind))

constexpr std::int64_t minute = 60'000;
constexpr std::int64_t out_of_orderness = 5'000;
const std::size_t event_count = paired::scaled(5'000'000);

template <typename User>
std::vector<visit_of<User>> make_events(const std::vector<User>& users, std::size_t keys) {
  std::mt19937_64 random(42);
  std::vector<visit_of<User>> events(event_count);
  for (std::size_t i = 0; i < event_count; ++i) {
    const auto in_order = static_cast<std::int64_t>(i * 1000 / 16'667);
    events[i] = {static_cast<std::int64_t>(random() % keys) * 7919,
                 at_ms(in_order - static_cast<std::int64_t>(random() % 5'000)), users[random() % users.size()],
                 static_cast<int>(random() % 3)};
  }
  return events;
}

/// Adds up what result rows say, so that two sets of them can be compared whatever their order.
struct row_sink {
  std::uint64_t total = 0;
  void operator()(std::int64_t key, std::int64_t start, std::int64_t a, std::int64_t b = 0, std::int64_t c = 0) {
    total += 1 + (static_cast<std::uint64_t>(key) * 0x9e3779b97f4a7c15u ^ static_cast<std::uint64_t>(start)) *
                     static_cast<std::uint64_t>(a + 1009 * b + 2003 * c);
  }
};

struct text_hash {
  using is_transparent = void;
  using is_avalanching = void;
  std::size_t operator()(std::string_view text) const { return XXH3_64bits(text.data(), text.size()); }
};
struct text_equal {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};

struct integer_set {
  boost::unordered_flat_set<std::int64_t> users;
  void add(const visit& v) { users.insert(v.user); }
  void tell(std::int64_t key, std::int64_t start, row_sink& rows) const {
    rows(key, start, static_cast<std::int64_t>(users.size()));
  }
};
struct string_set {
  boost::unordered_flat_set<std::string, text_hash, text_equal> users;
  void add(const named_visit& v) {
    if (users.find(v.user) == users.end()) users.emplace(v.user);
  }
  void tell(std::int64_t key, std::int64_t start, row_sink& rows) const {
    rows(key, start, static_cast<std::int64_t>(users.size()));
  }
};
struct three_sets {
  boost::unordered_flat_set<std::int64_t> users[3];
  void add(const visit& v) {
    users[0].insert(v.user);
    if (v.kind == 1) users[1].insert(v.user);
    if (v.kind == 2) users[2].insert(v.user);
  }
  void tell(std::int64_t key, std::int64_t start, row_sink& rows) const {
    rows(key, start, static_cast<std::int64_t>(users[0].size()), static_cast<std::int64_t>(users[1].size()),
         static_cast<std::int64_t>(users[2].size()));
  }
};

template <typename Set, typename Event>
std::uint64_t by_hand(const std::vector<Event>& events) {
  using sets = boost::unordered_flat_map<std::int64_t, Set>;
  row_sink rows;
  std::map<std::int64_t, sets> open;
  sets* current = nullptr;
  std::int64_t current_start = 0;
  std::int64_t latest = std::numeric_limits<std::int64_t>::min() + out_of_orderness;
  const auto close = [&](const auto& m) {
    for (const auto& [key, set] : m.second) set.tell(key, m.first, rows);
  };
  for (const Event& e : events) {
    const std::int64_t ts = to_ms(e.ts);
    const std::int64_t watermark = latest - out_of_orderness;
    while (!open.empty() && open.begin()->first + minute <= watermark) {
      close(*open.begin());
      open.erase(open.begin());
      current = nullptr;
    }
    if (current == nullptr || ts < current_start || ts >= current_start + minute) {
      current_start = ts - ((ts % minute) + minute) % minute;
      if (current_start + minute <= watermark) {  // late
        current = nullptr;
        continue;
      }
      current = &open[current_start];
    }
    (*current)[e.key].add(e);
    if (ts > latest) latest = ts;
  }
  for (const auto& m : open) close(m);
  return rows.total;
}

template <typename Event, typename Tell, typename... Aggregates>
std::uint64_t by_oriel(const std::vector<Event>& events, const Tell& tell, const Aggregates&... aggregates) {
  row_sink rows;
  catalog tables;
  pipeline p{tables};
  auto in = p.input<Event>("events");
  p.from(in)
      .event_time(&Event::ts, {.out_of_orderness = duration{out_of_orderness}})
      .key_by(&Event::key)
      .window(tumbling{.size = duration{minute}})
      .aggregate(aggregates...)
      .to([&](const auto& pane) { tell(rows, pane); });
  in.push(std::span<const Event>(events));
  in.finish();
  return rows.total;
}

constexpr auto tell_one = [](row_sink& rows, const auto& pane) {
  rows(pane.key, to_ms(pane.window.start), pane.row["users"_col]);
};

void integers(benchmark::State& state) {
  std::mt19937_64 random(7);
  std::vector<std::int64_t> users;
  for (std::int64_t i = 0; i < state.range(1); ++i) users.push_back(static_cast<std::int64_t>(random()));
  const auto events = make_events(users, static_cast<std::size_t>(state.range(0)));
  paired::run(
      state, events.size(),
      [&] { return by_oriel(events, tell_one, "users"_col = count_distinct(&visit::user)); },
      [&] { return by_hand<integer_set>(events); });
}

void strings(benchmark::State& state) {
  std::mt19937_64 random(7);
  std::vector<std::string> ids;
  for (std::int64_t i = 0; i < state.range(1); ++i) {
    ids.push_back("u-" + std::to_string(100'000 + i));
    ids.back().resize(8 + random() % 29, 'x');
  }
  const auto events =
      make_events(std::vector<std::string_view>(ids.begin(), ids.end()), static_cast<std::size_t>(state.range(0)));
  paired::run(
      state, events.size(),
      [&] { return by_oriel(events, tell_one, "users"_col = count_distinct(&named_visit::user)); },
      [&] { return by_hand<string_set>(events); });
}

void filters(benchmark::State& state) {
  std::mt19937_64 random(7);
  std::vector<std::int64_t> users;
  for (std::int64_t i = 0; i < state.range(1); ++i) users.push_back(static_cast<std::int64_t>(random()));
  const auto events = make_events(users, static_cast<std::size_t>(state.range(0)));
  const auto tell = [](row_sink& rows, const auto& pane) {
    rows(pane.key, to_ms(pane.window.start), pane.row["users"_col], pane.row["clickers"_col], pane.row["buyers"_col]);
  };
  paired::run(
      state, events.size(),
      [&] {
        return by_oriel(events, tell, "users"_col = count_distinct(&visit::user),
                        "clickers"_col = count_distinct(&visit::user).where([](const visit& v) { return v.kind == 1; }),
                        "buyers"_col = count_distinct(&visit::user).where([](const visit& v) { return v.kind == 2; }));
      },
      [&] { return by_hand<three_sets>(events); });
}

#define ORIEL_SIZES \
  Args({10, 100'000})->Args({1'000, 100'000})->Args({1'000, 100})->Args({50'000, 100'000})->UseManualTime()->Iterations(paired::rounds(5))->Unit(benchmark::kMillisecond)
BENCHMARK(integers)->ORIEL_SIZES;
BENCHMARK(strings)->ORIEL_SIZES;
BENCHMARK(filters)->ORIEL_SIZES;

}  // namespace

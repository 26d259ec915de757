// SPDX-License-Identifier: Apache-2.0
// benchmarks/window/session.cpp - what do sessions cost through the public API?
//
// Five million events of 24 bytes, 100 000 keys, gap 30 s, an event per key every 6 s on average while it is active;
// count and sum per session; rows handed to a function. In `out_of_order` every fifth event is up to 5 s late. The
// baseline is the sessioniser one would write by hand for events in order: a hash map from key to open session, keys
// in a list by last event so that quiet ones close with time. It is given the same events sorted. Target T5: 2.
//
//   in_order   out_of_order
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include <oriel/oriel.hpp>
#include <oriel/window/session.hpp>

#include "paired.hpp"

namespace {

using namespace oriel;
using namespace oriel::literals;
using namespace std::chrono_literals;

struct activity {
  std::int64_t key;
  timestamp ts;
  std::int64_t value;
};
BOOST_DESCRIBE_STRUCT(activity, (), (key, ts, value))

const std::size_t event_count = paired::scaled(5'000'000);
constexpr std::uint64_t key_count = 100'000;
constexpr std::int64_t gap = 30'000;

std::vector<activity> make_events(double late_share) {
  std::mt19937_64 random(42);
  std::vector<activity> events(event_count);
  for (std::size_t i = 0; i < event_count; ++i) {
    const auto in_order = static_cast<std::int64_t>(i * 6 / 100);  // 16 667 per second
    const bool late = static_cast<double>(random() % 1000) < late_share * 1000;
    events[i] = {static_cast<std::int64_t>(random() % key_count),
                 at_ms(in_order - (late ? static_cast<std::int64_t>(random() % 5'000) : 0)),
                 static_cast<std::int64_t>(random() % 100)};
  }
  return events;
}

/// Adds up what result rows say, so that two sets can be compared whatever their order.
struct checksum {
  std::uint64_t total = 0;

  void operator()(std::int64_t key, std::int64_t start, std::int64_t end, std::int64_t count, std::int64_t sum) {
    total += (static_cast<std::uint64_t>(key) * 31 + static_cast<std::uint64_t>(start) * 7 +
              static_cast<std::uint64_t>(end) + 1) *
                 static_cast<std::uint64_t>(count) +
             static_cast<std::uint64_t>(sum);
  }
};

std::uint64_t by_oriel(const std::vector<activity>& events, duration out_of_orderness) {
  catalog tables;
  pipeline p{tables};
  auto in = p.input<activity>("events");
  checksum rows;
  p.from(in)
      .event_time(&activity::ts, {.out_of_orderness = out_of_orderness})
      .key_by(&activity::key)
      .window(session{.gap = duration{gap}})
      .aggregate("n"_col = count(), "sum"_col = sum(&activity::value))
      .to([&rows](const auto& s) {
        rows(s.key, to_ms(s.window.start), to_ms(s.window.end), s.row["n"_col], s.row["sum"_col]);
      });
  in.push(std::span<const activity>(events));
  in.finish();
  return rows.total;
}

/// By hand, for events in order.
class sessioniser {
 public:
  std::uint64_t run(const std::vector<activity>& events) {
    for (const activity& e : events) {
      const std::int64_t t = to_ms(e.ts);
      while (oldest_ != none && sessions_[oldest_].last + gap < t) close(oldest_);
      const auto [found, fresh] = open_.try_emplace(e.key, none);
      if (found->second == none) found->second = begin(e.key, t);
      open_session& s = sessions_[found->second];
      s.last = t;
      ++s.count;
      s.sum += e.value;
      move_to_back(found->second);
    }
    while (oldest_ != none) close(oldest_);
    return rows_.total;
  }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  struct open_session {
    std::int64_t key = 0;
    std::int64_t start = 0;
    std::int64_t last = 0;
    std::int64_t count = 0;
    std::int64_t sum = 0;
    std::uint32_t before = none;  // in the order of last events
    std::uint32_t after = none;
  };

  std::uint32_t begin(std::int64_t key, std::int64_t t) {
    std::uint32_t i = 0;
    if (spare_.empty()) {
      i = static_cast<std::uint32_t>(sessions_.size());
      sessions_.emplace_back();
    } else {
      i = spare_.back();
      spare_.pop_back();
    }
    sessions_[i] = {.key = key, .start = t, .last = t};
    append(i);
    return i;
  }
  void append(std::uint32_t i) {
    sessions_[i].before = newest_;
    sessions_[i].after = none;
    (newest_ == none ? oldest_ : sessions_[newest_].after) = i;
    newest_ = i;
  }
  void remove(std::uint32_t i) {
    const open_session& s = sessions_[i];
    (s.before == none ? oldest_ : sessions_[s.before].after) = s.after;
    (s.after == none ? newest_ : sessions_[s.after].before) = s.before;
  }
  void move_to_back(std::uint32_t i) {
    if (i == newest_) return;
    remove(i);
    append(i);
  }
  void close(std::uint32_t i) {
    const open_session& s = sessions_[i];
    rows_(s.key, s.start, s.last + gap, s.count, s.sum);
    open_.erase(s.key);
    remove(i);
    spare_.push_back(i);
  }

  boost::unordered_flat_map<std::int64_t, std::uint32_t> open_;
  std::vector<open_session> sessions_;
  std::vector<std::uint32_t> spare_;
  std::uint32_t oldest_ = none;
  std::uint32_t newest_ = none;
  checksum rows_;
};

void compare(benchmark::State& state, double late_share, duration out_of_orderness) {
  const std::vector<activity> events = make_events(late_share);
  std::vector<activity> sorted = events;
  std::stable_sort(sorted.begin(), sorted.end(), [](const activity& a, const activity& b) { return a.ts < b.ts; });
  paired::run(
      state, events.size(), [&] { return by_oriel(events, out_of_orderness); },
      [&] { return sessioniser().run(sorted); });
}

void in_order(benchmark::State& state) { compare(state, 0, 0s); }
void out_of_order(benchmark::State& state) { compare(state, 0.2, 5s); }

BENCHMARK(in_order)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(paired::rounds(5));
BENCHMARK(out_of_order)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(paired::rounds(5));

}  // namespace

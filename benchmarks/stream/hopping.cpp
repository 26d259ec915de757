// SPDX-License-Identifier: Apache-2.0
// benchmarks/stream/hopping.cpp - what does it cost that windows overlap sixty-fold?
//
// Ten million events, 16 667 per second of event time, up to 5 s out of order, in windows of 60 s every second;
// result rows handed to a function. Target T3.
//
//   over_tumbling/KEYS/AGGREGATES/DISORDER
//                                   against Oriel's own tumbling minute; 2 aggregates: count and sum, 5: also mean, min
//                                   and max, which cannot be undone; DISORDER in ms. Target: 1.3 at 1 000 keys
//   by_hand/KEYS                    count and sum against a loop with a key dictionary, an array of numbers per second,
//                                   and running totals that seconds are added to and taken from. Target: 1.2
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include <oriel/oriel.hpp>

#include "paired.hpp"

namespace {

using namespace oriel;
using namespace oriel::literals;
using namespace std::chrono_literals;

struct event {
  std::int64_t key;
  timestamp ts;
  std::int64_t value;
};
BOOST_DESCRIBE_STRUCT(event, (), (key, ts, value))

constexpr std::int64_t second = 1'000;
constexpr std::int64_t minute = 60'000;
constexpr std::int64_t out_of_orderness = 5'000;

std::vector<event> make_events(std::size_t count, std::size_t key_count, std::uint64_t disorder = 5'000) {
  std::mt19937_64 random(42);
  std::vector<std::int64_t> keys;
  for (std::size_t i = 0; i < key_count; ++i) keys.push_back(static_cast<std::int64_t>(random()));
  std::vector<event> events(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto in_order = static_cast<std::int64_t>(i * 1000 / 16'667);
    events[i] = {keys[random() % keys.size()], at_ms(in_order - static_cast<std::int64_t>(random() % disorder)),
                 static_cast<std::int64_t>(random() % 100)};
  }
  return events;
}

/// Receives result rows and adds up what they say.
struct row_sink {
  std::uint64_t total = 0;

  void operator()(std::int64_t key, std::int64_t window_end, std::int64_t count, std::int64_t sum) {
    total += (static_cast<std::uint64_t>(key) ^ static_cast<std::uint64_t>(window_end)) * static_cast<std::uint64_t>(count) +
             static_cast<std::uint64_t>(sum);
  }
};

/// By hand: integers for the windows [end - 60 s, end), one for every second.
std::uint64_t by_hand(const std::vector<event>& events) {
  struct numbers {
    std::int64_t count = 0;
    std::int64_t sum = 0;
  };
  row_sink rows;
  boost::unordered_flat_map<std::int64_t, std::uint32_t> ids;
  std::vector<std::int64_t> keys;
  std::map<std::int64_t, std::vector<numbers>> seconds;  // by start
  std::vector<numbers> totals;
  std::vector<numbers>* current = nullptr;
  std::int64_t current_start = 0;
  std::int64_t complete = std::numeric_limits<std::int64_t>::min();  // windows that end by then are out
  std::int64_t latest = std::numeric_limits<std::int64_t>::min() + out_of_orderness;

  const auto slide = [&](std::int64_t end) {  // emits the window that ends at `end`
    if (const auto in = seconds.find(end - second); in != seconds.end()) {
      totals.resize(keys.size());
      for (std::size_t id = 0; id < in->second.size(); ++id) {
        totals[id].count += in->second[id].count;
        totals[id].sum += in->second[id].sum;
      }
    }
    for (std::size_t id = 0; id < totals.size(); ++id) {
      if (totals[id].count != 0) rows(keys[id], end, totals[id].count, totals[id].sum);
    }
    if (const auto out = seconds.find(end - minute); out != seconds.end()) {
      for (std::size_t id = 0; id < out->second.size(); ++id) {
        totals[id].count -= out->second[id].count;
        totals[id].sum -= out->second[id].sum;
      }
      seconds.erase(out);
    }
    complete = end;
  };

  for (const event& e : events) {
    const std::int64_t ts = to_ms(e.ts);
    const std::int64_t watermark = latest - out_of_orderness;
    while (!seconds.empty() && watermark >= (complete == std::numeric_limits<std::int64_t>::min()
                                                 ? seconds.begin()->first + second
                                                 : complete + second)) {
      slide(complete == std::numeric_limits<std::int64_t>::min() ? seconds.begin()->first + second : complete + second);
      current = nullptr;
    }
    if (current == nullptr || ts < current_start || ts >= current_start + second) {
      current_start = ts - ((ts % second) + second) % second;
      if (current_start + minute <= watermark) {  // late for all its windows
        current = nullptr;
        continue;
      }
      current = &seconds[current_start];
    }
    const auto [at, fresh] = ids.try_emplace(e.key, static_cast<std::uint32_t>(keys.size()));
    if (fresh) keys.push_back(e.key);
    const std::uint32_t id = at->second;
    if (id >= current->size()) current->resize(keys.size());
    ++(*current)[id].count;
    (*current)[id].sum += e.value;
    if (current_start + second <= complete) {  // late for some
      totals[id].count += 1;
      totals[id].sum += e.value;
    }
    if (ts > latest) latest = ts;
  }
  while (!seconds.empty()) slide(complete + second);
  return rows.total;
}

template <typename Windows>
std::uint64_t by_oriel(const std::vector<event>& events, Windows windows, bool all, std::size_t* state_bytes = nullptr) {
  row_sink rows;
  catalog tables;
  pipeline p{tables};
  auto in = p.input<event>("events");
  auto windowed = p.from(in)
                      .event_time(&event::ts, {.out_of_orderness = duration{out_of_orderness}})
                      .key_by(&event::key)
                      .window(windows);
  const auto take = [&](const auto& pane) {
    rows(pane.key, to_ms(pane.window.end), pane.row["n"_col], pane.row["total"_col]);
  };
  if (all) {
    windowed
        .aggregate("n"_col = count(), "total"_col = sum(&event::value), "mean"_col = mean(&event::value),
                   "least"_col = oriel::min(&event::value), "most"_col = oriel::max(&event::value))
        .to(take);
  } else {
    windowed.aggregate("n"_col = count(), "total"_col = sum(&event::value)).to(take);
  }
  in.push(std::span<const event>(events));
  if (state_bytes != nullptr) *state_bytes = p.graph().find("window_aggregate")->state_bytes();
  in.finish();
  return rows.total;
}

constexpr hopping every_second{.size = 60s, .hop = 1s};

void by_hand(benchmark::State& state) {
  const auto events = make_events(paired::scaled(10'000'000), static_cast<std::size_t>(state.range(0)));
  paired::run(
      state, events.size(), [&] { return by_oriel(events, every_second, false); }, [&] { return by_hand(events); });
  std::size_t bytes = 0;
  by_oriel(events, every_second, false, &bytes);
  state.counters["state_mb"] = static_cast<double>(bytes) / 1e6;
}

void over_tumbling(benchmark::State& state) {
  const auto events = make_events(paired::scaled(10'000'000), static_cast<std::size_t>(state.range(0)),
                                  static_cast<std::uint64_t>(state.range(2)));
  const bool all = state.range(1) == 5;
  paired::run(
      state, events.size(),
      [&] {
        by_oriel(events, every_second, all);
        return std::uint64_t{0};
      },
      [&] {
        by_oriel(events, tumbling{.size = 60s}, all);
        return std::uint64_t{0};
      });
}

BENCHMARK(over_tumbling)
    ->Args({1'000, 2, 1})
    ->Args({1'000, 2, 5'000})
    ->Args({1'000, 5, 1})
    ->Args({1'000, 5, 5'000})
    ->Args({100'000, 5, 5'000})
    ->UseManualTime()
    ->Iterations(paired::rounds(5))
    ->Unit(benchmark::kMillisecond);
BENCHMARK(by_hand)->Arg(1'000)->Arg(100'000)->UseManualTime()->Iterations(paired::rounds(5))->Unit(benchmark::kMillisecond);

}  // namespace

// SPDX-License-Identifier: Apache-2.0
// benchmarks/stream/tumbling.cpp - what does a tumbling count and sum cost through the public API?
//
// Ten million events of 24 bytes (strings: five million), 16 667 per second of event time, up to 5 s
// out of order, pushed as one span; count and sum per key and minute; result rows handed to a function.
// The baseline is the loop one would write by hand: a hash map per open minute (integers), or
// interned keys and an array per open minute (strings), with the same watermark and late rule,
// any keys, any order, the same rows. Targets T1: 1.4, T2: 1.5.
//
//   integers/KEYS    64-bit keys
//   strings/KEYS     user ids of 8 to 36 bytes
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/unordered/unordered_flat_map.hpp>
#include <xxhash.h>

#include <oriel/oriel.hpp>

#include "paired.hpp"

namespace {

using namespace oriel;
using namespace oriel::literals;
using namespace std::chrono_literals;

template <typename Key>
struct event_of {
  Key key;
  timestamp ts;
  double value;
};
using integer_event = event_of<std::int64_t>;
using string_event = event_of<std::string_view>;
BOOST_DESCRIBE_STRUCT(integer_event, (), (key, ts, value))
BOOST_DESCRIBE_STRUCT(string_event, (), (key, ts, value))

template <typename Key>
struct result_row {
  Key key;
  std::int64_t window_start;
  std::int64_t count;
  double sum;
};

constexpr std::int64_t minute = 60'000;
constexpr std::int64_t out_of_orderness = 5'000;

std::vector<std::string> user_ids(std::size_t count, std::mt19937_64& random) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < count; ++i) {
    std::string id = "u-" + std::to_string(100'000 + i);
    id.resize(8 + random() % 29, 'x');
    ids.push_back(std::move(id));
  }
  return ids;
}

template <typename Event>
std::vector<Event> make_events(std::size_t count, const std::vector<decltype(Event::key)>& keys) {
  std::mt19937_64 random(42);
  std::vector<Event> events(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto in_order = static_cast<std::int64_t>(i * 1000 / 16'667);
    events[i] = {keys[random() % keys.size()], at_ms(in_order - static_cast<std::int64_t>(random() % 5'000)),
                 static_cast<double>(random() % 100)};
  }
  return events;
}

std::uint64_t hash_of(std::int64_t key) { return static_cast<std::uint64_t>(key) * 0x9e3779b97f4a7c15u; }
std::uint64_t hash_of(std::string_view key) { return XXH3_64bits(key.data(), key.size()); }

/// Receives result rows and adds up what they say, so that two sets can be compared whatever their order.
struct row_sink {
  std::uint64_t total = 0;

  template <typename Key>
  void operator()(const result_row<Key>& r) {
    total += 1 + (hash_of(r.key) ^ static_cast<std::uint64_t>(r.window_start)) * static_cast<std::uint64_t>(r.count) +
             static_cast<std::uint64_t>(r.sum);
  }
};

struct count_and_sum {
  std::int64_t count = 0;
  double sum = 0;
};

/// By hand: a hash map from key to numbers for each open minute.
struct map_per_minute {
  boost::unordered_flat_map<std::int64_t, count_and_sum> numbers;

  count_and_sum& of(std::int64_t key) { return numbers[key]; }
  void collect(std::int64_t start, row_sink& rows) const {
    for (const auto& [key, n] : numbers) rows(result_row<std::int64_t>{key, start, n.count, n.sum});
  }
};

/// By hand: keys interned once, an array of numbers for each open minute.
struct array_per_minute {
  struct key_hash {
    using is_avalanching = void;
    std::size_t operator()(std::string_view text) const { return XXH3_64bits(text.data(), text.size()); }
  };
  struct dictionary {
    boost::unordered_flat_map<std::string_view, std::uint32_t, key_hash> ids;
    std::deque<std::string> keys;
  };
  dictionary* shared;
  std::vector<count_and_sum> numbers;

  count_and_sum& of(std::string_view key) {
    const auto found = shared->ids.find(key);
    std::uint32_t id = 0;
    if (found != shared->ids.end()) {
      id = found->second;
    } else {
      id = static_cast<std::uint32_t>(shared->keys.size());
      shared->ids.emplace(shared->keys.emplace_back(key), id);
    }
    if (id >= numbers.size()) numbers.resize(std::size_t{id} + 1 + id / 2);
    return numbers[id];
  }
  void collect(std::int64_t start, row_sink& rows) const {
    for (std::size_t id = 0; id < numbers.size(); ++id) {
      if (numbers[id].count == 0) continue;
      rows(result_row<std::string_view>{shared->keys[id], start, numbers[id].count, numbers[id].sum});
    }
  }
};

template <typename Event, typename Minute>
std::uint64_t by_hand(const std::vector<Event>& events, const Minute& fresh) {
  row_sink rows;
  std::map<std::int64_t, Minute> open;
  Minute* current = nullptr;
  std::int64_t current_start = 0;
  std::int64_t latest = std::numeric_limits<std::int64_t>::min() + out_of_orderness;
  for (const Event& e : events) {
    const std::int64_t ts = to_ms(e.ts);
    const std::int64_t watermark = latest - out_of_orderness;
    while (!open.empty() && open.begin()->first + minute <= watermark) {
      open.begin()->second.collect(open.begin()->first, rows);
      open.erase(open.begin());
      current = nullptr;
    }
    if (current == nullptr || ts < current_start || ts >= current_start + minute) {
      current_start = ts - ((ts % minute) + minute) % minute;
      if (current_start + minute <= watermark) {  // late
        current = nullptr;
        continue;
      }
      current = &open.try_emplace(current_start, fresh).first->second;
    }
    count_and_sum& n = current->of(e.key);
    ++n.count;
    n.sum += e.value;
    if (ts > latest) latest = ts;
  }
  for (const auto& [start, m] : open) m.collect(start, rows);
  return rows.total;
}

template <typename Event>
std::uint64_t by_oriel(const std::vector<Event>& events, std::size_t* state_bytes = nullptr) {
  using key_type = decltype(Event::key);
  row_sink rows;
  catalog tables;
  pipeline p{tables};
  auto in = p.input<Event>("events");
  p.from(in)
      .event_time(&Event::ts, {.out_of_orderness = duration{out_of_orderness}})
      .key_by(&Event::key)
      .window(tumbling{.size = duration{minute}})
      .aggregate("n"_col = count(), "total"_col = sum(&Event::value))
      .to([&](const auto& pane) {
        rows(result_row<key_type>{pane.key, to_ms(pane.window.start), pane.row["n"_col], pane.row["total"_col]});
      });
  in.push(std::span<const Event>(events));
  if (state_bytes != nullptr) *state_bytes = p.graph().find("window_aggregate")->state_bytes();
  in.finish();
  return rows.total;
}

void integers(benchmark::State& state) {
  const auto key_count = static_cast<std::size_t>(state.range(0));
  std::vector<std::int64_t> keys;
  std::mt19937_64 random(7);
  for (std::size_t i = 0; i < key_count; ++i) keys.push_back(static_cast<std::int64_t>(random()));
  const auto events = make_events<integer_event>(paired::scaled(10'000'000), keys);
  paired::run(
      state, events.size(), [&] { return by_oriel(events); }, [&] { return by_hand(events, map_per_minute{}); });

  // T15: one minute with every key in it.
  std::vector<integer_event> once;
  for (const std::int64_t k : keys) once.push_back({k, at_ms(0), 1});
  std::size_t bytes = 0;
  by_oriel(once, &bytes);
  state.counters["bytes_per_key"] = static_cast<double>(bytes) / static_cast<double>(key_count);
}

void strings(benchmark::State& state) {
  std::mt19937_64 random(7);
  const auto ids = user_ids(static_cast<std::size_t>(state.range(0)), random);
  const auto events = make_events<string_event>(paired::scaled(5'000'000), {ids.begin(), ids.end()});
  paired::run(
      state, events.size(), [&] { return by_oriel(events); },
      [&] {
        array_per_minute::dictionary names;
        return by_hand(events, array_per_minute{&names, {}});
      });
}

BENCHMARK(integers)->Arg(1'000)->Arg(100'000)->UseManualTime()->Iterations(paired::rounds())->Unit(benchmark::kMillisecond);
BENCHMARK(strings)->Arg(1'000)->Arg(100'000)->UseManualTime()->Iterations(paired::rounds())->Unit(benchmark::kMillisecond);

}  // namespace

// SPDX-License-Identifier: Apache-2.0
// benchmarks/table/upsert.cpp - what does it cost to keep a table of 1 M keys up to date?
//
// Batches of 1 024 rows of 8 columns with random keys go into a table and, alternately in the
// same process, into a hash map from key to row, which is what one would write by hand (and
// what no query could read while it is written). `ratio` is the median over rounds of the
// table's time by the map's. The clock is the thread's own, which stands still while others have
// the core. Target T12: 3, and 1.3 times that with a snapshot every 100 ms.
//
//   integers          key is a 64-bit integer
//   with_snapshots    the same with a snapshot taken every 100 ms and kept until the next
//   by_event_time     the same with a comparison value per row, one row in ten too old
//   strings           key is a string of 12 bytes; the map's key is a std::string
//   ten_thousand      10 000 keys: both sides in the cache
//   taking_a_snapshot how long the table stands still for a snapshot, after every row was rewritten
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <time.h>

#include <benchmark/benchmark.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include <oriel/table/table.hpp>

#include "paired.hpp"

namespace {

using namespace oriel;
using clock_type = std::chrono::steady_clock;

constexpr std::size_t batch_rows = 1024;
constexpr std::size_t batches_per_round = 64;
constexpr std::chrono::milliseconds snapshot_interval{100};

template <typename Key>
struct row {
  Key key;
  std::int64_t count;
  std::int64_t clicks;
  std::int64_t views;
  timestamp seen;
  double cost;
  double revenue;
  double score;
};

template <typename Key>
schema make_schema() {
  return schema({{"key", column_type_of<Key>},
                 {"count", column_type::int64},
                 {"clicks", column_type::int64},
                 {"views", column_type::int64},
                 {"seen", column_type::time},
                 {"cost", column_type::float64},
                 {"revenue", column_type::float64},
                 {"score", column_type::float64}},
                {"key"});
}

/// How long this thread has run, in seconds.
double thread_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// The keys, in no order, and batches of rows with keys drawn from them.
template <typename Key>
class workload {
 public:
  explicit workload(std::size_t keys) : rows_(batch_rows * batches_per_round) {
    for (std::size_t i = 0; i < keys; ++i) {
      if constexpr (std::is_same_v<Key, std::string_view>) {
        char text[32];
        std::snprintf(text, sizeof text, "user%08zu", i);
        texts_.push_back(text);
      } else {
        keys_.push_back(static_cast<std::int64_t>(random_()));
      }
    }
    if constexpr (std::is_same_v<Key, std::string_view>) keys_.assign(texts_.begin(), texts_.end());
  }

  std::size_t keys() const { return keys_.size(); }

  /// All keys from `first` on, as far as one round goes.
  std::size_t load(std::size_t first) {
    const std::size_t count = std::min(rows_.size(), keys_.size() - first);
    for (std::size_t i = 0; i < count; ++i) fill(rows_[i], keys_[first + i]);
    return count;
  }
  void next() {
    for (row<Key>& r : rows_) fill(r, keys_[random_() % keys_.size()]);
  }
  const std::vector<row<Key>>& rows() const { return rows_; }

 private:
  void fill(row<Key>& r, const Key& key) {
    const auto n = static_cast<std::int64_t>(random_() >> 20);
    const bool is_old = now_ > 10'000'000 && n % 10 == 0;
    ++now_;
    r = {key, n, n + 1, n + 2, at_ms(is_old ? now_ - 10'000'000 : now_), 0.5, 1.5, static_cast<double>(n)};
  }

  std::mt19937_64 random_{42};
  std::vector<std::string> texts_;
  std::vector<Key> keys_;
  std::vector<row<Key>> rows_;
  std::int64_t now_ = 0;
};

template <typename Key>
using map_key = std::conditional_t<std::is_same_v<Key, std::string_view>, std::string, Key>;

template <typename Key>
using hash_map = boost::unordered_flat_map<map_key<Key>, row<Key>>;

/// The hand-written side.
template <typename Key>
double upsert(hash_map<Key>& map, const std::vector<row<Key>>& rows, std::size_t count, bool compare) {
  const double start = thread_seconds();
  for (std::size_t i = 0; i < count; ++i) {
    const auto [entry, is_new] = map.try_emplace(map_key<Key>(rows[i].key), rows[i]);
    if (!is_new && (!compare || rows[i].seen >= entry->second.seen)) entry->second = rows[i];
  }
  return thread_seconds() - start;
}

/// The table's side, a batch at a time.
template <typename Key>
double upsert(table& t, const std::vector<row<Key>>& rows, std::size_t count, bool compare, double* since_snapshot,
              std::optional<table_snapshot>& snapshot) {
  const double start = thread_seconds();
  double last = start;
  for (std::size_t first = 0; first < count; first += batch_rows) {
    constexpr std::size_t stride = sizeof(row<Key>);
    const row<Key>& r = rows[first];
    const column_values columns[] = {{&r.key, stride},  {&r.count, stride}, {&r.clicks, stride},  {&r.views, stride},
                                     {&r.seen, stride}, {&r.cost, stride},  {&r.revenue, stride}, {&r.score, stride}};
    upsert_details details;
    if (compare) details.comparison = column_values(&r.seen, stride);
    t.upsert({std::min(batch_rows, count - first), columns}, details);
    if (since_snapshot == nullptr) continue;
    const double now = thread_seconds();
    *since_snapshot += now - last;
    last = now;
    if (*since_snapshot * 1000 < static_cast<double>(snapshot_interval.count())) continue;
    snapshot = t.snapshot();
    *since_snapshot = 0;
  }
  return thread_seconds() - start;
}

std::int64_t checksum(const table_snapshot& rows) {
  std::int64_t sum = 0;
  for (std::size_t c = 0; c < rows.chunk_count(); ++c) {
    for (std::size_t i = 0; i < rows.chunk(c).size(); ++i)
      sum += rows.chunk(c).int64s(1)[i] ^ rows.chunk(c).int64s(4)[i];
  }
  return sum;
}

template <typename Key>
std::int64_t checksum(const hash_map<Key>& map) {
  std::int64_t sum = 0;
  for (const auto& [key, r] : map) sum += r.count ^ to_ms(r.seen);
  return sum;
}

template <typename Key>
void upsert_against_hash_map(benchmark::State& state, std::size_t keys, bool snapshots, bool compare) {
  workload<Key> work(keys);
  table t("t", make_schema<Key>(), {.comparison = compare});
  hash_map<Key> map;
  std::optional<table_snapshot> snapshot;
  double since_snapshot = 0;
  for (std::size_t first = 0; first < keys; first += batch_rows * batches_per_round) {
    const std::size_t count = work.load(first);
    upsert(map, work.rows(), count, compare);
    upsert(t, work.rows(), count, compare, nullptr, snapshot);
  }

  std::vector<double> ratios;
  std::vector<double> by_table;
  std::vector<double> by_map;
  constexpr double rows = batch_rows * batches_per_round;
  for (auto _ : state) {
    work.next();
    const double map_time = upsert(map, work.rows(), work.rows().size(), compare);
    const double table_time =
        upsert(t, work.rows(), work.rows().size(), compare, snapshots ? &since_snapshot : nullptr, snapshot);
    state.SetIterationTime(table_time);
    by_map.push_back(map_time);
    by_table.push_back(table_time);
    ratios.push_back(table_time / map_time);
  }
  if (checksum(t.snapshot()) != checksum<Key>(map)) state.SkipWithError("the table and the map differ");

  // With snapshots the cost comes in bursts, which a median would hide: there the sums are compared.
  const auto sum = [](const std::vector<double>& v) {
    double total = 0;
    for (const double x : v) total += x;
    return total / static_cast<double>(v.size());
  };
  state.counters["oriel_ns"] = (snapshots ? sum(by_table) : paired::median(by_table)) / rows * 1e9;
  state.counters["baseline_ns"] = (snapshots ? sum(by_map) : paired::median(by_map)) / rows * 1e9;
  state.counters["ratio"] = snapshots ? sum(by_table) / sum(by_map) : paired::median(ratios);
  if constexpr (std::is_integral_v<Key>) {  // beyond the columns themselves
    state.counters["bytes_per_key"] = static_cast<double>(t.bytes()) / static_cast<double>(keys) - sizeof(row<Key>);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows));
}

const std::size_t million = paired::scaled(1'000'000);

void integers(benchmark::State& state) { upsert_against_hash_map<std::int64_t>(state, million, false, false); }
void with_snapshots(benchmark::State& state) { upsert_against_hash_map<std::int64_t>(state, million, true, false); }
void by_event_time(benchmark::State& state) { upsert_against_hash_map<std::int64_t>(state, million, false, true); }
void strings(benchmark::State& state) { upsert_against_hash_map<std::string_view>(state, million, false, false); }
void ten_thousand(benchmark::State& state) { upsert_against_hash_map<std::int64_t>(state, 10'000, false, false); }

void taking_a_snapshot(benchmark::State& state) {
  workload<std::int64_t> work(million);
  table t("t", make_schema<std::int64_t>());
  std::optional<table_snapshot> snapshot;
  for (auto _ : state) {
    for (std::size_t first = 0; first < million; first += batch_rows * batches_per_round) {
      const std::size_t count = work.load(first);
      upsert(t, work.rows(), count, false, nullptr, snapshot);
    }
    const auto start = clock_type::now();
    benchmark::DoNotOptimize(snapshot = t.snapshot());
    state.SetIterationTime(std::chrono::duration<double>(clock_type::now() - start).count());
  }
}

BENCHMARK(integers)->UseManualTime()->Iterations(paired::rounds(400));
BENCHMARK(with_snapshots)->UseManualTime()->Iterations(paired::rounds(400));
BENCHMARK(by_event_time)->UseManualTime()->Iterations(paired::rounds(400));
BENCHMARK(strings)->UseManualTime()->Iterations(paired::rounds(400));
BENCHMARK(ten_thousand)->UseManualTime()->Iterations(paired::rounds(400));
BENCHMARK(taking_a_snapshot)->UseManualTime()->Iterations(paired::rounds(20))->Unit(benchmark::kMicrosecond);

}  // namespace

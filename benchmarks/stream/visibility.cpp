// SPDX-License-Identifier: Apache-2.0
// benchmarks/stream/visibility.cpp - how long after it was pushed does a query see an event?
//
// One thread pushes batches of 256 events into a pipeline that runs on a thread of its own: a running
// count and sum for each of 10 000 keys, kept in a table. A third thread waits for the table to
// change and asks it in SQL for the newest event it has. An event counts as visible when the answer
// is there. First it is found out how many events per second can be sustained, then half as many are
// pushed. Target T16: p99 at most 5 ms. It wants cores for itself.
//
//   sustained    events per second, pushed as fast as they are taken
//   p50_ms, p99_ms, worst_ms   from push to answer, at half of that
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>

#include <oriel/oriel.hpp>

#include "paired.hpp"

namespace {

using namespace oriel;
using namespace oriel::literals;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

constexpr std::size_t batch_rows = 256;

struct hit {
  std::int64_t key;
  timestamp ts;
  std::int64_t batch;
  double value;
};
BOOST_DESCRIBE_STRUCT(hit, (), (key, ts, batch, value))

double seconds_since(clock_type::time_point start) {
  return std::chrono::duration<double>(clock_type::now() - start).count();
}

/// A pipeline that keeps a table of running sums, and events to push into it.
class running_sums {
 public:
  running_sums() {
    p_.from(in_)
        .event_time(&hit::ts, {})
        .key_by(&hit::key)
        .unbounded()
        .aggregate("n"_col = count(), "total"_col = sum(&hit::value), "newest"_col = max(&hit::batch))
        .into("sums");
    p_.start();
  }
  ~running_sums() { p_.stop(); }

  const catalog& tables() const { return tables_; }
  table& sums() const { return tables_.at("sums"); }

  void push(std::int64_t batch) {
    for (hit& h : events_) {
      h = {static_cast<std::int64_t>(random_() % 10'000), at_ms(batch), batch, 1.5};
    }
    in_.push(std::span<const hit>(events_));
  }

  /// The newest batch that a query sees; -1 when there is none.
  std::int64_t newest() const {
    const result_set r = sql(tables_, "SELECT MAX(newest) FROM sums");
    return r.is_null(0, 0) ? -1 : r.as_int64(0, 0);
  }

 private:
  catalog tables_;
  pipeline p_{tables_};
  input<hit> in_ = p_.input<hit>("hits");
  std::vector<hit> events_ = std::vector<hit>(batch_rows);
  std::mt19937_64 random_{3};
};

/// Events per second that are taken when they are pushed without pause.
double sustained_rate() {
  running_sums sums;
  const auto batches = static_cast<std::int64_t>(paired::scaled(8000));
  const auto start = clock_type::now();
  for (std::int64_t b = 0; b < batches; ++b) sums.push(b);
  while (sums.newest() + 1 < batches) std::this_thread::yield();
  return static_cast<double>(batches) * batch_rows / seconds_since(start);
}

void pushed_to_visible(benchmark::State& state) {
  std::vector<double> rates;
  std::vector<double> delays;
  for (auto _ : state) {
    rates.push_back(sustained_rate());
    const double batches_per_second = rates.back() / 2 / batch_rows;
    const double seconds = paired::quick() ? 0.05 : 2;
    const auto batches = std::max<std::int64_t>(1, static_cast<std::int64_t>(seconds * batches_per_second));
    running_sums sums;
    std::vector<clock_type::time_point> pushed(static_cast<std::size_t>(batches));
    std::thread reader([&] {
      std::int64_t seen = -1;
      std::uint64_t version = 0;
      while (seen + 1 < batches) {
        version = sums.sums().wait_for_change(version, 10ms).value_or(version);
        const std::int64_t newest = sums.newest();
        const auto now = clock_type::now();
        for (; seen < newest; ++seen) {
          delays.push_back(std::chrono::duration<double>(now - pushed[static_cast<std::size_t>(seen + 1)]).count());
        }
      }
    });
    const auto start = clock_type::now();
    for (std::int64_t b = 0; b < batches; ++b) {
      const std::chrono::duration<double> due(static_cast<double>(b) / batches_per_second);
      std::this_thread::sleep_until(start + std::chrono::duration_cast<clock_type::duration>(due));
      pushed[static_cast<std::size_t>(b)] = clock_type::now();
      sums.push(b);
    }
    reader.join();
  }
  std::sort(delays.begin(), delays.end());
  std::nth_element(rates.begin(), rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2), rates.end());
  state.counters["sustained"] = rates[rates.size() / 2];
  state.counters["p50_ms"] = delays[delays.size() / 2] * 1e3;
  state.counters["p99_ms"] = delays[delays.size() * 99 / 100] * 1e3;
  state.counters["worst_ms"] = delays.back() * 1e3;
}

BENCHMARK(pushed_to_visible)->Iterations(paired::rounds(5))->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace

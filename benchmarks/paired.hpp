// SPDX-License-Identifier: Apache-2.0
// benchmarks/paired.hpp - two ways of doing the same work, timed in turn.
//
// These machines are shared: an absolute time says little, a ratio between two things
// that ran one after the other in one process says much. Each iteration runs both
// sides; `ratio` is the median over iterations of the subject's time by the baseline's.
//
// What a ratio has to be stands in benchmarks/targets.json; tools/bench compares. With
// ORIEL_BENCH_QUICK in the environment everything is small: it shows that a benchmark
// runs and that both sides agree, not how fast they are.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <benchmark/benchmark.h>

namespace paired {

inline bool quick() {
  static const bool value = std::getenv("ORIEL_BENCH_QUICK") != nullptr;
  return value;
}

/// How often to run both sides: `->Iterations(paired::rounds())`.
inline std::int64_t rounds(std::int64_t usual = 7) { return quick() ? 2 : usual; }

/// How much input to use.
inline std::size_t scaled(std::size_t usual) { return quick() ? usual / 200 : usual; }

inline double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

template <typename F>
double seconds(F&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Runs `subject()` and `baseline()` in turn. Each returns a checksum; they must be equal.
/// Reports nanoseconds per item of both sides and the ratio; use with `UseManualTime()`.
template <typename Subject, typename Baseline>
void run(benchmark::State& state, std::size_t items, Subject&& subject, Baseline&& baseline) {
  std::vector<double> ours;
  std::vector<double> theirs;
  std::vector<double> ratios;
  for (auto _ : state) {
    std::uint64_t expected = 0;
    std::uint64_t found = 1;
    theirs.push_back(seconds([&] { expected = baseline(); }));
    ours.push_back(seconds([&] { found = subject(); }));
    if (found != expected) {
      state.SkipWithError("the two sides gave different answers");
      return;
    }
    ratios.push_back(ours.back() / theirs.back());
    state.SetIterationTime(ours.back());
  }
  const auto count = static_cast<double>(items);
  state.counters["oriel_ns"] = median(ours) / count * 1e9;
  state.counters["baseline_ns"] = median(theirs) / count * 1e9;
  state.counters["ratio"] = median(ratios);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(items));
}

}  // namespace paired

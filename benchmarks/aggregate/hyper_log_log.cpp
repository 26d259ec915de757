// SPDX-License-Identifier: Apache-2.0
// benchmarks/aggregate/hyper_log_log.cpp - what does an approximate distinct count add to hashing the values?
//
// Ten million values into one sketch of precision 14; the baseline hashes them and does nothing
// more. Target T7: 1.5. Merging is measured against a copy of the same 16 KiB.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include <oriel/aggregate/hyper_log_log.hpp>

#include "paired.hpp"

namespace {

using namespace oriel;

template <typename V>
void add(benchmark::State& state, const std::vector<V>& values) {
  const approx_count_distinct<V> reach;
  const double expected = [&] {
    auto p = reach.identity();
    for (const V& v : values) reach.add(p, v);
    return p.estimate();
  }();
  paired::run(
      state, values.size(),
      [&] {
        auto p = reach.identity();
        for (const V& v : values) reach.add(p, v);
        return static_cast<std::uint64_t>(p.estimate());
      },
      [&] {
        std::uint64_t all = 0;
        for (const V& v : values) all += detail::sketch_hash(v);
        benchmark::DoNotOptimize(all);
        return static_cast<std::uint64_t>(expected);
      });
}

void add_integers(benchmark::State& state) {
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> values(paired::scaled(10'000'000));
  for (auto& v : values) v = random() % 3'000'000;
  add(state, values);
}

void add_strings(benchmark::State& state) {
  std::mt19937_64 random(1);
  std::vector<std::string> ids;
  for (int i = 0; i < 2'000; ++i) {
    ids.push_back("u-" + std::to_string(100'000 + i));
    ids.back().resize(8 + random() % 29, 'x');
  }
  std::vector<std::string_view> values(paired::scaled(10'000'000));
  for (auto& v : values) v = ids[random() % ids.size()];
  add(state, values);
}

void merge(benchmark::State& state) {
  const std::size_t times = paired::scaled(10'000);
  std::mt19937_64 random(1);
  hyper_log_log a;
  hyper_log_log b;
  for (int i = 0; i < 100'000; ++i) {
    a.add_hash(random());
    b.add_hash(random());
  }
  std::vector<char> from(16384);
  std::vector<char> to(16384);
  paired::run(
      state, times,
      [&] {
        for (std::size_t i = 0; i < times; ++i) {
          a.merge(b);
          benchmark::ClobberMemory();
        }
        return std::uint64_t{0};
      },
      [&] {
        for (std::size_t i = 0; i < times; ++i) {
          std::memcpy(to.data(), from.data(), from.size());
          benchmark::DoNotOptimize(to.data());
          benchmark::ClobberMemory();
        }
        return std::uint64_t{0};
      });
}

void estimate(benchmark::State& state) {
  std::mt19937_64 random(1);
  hyper_log_log a;
  for (int i = 0; i < 100'000; ++i) a.add_hash(random());
  for (auto _ : state) benchmark::DoNotOptimize(a.estimate());
}

BENCHMARK(add_integers)->UseManualTime()->Iterations(paired::rounds())->Unit(benchmark::kMillisecond);
BENCHMARK(add_strings)->UseManualTime()->Iterations(paired::rounds())->Unit(benchmark::kMillisecond);
BENCHMARK(merge)->UseManualTime()->Iterations(paired::rounds())->Unit(benchmark::kMillisecond);
BENCHMARK(estimate)->Iterations(paired::rounds(1'000))->Unit(benchmark::kMicrosecond);

}  // namespace

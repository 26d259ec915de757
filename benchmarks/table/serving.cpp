// SPDX-License-Identifier: Apache-2.0
// benchmarks/table/serving.cpp - what do queries and upserts cost each other?
//
// A table of 300 000 orders is asked three dashboard questions in turn, by one thread. Another
// one replaces rows with random keys, in batches of 1 024, 500 000 rows per second. Each round
// has three parts of the same length: questions alone, upserts alone, both. Target T14: with
// upserts p99 at most 1.5 times what it is without, and upserts at least 0.9 times as many as
// without questions. It wants two cores for itself.
//
//   alone_p99_ms, both_p99_ms, ratio   of a question, over all rounds
//   alone_rate, both_rate, ingestion   rows per second, and the second by the first
//   alone_ns, both_ns                  what a row cost the writer
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>

#include <oriel/query/sql.hpp>
#include <oriel/table/catalog.hpp>

#include "paired.hpp"

namespace {

using namespace oriel;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

constexpr std::size_t keys = 300'000;
constexpr std::size_t batch_rows = 1024;
constexpr std::size_t rows_per_second = 500'000;
const std::chrono::duration<double> part = paired::quick() ? 50ms : 2s;

double seconds_since(clock_type::time_point start) {
  return std::chrono::duration<double>(clock_type::now() - start).count();
}

struct order {
  std::int64_t id;
  std::string_view page, device, status;
  timestamp created;
  std::int64_t items;
  double revenue, cost;
};

class orders {
 public:
  orders() : rows_(64 * batch_rows) {
    for (std::size_t i = 0; i < 50; ++i) pages_.push_back("/page/" + std::to_string(i));
    for (std::size_t first = 0; first < keys; first += rows_.size()) {
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        rows_[i] = make(static_cast<std::int64_t>((first + i) % keys));
      }
      for (std::size_t batch = 0; batch < 64; ++batch) upsert(batch);
    }
    for (order& o : rows_) o = make(static_cast<std::int64_t>(random_() % keys));
  }

  const catalog& tables() const { return tables_; }

  void upsert(std::size_t batch) {
    constexpr std::size_t stride = sizeof(order);
    const order& o = rows_[batch % 64 * batch_rows];
    const column_values columns[] = {{&o.id, stride},      {&o.page, stride},  {&o.device, stride},  {&o.status, stride},
                                     {&o.created, stride}, {&o.items, stride}, {&o.revenue, stride}, {&o.cost, stride}};
    table_.upsert({batch_rows, columns});
  }

 private:
  order make(std::int64_t id) {
    static constexpr std::string_view devices[] = {"mobile", "desktop", "tablet"};
    static constexpr std::string_view states[] = {"placed", "paid", "shipped", "returned"};
    const std::uint64_t n = random_();
    return {id,
            pages_[n % pages_.size()],
            devices[n / 64 % 3],
            states[n / 256 % 4],
            at_ms(1'760'000'000'000 + static_cast<std::int64_t>(n / 1024 % 3'600'000)),
            static_cast<std::int64_t>(n / 4096 % 9),
            static_cast<double>(n / 65'536 % 1000) / 4,
            static_cast<double>(n / 131'072 % 1000) / 8};
  }

  catalog tables_;
  table& table_ = tables_.create("orders", schema({{"id", column_type::int64},
                                                   {"page", column_type::string},
                                                   {"device", column_type::string},
                                                   {"status", column_type::string},
                                                   {"created", column_type::time},
                                                   {"items", column_type::int64},
                                                   {"revenue", column_type::float64},
                                                   {"cost", column_type::float64}},
                                                  {"id"}));
  std::mt19937_64 random_{7};
  std::vector<std::string> pages_;
  std::vector<order> rows_;
};

constexpr std::string_view questions[] = {
    "SELECT device, status, COUNT(*) AS n, SUM(revenue) AS revenue FROM orders GROUP BY device, status",
    "SELECT page, SUM(items) AS items, SUM(revenue) - SUM(cost) AS profit FROM orders GROUP BY page "
    "ORDER BY profit DESC LIMIT 10",
    "SELECT DATETRUNC('minute', created) AS minute, COUNT(*) AS n, SUM(revenue) AS revenue FROM orders "
    "WHERE status = 'paid' GROUP BY minute ORDER BY minute",
};

/// Asks until the time is over; the seconds each question took are added to `took`.
void ask(const orders& of, std::vector<double>& took) {
  const auto start = clock_type::now();
  for (std::size_t i = 0; seconds_since(start) < part.count(); ++i) {
    const auto asked = clock_type::now();
    benchmark::DoNotOptimize(sql(of.tables(), questions[i % std::size(questions)]));
    took.push_back(seconds_since(asked));
  }
}

struct writing {
  std::size_t rows = 0;
  double elapsed = 0;
  double busy = 0;
};

/// Upserts at the given rate, if it can, until the time is over.
void write(orders& to, writing& sum) {
  const auto start = clock_type::now();
  std::size_t batches = 0;
  for (; seconds_since(start) < part.count(); ++batches) {
    std::this_thread::sleep_until(start + std::chrono::nanoseconds(batches * batch_rows * 1'000'000'000 / rows_per_second));
    const auto began = clock_type::now();
    to.upsert(batches);
    sum.busy += seconds_since(began);
  }
  sum.rows += batches * batch_rows;
  sum.elapsed += seconds_since(start);
}

double p99(std::vector<double> took) {
  const auto place = took.begin() + static_cast<std::ptrdiff_t>(took.size() * 99 / 100);
  std::nth_element(took.begin(), place, took.end());
  return *place;
}

void questions_and_upserts(benchmark::State& state) {
  orders all;
  std::vector<double> alone;
  std::vector<double> both;
  writing quiet;
  writing busy;
  for (auto _ : state) {
    ask(all, alone);
    write(all, quiet);
    std::thread writer([&] { write(all, busy); });
    ask(all, both);
    writer.join();
  }
  const auto rate = [](const writing& w) { return static_cast<double>(w.rows) / w.elapsed; };
  const auto ns = [](const writing& w) { return w.busy / static_cast<double>(w.rows) * 1e9; };
  state.counters["alone_p99_ms"] = p99(alone) * 1e3;
  state.counters["both_p99_ms"] = p99(both) * 1e3;
  state.counters["ratio"] = p99(both) / p99(alone);
  state.counters["alone_rate"] = rate(quiet);
  state.counters["both_rate"] = rate(busy);
  state.counters["ingestion"] = rate(busy) / rate(quiet);
  state.counters["alone_ns"] = ns(quiet);
  state.counters["both_ns"] = ns(busy);
}

BENCHMARK(questions_and_upserts)->Iterations(paired::rounds(5))->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace

// SPDX-License-Identifier: Apache-2.0
// benchmarks/flow/source_node.cpp - what does it cost to give an event its time and its watermark?
//
// Four million events of 24 bytes, up to 8 s out of order, pushed into a source node in spans of 1 024; a node
// behind it looks at each batch. `oriel_ns` against the plain node in the same rounds:
//
//   lateness     with .measure_lateness: the ratio is what it costs
//   partitions   four partitions, the spans pushed into them in turn
//   in_order     as lateness, events in order
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include <benchmark/benchmark.h>

#include <oriel/flow/graph.hpp>
#include <oriel/flow/typed_source_node.hpp>

#include "paired.hpp"

namespace {

using namespace oriel;
using namespace std::chrono_literals;

struct reading {
  std::int64_t key;
  timestamp ts;
  double value;
};

const std::size_t event_count = paired::scaled(4'000'000);

std::vector<reading> make_events(std::int64_t disorder) {
  std::mt19937_64 random(42);
  std::vector<reading> events(event_count);
  for (std::size_t i = 0; i < event_count; ++i) {
    const auto behind = disorder == 0 ? 0 : static_cast<std::int64_t>(random()) & (disorder - 1);
    events[i] = {static_cast<std::int64_t>(i), at_ms(static_cast<std::int64_t>(i / 16) - behind), 1.0};
  }
  return events;
}

class late_counter final : public operator_node<reading> {
 public:
  using operator_node::operator_node;
  void on_batch(const batch_view<reading>& batch) override {
    rows += batch.size();
    late += batch.times.back() < batch.watermarks.back();
  }
  void on_watermark(timestamp) override {}
  void on_end() override {}
  std::uint64_t rows = 0;
  std::uint64_t late = 0;
};

std::uint64_t push_all(const std::vector<reading>& events, event_time_options options, std::size_t partitions) {
  using node_type = typed_source_node<reading, reading, pass, timestamp reading::*>;
  graph g;
  auto& letters = g.add<dead_letter_node>("dead_letters");
  typename node_type::parts parts{{}, {}, &reading::ts, options, &system_clock(), &letters, {}, partitions};
  auto& from = g.add<node_type>("readings", std::move(parts));
  auto& to = g.add<late_counter>("late");
  g.connect(from.rows(), to);
  std::size_t turn = 0;
  for (std::size_t done = 0; done < events.size(); done += default_batch_size) {
    const std::size_t n = std::min(default_batch_size, events.size() - done);
    from.push(std::span(events).subspan(done, n), turn++ % partitions);
  }
  benchmark::DoNotOptimize(to.late);
  return to.rows;
}

void source_node_cost(benchmark::State& state, std::int64_t disorder, event_time_options options,
                      std::size_t partitions) {
  const auto events = make_events(disorder);
  options.out_of_orderness = 5s;
  paired::run(
      state, events.size(), [&] { return push_all(events, options, partitions); },
      [&] { return push_all(events, {.out_of_orderness = 5s}, 1); });
}

constexpr event_time_options measured{.measure_lateness = true};

BENCHMARK_CAPTURE(source_node_cost, lateness, 8192, measured, 1)->UseManualTime()->Iterations(paired::rounds(9));
BENCHMARK_CAPTURE(source_node_cost, partitions, 8192, event_time_options{}, 4)->UseManualTime()->Iterations(paired::rounds(9));
BENCHMARK_CAPTURE(source_node_cost, in_order, 0, measured, 1)->UseManualTime()->Iterations(paired::rounds(9));

}  // namespace


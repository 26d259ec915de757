// SPDX-License-Identifier: Apache-2.0
// From a line of JSON to a row of a table: how much of simdjson's speed is left (target T11), and what does the rest cost?
//
// json_to_table: a file of events through the source, 5 minute windows per organisation and action, into the table
// orgActionAgg. Beside it simdjson reading the same ten fields of the same file into the same struct, and nothing else.
// whole_app is the same with the table of all events, rawEvents, as the application has it. from_memory is the window
// half alone, beside a loop with a flat hash map per open window; both give the same rows.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <string>
#include <tuple>

#include <benchmark/benchmark.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include <oriel/oriel.hpp>

#include "org_actions/org_actions.hpp"
#include "paired.hpp"
#include "pipelines/app_input.hpp"

namespace {

using namespace oriel;
using namespace oriel::literals;
using namespace std::chrono_literals;
using org_actions::org_event;

const std::size_t event_count = paired::scaled(500'000);

pipelines::app_input<org_event>& events() {
  static pipelines::app_input<org_event> made(org_actions::make_events({event_count, 7}), json_times::iso_8601);
  return made;
}

std::uint64_t read_by_hand() {
  std::uint64_t lines = 0;
  pipelines::for_each_object(events().path(), [&](simdjson::ondemand::object& o) {
    org_event e;
    pipelines::read(o, "event_id", e.event_id);
    pipelines::read(o, "org", e.org);
    pipelines::read(o, "user_id", e.user_id);
    simdjson::ondemand::object inner;
    pipelines::read(o, "geo", inner);
    pipelines::read(inner, "lat", e.geo.lat);
    pipelines::read(inner, "lon", e.geo.lon);
    pipelines::read(o, "action", e.action);
    pipelines::read(o, "value", e.value);
    pipelines::read(o, "attrs", inner);
    pipelines::read(inner, "device", e.attrs.device);
    pipelines::read(inner, "campaign", e.attrs.campaign);
    pipelines::read(o, "ts", e.ts);
    benchmark::DoNotOptimize(e);
    ++lines;
  });
  return lines;
}

void add_windows(const source_stream<org_event>& from) {
  from.event_time(&org_event::ts, {.out_of_orderness = 10s})
      .key_by(&org_event::org, &org_event::action)
      .window(tumbling{.size = 5min})
      .aggregate("cnt"_col = count(), "sum_value"_col = sum(&org_event::value), "avg_value"_col = mean(&org_event::value))
      .into("orgActionAgg");
}

/// The events of a finished run.
std::uint64_t events_told(const pipeline& p, const catalog& tables) {
  return pipelines::checksum(tables, {"SELECT SUM(cnt) FROM orgActionAgg"}) +
         p.graph().find("window_aggregate")->counters().late.value();
}

void json_to_table(benchmark::State& state) {
  const std::string path = events().path();
  paired::run(
      state, event_count,
      [&] {
        catalog tables;
        pipeline p{tables};
        add_windows(p.from(json_lines<org_event>{.path = path}));
        p.run();
        return events_told(p, tables);
      },
      read_by_hand);
}

void whole_app(benchmark::State& state) {
  const std::string path = events().path();
  paired::run(
      state, event_count,
      [&] {
        catalog tables;
        pipeline p{tables};
        org_actions::build(p.from(json_lines<org_event>{.path = path}), p.clock());
        p.run();
        return events_told(p, tables);
      },
      read_by_hand);
}

std::uint64_t windows_by_hand(std::span<const org_event> all) {
  struct cell {
    std::int64_t n = 0;
    double sum = 0;
  };
  struct hash_pair {
    std::size_t operator()(const std::pair<std::string_view, std::string_view>& k) const {
      return std::hash<std::string_view>{}(k.first) * 31 + std::hash<std::string_view>{}(k.second);
    }
  };
  using window = boost::unordered_flat_map<std::pair<std::string_view, std::string_view>, cell, hash_pair>;
  constexpr std::int64_t size = 300'000;
  std::map<std::int64_t, window> open;
  std::int64_t watermark = std::numeric_limits<std::int64_t>::min();
  std::int64_t rows = 0, counted = 0;
  double total = 0;
  const auto close = [&](std::int64_t until) {
    while (!open.empty() && open.begin()->first + size <= until) {
      for (const auto& [key, c] : open.begin()->second) {
        ++rows;
        counted += c.n;
        total += c.sum;
      }
      open.erase(open.begin());
    }
  };
  for (const org_event& e : all) {
    const std::int64_t t = to_ms(e.ts);
    const std::int64_t start = t - ((t % size) + size) % size;
    if (!open.empty()) close(watermark);
    if (start + size > watermark) {
      cell& c = open[start][{e.org, e.action}];
      ++c.n;
      c.sum += e.value;
    }
    watermark = std::max(watermark, t - 10'000);
  }
  close(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::uint64_t>(rows + 2 * counted) + static_cast<std::uint64_t>(std::llround(total));
}

void from_memory(benchmark::State& state) {
  const std::span<const org_event> all = events().rows();
  paired::run(
      state, event_count,
      [&] {
        catalog tables;
        pipeline p{tables};
        auto in = p.input<org_event>("events");
        add_windows(p.from(in));
        in.push(all);
        in.finish();
        const result_set r = sql(tables, "SELECT COUNT(*) + 2 * SUM(cnt), SUM(sum_value) FROM orgActionAgg");
        return static_cast<std::uint64_t>(r.as_int64(0, 0)) + static_cast<std::uint64_t>(std::llround(r.as_float64(0, 1)));
      },
      [&] { return windows_by_hand(all); });
}

BENCHMARK(json_to_table)->UseManualTime()->Iterations(paired::rounds())->Unit(benchmark::kMillisecond);
BENCHMARK(whole_app)->UseManualTime()->Iterations(paired::rounds())->Unit(benchmark::kMillisecond);
BENCHMARK(from_memory)->UseManualTime()->Iterations(paired::rounds())->Unit(benchmark::kMillisecond);

}  // namespace

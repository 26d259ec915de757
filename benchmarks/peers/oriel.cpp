// SPDX-License-Identifier: Apache-2.0
// benchmarks/peers/oriel.cpp - Oriel's side of the comparisons that tools/bench-peers makes.
//
//   bench_peers_oriel generate EVENTS           events for `tumbling` and `hopping` to standard output: key,ms,value
//   bench_peers_oriel WORK FILE ROWS ROUNDS     result rows into the file ROWS, times to standard output as JSON
//
// Every peer is a program with these last arguments. WORK is
//
//   tumbling   count and sum per key and minute, of events up to 5 s out of order; read into memory before the clock
//              runs
//   hopping    the same of 60 s every second
//   five_minutes   count and sum by organisation and action per 5 minutes, of the JSON Lines that the application
//                  org_actions generates, into a table; reading the file is part of it
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <oriel/oriel.hpp>

namespace {

using namespace oriel;
using namespace oriel::literals;
using namespace std::chrono_literals;

struct reading {
  std::int64_t key;
  timestamp ts;
  std::int64_t value;
};
BOOST_DESCRIBE_STRUCT(reading, (), (key, ts, value))

void generate(std::int64_t count) {
  std::mt19937_64 random(42);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t key = static_cast<std::int64_t>(random() % 1'000);
    const std::int64_t ts = 1'760'000'000'000 + i * 1'000 / 16'667 - static_cast<std::int64_t>(random() % 5'000);
    fmt::print("{},{},{}\n", key, ts, random() % 100);
  }
}

std::vector<reading> read_events(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<reading> events;
  for (std::string line; std::getline(in, line);) {
    std::int64_t cells[3] = {};
    const char* at = line.data();
    const char* const end = at + line.size();
    for (std::int64_t& cell : cells) at = std::from_chars(at, end, cell).ptr + 1;
    events.push_back({cells[0], at_ms(cells[1]), cells[2]});
  }
  return events;
}

struct result_row {
  std::int64_t key, start, count, sum;
};

template <typename Windows>
std::vector<result_row> windows_of(const std::vector<reading>& events, Windows windows) {
  std::vector<result_row> rows;
  catalog tables;
  pipeline p{tables};
  auto in = p.input<reading>("readings");
  p.from(in)
      .event_time(&reading::ts, {.out_of_orderness = 5s})
      .key_by(&reading::key)
      .window(windows)
      .aggregate("n"_col = count(), "total"_col = sum(&reading::value))
      .to([&](const auto& pane) {
        rows.push_back({pane.key, to_ms(pane.window.start), pane.row["n"_col], pane.row["total"_col]});
      });
  in.push(std::span<const reading>(events));
  in.finish();
  return rows;
}

struct action {
  std::string_view org, action;
  double value;
  timestamp ts;
};
BOOST_DESCRIBE_STRUCT(action, (), (org, action, value, ts))

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Does the work several times; tells the fastest round.
void timed(int rounds, const std::function<void()>& work) {
  double wall = 0;
  double processor = 0;
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const double before = processor_seconds();
    work();
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (i == 0 || took < wall) {
      wall = took;
      processor = processor_seconds() - before;
    }
  }
  fmt::print("{{\"seconds\": {:.6f}, \"processor_seconds\": {:.6f}}}\n", wall, processor);
}

template <typename Windows>
void windows(const std::string& file, const std::string& to, int rounds, Windows kind) {
  const std::vector<reading> events = read_events(file);
  std::vector<result_row> rows;
  timed(rounds, [&] { rows = windows_of(events, kind); });
  std::ofstream out(to);
  for (const result_row& r : rows) out << fmt::format("{},{},{},{}\n", r.key, r.start, r.count, r.sum);
}

void five_minutes(const std::string& file, const std::string& to, int rounds) {
  result_set answer;
  timed(rounds, [&] {
    catalog tables;
    pipeline p{tables};
    p.from(json_lines<action>{.path = file})
        .event_time(&action::ts, {.out_of_orderness = 10s})
        .key_by(&action::org, &action::action)
        .window(tumbling{.size = 5min, .allowed_lateness = 24h})  // a grouping has no late rows
        .aggregate("cnt"_col = count(), "sum_value"_col = sum(&action::value))
        .into("orgActionAgg");
    p.run();
    answer = sql(tables, "SELECT org, action, window_start, cnt, sum_value FROM orgActionAgg");
  });
  std::ofstream out(to);
  for (std::size_t i = 0; i < answer.row_count(); ++i) {
    out << fmt::format("{},{},{},{},{}\n", answer.as_string(i, 0), answer.as_string(i, 1), answer.as_int64(i, 2),
                       answer.as_int64(i, 3), answer.as_float64(i, 4));
  }
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> given(arguments + 1, arguments + count);
  if (given.size() == 2 && given[0] == "generate") {
    generate(std::stoll(given[1]));
    return 0;
  }
  if (given.size() != 4) return 2;
  const int rounds = std::stoi(given[3]);
  if (given[0] == "tumbling") windows(given[1], given[2], rounds, tumbling{.size = 60s});
  if (given[0] == "hopping") windows(given[1], given[2], rounds, hopping{.size = 60s, .hop = 1s});
  if (given[0] == "five_minutes") five_minutes(given[1], given[2], rounds);
  return 0;
}

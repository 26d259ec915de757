// SPDX-License-Identifier: Apache-2.0
// benchmarks/stream/funnel.cpp - what does a funnel of five steps cost, kept up to date for 100 000 users?
//
// Four million events of 24 bytes in order of time, of 100 000 users, 40 each within two and a half hours; five kinds in
// eight are steps. The chain must be completed within an hour. The baseline is the state machine one would write by hand
// for events that come in order: a hash map from user to the latest start of each level, updated from the last level down.
// Events out of order would make it wrong; ours takes them. Target T8: 2.
//
//   levels/BOUND    the level of every user that a batch of 1 024 has touched, to a function
//   report/BOUND    how many users are at each step, after every batch; ours by way of a changelog of levels
//
// BOUND is what is said of disorder, in seconds; -1: nothing, so every step event is remembered. `bytes_per_user` is what
// malloc has given out when the last event is in, with key, operator and, for the report, changelog.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <malloc.h>
#include <random>
#include <span>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include <oriel/oriel.hpp>

#include "paired.hpp"

namespace {

using namespace oriel;
using namespace oriel::literals;
using namespace std::chrono_literals;

struct click {
  std::int64_t user;
  timestamp ts;
  std::int64_t kind;
};
BOOST_DESCRIBE_STRUCT(click, (), (user, ts, kind))

const std::size_t users = paired::scaled(100'000);
const std::size_t event_count = paired::scaled(4'000'000);
constexpr std::size_t batch_size = 1'024;
constexpr std::int64_t hour = 3'600'000;

const std::vector<click>& clicks() {
  static const std::vector<click> all = [] {
    std::mt19937_64 random(42);
    std::vector<std::int64_t> ids(users);
    for (std::int64_t& id : ids) id = static_cast<std::int64_t>(random());
    std::vector<click> events(event_count);
    for (std::size_t i = 0; i < event_count; ++i) {
      const auto draw = random();
      // Early steps are more frequent than late ones.
      static constexpr std::int64_t kinds[16] = {0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5, 5, 5, 5, 5};
      events[i] = {ids[draw % users], at_ms(static_cast<std::int64_t>(i * 9'000'000 / event_count)), kinds[draw >> 60]};
    }
    return events;
  }();
  return all;
}

/// By hand: for each user and level, when the latest chain that came so far began.
class state_machines {
 public:
  struct state {
    std::array<std::int64_t, 5> start{none, none, none, none, none};
    std::int64_t level = 0;
    std::int64_t told = 0;  // the level that is in the report
    bool touched = false;
  };

  state& apply(const click& c) {
    state& s = users_[c.user];
    if (c.kind == 0) {
      s.start[0] = to_ms(c.ts);
      if (s.level == 0) s.level = 1;
    } else if (c.kind < 5) {
      const auto step = static_cast<std::size_t>(c.kind);
      if (s.start[step - 1] != none && to_ms(c.ts) - s.start[step - 1] <= hour) {
        s.start[step] = s.start[step - 1];
        if (s.level < c.kind + 1) s.level = c.kind + 1;
      }
    }
    return s;
  }
  state& of(std::int64_t user) { return users_.find(user)->second; }

 private:
  static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min();
  boost::unordered_flat_map<std::int64_t, state> users_;
};

auto five_steps(std::int64_t bound) {
  funnel_options options{.within = 1h};
  if (bound >= 0) options.out_of_orderness = std::chrono::seconds(bound);
  const auto is = [](std::int64_t kind) { return [kind](const click& c) { return c.kind == kind; }; };
  return funnel(options, is(0), is(1), is(2), is(3), is(4));
}

std::uint64_t mixed(std::int64_t user, std::int64_t level) {
  return static_cast<std::uint64_t>(user) * 0x9e3779b97f4a7c15u * static_cast<std::uint64_t>(level);
}

std::size_t allocated() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// Pushes all clicks batch by batch, and says how many bytes were taken by the end.
template <typename Input, typename F>
void push_all(Input& in, double* bytes_per_user, F&& after_batch) {
  const std::size_t before = allocated();
  const std::span<const click> all(clicks());
  for (std::size_t i = 0; i < all.size(); i += batch_size) {
    in.push(all.subspan(i, std::min(batch_size, all.size() - i)));
    after_batch();
  }
  if (bytes_per_user != nullptr) *bytes_per_user = static_cast<double>(allocated() - before) / static_cast<double>(users);
  in.finish();
}

std::uint64_t levels_by_oriel(std::int64_t bound, double* bytes_per_user = nullptr) {
  std::uint64_t total = 0;
  catalog tables;
  pipeline p{tables};
  auto in = p.input<click>("clicks");
  p.from(in)
      .event_time(&click::ts)
      .key_by(&click::user)
      .unbounded()
      .aggregate("level"_col = five_steps(bound))
      .to([&](const auto& r) { total += mixed(r.key, r.row["level"_col]); });
  push_all(in, bytes_per_user, [] {});
  return total;
}

std::uint64_t levels_by_hand() {
  std::uint64_t total = 0;
  state_machines machines;
  std::vector<std::int64_t> touched;
  const std::span<const click> all(clicks());
  for (std::size_t i = 0; i < all.size(); i += batch_size) {
    for (const click& c : all.subspan(i, std::min(batch_size, all.size() - i))) {
      state_machines::state& s = machines.apply(c);
      if (!s.touched) touched.push_back(c.user);
      s.touched = true;
    }
    for (const std::int64_t user : touched) {
      state_machines::state& s = machines.of(user);
      total += mixed(user, s.level);
      s.touched = false;
    }
    touched.clear();
  }
  return total;
}

std::uint64_t report_by_oriel(std::int64_t bound, double* bytes_per_user = nullptr) {
  std::uint64_t total = 0;
  catalog tables;
  pipeline p{tables};
  auto in = p.input<click>("clicks");
  const auto levels =
      p.from(in).event_time(&click::ts).key_by(&click::user).unbounded().aggregate("level"_col = five_steps(bound));
  using user_level = decltype(levels)::row_type;
  std::uint64_t last = 0;
  levels.to_changelog()
      .key_by()
      .unbounded()
      .aggregate("funnel"_col = funnel_report<5>([](const user_level& u) { return u.row["level"_col]; }))
      .to([&](const auto& r) {
        last = 0;
        for (const funnel_step& s : r.row["funnel"_col].steps) last = last * 31 + static_cast<std::uint64_t>(s.entities);
      });
  push_all(in, bytes_per_user, [&] { total += last; });
  return total;
}

std::uint64_t report_by_hand() {
  std::uint64_t total = 0;
  state_machines machines;
  std::array<std::int64_t, 5> at_step{};
  std::size_t n = 0;
  const auto report = [&] {
    std::uint64_t last = 0;
    for (const std::int64_t entities : at_step) last = last * 31 + static_cast<std::uint64_t>(entities);
    total += last;
  };
  for (const click& c : clicks()) {
    state_machines::state& s = machines.apply(c);
    for (; s.told < s.level; ++s.told) ++at_step[static_cast<std::size_t>(s.told)];
    if (++n % batch_size == 0) report();
  }
  if (n % batch_size != 0) report();
  return total;
}

void levels(benchmark::State& state) {
  paired::run(state, event_count, [&] { return levels_by_oriel(state.range(0)); }, [] { return levels_by_hand(); });
  double bytes = 0;
  levels_by_oriel(state.range(0), &bytes);
  state.counters["bytes_per_user"] = bytes;
}

void report(benchmark::State& state) {
  paired::run(state, event_count, [&] { return report_by_oriel(state.range(0)); }, [] { return report_by_hand(); });
  double bytes = 0;
  report_by_oriel(state.range(0), &bytes);
  state.counters["bytes_per_user"] = bytes;
}

BENCHMARK(levels)->Arg(-1)->Arg(60)->Arg(0)->UseManualTime()->Iterations(paired::rounds(5))->Unit(benchmark::kMillisecond);
BENCHMARK(report)->Arg(-1)->Arg(60)->UseManualTime()->Iterations(paired::rounds(5))->Unit(benchmark::kMillisecond);

}  // namespace

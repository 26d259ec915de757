// SPDX-License-Identifier: Apache-2.0
// benchmarks/operators/join_memory.cpp - does a join stay as small as its bound says, however long it runs?
//
// Ten million impressions (or as many as the first argument says), 1 000 per second of event time, one in ten
// clicked; joined within ten minutes by a key nobody uses twice. Printed at intervals: the memory of the
// process, and what the join says it holds. Both are to be flat once ten minutes of event time are over.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include <oriel/oriel.hpp>

namespace {

using namespace oriel;
using namespace std::chrono_literals;

struct impression {
  std::string_view id, campaign;
  timestamp ts;
};
BOOST_DESCRIBE_STRUCT(impression, (), (id, campaign, ts))

struct click {
  std::string_view impression_id;
  timestamp ts;
};
BOOST_DESCRIBE_STRUCT(click, (), (impression_id, ts))

/// Megabytes of this process that are in memory.
double resident() {
  std::ifstream statm("/proc/self/statm");
  long total = 0, pages = 0;
  statm >> total >> pages;
  return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t count = argc > 1 ? std::atoll(argv[1]) : 10'000'000;
  catalog tables;
  pipeline p{tables};
  auto impressions = p.input<impression>("impressions");
  auto clicks = p.input<click>("clicks");
  std::uint64_t pairs = 0;
  interval_join(p.from(impressions).event_time(&impression::ts, {.out_of_orderness = 5s}),
                p.from(clicks).event_time(&click::ts, {.out_of_orderness = 5s}),
                on(&impression::id, &click::impression_id), {.upper = 10min, .kind = join_kind::left})
      .to([&](const joined<impression, click>& j) { pairs += j.right.has_value(); });

  std::mt19937_64 random(42);
  fmt::print("impressions  resident MB  join MB      pairs\n");
  constexpr std::int64_t turn = 1000;
  for (std::int64_t i = 0; i < count; i += turn) {
    arena bytes;
    std::vector<impression> shown;
    std::vector<click> clicked;
    for (std::int64_t k = i; k < i + turn; ++k) {
      const timestamp ts = at_ms(k - static_cast<std::int64_t>(random() % 5'000));
      shown.push_back({bytes.store("impression-" + std::to_string(k)), bytes.store("campaign-7"), ts});
      if (k >= 10'000 && random() % 10 == 0) {
        clicked.push_back({bytes.store("impression-" + std::to_string(k - 5'000)), at_ms(k)});
      }
    }
    impressions.push(shown);
    clicks.push(clicked);
    if ((i + turn) % (count / 20) == 0) {
      fmt::print("{:11} {:12.1f} {:8.1f} {:10}\n", i + turn, resident(),
                 static_cast<double>(p.graph().find("interval_join")->state_bytes()) / 1e6, pairs);
      std::fflush(stdout);
    }
  }
}

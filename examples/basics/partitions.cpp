// SPDX-License-Identifier: Apache-2.0
// partitions.cpp - a topic of three partitions: who holds the watermark back, and what bound would have done.
//
//   partition 0  ─── 61 s ──> watermark 61 s ┐
//   partition 1  ─── 40 s ──> watermark 40 s ├─ the least of them: 40 s, so [0 s, 60 s) is still open
//   partition 2  ─── idle     (not counted)  ┘
//
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;
using namespace std::chrono_literals;

struct click {
  std::string_view page;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(click, (), (page, ts))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  auto clicks = p.input<click>("clicks", {.partitions = 3});
  auto minutes = p.from(clicks)
                     .event_time(&click::ts, {.measure_lateness = true})
                     .key_by(&click::page)
                     .window(oriel::tumbling{.size = 1min})
                     .aggregate("views"_col = oriel::count());
  minutes.to([](const auto& pane) { fmt::print("  {}: {} views in the minute\n", pane.key, pane.row["views"_col]); });
  minutes.late_events().to([](const click& c) { fmt::print("  {} at {} s is late\n", c.page, oriel::to_ms(c.ts) / 1000); });

  const auto push = [&](std::size_t partition, std::chrono::seconds t) {
    clicks.partition(partition).push({"/home", oriel::timestamp{t}});
  };
  const auto ask = [&] {
    const auto holds = p.why_not_emitted({oriel::timestamp{0s}, oriel::timestamp{60s}});
    for (const auto& hold : holds) fmt::print("  {}\n", hold.why);
    if (holds.empty()) fmt::print("  nothing holds the first minute back\n");
  };

  fmt::print("some events:\n");
  for (const auto t : {3s, 20s, 13s, 61s}) push(0, t);
  for (const auto t : {5s, 40s}) push(1, t);
  ask();

  fmt::print("the consumer is at the end of partition 2, and partition 1 goes on:\n");
  clicks.partition(2).idle();
  push(1, 60s);
  ask();

  fmt::print("partition 2 wakes up with an old event:\n");
  push(2, 55s);

  const auto seen = p.lateness("clicks");
  fmt::print("{} events, {} behind, the furthest by {}\n", seen.events(), seen.behind(), oriel::format_duration(seen.max()));
  fmt::print("for nine in ten on time: .out_of_orderness = {}\n",
             oriel::format_duration(seen.suggested_out_of_orderness(0.9)));
  clicks.finish();
}

// SPDX-License-Identifier: Apache-2.0
// late_data.cpp - what becomes of events that arrive after their time.
//
//   window [0 s, 10 s), out-of-orderness 2 s, allowed lateness 5 s
//
//   watermark   ...... 10 s ......... 15 s ...........>
//               on time  | corrects     | late_events()
//
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;
using namespace std::chrono_literals;

struct reading {
  std::string_view sensor;
  oriel::timestamp ts;
  double value = 0;
};
BOOST_DESCRIBE_STRUCT(reading, (), (sensor, ts, value))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  auto readings = p.input<reading>("readings");

  auto sums = p.from(readings)
                  .event_time(&reading::ts, {.out_of_orderness = 2s})
                  .key_by(&reading::sensor)
                  .window(oriel::tumbling{.size = 10s, .allowed_lateness = 5s})
                  .aggregate("total"_col = oriel::sum(&reading::value));
  sums.to([](const auto& pane) {
    fmt::print("{:7} pane {} of [{}, {}): {} = {}\n", to_string(pane.timing), pane.index,
               oriel::to_ms(pane.window.start) / 1000, oriel::to_ms(pane.window.end) / 1000, pane.key, pane.row["total"_col]);
  });
  sums.late_events().to([](const reading& r) { fmt::print("late: {} at {} s\n", r.sensor, oriel::to_ms(r.ts) / 1000); });

  const auto send = [&](std::chrono::milliseconds t, double value) {
    fmt::print("-- event at {} s\n", t / 1s);
    readings.push({"s1", oriel::timestamp{t}, value});
  };
  send(3s, 1);
  send(11s, 10);
  send(9s, 2);   // two seconds behind: on time
  send(12s, 20); // the watermark is now 10 s: the first window is complete
  send(4s, 4);   // late, within five seconds: corrects it
  send(17s, 40); // the watermark is now 15 s: the first window is gone
  send(5s, 8);   // beyond the allowance
  fmt::print("-- end\n");
  readings.finish();
}

// SPDX-License-Identifier: Apache-2.0
// hopping_windows.cpp - the last minute, anew every 20 seconds, and today so far, every hour.
//
// Overlapping windows share slices: an event updates one number, however many windows
// contain it, and both kinds of windows below live on the same slices. Printed are the
// panes of the two kinds as they are completed.
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
  auto clicks = p.input<click>("clicks");

  auto [minutes, days] = p.from(clicks)
                             .event_time(&click::ts)
                             .key_by(&click::page)
                             .windows(oriel::hopping{.size = 1min, .hop = 20s}, oriel::cumulating{.size = 24h, .step = 1h})
                             .aggregate("clicks"_col = oriel::count());
  const auto print = [](const auto& pane) {
    fmt::print("[{}, {})  {}  {}\n", oriel::format_timestamp(pane.window.start), oriel::format_timestamp(pane.window.end),
               pane.key, pane.row["clicks"_col]);
  };
  minutes.to(print);
  days.filter([](const auto& pane) { return pane.window.length() <= 3h; }).to([&](const auto& pane) {
    if (pane.kind != oriel::change_kind::erase) print(pane);
  });

  clicks.push({"/home", oriel::at_ms(10'000)});
  clicks.push({"/home", oriel::at_ms(45'000)});
  clicks.push({"/cart", oriel::at_ms(50'000)});
  clicks.push({"/home", oriel::at_ms(2 * 3'600'000)});  // two hours of nothing cost nothing
  clicks.finish();
}

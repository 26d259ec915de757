// SPDX-License-Identifier: Apache-2.0
// tumbling_windows.cpp - how many views had each page, minute by minute?
//
//      10:00        10:01        10:02
//   /home |  e    e     |     e      |
//   /cart |     e       |            |        -> one row per page and minute that saw an event
//
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;
using namespace std::chrono_literals;

struct view {
  std::string_view page;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(view, (), (page, ts))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};

  p.from(oriel::memory<view>{.rows = {{"/home", oriel::at_ms(3'000)},
                                      {"/cart", oriel::at_ms(20'000)},
                                      {"/home", oriel::at_ms(59'999)},
                                      {"/home", oriel::at_ms(60'000)}}})  // the next minute: windows are [start, end)
      .event_time(&view::ts)
      .key_by(&view::page)
      .window(oriel::tumbling{.size = 1min})
      .aggregate("views"_col = oriel::count())
      .into("page_minutes");
  p.run();

  fmt::print("{}", oriel::format_table(
                       oriel::sql(tables, "SELECT page, window_start, views FROM page_minutes ORDER BY 2, 1")));
}

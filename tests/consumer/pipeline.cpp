// SPDX-License-Identifier: Apache-2.0
// tests/consumer/pipeline.cpp - a stranger's first program: events in, windows, a table, a question, an error.
#include <chrono>
#include <iostream>
#include <string_view>

#include <oriel/oriel.hpp>

using namespace std::chrono_literals;
using namespace oriel::literals;

struct click {
  std::string_view page;
  oriel::timestamp ts;
  double cost;
};
BOOST_DESCRIBE_STRUCT(click, (), (page, ts, cost))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  p.from(oriel::memory<click>{.rows = {{"/home", oriel::at_ms(0), 0.5},
                                       {"/cart", oriel::at_ms(59'999), 0.25},
                                       {"/home", oriel::at_ms(30'000), 1.25},
                                       {"/home", oriel::at_ms(60'000), 4.5}}})
      .event_time(&click::ts, {.out_of_orderness = 30s})
      .key_by(&click::page)
      .window(oriel::tumbling{.size = 1min})
      .aggregate("views"_col = oriel::count(), "spend"_col = oriel::sum(&click::cost))
      .into("page_minutes");
  p.run();

  std::cout << oriel::format_csv(oriel::sql(
      tables, "SELECT page, SUM(views) AS views, SUM(spend) AS spend FROM page_minutes GROUP BY page ORDER BY page"));
  try {
    oriel::sql(tables, "SELECT pgae FROM page_minutes");
  } catch (const oriel::error& e) {
    // Thrown in the library, caught here: its type is the same on both sides of a shared library.
    std::cout << to_string(e.kind()) << " at column " << e.position()->column << "\n";
  }
}

// SPDX-License-Identifier: Apache-2.0
// window_query.cpp - counts clicks per minute, asks a query and fails unless its number is right.
#include <chrono>
#include <iostream>
#include <string_view>

#include <oriel/oriel.hpp>

using namespace std::chrono_literals;
using namespace oriel::literals;

struct click {
  std::string_view page;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(click, (), (page, ts))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  p.from(oriel::memory<click>{.rows = {{"/home", oriel::at_ms(0)},
                                       {"/cart", oriel::at_ms(59'999)},
                                       {"/home", oriel::at_ms(30'000)},
                                       {"/home", oriel::at_ms(60'000)}}})
      .event_time(&click::ts, {.out_of_orderness = 30s})
      .key_by(&click::page)
      .window(oriel::tumbling{.size = 1min})
      .aggregate("clicks"_col = oriel::count())
      .into("page_minutes");
  p.run();

  const oriel::result_set busiest = oriel::sql(tables, "SELECT MAX(clicks) AS clicks FROM page_minutes");
  std::cout << "busiest minute of a page: " << busiest.as_int64(0, 0) << " clicks\n";
  return busiest.as_int64(0, 0) == 2 ? 0 : 1;
}

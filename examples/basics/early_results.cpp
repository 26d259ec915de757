// SPDX-License-Identifier: Apache-2.0
// early_results.cpp - a table that shows the minute that is still running.
//
// Without early results a window's row appears when the window is complete. With them
// the row is there from the first event on and is replaced as more arrive; once the
// window is complete it holds what it would have held anyway.
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;
using namespace std::chrono_literals;

struct order {
  std::string_view shop;
  oriel::timestamp ts;
  double total = 0;
};
BOOST_DESCRIBE_STRUCT(order, (), (shop, ts, total))

int main() {
  oriel::manual_clock clock;  // processing time, moved by hand so that this program prints the same every time
  oriel::catalog tables;
  oriel::pipeline p{tables, {.clock = &clock}};
  auto orders = p.input<order>("orders");

  p.from(orders)
      .event_time(&order::ts)
      .key_by(&order::shop)
      .window(oriel::tumbling{.size = 1min})
      .emit({.early = oriel::every(1s)})
      .aggregate("orders"_col = oriel::count(), "revenue"_col = oriel::sum(&order::total))
      .into("minutes");

  const auto show = [&](std::string_view when) {
    fmt::print("{}:\n{}", when, oriel::format_csv(oriel::sql(tables, "SELECT shop, orders, revenue FROM minutes")));
  };
  orders.push({"bern", oriel::at_ms(1'000), 20});
  show("after the first order");
  orders.push({"bern", oriel::at_ms(2'000), 30});
  show("less than a second later");
  clock.advance(1s);
  orders.advance_to(oriel::at_ms(3'000));
  show("a second later");
  orders.finish();
  show("at the end");
}

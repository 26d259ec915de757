// SPDX-License-Identifier: Apache-2.0
// unnest.cpp - a row per line of each order, also when the order changes.
//
//   order 7: [pen, ink]   ──>  + pen, + ink
//   order 7: [pen]        ──>  - pen, - ink, + pen        the newer version takes the former's rows back
//
// `newest` keeps the present version of each order as a changelog. `unnest` makes rows of it
// and takes back exactly those a former version had made, so what is counted behind it is
// right, and so is the table.
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;

struct order {
  std::int64_t id = 0;
  oriel::timestamp ts;
  std::vector<std::string_view> items;
};
BOOST_DESCRIBE_STRUCT(order, (), (id, ts, items))

struct line {
  std::int64_t order_id = 0, number = 0;
  std::string_view item;
};
BOOST_DESCRIBE_STRUCT(line, (), (order_id, number, item))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  auto orders = p.input<order>("orders");

  const auto lines = p.from(orders).event_time(&order::ts).key_by(&order::id).unbounded().newest().unnest<line>(
      [](const order& o, auto&& emit) {
        std::int64_t number = 0;
        for (const std::string_view item : o.items) emit(line{o.id, ++number, item});
      });
  lines.into("lines", {.key = {"order_id", "number"}});
  lines.key_by(&line::item).unbounded().aggregate("times"_col = oriel::count()).into("items");
  lines.to([](const oriel::change<line>& c) { fmt::print("  {} {}\n", oriel::to_string(c.kind), c.row().item); });

  const auto send = [&](std::int64_t id, std::int64_t second, std::vector<std::string_view> items) {
    fmt::print("order {}, version of {} s: {} lines\n", id, second, items.size());
    orders.push({id, oriel::at_ms(second * 1000), std::move(items)});
  };
  send(7, 10, {"pen", "ink"});
  send(8, 11, {"ink"});
  send(7, 12, {"pen"});         // fewer
  send(7, 9, {"tea", "jam"});   // an older version: nothing happens
  send(8, 13, {"cup", "ink"});  // more, and others
  orders.finish();

  for (const char* query : {"SELECT order_id, number, item FROM lines ORDER BY order_id, number",
                            "SELECT item, times FROM items ORDER BY item"}) {
    fmt::print("\n{}", oriel::format_table(oriel::sql(tables, query)));
  }
}

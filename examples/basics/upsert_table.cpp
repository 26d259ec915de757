// SPDX-License-Identifier: Apache-2.0
// upsert_table.cpp - the newest version of each row, whatever order they arrive in.
//
//   product p1: 5.00 (ts 1) ── 6.50 (ts 3) ── 6.00 (ts 2, older: dropped)
//   table:      p1 = 6.50
//
#include <fmt/format.h>

#include <oriel/oriel.hpp>

struct product {
  std::string_view id;
  std::string_view name;
  double price = 0;
  oriel::timestamp changed;
};
BOOST_DESCRIBE_STRUCT(product, (), (id, name, price, changed))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};

  p.from(oriel::memory<product>{.rows = {{"p1", "kettle", 5.00, oriel::at_ms(1)},
                                         {"p2", "toaster", 9.90, oriel::at_ms(1)},
                                         {"p1", "kettle", 6.50, oriel::at_ms(3)},
                                         {"p1", "kettle", 6.00, oriel::at_ms(2)}}})
      .event_time(&product::changed, {.out_of_orderness = std::chrono::seconds{1}})
      .into("products", {.key = {"id"}});
  p.run();

  fmt::print("{}", oriel::format_table(oriel::sql(tables, "SELECT id, name, price FROM products ORDER BY id")));
  fmt::print("older versions dropped: {}\n", tables.at("products").out_of_order());
}

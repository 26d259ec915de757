// SPDX-License-Identifier: Apache-2.0
// calendar_days.cpp - what was sold per day, where a day is what the shop's clock calls one?
//
//   Berlin, 2025   |---- 29 March ----|-- 30 March, 23 hours --|---- 31 March ----|
//   orders                          o | o                    o | o
//   UTC                         22:59 | 23:00            21:59 | 22:00
//
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;

struct order {
  std::string_view shop;
  oriel::timestamp ts;
  std::int64_t cents = 0;
};
BOOST_DESCRIBE_STRUCT(order, (), (shop, ts, cents))

int main() {
  const auto utc = [](std::string_view text) { return *oriel::parse_timestamp(text); };
  oriel::catalog tables;
  oriel::pipeline p{tables};

  p.from(oriel::memory<order>{.rows = {{"berlin", utc("2025-03-29T22:59:00Z"), 100},
                                       {"berlin", utc("2025-03-29T23:00:00Z"), 200},
                                       {"berlin", utc("2025-03-30T21:59:00Z"), 300},
                                       {"berlin", utc("2025-03-30T22:00:00Z"), 400}}})
      .event_time(&order::ts)
      .key_by(&order::shop)
      .window(oriel::calendar{.unit = oriel::calendar_unit::day, .zone = "Europe/Berlin"})
      .aggregate("orders"_col = oriel::count(), "cents"_col = oriel::sum(&order::cents))
      .into("days");
  p.run();

  fmt::print("{}", oriel::format_table(
                       oriel::sql(tables, "SELECT shop, window_start, window_end, orders, cents FROM days ORDER BY 2")));
}

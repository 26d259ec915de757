// SPDX-License-Identifier: Apache-2.0
// temporal_join.cpp - orders in dollars, at the rate that was valid when they were placed.
//
//   rates    1.10 ───────────── 1.20 ───────────>
//   orders   ──────a───────b─────────c──────────>     a, b at 1.10; c at 1.20, however late it is read
//
// An order waits until the rates have come as far as its time, then takes the newest that is
// not after it. Rates that no order can ask for any more are forgotten.
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace std::chrono_literals;

struct rate {
  std::string_view currency;
  oriel::timestamp ts;
  double dollars = 0;
};
BOOST_DESCRIBE_STRUCT(rate, (), (currency, ts, dollars))

struct order {
  std::string_view name, currency;
  oriel::timestamp ts;
  double amount = 0;
};
BOOST_DESCRIBE_STRUCT(order, (), (name, currency, ts, amount))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  auto rates = p.input<rate>("rates");
  auto orders = p.input<order>("orders");

  // For how long a rate is good without a new one must be said; `oriel::unbounded` would keep the last for ever.
  oriel::temporal_join(p.from(orders).event_time(&order::ts, {.out_of_orderness = 5s}), p.from(rates).event_time(&rate::ts),
                       oriel::on(&order::currency, &rate::currency), {.valid_for = 24h, .kind = oriel::join_kind::left})
      .to([](const oriel::joined<order, rate>& j) {
        if (j.right) {
          fmt::print("  {}: {:.2f} dollars\n", j.left->name, j.left->amount * j.right->dollars);
        } else {
          fmt::print("  {}: no rate for {}\n", j.left->name, j.left->currency);
        }
      });

  const auto quote = [&](double dollars, int second) {
    fmt::print("rate {:.2f} at {} s\n", dollars, second);
    rates.push({"EUR", oriel::at_ms(second * 1000), dollars});
  };
  const auto place = [&](std::string_view name, std::string_view currency, int second) {
    fmt::print("order {} at {} s\n", name, second);
    orders.push({name, currency, oriel::at_ms(second * 1000), 100});
  };
  quote(1.10, 0);
  place("a", "EUR", 6);
  quote(1.20, 10);
  place("c", "EUR", 12);
  place("b", "EUR", 9);  // out of order: the rate of its own time
  place("d", "CHF", 13);
  fmt::print("end\n");
  rates.finish();
  orders.finish();
}

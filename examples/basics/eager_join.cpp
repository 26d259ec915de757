// SPDX-License-Identifier: Apache-2.0
// eager_join.cpp - tells of orders without a payment at once, and takes it back when one comes.
//
// `interval_join` waits until it is certain; a screen that shows open orders cannot. So the
// eager form sends a changelog: a lone row is inserted when it comes and erased when its
// partner does. A table that follows it is right at every moment.
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;
using namespace std::chrono_literals;

struct order {
  std::int64_t id = 0;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(order, (), (id, ts))

struct payment {
  std::int64_t order_id = 0;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(payment, (), (order_id, ts))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  auto orders = p.input<order>("orders");
  auto payments = p.input<payment>("payments");

  using pair = oriel::joined<order, payment>;
  const auto changes = oriel::eager_interval_join(p.from(orders).event_time(&order::ts), p.from(payments).event_time(&payment::ts),
                                                  oriel::on(&order::id, &payment::order_id),
                                                  {.upper = 1h, .kind = oriel::join_kind::left});
  changes.to([](const oriel::change<pair>& c) {
    fmt::print("  {} order {}, {}\n", to_string(c.kind), c.row().left->id, c.row().right ? "paid" : "open");
  });
  changes.key_by("paid"_col = [](const pair& both) { return both.right.has_value(); })
      .unbounded()  // two of them
      .aggregate("orders"_col = oriel::count())
      .into("orders_now");

  const auto show = [&](const char* what) {
    fmt::print("{}\n{}", what, oriel::format_table(oriel::sql(tables, "SELECT paid, orders FROM orders_now ORDER BY paid")));
  };
  orders.push({1, oriel::at_ms(1'000)});
  orders.push({2, oriel::at_ms(2'000)});
  show("after two orders");
  payments.push({2, oriel::at_ms(5'000)});
  show("after a payment");
}

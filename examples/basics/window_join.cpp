// SPDX-License-Identifier: Apache-2.0
// window_join.cpp - visits and orders of the same user in the same minute.
//
//   visits   ──v1──────────│──v2──────────│──v3────>
//   orders   ────────o1────│──────────────│o2──────>     (v1, o1), v2 alone, (v3, o2)
//
// A window is joined when nothing can come for it any more. Its pairs bear its last
// millisecond, so they can be counted in windows again: here orders per minute with a visit.
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;
using namespace std::chrono_literals;

struct visit {
  std::string_view user;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(visit, (), (user, ts))

struct order {
  std::string_view user;
  oriel::timestamp ts;
  std::int64_t cents = 0;
};
BOOST_DESCRIBE_STRUCT(order, (), (user, ts, cents))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  auto visits = p.input<visit>("visits");
  auto orders = p.input<order>("orders");

  using pair = oriel::window_pair<visit, order>;
  const auto pairs = oriel::window_join(p.from(visits).event_time(&visit::ts), p.from(orders).event_time(&order::ts),
                                        oriel::on(&visit::user, &order::user), oriel::tumbling{.size = 1min},
                                        oriel::join_kind::left);
  pairs.to([](const pair& both) {
    fmt::print("  minute {}: {} {}\n", oriel::to_ms(both.window.start) / 60'000, both.left->user,
               both.right ? fmt::format("ordered for {}", both.right->cents) : "ordered nothing");
  });
  pairs.filter([](const pair& both) { return both.right.has_value(); })
      .key_by()
      .window(oriel::tumbling{.size = 1min})
      .aggregate("orders"_col = oriel::count(), "cents"_col = oriel::sum([](const pair& both) { return both.right->cents; }))
      .to([](const auto& minute) {
        fmt::print("minute {} in all: {} orders, {} cents\n", oriel::to_ms(minute.window.start) / 60'000,
                   minute.row["orders"_col], minute.row["cents"_col]);
      });

  visits.push({"ann", oriel::at_ms(5'000)});
  visits.push({"bob", oriel::at_ms(20'000)});
  orders.push({"ann", oriel::at_ms(40'000), 700});
  orders.push({"bob", oriel::at_ms(59'999), 300});
  visits.push({"ann", oriel::at_ms(70'000)});
  visits.push({"ann", oriel::at_ms(130'000)});
  orders.push({"ann", oriel::at_ms(120'000), 900});
  visits.finish();
  orders.finish();
}

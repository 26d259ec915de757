// SPDX-License-Identifier: Apache-2.0
// running_totals.cpp - one row per key, never closed: totals since the beginning.
//
// Without a window nothing bounds the state, so the program says what does: here
// that there are few accounts (`unbounded`); with many, `.ttl(24h)`.
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;

struct booking {
  std::int64_t account = 0;
  std::int64_t cents = 0;
};
BOOST_DESCRIBE_STRUCT(booking, (), (account, cents))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  auto bookings = p.input<booking>("bookings");

  p.from(bookings)
      .arrival_order()
      .key_by(&booking::account)
      .unbounded()
      .aggregate("bookings"_col = oriel::count(), "balance"_col = oriel::sum(&booking::cents),
                 "withdrawals"_col = oriel::count_if([](const booking& b) { return b.cents < 0; }))
      .into("accounts");

  const booking first[] = {{1, 500}, {2, 900}, {1, -150}};
  bookings.push(first);
  bookings.push({2, -1000});

  fmt::print("{}", oriel::format_table(oriel::sql(tables, "SELECT * FROM accounts ORDER BY account")));
}

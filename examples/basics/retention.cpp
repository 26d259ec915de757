// SPDX-License-Identifier: Apache-2.0
// retention.cpp - of the users who came first on one day, how many were back so many days later?
//
//   Berlin, 2025   Fri 28 March   Sat 29   Sun 30 (23 h)   Mon 31
//   ann                o            o                        o
//   bob                o                        o
//   cid                             o           o
//   dan                o                                        came late: his Friday is told on Monday
//
// A row per cohort and day, kept up to date as events come in any order. Printed as a
// triangle; a star marks what may still grow, because its day is not over.
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;

struct visit {
  std::string_view user;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(visit, (), (user, ts))

int main() {
  const auto utc = [](std::string_view text) { return *oriel::parse_timestamp(text); };
  oriel::catalog tables;
  oriel::pipeline p{tables};
  p.from(oriel::memory<visit>{.rows = {{"ann", utc("2025-03-28T08:00:00Z")},
                                       {"bob", utc("2025-03-28T22:59:00Z")},
                                       {"cid", utc("2025-03-28T23:00:00Z")},  // Saturday in Berlin
                                       {"ann", utc("2025-03-29T10:00:00Z")},
                                       {"cid", utc("2025-03-30T10:00:00Z")},
                                       {"bob", utc("2025-03-30T21:59:00Z")},
                                       {"ann", utc("2025-03-30T22:00:00Z")},  // Monday in Berlin
                                       {"dan", utc("2025-03-28T12:00:00Z")}}})
      .event_time(&visit::ts)
      .key_by(&visit::user)
      .unbounded()
      .retention({.unit = oriel::calendar_unit::day, .zone = "Europe/Berlin"})
      .into("retention");
  p.run();

  const auto cells = oriel::sql(tables,
                                "SELECT ToDateTime(cohort, 'd MMM', 'Europe/Berlin') AS cohort_day, cohort_users, day, "
                                "users, complete FROM retention ORDER BY cohort, day");
  for (std::size_t i = 0; i < cells.row_count(); ++i) {
    if (i == 0 || cells.as_string(i, 0) != cells.as_string(i - 1, 0)) {
      fmt::print("{}{}, {} users:", i == 0 ? "" : "\n", cells.as_string(i, 0), cells.as_int64(i, 1));
    }
    fmt::print("  day {}: {}{}", cells.as_int64(i, 2), cells.as_int64(i, 3), cells.as_boolean(i, 4) ? "" : "*");
  }
  fmt::print("\n");
}

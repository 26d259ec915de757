// SPDX-License-Identifier: Apache-2.0
// sessions.cpp - how long did visitors stay, where half an hour of silence ends a visit?
//
//            10:00         10:30         11:00         11:30
//   ada        | e    e      e                           e        two visits
//   bob        |      e                 <- e ->  e                one: the event in between came last
//
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;
using namespace std::chrono_literals;

struct click {
  std::string_view user;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(click, (), (user, ts))

int main() {
  const auto at = [](std::string_view time) { return *oriel::parse_timestamp("2025-03-01T" + std::string(time)); };
  oriel::catalog tables;
  oriel::pipeline p{tables};

  p.from(oriel::memory<click>{.rows = {{"ada", at("10:04")},
                                       {"ada", at("10:15")},
                                       {"bob", at("10:15")},
                                       {"ada", at("10:30")},
                                       {"bob", at("11:10")},
                                       {"bob", at("10:41")},
                                       {"ada", at("11:30")}}})
      .event_time(&click::ts, {.out_of_orderness = 30min})
      .key_by(&click::user)
      .window(oriel::session{.gap = 30min})
      .aggregate("clicks"_col = oriel::count())
      .into("visits");
  p.run();

  fmt::print("{}", oriel::format_table(oriel::sql(
                       tables, "SELECT user, window_start, last_event, clicks FROM visits ORDER BY 1, 2")));
}

// SPDX-License-Identifier: Apache-2.0
// sliding_windows.cpp - how often had this user failed to log in, in the ten minutes before each failure?
//
//   10:00     10:05     10:10     10:15
//   | x    x     x         x        |      ada's failures
//           (----- 10 min -]               3 of them at 10:12
//
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;
using namespace std::chrono_literals;

struct failure {
  std::string_view user;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(failure, (), (user, ts))

int main() {
  const auto at = [](std::string_view time) { return *oriel::parse_timestamp("2025-03-01T" + std::string(time)); };
  oriel::catalog tables;
  oriel::pipeline p{tables};

  p.from(oriel::memory<failure>{.rows = {{"ada", at("10:01")},
                                         {"ada", at("10:07")},
                                         {"ada", at("10:04")},  // out of order: still counted where it belongs
                                         {"bob", at("10:09")},
                                         {"ada", at("10:12")}}})
      .event_time(&failure::ts, {.out_of_orderness = 5min})
      .key_by(&failure::user)
      .window(oriel::sliding{.size = 10min})
      .aggregate("failures"_col = oriel::count())
      .to([](const auto& w) {
        fmt::print("{} {}: {}\n", oriel::format_timestamp(w.window.end - 1ms), w.key, w.row["failures"_col]);
      });
  p.run();
}

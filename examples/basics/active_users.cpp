// SPDX-License-Identifier: Apache-2.0
// active_users.cpp - how many different users in the last 1, 7 and 28 days, and how sticky is that?
//
//   DAU                                              [24]  ┐
//   WAU                [18 . 19 . 20 . 21 . 22 . 23 . 24]  ├ one window of each kind ends with every day;
//   MAU  [28 . 29 ... 17 . 18 . 19 . 20 . 21 . 22 . 23 . 24]  ┘ all of them share the slices of a day
//
// Stickiness is DAU / MAU: on how many of 28 days the average user comes.
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;
using std::chrono::days;

struct visit {
  std::int64_t user;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(visit, (), (user, ts))

int main() {
  // A hundred users, each with a rhythm: every day, every other day, ... every tenth.
  std::vector<visit> visits;
  for (int day = 0; day < 60; ++day) {
    for (std::int64_t user = 0; user < 100; ++user) {
      if ((day + user) % (1 + user % 10) == 0) visits.push_back({user, oriel::timestamp{days{20'000 + day}}});
    }
  }

  oriel::catalog tables;
  oriel::pipeline p{tables};
  const auto [daily, weekly, monthly] = p.from(oriel::memory<visit>{.rows = visits})
                                            .event_time(&visit::ts)
                                            .key_by()
                                            .windows(oriel::tumbling{.size = days{1}},
                                                     oriel::hopping{.size = days{7}, .hop = days{1}},
                                                     oriel::hopping{.size = days{28}, .hop = days{1}})
                                            .aggregate("users"_col = oriel::count_distinct(&visit::user));
  daily.into("daily");
  weekly.into("weekly");
  monthly.into("monthly");
  p.run();

  fmt::print("{}", oriel::format_table(oriel::sql(
                       tables,
                       "SELECT DATE_TRUNC('day', daily.window_start) AS day, daily.users AS dau, weekly.users AS wau, "
                       "monthly.users AS mau, ROUND(daily.users / monthly.users, 2) AS stickiness "
                       "FROM daily JOIN weekly ON daily.window_end = weekly.window_end "
                       "JOIN monthly ON daily.window_end = monthly.window_end ORDER BY day DESC LIMIT 7")));
}

// SPDX-License-Identifier: Apache-2.0
// funnel.cpp - how many users get from a view to a purchase, by country, and how fast.
//
//   clicks ──by user──> funnel: the path of each user ──changelog──> by country ──> funnel_report
//
// `funnel` follows one user: view, cart, purchase within an hour, of one product, broken off by a logout. Its answer
// changes as the user goes on, so what counts users reads it as a changelog: a user is moved, not counted twice.
// Printed are the steps by country; then an event that comes late, and what it has corrected.
#include <optional>

#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;
using namespace std::chrono_literals;

struct click {
  std::string_view user, country, product, kind;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(click, (), (user, country, product, kind, ts))

auto is(std::string_view kind) {
  return [kind](const click& c) { return c.kind == kind; };
}

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  auto in = p.input<click>("clicks");

  const auto users = p.from(in).event_time(&click::ts).key_by(&click::user).unbounded().aggregate(
      "path"_col = oriel::funnel({.within = 1h}, is("view"), is("cart"), is("purchase"))
                       .excluding({.after = 1, .before = 3}, is("logout"))
                       .path(&click::country)
                       .holding(&click::product));
  using user = decltype(users)::row_type;

  users.to_changelog()
      .key_by("country"_col = [](const user& u) { return u.row["path"_col]["property"_col].value_or("-"); })
      .unbounded()
      .aggregate("funnel"_col = oriel::funnel_report<3>([](const user& u) -> const auto& { return u.row["path"_col]; }))
      .to([](const auto& country) {
        fmt::print("  {}:", country.key);
        for (const oriel::funnel_step& step : country.row["funnel"_col].steps) {
          fmt::print(" {}", step.entities);
          if (step.from_previous) fmt::print(" ({:.0f} %", *step.from_previous * 100);
          if (step.median_ms) fmt::print(", median {:.0f} min", *step.median_ms / 60'000);
          if (step.from_previous) fmt::print(")");
        }
        fmt::print("\n");
      });

  const auto minute = [](int m) { return oriel::at_ms(m * 60'000); };
  const click clicks[] = {
      {"ann", "ch", "pen", "view", minute(0)},   {"bob", "ch", "ink", "view", minute(1)},
      {"cat", "at", "pen", "view", minute(2)},   {"ann", "ch", "pen", "cart", minute(4)},
      {"bob", "ch", "pen", "cart", minute(5)},   {"cat", "at", "pen", "cart", minute(8)},
      {"ann", "ch", "pen", "purchase", minute(9)}, {"cat", "at", "pen", "logout", minute(10)},
      {"cat", "at", "pen", "purchase", minute(11)},
  };
  fmt::print("view, cart, purchase:\n");
  in.push(clicks);  // bob put another product into the cart, cat had logged out
  fmt::print("after a late view of bob's:\n");
  in.push({"bob", "ch", "pen", "view", minute(3)});
  in.finish();
}

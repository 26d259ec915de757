// SPDX-License-Identifier: Apache-2.0
// interval_join.cpp - which clicks belong to which impressions: those at most ten seconds later.
//
//   clicks       ──────────c1──────────────c2────>       c1 within 10 s of i1: a pair; c2 is alone
//   impressions  ──i1─────────────────────────────>       i2, of another ad, is never clicked
//
// A row without a partner is told of when none can come any more. So it is clear
// from then on, and the join has forgotten it.
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace std::chrono_literals;

struct impression {
  std::string_view ad;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(impression, (), (ad, ts))

struct click {
  std::string_view ad;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(click, (), (ad, ts))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  auto impressions = p.input<impression>("impressions");
  auto clicks = p.input<click>("clicks");

  oriel::interval_join(p.from(impressions).event_time(&impression::ts), p.from(clicks).event_time(&click::ts),
                       oriel::on(&impression::ad, &click::ad),
                       {.lower = 0s, .upper = 10s, .kind = oriel::join_kind::full})
      .to([](const oriel::joined<impression, click>& j) {
        if (j.left && j.right) {
          fmt::print("  {} clicked after {}\n", j.left->ad, oriel::format_duration(j.right->ts - j.left->ts));
        } else if (j.left) {
          fmt::print("  {} shown at {} s, never clicked\n", j.left->ad, oriel::to_ms(j.left->ts) / 1000);
        } else {
          fmt::print("  {} clicked at {} s, shown too long ago\n", j.right->ad, oriel::to_ms(j.right->ts) / 1000);
        }
      });

  const auto show = [&](std::string_view ad, int second) {
    fmt::print("impression of {} at {} s\n", ad, second);
    impressions.push({ad, oriel::at_ms(second * 1000)});
  };
  const auto hit = [&](std::string_view ad, int second) {
    fmt::print("click on {} at {} s\n", ad, second);
    clicks.push({ad, oriel::at_ms(second * 1000)});
  };
  show("shoes", 1);
  hit("shoes", 4);
  show("hats", 5);
  hit("shoes", 12);  // eleven seconds after its impression
  show("bags", 20);
  hit("bags", 30);
  fmt::print("end\n");
  impressions.finish();
  clicks.finish();
}

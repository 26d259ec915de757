// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/funnel_chains.hpp>

#include <doctest/doctest.h>

#include <utility>

using namespace oriel;
using namespace oriel::detail;

TEST_CASE("of each level the chain with the latest start is known") {
  const funnel_rules rules{.step_count = 3, .options = {.within = length_in_ms(10)}};
  funnel_chains<3, funnel_start> c;
  // A0 B5 A8 B9 C14
  c.advance(rules, {0, 0, 0b001, 0});
  c.advance(rules, {5, 1, 0b010, 0});
  CHECK(c.level() == 2);
  CHECK(c.chain(2).start() == 0);
  c.advance(rules, {8, 2, 0b001, 0});
  c.advance(rules, {9, 3, 0b010, 0});
  CHECK(c.chain(2).start() == 8);
  c.advance(rules, {14, 4, 0b100, 0});
  CHECK(c.level() == 3);
  CHECK(c.chain(3).start() == 8);
}

TEST_CASE("sixty-four steps are as good as three") {
  const funnel_rules rules{.step_count = 64, .options = {}};
  funnel_chains<64, funnel_start> c;
  for (std::uint64_t i = 0; i < 64; ++i) c.advance(rules, {static_cast<std::int64_t>(i), i, std::uint64_t{1} << i, 0});
  CHECK(c.level() == 64);
}

TEST_CASE("letting go forgets chains, not that the first entry has been") {
  funnel_rules rules{.step_count = 2, .options = {.entry = funnel_entry::first}};
  funnel_chains<2, funnel_start> c;
  c.advance(rules, {0, 0, 1, 0});
  c.let_go();
  CHECK(c.level() == 0);
  c.advance(rules, {1, 1, 1, 0});
  CHECK(c.level() == 0);
}

TEST_CASE("copies of chains share nothing") {
  const funnel_rules rules{.step_count = 2, .options = {.order = funnel_order::increasing}};
  funnel_chains<2, funnel_start> a;
  a.advance(rules, {0, 0, 1, 0});
  funnel_chains<2, funnel_start> b = a;
  b.advance(rules, {1, 1, 2, 0});
  CHECK(a.level() == 1);
  CHECK(b.level() == 2);
  a = std::move(b);
  CHECK(a.level() == 2);
}

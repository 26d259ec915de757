// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/interval.hpp>

#include <doctest/doctest.h>

using namespace oriel;

TEST_CASE("SEMANTICS 1.2: an interval holds its start and not its end") {
  constexpr interval i{at_ms(-5), at_ms(5)};
  static_assert(i.contains(at_ms(-5)) && i.contains(at_ms(4)) && !i.contains(at_ms(5)) && !i.contains(at_ms(-6)));
  CHECK(i.length() == duration{10});
  CHECK(!i.empty());
  CHECK(interval{at_ms(1), at_ms(1)}.empty());
}

TEST_CASE("intervals that touch do not overlap") {
  CHECK(!interval{at_ms(0), at_ms(5)}.overlaps({at_ms(5), at_ms(9)}));
  CHECK(interval{at_ms(0), at_ms(6)}.overlaps({at_ms(5), at_ms(9)}));
}

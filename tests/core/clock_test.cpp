// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/clock.hpp>

#include <doctest/doctest.h>

using namespace oriel;
using namespace std::chrono_literals;

TEST_CASE("a manual clock stands still until it is told otherwise") {
  manual_clock c{at_ms(1000)};
  CHECK(c.now() == at_ms(1000));
  c.advance(5s);
  CHECK(c.now() == at_ms(6000));
  c.set(at_ms(-1));
  CHECK(c.now() == at_ms(-1));
}

TEST_CASE("the system clock is after 2024") {
  CHECK(system_clock().now() > at_ms(1'704'067'200'000));
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/join_bound.hpp>

#include <doctest/doctest.h>

using namespace oriel;
using namespace std::chrono_literals;

TEST_CASE("a bound is a span of any unit, or none") {
  CHECK(join_bound(24h).end_of(at_ms(0)) == at_ms(86'400'000));
  CHECK(!join_bound(24h).is_unbounded());
  CHECK(join_bound(unbounded).is_unbounded());
  CHECK(join_bound(unbounded).end_of(at_ms(-7)) == end_of_time);
  CHECK(join_bound(1h).end_of(end_of_time - 1ms) == end_of_time);
}

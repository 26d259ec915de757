// SPDX-License-Identifier: Apache-2.0
#include <oriel/flow/idle_timeout.hpp>

#include <doctest/doctest.h>

using namespace oriel;
using namespace std::chrono_literals;

TEST_CASE("a partition is silent when nothing came while the input was listened to") {
  idle_timeout silence(30s, 2);
  silence.pass(at_ms(1'000'000), true);
  CHECK(!silence.expired(0));
  silence.pass(at_ms(1'020'000), true);
  silence.hear(0);
  silence.pass(at_ms(1'030'000), true);
  CHECK(!silence.expired(0));
  CHECK(silence.expired(1));
  silence.hear(1);
  CHECK(!silence.expired(1));
  silence.pass(at_ms(1'050'000), true);
  CHECK(silence.expired(0));
}

TEST_CASE("time in which the pipeline was busy is not silence, nor is a clock that goes back") {
  idle_timeout silence(30s, 1);
  silence.pass(at_ms(0), true);
  silence.pass(at_ms(90'000), false);
  CHECK(!silence.expired(0));
  silence.pass(at_ms(10'000), true);
  silence.pass(at_ms(39'999), true);
  CHECK(!silence.expired(0));
  silence.pass(at_ms(40'000), true);
  CHECK(silence.expired(0));
}

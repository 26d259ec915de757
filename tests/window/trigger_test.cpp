// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/trigger.hpp>

#include <doctest/doctest.h>

using namespace oriel;
using namespace std::chrono_literals;

TEST_CASE("without a choice nothing is emitted early") {
  CHECK(!emit{}.early);
}

TEST_CASE("early results come at an interval or after each batch") {
  CHECK(emit{.early = every(1s)}.early->interval == 1s);
  CHECK(!emit{.early = each_batch}.early->interval);
}

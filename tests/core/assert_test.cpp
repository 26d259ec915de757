// SPDX-License-Identifier: Apache-2.0
// A host's own reaction, defined before the first include.
#define ORIEL_ASSERT(condition) ((condition) ? void() : throw std::logic_error(#condition))

#include <oriel/core/assert.hpp>

#include <stdexcept>

#include <doctest/doctest.h>

TEST_CASE("a host can replace what a failed check does") {
  CHECK_NOTHROW(ORIEL_ASSERT(1 + 1 == 2));
  CHECK_THROWS_AS(ORIEL_ASSERT(1 + 1 == 3), std::logic_error);
}

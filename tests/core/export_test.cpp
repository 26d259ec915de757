// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/export.hpp>

#include <stdexcept>

#include <doctest/doctest.h>

namespace {

class ORIEL_EXPORT shown {
 public:
  int value() const noexcept { return 7; }
};

[[noreturn]] ORIEL_EXPORT void fail();
void fail() { throw std::logic_error("failed"); }

}  // namespace

TEST_CASE("ORIEL_EXPORT stands behind class and before a function, with other attributes before it") {
  CHECK(shown{}.value() == 7);
  CHECK_THROWS_AS(fail(), std::logic_error);
}

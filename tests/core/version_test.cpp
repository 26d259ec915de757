// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/version.hpp>

#include <string>

#include <doctest/doctest.h>

TEST_CASE("the version as a text is the version in numbers") {
  CHECK(ORIEL_VERSION == std::to_string(ORIEL_VERSION_MAJOR) + "." + std::to_string(ORIEL_VERSION_MINOR) + "." +
                             std::to_string(ORIEL_VERSION_PATCH));
}

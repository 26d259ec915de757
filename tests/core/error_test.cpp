// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/error.hpp>

#include <doctest/doctest.h>

#include <initializer_list>

using namespace oriel;

TEST_CASE("an error says what can be done about it, and where in a text it is") {
  const error plain(error_kind::unavailable, "cannot open 'x'");
  CHECK(std::string(to_string(plain.kind())) == "unavailable");
  CHECK(std::string(plain.what()) == "cannot open 'x'");
  CHECK(!plain.position());
  const error placed(error_kind::invalid, "no column 'y'", {.offset = 7, .line = 2, .column = 3});
  REQUIRE(placed.position());
  CHECK(placed.position()->offset == 7);
}

TEST_CASE("every kind has a name") {
  for (const error_kind kind : {error_kind::invalid, error_kind::malformed, error_kind::unavailable,
                                error_kind::exhausted, error_kind::unsupported}) {
    CHECK(std::string(to_string(kind)) != "unknown");
  }
}

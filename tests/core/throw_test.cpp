// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/throw.hpp>

#include <doctest/doctest.h>

#include <oriel/core/error.hpp>

TEST_CASE("what is thrown is an error like any other") {
  try {
    oriel::throw_exhausted("too much");
  } catch (const oriel::error& e) {
    CHECK(e.kind() == oriel::error_kind::exhausted);
    CHECK(e.message() == "too much");
  }
}

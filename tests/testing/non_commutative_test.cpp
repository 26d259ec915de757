// SPDX-License-Identifier: Apache-2.0
#include <oriel/testing/non_commutative.hpp>

#include <doctest/doctest.h>

using namespace oriel::testing;

TEST_CASE("concatenation is associative and tells when two partials were swapped") {
  const concatenate words;
  CHECK(words.combine(words.combine("a", "b"), "c") == words.combine("a", words.combine("b", "c")));
  CHECK(words.combine("a", "b") != words.combine("b", "a"));
  CHECK(words.combine(words.identity(), "a") == "a");
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/column_name.hpp>

#include <doctest/doctest.h>

using namespace oriel;
using namespace oriel::literals;

TEST_CASE("a column's name is part of its type") {
  static_assert(decltype("clicks"_col)::name() == "clicks");
  static_assert(!std::is_same_v<decltype("clicks"_col), decltype("views"_col)>);
  static_assert(std::is_same_v<decltype("a"_col), column_name<"a">>);
}

TEST_CASE("assigning to a name makes a named value") {
  const auto n = "answer"_col = 42;
  static_assert(std::is_same_v<decltype(n), const named<"answer", int>>);
  CHECK(n.value == 42);
  CHECK(n.name() == "answer");
}

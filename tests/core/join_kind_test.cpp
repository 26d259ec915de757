// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/join_kind.hpp>

#include <doctest/doctest.h>

#include <string>

TEST_CASE("a kind of join is named as SQL names it") {
  CHECK(to_string(oriel::join_kind::inner) == std::string("inner"));
  CHECK(to_string(oriel::join_kind::left) == std::string("left"));
  CHECK(to_string(oriel::join_kind::right) == std::string("right"));
  CHECK(to_string(oriel::join_kind::full) == std::string("full"));
  CHECK(to_string(oriel::join_kind::semi) == std::string("semi"));
  CHECK(to_string(oriel::join_kind::anti) == std::string("anti"));
}

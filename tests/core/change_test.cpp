// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/change.hpp>

#include <doctest/doctest.h>

#include <sstream>

using namespace oriel;

static_assert(stream_kind_of<int> == stream_kind::append);
static_assert(stream_kind_of<change<int>> == stream_kind::retract);

TEST_CASE("a change knows the row it is about") {
  CHECK(change<int>::insert(1).row() == 1);
  CHECK(change<int>::update(1, 2).row() == 2);
  CHECK(change<int>::erase(3).row() == 3);
  CHECK(change<int>::update(1, 2) == change<int>{change_kind::update, 1, 2});
}

TEST_CASE("kinds of change have names") {
  std::ostringstream out;
  out << change_kind::insert << ' ' << change_kind::update << ' ' << change_kind::erase;
  CHECK(out.str() == "insert update erase");
}

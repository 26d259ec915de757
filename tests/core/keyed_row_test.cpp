// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/keyed_row.hpp>

#include <doctest/doctest.h>

using namespace oriel;

static_assert(stream_kind_of<keyed_row<int, double>> == stream_kind::upsert);

TEST_CASE("a keyed row is a key, a row and what happened to it") {
  const keyed_row<int, double> r{7, change_kind::update, 0.5};
  CHECK(r == keyed_row<int, double>{7, change_kind::update, 0.5});
  CHECK(!(r == keyed_row<int, double>{7, change_kind::erase, 0.5}));
}

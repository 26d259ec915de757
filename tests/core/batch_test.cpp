// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/batch.hpp>

#include <doctest/doctest.h>

using namespace oriel;

TEST_CASE("a batch is viewed as three parallel columns") {
  batch<int> b;
  b.push_back(7, at_ms(10), at_ms(5));
  b.push_back(8, at_ms(20), at_ms(10));
  const batch_view<int> all = b;
  REQUIRE(all.size() == 2);
  const auto last = all.subview(1, 1);
  CHECK(last.rows[0] == 8);
  CHECK(last.times[0] == at_ms(20));
  CHECK(last.watermarks[0] == at_ms(10));
  b.bytes.store("abc");
  b.clear();
  CHECK(b.empty());
  CHECK(b.bytes.size() == 0);
}

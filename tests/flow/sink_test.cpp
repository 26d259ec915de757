// SPDX-License-Identifier: Apache-2.0
#include <oriel/flow/sink.hpp>

#include <doctest/doctest.h>

using namespace oriel;

TEST_CASE("a sink that has nothing to finish need not say so") {
  struct counting final : sink<int> {
    void write(const batch_view<int>& batch) override { rows += batch.size(); }
    std::size_t rows = 0;
  } s;
  batch<int> b;
  b.push_back(1, at_ms(0), at_ms(0));
  s.write(b);
  s.finish();
  CHECK(s.rows == 1);
}

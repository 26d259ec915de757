// SPDX-License-Identifier: Apache-2.0
#include <oriel/testing/oracle.hpp>

#include <doctest/doctest.h>

#include <oriel/aggregate/count.hpp>
#include <oriel/testing/non_commutative.hpp>
#include <oriel/window/tumbling.hpp>

using namespace oriel;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct hit {
  int key = 0;
  timestamp ts;
};

}  // namespace

TEST_CASE("the oracle judges each event by the watermark before it") {
  // The second event is 10 ms behind the first: late without lateness, a correction with it.
  const std::vector<hit> events{{1, at_ms(20)}, {1, at_ms(9)}, {1, at_ms(25)}};
  const auto strict = recompute_windows(events, &hit::key, &hit::ts, tumbling{.size = 10ms}, 0ms, count());
  CHECK(strict.late == std::vector<std::size_t>{1});
  CHECK(strict.windows.size() == 1);
  const auto kind =
      recompute_windows(events, &hit::key, &hit::ts, tumbling{.size = 10ms, .allowed_lateness = 11ms}, 0ms, count());
  CHECK(kind.late.empty());
  CHECK(kind.corrected == 1);
  CHECK(kind.windows.at({1, interval{at_ms(20), at_ms(30)}}) == 2);
}

TEST_CASE("a recomputed window is what is in it, oldest first") {
  recompute<concatenate> window;
  window.insert("a");
  window.insert("b");
  window.evict();
  window.insert("c");
  CHECK(window.query() == "bc");
  CHECK(window.size() == 2);
}

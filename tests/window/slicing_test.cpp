// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/slicing.hpp>

#include <doctest/doctest.h>

#include <tuple>
#include <vector>

#include <oriel/window/cumulating.hpp>
#include <oriel/window/hopping.hpp>
#include <oriel/window/tumbling.hpp>

using namespace oriel;
using namespace std::chrono_literals;

static_assert(sliceable<tumbling> && sliceable<hopping> && sliceable<cumulating>);

TEST_CASE("windows that do not overlap are slices themselves") {
  const tumbling w{.size = 10s};
  CHECK(slice_at(w, at_ms(12'000)) == interval{at_ms(10'000), at_ms(20'000)});
  CHECK(window_ending_after(w, at_ms(12'000)) == interval{at_ms(10'000), at_ms(20'000)});
  CHECK(window_ending_after(w, at_ms(20'000)) == interval{at_ms(20'000), at_ms(30'000)});
  CHECK(last_window_at(w, at_ms(12'000)) == interval{at_ms(10'000), at_ms(20'000)});
  int windows = 0;
  for_each_window_over(w, slice_at(w, at_ms(0)), [&](interval) { ++windows; });
  CHECK(windows == 1);
}

TEST_CASE("kinds of windows over one stream are cut wherever any of them is cut") {
  const std::tuple kinds{tumbling{.size = 10s}, hopping{.size = 8s, .hop = 4s}, cumulating{.size = 30s, .step = 15s}};
  std::vector<timestamp> cuts;
  for (timestamp t = at_ms(0); t < at_ms(20'000); t = shared_slice_at(kinds, t).end) cuts.push_back(t);
  CHECK(cuts == std::vector<timestamp>{at_ms(0), at_ms(4'000), at_ms(8'000), at_ms(10'000), at_ms(12'000),
                                       at_ms(15'000), at_ms(16'000)});
}

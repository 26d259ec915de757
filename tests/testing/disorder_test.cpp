// SPDX-License-Identifier: Apache-2.0
#include <oriel/testing/disorder.hpp>

#include <doctest/doctest.h>

using namespace oriel;
using namespace oriel::testing;
using namespace std::chrono_literals;

TEST_CASE("times ascend, with ties and gaps, and are the same for the same seed") {
  std::mt19937_64 a(1);
  std::mt19937_64 b(1);
  const time_shape shape{.start = at_ms(-1000), .step = 10ms, .ties = 0.5, .gaps = 0.05};
  const auto times = ascending_times(1000, shape, a);
  CHECK(times == ascending_times(1000, shape, b));
  CHECK(times.front() == at_ms(-1000));
  std::size_t ties = 0;
  std::size_t gaps = 0;
  for (std::size_t i = 1; i < times.size(); ++i) {
    CHECK(times[i] >= times[i - 1]);
    ties += times[i] == times[i - 1];
    gaps += times[i] - times[i - 1] >= 10s;
  }
  CHECK(ties > 300);
  CHECK(gaps > 5);
}

TEST_CASE("arrival is a permutation in which nobody is later than the bound") {
  std::mt19937_64 random(2);
  const auto times = ascending_times(2000, {.step = 100ms}, random);
  auto order = disturb(times, 2s, random);
  timestamp latest = beginning_of_time;
  bool disturbed = false;
  for (const std::size_t i : order) {
    if (latest != beginning_of_time) CHECK(times[i] >= latest - 2s);
    disturbed = disturbed || times[i] < latest;
    latest = std::max(latest, times[i]);
  }
  CHECK(disturbed);
  std::sort(order.begin(), order.end());
  for (std::size_t i = 0; i < order.size(); ++i) REQUIRE(order[i] == i);
}

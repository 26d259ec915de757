// SPDX-License-Identifier: Apache-2.0
// oriel/testing/disorder.hpp - events that arrive the way they do: late, in bursts, all at once.
//
// Everything is drawn from one seed, so a failure reproduces. Arrival order is what
// is disturbed, never the events themselves: what the right answer is does not change
// as long as nobody is later than the pipeline was told to expect.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <random>
#include <vector>

#include <oriel/core/time.hpp>

namespace oriel::testing {

/// Shapes of event time, in order; arrival is a matter of `disturb`.
struct time_shape {
  timestamp start{};
  duration step{1000};            ///< mean distance between events
  double ties = 0.1;              ///< share of events at the same time as the one before
  double gaps = 0.0;              ///< share of events after a gap of a thousand steps
};

/// `count` event times, ascending.
inline std::vector<timestamp> ascending_times(std::size_t count, const time_shape& shape, std::mt19937_64& random) {
  std::vector<timestamp> times;
  timestamp t = shape.start;
  const auto chance = [&] { return static_cast<double>(random() >> 11) * 0x1.0p-53; };
  for (std::size_t i = 0; i < count; ++i) {
    if (i != 0 && chance() >= shape.ties) {
      const std::int64_t most = 2 * shape.step.count();
      t += duration{static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most + 1))};
      if (chance() < shape.gaps) t += shape.step * 1000;
    }
    times.push_back(t);
  }
  return times;
}

/// The order in which events with these (ascending) times arrive when each is up to `bound` late:
/// positions into `times`. With a bound of at most the out-of-orderness a pipeline was told, none is late.
inline std::vector<std::size_t> disturb(const std::vector<timestamp>& times, duration bound, std::mt19937_64& random) {
  std::vector<timestamp> arrival(times);
  for (timestamp& t : arrival) {
    t += duration{static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(bound.count() + 1))};
  }
  std::vector<std::size_t> order(times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return arrival[a] < arrival[b]; });
  return order;
}

}  // namespace oriel::testing

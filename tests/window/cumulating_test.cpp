// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/cumulating.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <oriel/window/slicing.hpp>

using namespace oriel;
using namespace std::chrono_literals;

static_assert(sliced_windows<cumulating> && !assigner<cumulating>);

TEST_CASE("ends are start + step, start + 2 steps, ... up to start + size, as far as they are after t") {
  const cumulating day{.size = 24h, .step = 6h};
  std::vector<interval> windows;
  for_each_window_over(day, day.slice_at(at_ms(0) + 7h), [&](interval w) { windows.push_back(w); });
  CHECK(windows == std::vector<interval>{{at_ms(0), at_ms(0) + 12h}, {at_ms(0), at_ms(0) + 18h}, {at_ms(0), at_ms(0) + 24h}});
}

TEST_CASE("times before 1970 are floored, and an offset moves the start") {
  const cumulating w{.size = 30s, .step = 10s, .offset = 5s};
  CHECK(w.last_window_at(at_ms(-1)) == interval{at_ms(-25'000), at_ms(5'000)});
  CHECK(w.window_ending_after(at_ms(-1)) == interval{at_ms(-25'000), at_ms(5'000)});
  CHECK(w.window_ending_after(at_ms(5'000)) == interval{at_ms(5'000), at_ms(15'000)});
  CHECK(w.slice_at(at_ms(-6'000)) == interval{at_ms(-15'000), at_ms(-5'000)});
}

TEST_CASE("steps that do not fit the size are refused with the field to change") {
  const auto message = [](cumulating w) -> std::string {
    try {
      w.validate();
    } catch (const error& e) {
      return e.what();
    }
    return "accepted";
  };
  CHECK(message({.size = 1min, .step = 25s}) ==
        "cumulating: size 1min is not a multiple of step 25s; the last step would reach beyond the window");
  CHECK(message({.size = 1min}) == "cumulating: step is 0s; it must be positive");
  CHECK(message({.step = 1s}) == "cumulating: size is 0s; it must be positive");
  CHECK(message({.size = 1min, .step = 1s, .allowed_lateness = -1s}) ==
        "cumulating: allowed_lateness is -1s; it must not be negative");
  CHECK(message({.size = 1min, .step = 20s}) == "accepted");
}

TEST_CASE("a drawing says what is not the default") {
  CHECK(cumulating{.size = 24h, .step = 1h}.label() == "cumulating 1d by 1h");
  CHECK(cumulating{.size = 1min, .step = 1s, .offset = 2s, .allowed_lateness = 5s}.label() ==
        "cumulating 1min by 1s, offset 2s, lateness 5s");
}

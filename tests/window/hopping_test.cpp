// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/hopping.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>

#include <oriel/window/slicing.hpp>

using namespace oriel;
using namespace std::chrono_literals;

static_assert(sliced_windows<hopping> && !assigner<hopping>);

TEST_CASE("every start = offset (mod hop) with start <= t < start + size") {
  const hopping w{.size = 60s, .hop = 20s, .offset = 5s};
  CHECK(w.window_ending_after(at_ms(64'999)) == interval{at_ms(5'000), at_ms(65'000)});
  CHECK(w.window_ending_after(at_ms(65'000)) == interval{at_ms(25'000), at_ms(85'000)});
  CHECK(w.last_window_at(at_ms(65'000)) == interval{at_ms(65'000), at_ms(125'000)});
  CHECK(w.slice_at(at_ms(64'999)) == interval{at_ms(45'000), at_ms(65'000)});
}

TEST_CASE("when the hop does not divide the size, a hop is cut where older windows end") {
  const hopping w{.size = 25s, .hop = 10s};
  CHECK(w.slice_at(at_ms(0)) == interval{at_ms(0), at_ms(5'000)});
  CHECK(w.slice_at(at_ms(5'000)) == interval{at_ms(5'000), at_ms(10'000)});
}

TEST_CASE("no window boundary runs through a slice, and every window is a run of slices") {
  std::mt19937_64 random(5);
  for (int i = 0; i < 2000; ++i) {
    const duration hop{1 + static_cast<std::int64_t>(random() % 50)};
    const hopping w{.size = hop + duration{static_cast<std::int64_t>(random() % 200)},
                    .hop = hop,
                    .offset = duration{static_cast<std::int64_t>(random() % 401) - 200}};
    const timestamp t = at_ms(static_cast<std::int64_t>(random() % 2001) - 1000);
    const interval slice = w.slice_at(t);
    REQUIRE(slice.contains(t));
    int windows = 0;
    timestamp last_end = beginning_of_time;
    for_each_window_over(w, slice, [&](interval window) {
      ++windows;
      REQUIRE(window.length() == w.size);
      REQUIRE((window.start.time_since_epoch() - w.offset) % w.hop == duration{0});
      REQUIRE((window.start <= slice.start && slice.end <= window.end));
      REQUIRE(window.end > last_end);
      last_end = window.end;
    });
    int expected = 0;
    for (timestamp start = floor_to(t, w.hop, w.offset); start > t - w.size; start -= w.hop) ++expected;
    REQUIRE(windows == expected);
  }
}

TEST_CASE("a hop that makes no sense is refused with a fix") {
  const auto message = [](hopping w) -> std::string {
    try {
      w.validate();
    } catch (const error& e) {
      return e.what();
    }
    return "accepted";
  };
  CHECK(message({.size = 1min, .hop = 2min}) ==
        "hopping: hop 2min exceeds size 1min, so events in between would be in no window; use a hop of at most 1min");
  CHECK(message({.size = 0s, .hop = 1s}) == "hopping: size is 0s; it must be positive");
  CHECK(message({.size = 1s}) == "hopping: hop is 0s; it must be positive");
  CHECK(message({.size = 1s, .hop = 1s, .allowed_lateness = -1s}) ==
        "hopping: allowed_lateness is -1s; it must not be negative");
  CHECK(message({.size = 1min, .hop = 1min}) == "accepted");
}

TEST_CASE("a drawing says what is not the default") {
  CHECK(hopping{.size = 1min, .hop = 1s}.label() == "hopping 1min every 1s");
  CHECK(hopping{.size = 1min, .hop = 1s, .offset = 2s, .allowed_lateness = 5s}.label() ==
        "hopping 1min every 1s, offset 2s, lateness 5s");
}

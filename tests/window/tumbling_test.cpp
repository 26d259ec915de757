// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/tumbling.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace oriel;
using namespace std::chrono_literals;

TEST_CASE("an event belongs to the window whose start is the floor of its time") {
  const tumbling minute{.size = 1min};
  CHECK(minute.assign(at_ms(0)) == interval{at_ms(0), at_ms(60'000)});
  CHECK(minute.assign(at_ms(59'999)) == interval{at_ms(0), at_ms(60'000)});
  CHECK(minute.assign(at_ms(60'000)) == interval{at_ms(60'000), at_ms(120'000)});
}

TEST_CASE("times before 1970 are floored, not truncated") {
  const tumbling minute{.size = 1min};
  CHECK(minute.assign(at_ms(-1)) == interval{at_ms(-60'000), at_ms(0)});
  CHECK(minute.assign(at_ms(-60'000)) == interval{at_ms(-60'000), at_ms(0)});
  CHECK(minute.assign(at_ms(-60'001)) == interval{at_ms(-120'000), at_ms(-60'000)});
}

TEST_CASE("an offset moves every boundary: start = offset + floor((t - offset) / size) * size") {
  std::mt19937_64 random(3);
  for (int i = 0; i < 2000; ++i) {
    const duration size{1 + static_cast<std::int64_t>(random() % 100'000)};
    const duration offset{static_cast<std::int64_t>(random() % 400'001) - 200'000};
    const timestamp t = at_ms(static_cast<std::int64_t>(random() % 2'000'000'001) - 1'000'000'000);
    const interval w = tumbling{.size = size, .offset = offset}.assign(t);
    REQUIRE(w.contains(t));
    REQUIRE(w.length() == size);
    REQUIRE((w.start.time_since_epoch() - offset) % size == duration{0});
  }
}

TEST_CASE("a window that makes no sense is refused with the field to change") {
  const auto message = [](tumbling w) -> std::string {
    try {
      w.validate();
    } catch (const error& e) {
      CHECK(e.kind() == error_kind::invalid);
      return e.message();
    }
    return "";
  };
  CHECK(message({.size = 0ms}).find("size is 0") != std::string::npos);
  CHECK(message({.size = -1min}).find("size") != std::string::npos);
  CHECK(message({.size = 1min, .allowed_lateness = -1s}).find("allowed_lateness is -1s") != std::string::npos);
  CHECK(message({.size = 1min}).empty());
}

TEST_CASE("a window describes itself") {
  CHECK(tumbling{.size = 1min}.label() == "tumbling 1min");
  CHECK(tumbling{.size = 90s, .offset = 5s, .allowed_lateness = 30s}.label() == "tumbling 90s, offset 5s, lateness 30s");
}

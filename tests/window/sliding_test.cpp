// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/sliding.hpp>

#include <string>

#include <doctest/doctest.h>

#include <oriel/window/assigner.hpp>

using namespace oriel;
using namespace std::chrono_literals;

static_assert(window_spec<sliding> && !assigner<sliding>);

TEST_CASE("the window of an event at t is (t - size, t], written half-open") {
  CHECK(sliding{.size = 10ms}.window_of(at_ms(100)) == interval{at_ms(91), at_ms(101)});
  CHECK(sliding{.size = 1ms}.window_of(at_ms(-5)) == interval{at_ms(-5), at_ms(-4)});
}

TEST_CASE("a sliding window that makes no sense is refused with the field to change") {
  const auto message = [](sliding w) -> std::string {
    try {
      w.validate();
    } catch (const error& e) {
      CHECK(e.kind() == error_kind::invalid);
      return e.message();
    }
    return "";
  };
  CHECK(message({}).find("size is 0s; it must be positive") != std::string::npos);
  CHECK(message({.size = 1min, .allowed_lateness = -1s}).find("allowed_lateness is -1s") != std::string::npos);
  CHECK(message({.size = 1min}).empty());
}

TEST_CASE("a sliding window describes itself") {
  CHECK(sliding{.size = 10min}.label() == "sliding 10min");
  CHECK(sliding{.size = 10min, .allowed_lateness = 30s}.label() == "sliding 10min, lateness 30s");
}

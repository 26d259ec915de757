// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/session.hpp>

#include <string>

#include <doctest/doctest.h>

#include <oriel/window/assigner.hpp>

using namespace oriel;
using namespace std::chrono_literals;

static_assert(window_spec<session> && !assigner<session>);

TEST_CASE("a session that makes no sense is refused with the field to change") {
  const auto message = [](session w) -> std::string {
    try {
      w.validate();
    } catch (const error& e) {
      CHECK(e.kind() == error_kind::invalid);
      return e.message();
    }
    return "";
  };
  CHECK(message({}).find("gap is 0s; it must be positive") != std::string::npos);
  CHECK(message({.gap = 1min, .max_length = 0s}).find("max_length is 0s") != std::string::npos);
  CHECK(message({.gap = 1min, .allowed_lateness = -1s}).find("allowed_lateness is -1s") != std::string::npos);
  CHECK(message({.gap = 1min, .max_length = 1h, .allowed_lateness = 1s}).empty());
}

TEST_CASE("a session describes itself") {
  CHECK(session{.gap = 30min}.label() == "session gap 30min");
  CHECK(session{.gap = 30min, .max_length = 12h, .allowed_lateness = 30s}.label() ==
        "session gap 30min, at most 12h, lateness 30s");
}

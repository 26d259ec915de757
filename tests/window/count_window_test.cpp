// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/count_window.hpp>

#include <string>

#include <doctest/doctest.h>

#include <oriel/window/assigner.hpp>

using namespace oriel;

static_assert(window_spec<count_window> && !assigner<count_window>);

TEST_CASE("without a hop the windows do not overlap") {
  CHECK(count_window{.size = 4}.step() == 4);
  CHECK(count_window{.size = 4, .hop = 2}.step() == 2);
}

TEST_CASE("a count window that makes no sense is refused with the field to change") {
  const auto message = [](count_window w) -> std::string {
    try {
      w.validate();
    } catch (const error& e) {
      CHECK(e.kind() == error_kind::invalid);
      return e.message();
    }
    return "";
  };
  CHECK(message({}).find("size is 0; it must be positive") != std::string::npos);
  CHECK(message({.size = 3, .hop = 4}).find("hop is 4; it must be from 1 to size (3)") != std::string::npos);
  CHECK(message({.size = 3, .hop = -1}).find("hop is -1") != std::string::npos);
  CHECK(message({.size = 3, .hop = 3}).empty());
}

TEST_CASE("a count window describes itself") {
  CHECK(count_window{.size = 100}.label() == "count 100");
  CHECK(count_window{.size = 100, .hop = 10}.label() == "count 100, hop 10");
}

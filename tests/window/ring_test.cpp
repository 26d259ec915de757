// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/ring.hpp>

#include <deque>
#include <random>
#include <string>

#include <doctest/doctest.h>

using namespace oriel;

TEST_CASE("a ring is a queue at every step, whatever its size has been") {
  std::mt19937 random(20240102);
  ring<std::string> ours;
  std::deque<std::string> theirs;
  for (int step = 0; step < 20'000; ++step) {
    const bool grows = (step / 3'000) % 2 == 0;
    if (theirs.empty() || random() % 5 < (grows ? 3u : 2u)) {
      ours.push_back(std::to_string(step));
      theirs.push_back(std::to_string(step));
    } else {
      ours.pop_front();
      theirs.pop_front();
    }
    REQUIRE(ours.size() == theirs.size());
    REQUIRE(ours.empty() == theirs.empty());
    if (theirs.empty()) continue;
    REQUIRE(ours.front() == theirs.front());
    REQUIRE(ours.back() == theirs.back());
    const std::size_t i = random() % theirs.size();
    REQUIRE(ours[i] == theirs[i]);
  }
}

TEST_CASE("a window that has reached its size takes no more memory") {
  ring<int> r;
  for (int i = 0; i < 100; ++i) r.push_back(i);
  const std::size_t held = r.bytes();
  for (int i = 0; i < 10'000; ++i) {
    r.pop_front();
    r.push_back(i);
  }
  CHECK(r.bytes() == held);
}

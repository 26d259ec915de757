// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/join_state.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace oriel;
using namespace std::chrono_literals;

namespace {

struct nothing {};
using state_type = join_state<std::string_view, nothing>;

std::vector<std::string> of_key(state_type& state, std::uint32_t key, std::int64_t from, std::int64_t to) {
  std::vector<std::string> out;
  state.for_each_of(key, at_ms(from), at_ms(to), [&](auto& e) { out.emplace_back(e.row); });
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

TEST_CASE("rows are found by key and time, and their strings are kept") {
  state_type state(10ms);
  {
    const std::string text = "a long enough text";
    state.add(text, at_ms(5), 0, 0);
  }
  state.add("b", at_ms(25), 1, 0);
  state.add("c", at_ms(25), 2, 1);
  CHECK(of_key(state, 0, 0, 100) == std::vector<std::string>{"a long enough text", "b"});
  CHECK(of_key(state, 0, 6, 25) == std::vector<std::string>{"b"});
  CHECK(of_key(state, 1, 0, 100) == std::vector<std::string>{"c"});
  CHECK(of_key(state, 7, 0, 100).empty());
}

TEST_CASE("dropped rows are handed over by time, then arrival, and a bucket once dropped takes no row") {
  state_type state(10ms);
  state.add("late", at_ms(7), 0, 0);
  state.add("first", at_ms(3), 1, 0);
  state.add("second", at_ms(3), 2, 0);
  state.add("kept", at_ms(10), 3, 0);
  std::vector<std::string> dropped;
  state.drop_before(at_ms(10), [&](auto& e) { dropped.emplace_back(e.row); });
  CHECK(dropped == std::vector<std::string>{"first", "second", "late"});
  CHECK(state.size() == 1);
  CHECK(!state.holds(at_ms(9)));
  CHECK(state.holds(at_ms(10)));
}

TEST_CASE("chains agree with a map of rows on random additions, drops and renamings") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    state_type state(duration{1 + static_cast<std::int64_t>(random() % 20)});
    std::multimap<std::uint32_t, std::pair<std::int64_t, std::string>> model;
    std::int64_t now = -100;
    for (int i = 0; i < 400; ++i) {
      now += static_cast<std::int64_t>(random() % 4);
      const std::int64_t time = now - static_cast<std::int64_t>(random() % 30);
      if (state.holds(at_ms(time))) {
        const auto key = static_cast<std::uint32_t>(random() % 5);
        const std::string text = "row " + std::to_string(i);
        state.add(text, at_ms(time), static_cast<std::uint64_t>(i), key);
        model.insert({key, {time, text}});
      }
      if (random() % 20 == 0) {
        std::size_t dropped = 0;
        state.drop_before(at_ms(now - 50), [&](auto& e) {
          const auto [first, last] = model.equal_range(e.key);
          for (auto at = first; at != last; ++at) {
            if (at->second.second == e.row) {
              model.erase(at);
              ++dropped;
              return;
            }
          }
        });
        state.free_dropped();
        REQUIRE(state.size() == model.size());
      }
      if (random() % 50 == 0) {
        state.rename([](std::uint32_t id) { return 4 - id; });
        decltype(model) renamed;
        for (const auto& [key, row] : model) renamed.insert({4 - key, row});
        model = std::move(renamed);
      }
      const auto key = static_cast<std::uint32_t>(random() % 5);
      const std::int64_t from = now - static_cast<std::int64_t>(random() % 60);
      const std::int64_t to = from + static_cast<std::int64_t>(random() % 40);
      std::vector<std::string> want;
      const auto [first, last] = model.equal_range(key);
      for (auto at = first; at != last; ++at) {
        if (from <= at->second.first && at->second.first <= to) want.push_back(at->second.second);
      }
      std::sort(want.begin(), want.end());
      REQUIRE(of_key(state, key, from, to) == want);
    }
  }
}

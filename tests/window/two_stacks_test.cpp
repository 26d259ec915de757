// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/two_stacks.hpp>

#include <cstdint>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include <oriel/aggregate/extrema.hpp>
#include <oriel/aggregate/sum.hpp>
#include <oriel/testing/non_commutative.hpp>
#include <oriel/testing/oracle.hpp>

using namespace oriel;
using namespace oriel::testing;

namespace {

/// Random inserts and evictions, in phases that grow and that shrink the window.
template <typename Aggregate, typename MakeEvent>
void agrees_with_recomputation(const MakeEvent& make_event) {
  two_stacks<Aggregate> window;
  recompute<Aggregate> oracle;
  std::mt19937 random(20240102);
  for (int step = 0; step < 6'000; ++step) {
    CAPTURE(step);
    const bool grows = (step / 500) % 2 == 0;
    if (oracle.size() == 0 || (oracle.size() < 40 && random() % 5 < (grows ? 3u : 2u))) {
      const auto event = make_event(random());
      window.insert(event);
      oracle.insert(event);
    } else {
      window.evict();
      oracle.evict();
    }
    REQUIRE(window.size() == oracle.size());
    REQUIRE((window.query() == oracle.query()));
  }
}

}  // namespace

TEST_CASE("two stacks agree with recomputation at every step, for sums, extremes and what tells the order") {
  agrees_with_recomputation<sum<int>>([](std::uint64_t r) { return static_cast<int>(r % 100); });
  agrees_with_recomputation<oriel::max<int>>([](std::uint64_t r) { return static_cast<int>(r % 100); });
  agrees_with_recomputation<concatenate>([](std::uint64_t r) { return std::string(1, static_cast<char>('a' + r % 26)); });
}

TEST_CASE("an empty window has the aggregate's answer to nothing, before and after") {
  two_stacks<oriel::max<int>> window;
  CHECK(!window.query());
  window.insert(9);
  window.insert(4);
  CHECK(window.query() == 9);
  window.evict();
  CHECK(window.query() == 4);
  window.evict();
  CHECK(!window.query());
  CHECK(window.size() == 0);
}

TEST_CASE("partials of events that come and go together are one event") {
  two_stacks<concatenate> window;
  window.insert_partial("ab");
  window.insert_partial("cd");
  window.insert("e");
  CHECK(window.query() == "abcde");
  window.evict();
  CHECK(window.query() == "cde");
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/subtract_on_evict.hpp>

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

/// Joins strings, and can take the front of one away again: invertible, yet not commutative.
struct undoable_concatenation : concatenate {
  partial remove(const partial& from, const partial& earlier) const {
    REQUIRE(from.starts_with(earlier));
    return from.substr(earlier.size());
  }
};

template <typename Aggregate, typename MakeEvent>
void agrees_with_recomputation(const MakeEvent& make_event) {
  subtract_on_evict<Aggregate> window;
  recompute<Aggregate> oracle;
  std::mt19937 random(20240102);
  for (int step = 0; step < 6'000; ++step) {
    CAPTURE(step);
    if (oracle.size() == 0 || (oracle.size() < 40 && random() % 5 < 3)) {
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

static_assert(invertible_aggregate<undoable_concatenation>);
static_assert(!invertible_aggregate<concatenate>);

TEST_CASE("subtracting agrees with recomputation at every step, also where order can be told") {
  agrees_with_recomputation<sum<int>>([](std::uint64_t r) { return static_cast<int>(r % 100); });
  agrees_with_recomputation<undoable_concatenation>(
      [](std::uint64_t r) { return std::string(1, static_cast<char>('a' + r % 26)); });
}

TEST_CASE("an emptied window is as good as new") {
  subtract_on_evict<sum<int>> window;
  CHECK(window.query() == 0);
  window.insert(3);
  window.insert(4);
  window.evict();
  CHECK(window.query() == 4);
  window.evict();
  CHECK(window.query() == 0);
  CHECK(window.size() == 0);
}

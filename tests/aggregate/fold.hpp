// SPDX-License-Identifier: Apache-2.0
// Shared by the aggregate tests: the laws every aggregate keeps, tried on random splits.
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <random>
#include <vector>

#include <oriel/aggregate/aggregate.hpp>

namespace oriel::testing {

/// The partial of a stretch of events, one after the other.
template <aggregate A>
typename A::partial fold(const A& a, const std::vector<typename A::input>& events, std::size_t first, std::size_t last) {
  auto p = a.identity();
  for (std::size_t i = first; i < last; ++i) add_to(a, p, events[i]);
  return p;
}

/// identity is neutral, combine is associative, in place or not, and agrees with add, and remove (if any) undoes combine.
template <aggregate A>
void check_laws(const A& a, const std::vector<typename A::input>& events, std::mt19937& random) {
  for (int round = 0; round < 50; ++round) {
    std::size_t i = events.empty() ? 0 : random() % (events.size() + 1);
    std::size_t j = events.empty() ? 0 : random() % (events.size() + 1);
    if (i > j) std::swap(i, j);
    const auto first = fold(a, events, 0, i);
    const auto middle = fold(a, events, i, j);
    const auto last = fold(a, events, j, events.size());
    const auto whole = a.lower(fold(a, events, 0, events.size()));
    REQUIRE((a.lower(a.combine(a.combine(first, middle), last)) == whole));
    REQUIRE((a.lower(a.combine(first, a.combine(middle, last))) == whole));
    REQUIRE((a.lower(a.combine(a.identity(), first)) == a.lower(first)));
    REQUIRE((a.lower(a.combine(first, a.identity())) == a.lower(first)));
    auto in_place = middle;
    append_to(a, in_place, last);
    prepend_to(a, in_place, first);
    REQUIRE((a.lower(in_place) == whole));
    if constexpr (invertible_aggregate<A>) {
      REQUIRE((a.lower(a.remove(a.combine(first, middle), first)) == a.lower(middle)));
      cut_from(a, in_place, first);
      REQUIRE((a.lower(in_place) == a.lower(a.combine(middle, last))));
    }
  }
}

inline std::vector<int> random_integers(std::mt19937& random, std::size_t count) {
  std::vector<int> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(static_cast<int>(random() % 2001) - 1000);
  return values;
}

}  // namespace oriel::testing

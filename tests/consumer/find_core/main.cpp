// SPDX-License-Identifier: Apache-2.0
// tests/consumer/find_core/main.cpp - windows and aggregates without an engine, as a game loop might use them.
#include <chrono>
#include <cstdint>
#include <iostream>

#include <oriel/aggregate/compose.hpp>
#include <oriel/aggregate/count.hpp>
#include <oriel/aggregate/sum.hpp>
#include <oriel/core/key.hpp>
#include <oriel/core/time.hpp>
#include <oriel/window/slice_store.hpp>
#include <oriel/window/tumbling.hpp>

using namespace std::chrono_literals;
using namespace oriel::literals;

struct hit {
  oriel::timestamp ts;
  std::int64_t damage;
};

int main() {
  const oriel::tumbling seconds{.size = 1s};
  oriel::slice_store store{oriel::compose<hit>("hits"_col = oriel::count(), "damage"_col = oriel::sum(&hit::damage))};

  for (const hit& h : {hit{oriel::at_ms(-1), 7}, hit{oriel::at_ms(10), 5}, hit{oriel::at_ms(999), 6}}) {
    store.add(store.at(seconds.assign(h.ts)), 0, h);
  }
  for (const auto& slice : store.slices()) {
    const auto row = store.aggregate().lower((*slice)[0]);
    std::cout << oriel::format_timestamp(slice->span().start) << " hits " << row["hits"_col] << " damage "
              << row["damage"_col] << "\n";
  }
  // From the compiled part and from xxHash.
  std::cout << (oriel::hash_key(std::int64_t{1}) != oriel::hash_key(std::int64_t{2})) << "\n";
}

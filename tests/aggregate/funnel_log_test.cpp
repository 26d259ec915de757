// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/funnel_log.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include <oriel/state/codec.hpp>

using oriel::detail::funnel_event;
using oriel::detail::funnel_log;

TEST_CASE("events come back out of the log as they went in") {
  std::mt19937_64 random(31);
  for (int round = 0; round < 200; ++round) {
    std::vector<funnel_event> events;
    for (auto n = random() % 20; n > 0; --n) {
      const std::uint64_t bits = random() >> random() % 64;
      events.push_back({static_cast<std::int64_t>(random()) >> random() % 64, random() >> (2 + random() % 62), bits,
                        (bits & 1) != 0 ? static_cast<std::uint32_t>(random()) : 0});
    }
    std::sort(events.begin(), events.end());
    funnel_log log;
    for (const funnel_event& e : events) {
      REQUIRE(log.is_next(e));
      log.append(e);
    }
    REQUIRE((log.events() == events));
    funnel_log assigned;
    assigned.assign(events);
    REQUIRE((assigned.events() == events));
    REQUIRE(assigned.newest() == (events.empty() ? std::numeric_limits<std::int64_t>::min() : events.back().time));
    const auto back = oriel::decode<funnel_log>(oriel::encode(log));
    REQUIRE(back.has_value());
    REQUIRE((back->events() == events));
  }
}

TEST_CASE("an event is next by time, then by its lowest step, then by arrival") {
  funnel_log log;
  log.append({10, 5, 0b10, 0});
  CHECK(log.is_next({11, 0, 0b1, 0}));
  CHECK(log.is_next({10, 0, 0b100, 0}));
  CHECK(log.is_next({10, 6, 0b110, 0}));
  CHECK(!log.is_next({10, 4, 0b110, 0}));
  CHECK(!log.is_next({10, 9, 0b11, 0}));
  CHECK(!log.is_next({9, 9, 0b100, 0}));
  CHECK(log.is_next({10, 0, 0, 0}));  // what matches nothing comes last
}

TEST_CASE("events some minutes apart take up to eight bytes each") {
  funnel_log log;
  for (std::uint64_t i = 0; i < 100; ++i) {
    log.append({1'700'000'000'000 + static_cast<std::int64_t>(i) * 120'000, i * 90'000, 1, 0});
  }
  CHECK(log.bytes() < 820);
}

TEST_CASE("a log that was emptied still knows what came last") {
  funnel_log log;
  log.append({10, 0, 1, 0});
  log.assign({});
  CHECK(log.empty());
  CHECK(log.newest() == 10);
  CHECK(!log.is_next({9, 1, 1, 0}));
  log.append({12, 2, 1, 3});
  CHECK((log.events() == std::vector<funnel_event>{{12, 2, 1, 3}}));
}

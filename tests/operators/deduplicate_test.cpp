// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/deduplicate.hpp>

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <oriel/testing/disorder.hpp>
#include <oriel/testing/driver.hpp>

using namespace oriel;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct event {
  std::string_view id;
  timestamp ts;
  int n = 0;

  friend bool operator==(const event&, const event&) = default;
};
BOOST_DESCRIBE_STRUCT(event, (), (id, ts, n))

timestamp at(duration d) { return timestamp{d}; }

}  // namespace

TEST_CASE("the first event of a key passes, copies are dropped, counted and handed out") {
  driver d;
  auto in = d.input<event>("events");
  auto once = d.from(in).event_time(&event::ts).deduplicate(&event::id, 1h);
  auto rows = d.collect(once);
  auto copies = d.collect(once.duplicates());
  in.push(std::vector<event>{{"a", at(1s), 1}, {"b", at(2s), 2}, {"a", at(1s), 3}, {"a", at(3s), 4}, {"c", at(3s), 5}});
  CHECK(rows.rows() == std::vector<event>{{"a", at(1s), 1}, {"b", at(2s), 2}, {"c", at(3s), 5}});
  CHECK(copies.rows() == std::vector<event>{{"a", at(1s), 3}, {"a", at(3s), 4}});
  const node_counters& counters = d.pipeline().graph().find("deduplicate")->counters();
  CHECK(counters.in.value() == 5);
  CHECK(counters.applied.value() == 3);
  CHECK(counters.dropped.value() == 2);
}

TEST_CASE("a key is forgotten when the event or the watermark is its time to live past the one that passed") {
  driver d;
  auto in = d.input<event>("events");
  auto rows = d.collect(d.from(in).event_time(&event::ts).deduplicate(&event::id, 10s));
  in.push({"a", at(0s), 1});
  in.push({"a", at(9999ms), 2});
  CHECK(rows.take().size() == 1);
  in.push({"a", at(10s), 3});  // its own time
  CHECK(rows.take().size() == 1);
  in.push({"b", at(20s), 4});
  in.push({"a", at(10s), 5});  // the watermark
  CHECK(rows.take().size() == 2);
}

TEST_CASE("what passes does not depend on the size of batches, on random streams") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const duration ttl{1 + static_cast<std::int64_t>(random() % 200)};
    const duration bound{static_cast<std::int64_t>(random() % 50)};
    std::vector<std::string> ids;
    for (int i = 0; i < 30; ++i) ids.push_back("id-" + std::to_string(i));
    const auto times = ascending_times(400, {.start = at_ms(-1000), .step = duration{3}, .gaps = 0.005}, random);
    std::vector<event> events;
    int n = 0;
    for (const std::size_t i : disturb(times, bound, random)) events.push_back({ids[random() % 30], times[i], n++});

    std::vector<event> want;
    std::map<std::string_view, timestamp> passed;
    timestamp watermark = beginning_of_time;
    for (const event& e : events) {
      const auto found = passed.find(e.id);
      if (found == passed.end() || found->second + ttl <= std::max(e.ts, watermark)) {
        passed[e.id] = e.ts;
        want.push_back(e);
      }
      watermark = std::max(watermark, e.ts - 20ms);
    }
    for (const std::size_t batch : {std::size_t{1}, std::size_t{7}, std::size_t{1024}}) {
      driver d;
      auto in = d.input<event>("events");
      auto rows = d.collect(
          d.from(in).event_time(&event::ts, {.out_of_orderness = 20ms}).deduplicate(&event::id, ttl));
      for (std::size_t i = 0; i < events.size(); i += batch) {
        in.push(std::span(events).subspan(i, std::min(batch, events.size() - i)));
      }
      in.finish();
      REQUIRE(rows.rows() == want);
    }
  }
}

TEST_CASE("a time to live that forgets at once is refused") {
  driver d;
  auto in = d.input<event>("events");
  auto events = d.from(in).event_time(&event::ts);
  CHECK_THROWS_WITH_AS(events.deduplicate(&event::id, 0s), "deduplicate: ttl is 0s; it must be positive", error);
}

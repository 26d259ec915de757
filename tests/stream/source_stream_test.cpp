// SPDX-License-Identifier: Apache-2.0
#include <oriel/stream/source_stream.hpp>

#include <doctest/doctest.h>

#include <oriel/aggregate/count.hpp>
#include <oriel/testing/driver.hpp>
#include <oriel/window/tumbling.hpp>

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct raw {
  std::int64_t id = 0;
  std::int64_t seconds = 0;
};
BOOST_DESCRIBE_STRUCT(raw, (), (id, seconds))

struct hit {
  std::int64_t id = 0;
  timestamp ts;
};
BOOST_DESCRIBE_STRUCT(hit, (), (id, ts))

}  // namespace

TEST_CASE("steps before event_time make the rows whose time is read; what they drop moves no watermark") {
  driver d;
  auto in = d.input<raw>("raw");
  auto hits = d.from(in).filter([](const raw& r) { return r.id >= 0; }).map([](const raw& r) {
    return hit{r.id, timestamp{std::chrono::seconds{r.seconds}}};
  });
  auto panes = d.collect(
      hits.event_time(&hit::ts).key_by(&hit::id).window(tumbling{.size = 10s}).aggregate("n"_col = count()));
  const raw rows[] = {{1, 3}, {-1, 1000}, {1, 4}};
  in.push(rows);
  CHECK(panes.take().empty());
  in.push({2, 10});
  REQUIRE(panes.rows().size() == 1);
  CHECK(panes.rows()[0].row["n"_col] == 2);
  const node_counters& n = d.pipeline().graph().find("raw")->counters();
  CHECK(n.in.value() == 4);
  CHECK(n.filtered.value() == 1);
  CHECK(n.applied.value() == 3);
}

TEST_CASE("an event whose time is refused is in the dead letters as JSON") {
  driver d(at_ms(0));
  auto in = d.input<raw>("raw");
  auto dead = d.collect(d.pipeline().dead_letters());
  auto kept = d.collect(d.from(in).event_time([](const raw& r) { return at_ms(r.seconds * 1000); }, {.max_future = 1min}));
  in.push({7, 61});
  in.push({8, 60});
  CHECK(kept.rows().size() == 1);
  REQUIRE(dead.rows().size() == 1);
  CHECK(dead.rows()[0].stream == "raw");
  CHECK(dead.rows()[0].text == "{\"id\":7,\"seconds\":61}");
}

TEST_CASE("a negative out-of-orderness is refused while building") {
  driver d;
  auto in = d.input<hit>("hits");
  CHECK_THROWS_AS(d.from(in).event_time(&hit::ts, {.out_of_orderness = -1s}), error);
}

TEST_CASE("a wall-clock timeout of nothing is refused while building") {
  driver d;
  auto in = d.input<hit>("hits");
  CHECK_THROWS_AS(d.from(in).event_time(&hit::ts, {.wall_clock_idle_timeout = 0s}), error);
}

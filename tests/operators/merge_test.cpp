// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/merge.hpp>

#include <doctest/doctest.h>

#include <vector>

#include <oriel/aggregate/count.hpp>
#include <oriel/testing/driver.hpp>
#include <oriel/window/tumbling.hpp>

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct event {
  std::int64_t key = 0;
  timestamp ts;

  friend bool operator==(const event&, const event&) = default;
};
BOOST_DESCRIBE_STRUCT(event, (), (key, ts))

timestamp at(duration d) { return timestamp{d}; }

struct two_inputs {
  driver d;
  oriel::input<event> a = d.input<event>("a");
  oriel::input<event> b = d.input<event>("b");

  auto merged() {
    return d.from(a).event_time(&event::ts).merge(d.from(b).event_time(&event::ts).filter([](const event& e) {
      return e.key >= 0;
    }));
  }
};

}  // namespace

TEST_CASE("rows of both streams pass in the order they come") {
  two_inputs t;
  auto rows = t.d.collect(t.merged());
  t.a.push({1, at(5s)});
  t.b.push({2, at(1s)});
  t.b.push({-2, at(1s)});
  t.a.push({3, at(6s)});
  CHECK(rows.rows() == std::vector<event>{{1, at(5s)}, {2, at(1s)}, {3, at(6s)}});
}

TEST_CASE("event time is as far as the stream that is least far; a finished stream leaves the minimum") {
  two_inputs t;
  auto panes = t.d.collect(
      t.merged().key_by(&event::key).window(tumbling{.size = 10s}).aggregate("n"_col = count()));
  t.a.push({1, at(5s)});
  t.a.push({1, at(100s)});
  CHECK(panes.take().empty());  // the other one has not said anything
  t.b.push({1, at(3s)});        // not late: its own stream is no further
  CHECK(panes.take().empty());
  t.b.push({1, at(12s)});
  const auto first = panes.take();
  REQUIRE(first.size() == 1);
  CHECK(first[0].row["n"_col] == 2);
  t.b.finish();
  REQUIRE(panes.take().size() == 1);  // [10, 20), by the watermark of the other
  t.a.finish();
  CHECK(panes.take().size() == 1);
}

TEST_CASE("a stream merged with itself counts twice") {
  driver d;
  auto in = d.input<event>("in");
  auto events = d.from(in).event_time(&event::ts);
  auto rows = d.collect(events.merge(events, events));
  in.push({1, at(1s)});
  in.finish();
  CHECK(rows.rows().size() == 3);
}

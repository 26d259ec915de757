// SPDX-License-Identifier: Apache-2.0
#include <oriel/stream/keyed_stream.hpp>

#include <doctest/doctest.h>

#include <oriel/aggregate/count.hpp>
#include <oriel/testing/driver.hpp>
#include <oriel/window/tumbling.hpp>

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct hit {
  std::int64_t page = 0;
  timestamp ts;
};
BOOST_DESCRIBE_STRUCT(hit, (), (page, ts))

template <typename S>
concept can_window = requires(S s) { s.window(tumbling{.size = 1s}); };
template <typename S>
concept can_expire = requires(S s) { s.ttl(1s); };
template <typename S>
concept can_aggregate = requires(S s) { s.aggregate(); };

}  // namespace

TEST_CASE("a keyed stream offers aggregates only once its state is bounded, or said not to be") {
  driver d;
  auto in = d.input<hit>("hits");
  auto keyed = d.from(in).event_time(&hit::ts).key_by(&hit::page);
  static_assert(!can_aggregate<decltype(keyed)>);
  const std::size_t before = d.pipeline().graph().nodes().size();
  keyed.unbounded().aggregate("n"_col = count());
  keyed.ttl(1s).named("fleeting").aggregate("n"_col = count());
  keyed.window(tumbling{.size = 1s}).aggregate("n"_col = count());
  CHECK(d.pipeline().graph().nodes().size() == before + 3);
  CHECK(d.pipeline().graph().find("fleeting") != nullptr);
}

TEST_CASE("without event time there are no windows and no ttl") {
  driver d;
  auto in = d.input<hit>("hits");
  auto keyed = d.from(in).arrival_order().key_by(&hit::page);
  static_assert(!can_window<decltype(keyed)> && !can_expire<decltype(keyed)>);
  keyed.unbounded().aggregate("n"_col = count());
}

TEST_CASE("operators are named, by hand or by what they do") {
  driver d;
  auto in = d.input<hit>("hits");
  auto keyed = d.from(in).event_time(&hit::ts).key_by(&hit::page);
  keyed.window(tumbling{.size = 1min, .allowed_lateness = 5s}).named("per_minute").aggregate("n"_col = count());
  keyed.window(tumbling{.size = 1h}).aggregate("n"_col = count());
  const graph& g = d.pipeline().graph();
  REQUIRE(g.find("per_minute") != nullptr);
  CHECK(g.find("per_minute")->label() == "tumbling 1min, lateness 5s");
  CHECK(g.find("window_aggregate") != nullptr);
}

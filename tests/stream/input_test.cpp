// SPDX-License-Identifier: Apache-2.0
#include <oriel/stream/input.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <thread>
#include <vector>

#include <oriel/aggregate/count.hpp>
#include <oriel/testing/driver.hpp>
#include <oriel/window/tumbling.hpp>

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct hit {
  std::string_view page;
  std::optional<std::string_view> referrer;
  std::vector<std::string_view> tags;
  timestamp ts;
};
BOOST_DESCRIBE_STRUCT(hit, (), (page, referrer, tags, ts))

}  // namespace

TEST_CASE("an input nobody reads refuses events and says what to do") {
  driver d;
  auto in = d.input<hit>("hits");
  try {
    in.push(hit{});
    FAIL("no error");
  } catch (const error& e) {
    CHECK(e.message().find("input 'hits'") == 0);
    CHECK(e.message().find("event_time") != std::string::npos);
  }
}

TEST_CASE("an input has one reader, from which several streams may go on") {
  driver d;
  auto in = d.input<hit>("hits");
  const auto first = d.from(in).event_time(&hit::ts);
  auto pages = d.collect(first.map([](const hit& h) { return h.page.size(); }));
  auto tags = d.collect(first.map([](const hit& h) { return h.tags.size(); }));
  CHECK_THROWS_WITH_AS(d.from(in).event_time(&hit::ts), doctest::Contains("input 'hits': a stream is made of it already"),
                       error);
  in.push(hit{.page = "/a", .referrer = {}, .tags = {"x"}, .ts = at_ms(0)});
  CHECK(pages.take() == std::vector<std::size_t>{2});
  CHECK(tags.take() == std::vector<std::size_t>{1});
}

TEST_CASE("a finished input takes no more events") {
  driver d;
  auto in = d.input<hit>("hits");
  auto rows = d.collect(d.from(in).event_time(&hit::ts));
  in.push({"/a", {}, {}, at_ms(1)});
  in.finish();
  CHECK_THROWS_AS(in.push(hit{}), error);
  CHECK(rows.rows().size() == 1);
}

TEST_CASE("in the background, pushed events are copied with all their strings, and none is lost by stopping") {
  catalog tables;
  pipeline p{tables};
  auto in = p.input<hit>("hits");
  std::vector<std::string> seen;
  p.from(in).event_time(&hit::ts).to([&](const hit& h) {
    seen.push_back(std::string(h.page) + std::string(h.referrer.value_or("-")) + std::string(h.tags.at(0)));
  });
  p.start();
  constexpr int count = 5000;
  std::jthread producer([&] {
    for (int i = 0; i < count; ++i) {
      std::string page = "/page/" + std::to_string(i);
      std::string referrer = "from " + page;
      std::string tag = "tag" + page;
      in.push({page, referrer, {tag}, at_ms(i)});
      page.assign(page.size(), '#');
      referrer.assign(referrer.size(), '#');
      tag.assign(tag.size(), '#');
    }
  });
  producer.join();
  p.stop();
  REQUIRE(seen.size() == count);
  for (int i = 0; i < count; ++i) {
    const std::string page = "/page/" + std::to_string(i);
    REQUIRE(seen[static_cast<std::size_t>(i)] == page + "from " + page + "tag" + page);
  }
}

TEST_CASE("the partitions of an input are pushed into one by one, and it is finished when the last of them is") {
  driver d;
  auto in = d.pipeline().input<hit>("hits", {.partitions = 2});
  std::vector<std::string> seen;
  auto rows = d.collect(d.from(in).event_time(&hit::ts));
  in.partition(0).push({"/a", {}, {}, at_ms(1)});
  in.partition(1).push({"/b", {}, {}, at_ms(2)});
  CHECK(rows.rows().size() == 2);
  CHECK(d.pipeline().why_not_emitted({at_ms(0), at_ms(2)}).size() == 1);
  in.partition(0).idle();
  CHECK(d.pipeline().why_not_emitted({at_ms(0), at_ms(2)}).empty());
  in.partition(1).advance_to(at_ms(10));
  CHECK(d.pipeline().why_not_emitted({at_ms(0), at_ms(10)}).empty());
  in.partition(1).finish();
  CHECK_THROWS_AS(in.partition(1).push(hit{}), error);
  CHECK(!d.pipeline().why_not_emitted({at_ms(0), at_ms(11)}).empty());
  in.partition(0).finish();
  CHECK(d.pipeline().why_not_emitted({at_ms(0), at_ms(11)}).empty());
  CHECK_THROWS_AS(in.partition(0).push(hit{}), error);
}

TEST_CASE("an input with partitions wants to know which, and knows how many it has") {
  driver d;
  auto in = d.pipeline().input<hit>("hits", {.partitions = 2});
  auto rows = d.collect(d.from(in).event_time(&hit::ts));
  const auto message = [](auto f) {
    try {
      f();
      return std::string("no error");
    } catch (const error& e) {
      return e.message();
    }
  };
  CHECK(message([&] { in.push(hit{}); }) ==
        "input 'hits': it has 2 partitions; push into one of them: hits.partition(0).push(...)");
  CHECK(message([&] { in.partition(2); }) ==
        "input 'hits': partition 2, but it has 2; say so where it is made: {.partitions = 3}");
  CHECK(message([&] { d.pipeline().input<hit>("none", {.partitions = 0}); }) ==
        "input 'none': partitions is 0; it must be at least 1");
}

TEST_CASE("through the queue of a run in the background, partitions and what is said of them keep their order") {
  std::vector<std::string> direct;
  for (const bool background : {false, true}) {
    catalog tables;
    pipeline p{tables, {.batch_size = 4}};
    auto in = p.input<hit>("hits", {.partitions = 3});
    std::vector<std::string> late;
    auto panes = p.from(in)
                     .event_time(&hit::ts)
                     .key_by(&hit::page)
                     .window(tumbling{.size = 10ms})
                     .aggregate("n"_col = count());
    panes.late_events().to([&](const hit& h) { late.push_back(std::string(h.page) + std::to_string(to_ms(h.ts))); });
    if (background) p.start();
    std::mt19937 random(3);
    for (int i = 0; i < 2000; ++i) {
      auto lane = in.partition(random() % 3);
      switch (random() % 8) {
        case 0: lane.idle(); break;
        case 1: lane.advance_to(at_ms(i - 30)); break;
        case 2: in.advance_to(at_ms(i - 50)); break;
        default: lane.push({"/a", {}, {}, at_ms(i - static_cast<int>(random() % 60))});
      }
    }
    in.partition(1).finish();
    for (int i = 2000; i < 2100; ++i) in.partition(random() % 2 * 2).push({"/b", {}, {}, at_ms(i - 40)});
    in.finish();
    if (background) p.wait();
    CHECK(late.size() > 10);
    if (!background) direct = late;
    CHECK(late == direct);
  }
}

TEST_CASE("SEMANTICS 1.5: what a partition has in the queue when it is declared idle comes first") {
  catalog tables;
  pipeline p{tables};
  auto in = p.input<hit>("hits", {.partitions = 2});
  std::vector<std::int64_t> late;
  auto panes = p.from(in)
                   .event_time(&hit::ts)
                   .key_by(&hit::page)
                   .window(tumbling{.size = 10ms})
                   .aggregate("n"_col = count());
  panes.late_events().to([&](const hit& h) { late.push_back(to_ms(h.ts)); });
  p.start();
  in.partition(0).push({"/a", {}, {}, at_ms(100)});
  in.partition(1).push({"/a", {}, {}, at_ms(5)});
  in.partition(1).idle();
  in.partition(1).push({"/a", {}, {}, at_ms(6)});
  p.stop();
  CHECK(late == std::vector<std::int64_t>{6});
}

TEST_CASE("what is said of the whole input goes through the queue as well") {
  catalog tables;
  pipeline p{tables};
  auto in = p.input<hit>("hits");
  int panes = 0;
  p.from(in)
      .event_time(&hit::ts)
      .key_by(&hit::page)
      .window(tumbling{.size = 10ms})
      .aggregate("n"_col = count())
      .to([&](const auto&) { ++panes; });
  p.start();
  in.push({"/a", {}, {}, at_ms(5)});
  in.advance_to(at_ms(10));
  p.stop();
  CHECK(panes == 1);
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/stream/input.hpp>

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include <oriel/aggregate/count.hpp>
#include <oriel/testing/driver.hpp>

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;

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

// SPDX-License-Identifier: Apache-2.0
#include <oriel/testing/driver.hpp>

#include <doctest/doctest.h>

#include <oriel/aggregate/count.hpp>
#include <oriel/window/tumbling.hpp>

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct click {
  std::string_view page;
  timestamp ts;
};
BOOST_DESCRIBE_STRUCT(click, (), (page, ts))

}  // namespace

TEST_CASE("a driver moves time by hand and keeps what comes out, strings included") {
  driver d;
  auto clicks = d.input<click>("clicks");
  auto rows = d.from(clicks).event_time(&click::ts);
  auto seen = d.collect(rows);
  auto minutes = d.collect(rows.key_by(&click::page).window(tumbling{.size = 1min}).aggregate("views"_col = count()));
  {
    std::string gone = "/home";
    clicks.push({gone, at_ms(3'000)});
    gone = "#####";
  }
  CHECK(minutes.take().empty());
  clicks.advance_to(at_ms(60'000));
  const auto panes = minutes.take();
  REQUIRE(panes.size() == 1);
  CHECK(panes[0].key == "/home");
  CHECK(panes[0].row["views"_col] == 1);
  CHECK(seen.rows()[0].page == "/home");
  CHECK(minutes.take().empty());
  CHECK(minutes.rows().size() == 1);
}

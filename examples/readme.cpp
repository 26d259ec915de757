// SPDX-License-Identifier: Apache-2.0
// readme.cpp - the program of the README: click-through rate by campaign, from a file of ad events.
//
//   ads.jsonl ──> views and clicks per campaign and minute ──> table ad_minutes ──> SQL
//
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace std::chrono_literals;
using namespace oriel::literals;

struct ad_event {
  std::string_view campaign_id, device_type, user_id, kind;
  oriel::timestamp ts;
  double cost;
};
BOOST_DESCRIBE_STRUCT(ad_event, (), (campaign_id, device_type, user_id, kind, ts, cost))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};

  p.from(oriel::json_lines<ad_event>{.path = "ads.jsonl"})
      .event_time(&ad_event::ts, {.out_of_orderness = 5s})
      .filter([](const ad_event& e) { return e.kind != "heartbeat"; })
      .key_by(&ad_event::campaign_id)
      .window(oriel::tumbling{.size = 1min, .allowed_lateness = 30s})
      .aggregate("impressions"_col = oriel::count_if([](const ad_event& e) { return e.kind == "view"; }),
                 "clicks"_col      = oriel::count_if([](const ad_event& e) { return e.kind == "click"; }),
                 "spend"_col       = oriel::sum(&ad_event::cost))
      .into("ad_minutes");  // upsert table, primary key (campaign_id, window_start)

  p.run();  // or start()/stop(), or push() from the host's own thread
  fmt::print("{}", oriel::format_table(oriel::sql(
                       tables, "SELECT campaign_id, SUM(clicks) / SUM(impressions) AS ctr, SUM(spend) AS spend "
                               "FROM ad_minutes GROUP BY campaign_id ORDER BY ctr DESC")));
}

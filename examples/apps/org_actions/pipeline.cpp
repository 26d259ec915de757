// SPDX-License-Identifier: Apache-2.0
// apps/org_actions/pipeline.cpp - what the members of organisations do, event by event and in 5 minute windows.
//
//                  ┌── every event, however late ───────────────────> rawEvents
//   events ──ts──> ┤                                                       ├──> SQL
//                  └── by org and action ──> 5 min windows ──> orgActionAgg
//
// Elsewhere this is a broker, a stream processor writing two tables, and an analytical
// database under a dashboard; here it is the function `build`. Events come at most 10 s
// out of order: that long a window waits before it is complete. An event that comes
// later still is not in its window (--stats counts it as late) but is in rawEvents.
#include <chrono>

#include <oriel/oriel.hpp>

#include "org_actions/org_actions.hpp"

namespace org_actions {
namespace {

using namespace std::chrono_literals;
using namespace oriel::literals;

/// A row of rawEvents.
struct raw_event {
  std::string_view event_id, org, user_id, action, device, campaign;
  double value;
  oriel::timestamp ts, ingest_time;
};
BOOST_DESCRIBE_STRUCT(raw_event, (), (event_id, org, user_id, action, device, campaign, value, ts, ingest_time))

}  // namespace

void build(const oriel::source_stream<org_event>& events, const oriel::clock& clock) {
  const auto actions = events.event_time(&org_event::ts, {.out_of_orderness = 10s});

  actions
      .map([&clock](const org_event& e) {
        return raw_event{e.event_id,       e.org,   e.user_id, e.action,   e.attrs.device,
                         e.attrs.campaign, e.value, e.ts,      clock.now()};
      })
      .into("rawEvents");

  actions.key_by(&org_event::org, &org_event::action)
      .window(oriel::tumbling{.size = 5min})
      .aggregate("cnt"_col       = oriel::count(),
                 "sum_value"_col = oriel::sum(&org_event::value),
                 "avg_value"_col = oriel::mean(&org_event::value))
      .into("orgActionAgg",  // upsert table, primary key (org, action, window_start)
            {.columns = {"window_start", "window_end", "org", "action", "cnt", "sum_value", "avg_value"}});
}

}  // namespace org_actions

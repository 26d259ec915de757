// SPDX-License-Identifier: Apache-2.0
// apps/ad_ctr/pipeline.cpp - who clicks on which ads: click-through rates by minute, and minutes out of the ordinary.
//
//   ad-impressions ── once each ──┬───────────────────────────────┐
//                                 v                               v
//   ad-clicks ──── once each ──> join within 10 min ──pairs──> touches ──┬── by campaign, minute ──> ctr_by_campaign
//                                 │ alone                                │              │ 11 min, every minute
//                                 v                                      │              v
//                       unattributed_clicks                              │        ctr_anomalies
//                                                                        └── by device, minute ──> engagement_by_device
//
// A click counts in the minute of its impression, whatever its own time. The minute that is
// running is in the tables from its first event on and is corrected as clicks arrive; it is
// complete when no click can come any more. Streams arrive at most 5 s out of order; what
// is late is joined all the same for another 10 min.
#include <chrono>
#include <cmath>
#include <optional>

#include <oriel/oriel.hpp>

#include "ad_ctr/ad_ctr.hpp"

namespace ad_ctr {
namespace {

using namespace std::chrono_literals;
using namespace oriel::literals;

template <typename Event>
oriel::timestamp time_of(const Event& e) {
  return oriel::at_ms(e.event_timestamp);
}

/// An impression, or a click put at the time and place of its impression.
struct touch {
  std::string_view campaign_id, device_type;
  std::optional<std::string_view> user_id;  // of impressions
  double cost = 0;                          // of impressions
  bool clicked = false;
};

/// A row of unattributed_clicks.
struct unattributed_click {
  std::string_view click_id, impression_id;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(unattributed_click, (), (click_id, impression_id, ts))

/// An aggregate of our own: clicks by impressions.
class click_through_rate {
 public:
  using input = touch;
  struct partial {
    std::int64_t impressions = 0;
    std::int64_t clicks = 0;
  };
  using output = double;

  partial identity() const { return {}; }
  partial lift(const touch& t) const { return {!t.clicked, t.clicked}; }
  partial combine(const partial& a, const partial& b) const {
    return {a.impressions + b.impressions, a.clicks + b.clicks};
  }
  output lower(const partial& p) const { return static_cast<double>(p.clicks) / static_cast<double>(p.impressions); }
};

bool is_impression(const touch& t) { return !t.clicked; }
bool is_click(const touch& t) { return t.clicked; }

using anomaly_row = oriel::row<oriel::column<"ctr", double>, oriel::column<"expected_ctr", double>, oriel::column<"z", double>>;
using anomaly = oriel::pane<std::string_view, anomaly_row>;

/// Of the eleven minutes of a window the last, held against the ten before it.
template <typename Pane>
anomaly judge(const Pane& eleven) {
  anomaly a{eleven.key, {eleven.window.end - 1min, eleven.window.end}, eleven.kind, eleven.timing, eleven.index, {}};
  const auto& r = eleven.row;
  const auto own_impressions = static_cast<double>(r["own_impressions"_col].value_or(0));
  const auto own_clicks = static_cast<double>(r["own_clicks"_col].value_or(0));
  const double p = (static_cast<double>(r["clicks"_col]) - own_clicks) /
                   (static_cast<double>(r["impressions"_col]) - own_impressions);
  a.row["ctr"_col] = own_clicks / own_impressions;
  a.row["expected_ctr"_col] = p;
  a.row["z"_col] = (a.row["ctr"_col] - p) / std::sqrt(p * (1 - p) / own_impressions);
  if (r["newest"_col] != a.window.start || r["minutes"_col] < 6 || !(0 < p && p < 1)) a.row["z"_col] = 0;
  return a;
}

bool is_anomaly(const anomaly& a) { return std::abs(a.row["z"_col]) > 3; }

}  // namespace

void build(const oriel::source_stream<impression>& impressions, const oriel::source_stream<click>& clicks) {
  const auto shown = impressions.event_time(time_of<impression>, {.out_of_orderness = 5s})
                         .deduplicate(&impression::impression_id, 1h);
  const auto clicked = clicks.event_time(time_of<click>, {.out_of_orderness = 5s})
                           .deduplicate(&click::click_id, 1h);

  const auto attributed =
      oriel::interval_join(shown, clicked, oriel::on(&impression::impression_id, &click::impression_id),
                           {.lower = 0s,
                            .upper = 10min,
                            .kind = oriel::join_kind::right,
                            .time = oriel::join_time::left,
                            .allowed_lateness = 10min});
  using pair = decltype(attributed)::row_type;

  attributed.filter([](const pair& both) { return !both.left; })
      .map([](const pair& alone) {
        return unattributed_click{alone.right->click_id, alone.right->impression_id, time_of(*alone.right)};
      })
      .into("unattributed_clicks");

  const auto touches = shown
                           .map([](const impression& i) {
                             return touch{.campaign_id = i.campaign_id, .device_type = i.device_type, .user_id = i.user_id, .cost = i.cost};
                           })
                           .merge(attributed.filter([](const pair& both) { return both.left.has_value(); })
                                      .map([](const pair& both) {
                                        return touch{.campaign_id = both.left->campaign_id,
                                                     .device_type = both.left->device_type,
                                                     .user_id = std::nullopt,
                                                     .clicked = true};
                                      }));

  const auto by_campaign = touches.key_by("campaign_id"_col = &touch::campaign_id)
                               .window(oriel::tumbling{.size = 1min})
                               .emit({.early = oriel::each_batch})
                               .aggregate("impressions"_col = oriel::count_if(is_impression),
                                          "clicks"_col      = oriel::count_if(is_click),
                                          "ctr"_col         = click_through_rate{},
                                          "reach"_col       = oriel::count_distinct(&touch::user_id),
                                          "cost"_col        = oriel::sum(&touch::cost));
  by_campaign.into("ctr_by_campaign",
                   {.columns = {"campaign_id", "window_start", "window_end", "impressions", "clicks", "ctr", "reach", "cost"}});

  touches.key_by("device_type"_col = &touch::device_type)
      .window(oriel::tumbling{.size = 1min})
      .emit({.early = oriel::each_batch})
      .aggregate("impressions"_col = oriel::count_if(is_impression), "clicks"_col = oriel::count_if(is_click))
      .into("engagement_by_device", {.columns = {"device_type", "window_start", "window_end", "impressions", "clicks"}});

  using minute = decltype(by_campaign)::row_type;
  const auto start = [](const minute& m) { return m.window.start; };
  const auto minute_impressions = [](const minute& m) { return m.row["impressions"_col]; };
  const auto minute_clicks = [](const minute& m) { return m.row["clicks"_col]; };
  by_campaign.filter([](const minute& m) { return m.timing != oriel::pane_timing::early; })
      .to_changelog()
      .key_by("campaign_id"_col = [](const minute& m) { return m.key; })
      .window(oriel::hopping{.size = 11min, .hop = 1min})
      .aggregate("minutes"_col         = oriel::count(),
                 "impressions"_col     = oriel::sum(minute_impressions),
                 "clicks"_col          = oriel::sum(minute_clicks),
                 "newest"_col          = oriel::max(start),
                 "own_impressions"_col = oriel::arg_max(minute_impressions, start),
                 "own_clicks"_col      = oriel::arg_max(minute_clicks, start))
      .map([](const auto& eleven) { return judge(eleven); })
      .filter(is_anomaly)
      .into("ctr_anomalies", {.columns = {"campaign_id", "window_start", "ctr", "expected_ctr", "z"}});
}

}  // namespace ad_ctr

// SPDX-License-Identifier: Apache-2.0
// apps/product_analytics/pipeline.cpp - what visitors of a shop look at, put into the cart and buy.
//
//                                ┌── minutes ────────────────────────────────> active_users
//                                ├── by product ─────────────────────────────> product_analytics
//                                ├── by product, minutes ────────────────────> product_minutes
//   raw-events ── once each ──>  ┼── by session_id ──────────────────────────> user_sessions
//                                ├── by user, sessions of 30 min ────────────> visits
//                                ├── by category and user: level ──> counts ─> conversion_funnel
//                                └── by user: days of coming back ───────────> retention
//
// Events come at most 5 s out of order and sometimes twice. Windows wait 5 s; what comes
// later is not in them (--stats counts it as late) but in every table without windows, which
// take events however late and correct what they said before.
#include <chrono>
#include <tuple>

#include <oriel/oriel.hpp>

#include "product_analytics/product_analytics.hpp"

namespace product_analytics {
namespace {

using namespace std::chrono_literals;
using namespace oriel::literals;

bool is_page_view(const raw_event& e) { return e.event_type == "page_view"; }
bool is_view(const raw_event& e) { return e.event_type == "product_view"; }
bool is_cart(const raw_event& e) { return e.event_type == "add_to_cart"; }
bool is_purchase(const raw_event& e) { return e.event_type == "purchase"; }

std::string_view product_of(const raw_event& e) { return *e.product_id; }
std::string_view category_of(const raw_event& e) { return *e.product_category; }

void windows(const oriel::stream<raw_event>& shop) {
  shop.key_by()
      .window(oriel::tumbling{.size = 1min})
      .aggregate("active_users"_col = oriel::count_distinct(&raw_event::user_id))
      .into("active_users");

  shop.filter([](const raw_event& e) { return e.product_id.has_value(); })
      .key_by("product_id"_col = product_of)
      .window(oriel::tumbling{.size = 1min})
      .aggregate("product_category"_col = oriel::max(&raw_event::product_category),
                 "view_count"_col       = oriel::count_if(is_view),
                 "cart_adds"_col        = oriel::count_if(is_cart),
                 "purchases"_col        = oriel::count_if(is_purchase),
                 "revenue"_col          = oriel::sum(&raw_event::total_amount).where(is_purchase))
      .into("product_minutes", {.columns = {"product_id", "product_category", "window_start", "window_end", "view_count",
                                            "cart_adds", "purchases", "revenue"}});

  const auto visits = shop.key_by(&raw_event::user_id)
                          .window(oriel::session{.gap = 30min})
                          .aggregate("events"_col = oriel::count(), "purchases"_col = oriel::count_if(is_purchase));
  using visit = decltype(visits)::row_type;
  using visit_row = oriel::row<oriel::column<"visit_end", oriel::timestamp>, oriel::column<"events", std::int64_t>,
                               oriel::column<"purchases", std::int64_t>>;
  using visit_key = std::tuple<std::string_view, oriel::timestamp>;
  visits
      .map([](const visit& v) {
        return oriel::keyed_row<visit_key, visit_row>{
            {v.key, v.window.start}, v.kind, {{v.row["last_event"_col]}, {v.row["events"_col]}, {v.row["purchases"_col]}}};
      })
      .into("visits", {.key = {"user_id", "visit_start"}});
}

void totals(const oriel::stream<raw_event>& shop) {
  shop.filter([](const raw_event& e) { return e.product_id.has_value(); })
      .key_by("product_id"_col = product_of)
      .unbounded()
      .aggregate("product_name"_col     = oriel::max(&raw_event::product_name),
                 "product_category"_col = oriel::max(&raw_event::product_category),
                 "view_count"_col       = oriel::count_if(is_view),
                 "cart_adds"_col        = oriel::count_if(is_cart),
                 "purchases"_col        = oriel::count_if(is_purchase),
                 "revenue"_col          = oriel::sum(&raw_event::total_amount).where(is_purchase),
                 "update_time"_col      = oriel::max(&raw_event::event_timestamp))
      .into("product_analytics");

  shop.key_by(&raw_event::session_id)
      .unbounded()
      .aggregate("user_id"_col       = oriel::max(&raw_event::user_id),
                 "session_start"_col = oriel::min(&raw_event::event_timestamp),
                 "session_end"_col   = oriel::max(&raw_event::event_timestamp),
                 "page_views"_col    = oriel::count_if(is_page_view),
                 "product_views"_col = oriel::count_if(is_view),
                 "cart_adds"_col     = oriel::count_if(is_cart),
                 "purchases"_col     = oriel::count_if(is_purchase),
                 "total_spent"_col   = oriel::sum(&raw_event::total_amount).where(is_purchase))
      .into("user_sessions");
}

void conversion_funnel(const oriel::stream<raw_event>& shop) {
  const auto levels =
      shop.filter([](const raw_event& e) { return e.product_category.has_value(); })
          .key_by("product_category"_col = category_of, &raw_event::user_id)
          .unbounded()
          .aggregate("level"_col = oriel::funnel({.within = 1h}, is_view, is_cart, is_purchase));
  using user_level = decltype(levels)::row_type;

  const auto by_category =
      levels.to_changelog()
          .key_by("product_category"_col = [](const user_level& u) { return std::get<0>(u.key); })
          .unbounded()
          .aggregate("funnel"_col = oriel::funnel_report<3>([](const user_level& u) { return u.row["level"_col]; }));
  using category = decltype(by_category)::row_type;
  using step_row = oriel::row<oriel::column<"step_name", std::string_view>, oriel::column<"users", std::int64_t>>;
  using step = oriel::keyed_row<std::tuple<std::string_view, std::int64_t>, step_row>;
  by_category
      .flat_map<step>([](const category& c, auto&& emit) {
        std::int64_t number = 0;
        for (const oriel::funnel_step& s : c.row["funnel"_col].steps) {
          static constexpr std::string_view names[] = {"product_view", "add_to_cart", "purchase"};
          const std::string_view name = names[number++];
          emit(step{{c.key, number}, c.kind, {{name}, {s.entities}}});
        }
      })
      .into("conversion_funnel", {.key = {"product_category", "step"}});
}

void retention(const oriel::stream<raw_event>& shop) {
  shop.key_by(&raw_event::user_id)
      .unbounded()
      .retention({.unit = oriel::calendar_unit::day})
      .into("retention", {.columns = {"cohort", "day", "users"}});
}

}  // namespace

void build(const oriel::source_stream<raw_event>& events) {
  const oriel::stream<raw_event> shop = events.event_time(&raw_event::event_timestamp, {.out_of_orderness = 5s})
                                            .deduplicate(&raw_event::event_id, 24h);
  windows(shop);
  totals(shop);
  conversion_funnel(shop);
  retention(shop);
}

}  // namespace product_analytics

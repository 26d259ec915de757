// SPDX-License-Identifier: Apache-2.0
// What does product analytics cost as a pipeline of seven tables, next to a program written for these seven only?
//
// from_memory: the whole application, its events pushed as structs, beside a loop over the same structs that keeps flat
// hash maps: it drops copies, closes windows by the watermark, and computes funnel levels and retention once, at the
// end, where the application keeps every table current all the time. Both give the same seven tables (rows and sums).
// from_json: the application reading its file, beside simdjson reading the same 19 fields and nothing else.
//
// state_per_user: bytes of state of all operators by users seen, at the end of input before windows close.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "paired.hpp"
#include "pipelines/app_input.hpp"
#include "product_analytics/product_analytics.hpp"

namespace {

using namespace oriel;
using product_analytics::raw_event;

const std::size_t event_count = paired::scaled(200'000);
constexpr std::int64_t minute = 60'000;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;

pipelines::app_input<raw_event>& events() {
  static pipelines::app_input<raw_event> made(product_analytics::make_events({event_count, 7}), json_times::iso_8601);
  return made;
}

std::int64_t floor_to(std::int64_t t, std::int64_t unit) { return t - ((t % unit) + unit) % unit; }

template <typename V>
using by_name = boost::unordered_flat_map<std::string_view, V>;

struct sales {
  std::int64_t views = 0, carts = 0, purchases = 0;
  double revenue = 0;

  void add(const raw_event& e) {
    views += e.event_type == "product_view";
    carts += e.event_type == "add_to_cart";
    if (e.event_type == "purchase") {
      ++purchases;
      revenue += *e.total_amount;
    }
  }
};

/// The seven tables for one input in memory: what one would write in an afternoon.
class program {
 public:
  std::uint64_t run(std::span<const raw_event> all) {
    std::int64_t watermark = std::numeric_limits<std::int64_t>::min();
    for (const raw_event& e : all) {
      const std::int64_t t = to_ms(e.event_timestamp);
      if (!open_.empty() && open_.begin()->first + minute <= watermark) close(watermark);
      if (is_new(e.event_id, t)) add(e, t, watermark);
      watermark = std::max(watermark, t - 5'000);
    }
    close(std::numeric_limits<std::int64_t>::max());
    return total();
  }

 private:
  struct open_minute {
    boost::unordered_flat_set<std::string_view> users;
    by_name<sales> products;
  };
  struct session_row {
    std::int64_t start, end;
    std::int64_t events = 0;
    sales sold{};
  };
  struct visit {
    std::int64_t start, end, events;
  };

  bool is_new(std::string_view id, std::int64_t t) {
    if (t >= seen_since_ + day) {
      older_ = std::exchange(newer_, {});
      seen_since_ = t;
    }
    return !older_.contains(id) && newer_.insert(id).second;
  }

  void add(const raw_event& e, std::int64_t t, std::int64_t watermark) {
    const std::int64_t start = floor_to(t, minute);
    open_minute* const window = start + minute > watermark ? &open_[start] : nullptr;
    if (window != nullptr) window->users.insert(e.user_id);
    if (e.product_id) {
      products_[*e.product_id].add(e);
      if (window != nullptr) window->products[*e.product_id].add(e);
    }
    auto [at, fresh] = sessions_.try_emplace(e.session_id, session_row{t, t});
    at->second.start = std::min(at->second.start, t);
    at->second.end = std::max(at->second.end, t);
    ++at->second.events;
    at->second.sold.add(e);
    add_to_visit(e, t, watermark);
    if (e.product_category) {
      const int step = e.event_type == "product_view" ? 0 : e.event_type == "add_to_cart" ? 1 : 2;
      steps_[*e.product_category][e.user_id].emplace_back(t, step);
    }
    std::vector<std::int64_t>& days = days_[e.user_id];
    const std::int64_t d = floor_to(t, day) / day;
    if (days.empty() || days.back() != d) days.push_back(d);
  }

  void add_to_visit(const raw_event& e, std::int64_t t, std::int64_t watermark) {
    std::vector<visit>& all = visits_[e.user_id];
    if (t + hour / 2 < watermark) return;
    visit v{t, t, 1};
    while (!all.empty() && all.back().end + hour / 2 >= t && all.back().start - hour / 2 <= t) {
      v = {std::min(v.start, all.back().start), std::max(v.end, all.back().end), v.events + all.back().events};
      all.pop_back();
    }
    all.push_back(v);
  }

  void close(std::int64_t until) {
    for (; !open_.empty() && open_.begin()->first + minute <= until; open_.erase(open_.begin())) {
      const open_minute& w = open_.begin()->second;
      ++minutes_;
      active_ += static_cast<std::int64_t>(w.users.size());
      for (const auto& [name, s] : w.products) {
        ++product_minutes_;
        minute_views_ += s.views;
        minute_revenue_ += s.revenue;
      }
    }
  }

  static int level(std::vector<std::pair<std::int64_t, int>>& events) {
    std::stable_sort(events.begin(), events.end());
    constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min();
    std::int64_t starts[3] = {none, none, none};
    int best = 0;
    for (const auto& [t, step] : events) {
      if (step == 0) {
        starts[0] = t;
      } else if (starts[step - 1] != none && t - starts[step - 1] <= hour) {
        starts[step] = std::max(starts[step], starts[step - 1]);
      } else {
        continue;
      }
      best = std::max(best, step + 1);
    }
    return best;
  }

  std::uint64_t total() {
    sales sold{};
    for (const auto& [name, s] : products_) {
      sold.views += s.views;
      sold.carts += s.carts;
      sold.purchases += s.purchases;
      sold.revenue += s.revenue;
    }
    double spent = 0, lasted = 0;
    for (const auto& [id, s] : sessions_) {
      spent += s.sold.revenue;
      lasted += static_cast<double>(s.end - s.start);
    }
    std::int64_t visits = 0, visit_events = 0, reached = 0, cells = 0, returned = 0;
    for (const auto& [user, all] : visits_) {
      visits += static_cast<std::int64_t>(all.size());
      for (const visit& v : all) visit_events += v.events;
    }
    for (auto& [category, users] : steps_) {
      for (auto& [user, steps] : users) reached += level(steps);
    }
    std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> back;
    for (auto& [user, days] : days_) {
      std::sort(days.begin(), days.end());
      days.erase(std::unique(days.begin(), days.end()), days.end());
      for (const std::int64_t d : days) ++back[{days.front(), d - days.front()}];
    }
    for (const auto& [cell, n] : back) {
      ++cells;
      returned += n * (1 + cell.second);
    }
    return static_cast<std::uint64_t>(minutes_ + active_ + sold.views + sold.carts + sold.purchases + product_minutes_ +
                                      minute_views_ + static_cast<std::int64_t>(sessions_.size()) + visits + visit_events +
                                      reached + cells + returned) +
           static_cast<std::uint64_t>(std::llround(sold.revenue + minute_revenue_ + spent + lasted));
  }

  boost::unordered_flat_set<std::string_view> older_, newer_;
  std::int64_t seen_since_ = std::numeric_limits<std::int64_t>::min() / 2;
  std::map<std::int64_t, open_minute> open_;
  by_name<sales> products_;
  by_name<session_row> sessions_;
  by_name<std::vector<visit>> visits_;
  by_name<by_name<std::vector<std::pair<std::int64_t, int>>>> steps_;
  by_name<std::vector<std::int64_t>> days_;
  std::int64_t minutes_ = 0, active_ = 0, product_minutes_ = 0, minute_views_ = 0;
  double minute_revenue_ = 0;
};

/// The same of the application's tables.
std::uint64_t total_of(const catalog& tables) {
  std::int64_t whole = 0;
  double real = 0;
  for (const char* query : {
           "SELECT COUNT(*) + SUM(active_users), 0.0 FROM active_users",
           "SELECT SUM(view_count) + SUM(cart_adds) + SUM(purchases), SUM(revenue) FROM product_analytics",
           "SELECT COUNT(*) + SUM(view_count), SUM(revenue) FROM product_minutes",
           "SELECT COUNT(*), SUM(total_spent) + SUM(CAST(session_end AS LONG) - CAST(session_start AS LONG)) FROM user_sessions",
           "SELECT COUNT(*) + SUM(events), 0.0 FROM visits",
           "SELECT SUM(users), 0.0 FROM conversion_funnel",
           "SELECT COUNT(*) + SUM(users * (1 + day)), 0.0 FROM retention",
       }) {
    const result_set r = sql(tables, query);
    whole += r.as_int64(0, 0);
    real += r.as_float64(0, 1);
  }
  return static_cast<std::uint64_t>(whole) + static_cast<std::uint64_t>(std::llround(real));
}

void from_memory(benchmark::State& state) {
  const std::span<const raw_event> all = events().rows();
  std::size_t bytes = 0;
  paired::run(
      state, event_count,
      [&] {
        catalog tables;
        pipeline p{tables};
        auto in = p.input<raw_event>("raw-events");
        product_analytics::build(p.from(in));
        in.push(all);
        bytes = pipelines::state_bytes(p.graph());
        in.finish();
        return total_of(tables);
      },
      [&] { return program().run(all); });
  boost::unordered_flat_set<std::string_view> users;
  for (const raw_event& e : all) users.insert(e.user_id);
  state.counters["state_per_user"] = static_cast<double>(bytes) / static_cast<double>(users.size());
}

void from_json(benchmark::State& state) {
  const std::string path = events().path();
  paired::run(
      state, event_count,
      [&] {
        catalog tables;
        pipeline p{tables};
        product_analytics::build(p.from(json_lines<raw_event>{.path = path}));
        p.run();
        return p.graph().find("deduplicate")->counters().in.value();
      },
      [&] {
        std::uint64_t lines = 0;
        pipelines::for_each_object(path, [&](simdjson::ondemand::object& o) {
          raw_event e{};
          using pipelines::read;
          read(o, "event_id", e.event_id);
          read(o, "event_timestamp", e.event_timestamp);
          read(o, "event_type", e.event_type);
          read(o, "user_id", e.user_id);
          read(o, "session_id", e.session_id);
          read(o, "device_type", e.device_type);
          read(o, "os", e.os);
          read(o, "browser", e.browser);
          read(o, "location", e.location);
          read(o, "page_url", e.page_url);
          read(o, "referrer_url", e.referrer_url);
          read(o, "time_spent", e.time_spent);
          read(o, "product_id", e.product_id);
          read(o, "product_name", e.product_name);
          read(o, "product_category", e.product_category);
          read(o, "price", e.price);
          read(o, "quantity", e.quantity);
          read(o, "order_id", e.order_id);
          read(o, "total_amount", e.total_amount);
          benchmark::DoNotOptimize(e);
          ++lines;
        });
        return lines;
      });
}

BENCHMARK(from_memory)->UseManualTime()->Iterations(paired::rounds(5))->Unit(benchmark::kMillisecond);
BENCHMARK(from_json)->UseManualTime()->Iterations(paired::rounds(5))->Unit(benchmark::kMillisecond);

}  // namespace

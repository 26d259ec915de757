// SPDX-License-Identifier: Apache-2.0
// tests/apps/product_analytics_test.cpp - product_analytics against lists of all its events.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "apps/table_rows.hpp"

using namespace apps_test;

namespace {

constexpr std::int64_t minute = 60'000, hour = 60 * minute, day = 24 * hour, gap = 30 * minute;
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min() / 2;
const char* const kinds[] = {"page_view", "product_view", "add_to_cart", "purchase"};

struct event {
  std::string id, user, session, product, name, category;
  std::size_t kind;  // of kinds; also the step of the funnel
  std::int64_t ts;
  double amount;
};

std::string line_of(const event& e) {
  std::string line = fmt::format(
      R"({{"event_id":"{}","event_timestamp":{},"event_type":"{}","user_id":"{}","session_id":"{}","device_type":"mobile","os":"o","browser":"b","location":"l")",
      e.id, e.ts, kinds[e.kind], e.user, e.session);
  if (e.kind == 0) return line + R"(,"page_url":"/","referrer_url":null})";
  line += fmt::format(R"(,"product_id":"{}","product_name":"{}","product_category":"{}","price":2.5)", e.product, e.name, e.category);
  if (e.kind >= 2) line += R"(,"quantity":2)";
  if (e.kind == 3) line += fmt::format(R"(,"order_id":"o","total_amount":{})", e.amount);
  return line + "}";
}

/// Events as they arrive: some out of order by up to 5 s, some by minutes, some twice.
std::vector<event> make_events(std::mt19937_64& random, bool old) {
  std::vector<std::pair<std::int64_t, event>> at;
  std::int64_t t = old ? -3 * day : 1'761'120'000'000;
  const std::int64_t users = pick(random, {2, 39});
  for (std::int64_t i = 0, n = pick(random, {20, 400, 1500}); i < n; ++i) {
    t += chance(random, 2) ? pick(random, {gap, gap + 1, hour, hour + 1, 2 * hour, day})
                           : pick<std::int64_t>(random, {0, 100, 1000, 5000, 40'000});
    const std::int64_t p = up_to(random, 7);
    const std::string user = fmt::format("u{}", up_to(random, users));
    const event e{fmt::format("e{}", i), user, fmt::format("{}-{}", user, floor_to(t, hour)), fmt::format("p{}", p),
                  fmt::format("Name {}{}", p, pick(random, {"", "b"})), fmt::format("Books {}", p % 3),
                  pick<std::size_t>(random, {0, 0, 0, 0, 1, 1, 1, 2, 2, 3}), t, pick(random, {7.0, 12.25, 100.5})};
    at.push_back({t + (chance(random, 20) ? up_to(random, 5000) : chance(random, 3) ? up_to(random, 400'000) : 0), e});
    if (chance(random, 5)) at.push_back({t + up_to(random, 300'000), e});
  }
  std::stable_sort(at.begin(), at.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<event> events;
  for (auto& [when, e] : at) events.push_back(std::move(e));
  return events;
}

/// The longest chain from any view, within an hour.
std::size_t level_of(std::vector<event> events) {
  std::stable_sort(events.begin(), events.end(),
                   [](const event& a, const event& b) { return std::pair(a.ts, a.kind) < std::pair(b.ts, b.kind); });
  std::size_t best = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].kind != 1) continue;
    std::size_t level = 1;
    for (std::size_t k = i + 1; k < events.size() && events[k].ts - events[i].ts <= hour; ++k) {
      if (events[k].kind == level + 1) ++level;
    }
    best = std::max(best, level);
  }
  return best;
}

struct totals {
  std::string name, category, user;
  std::int64_t first = -never, last = never, events = 0, counts[4] = {0, 0, 0, 0};
  double revenue = 0;

  void add(const event& e) {
    name = std::max(name, e.name), category = std::max(category, e.category), user = e.user;
    first = std::min(first, e.ts), last = std::max(last, e.ts);
    ++events, ++counts[e.kind];
    if (e.kind == 3) revenue += e.amount;
  }
};

struct visit {
  std::int64_t start, last, events, purchases;
};

void check(unsigned seed, const std::vector<std::string>& more) {
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const std::vector<event> events = make_events(random, seed % 4 == 0);
  std::map<std::string, std::int64_t> seen;
  std::int64_t watermark = never;
  std::uint64_t duplicates = 0;
  std::vector<std::string> input;
  std::map<std::int64_t, std::set<std::string>> active;
  std::map<std::pair<std::string, std::int64_t>, totals> minutes;
  std::map<std::string, totals> products, sessions;
  std::map<std::string, std::vector<visit>> visits;
  std::map<std::string, std::set<std::int64_t>> days;
  std::map<std::pair<std::string, std::string>, std::vector<event>> chains;
  for (const event& e : events) {
    input.push_back(line_of(e));
    const std::int64_t before = watermark;
    watermark = std::max(watermark, e.ts - 5000);
    const auto known = seen.find(e.id);
    if (known != seen.end() && known->second + day > std::max(e.ts, before)) {
      ++duplicates;
      continue;
    }
    seen[e.id] = e.ts;
    const std::int64_t start = floor_to(e.ts, minute);
    const bool late = start + minute <= before;
    if (!late) active[start].insert(e.user);
    days[e.user].insert(floor_to(e.ts, day));
    sessions[e.session].add(e);
    if (e.kind > 0) {
      products[e.product].add(e);
      if (!late) minutes[{e.product, start}].add(e);
      chains[{e.category, e.user}].push_back(e);
    }
    visit merged{e.ts, e.ts, 1, e.kind == 3};
    std::vector<visit> others;
    for (const visit& v : visits[e.user]) {
      if (v.start - gap > e.ts || e.ts > v.last + gap || v.last + gap < before) {
        others.push_back(v);
        continue;
      }
      merged = {std::min(merged.start, v.start), std::max(merged.last, v.last), merged.events + v.events,
                merged.purchases + v.purchases};
    }
    if (merged.last + gap < before) continue;  // late
    others.push_back(merged);
    visits[e.user] = others;
  }

  std::vector<std::string> t[7];
  for (const auto& [start, users] : active) t[0].push_back(fmt::format("{},{},{}", start, start + minute, users.size()));
  for (const auto& [id, p] : products) {
    t[1].push_back(fmt::format("{},{},{},{},{},{},{},{}", id, p.name, p.category, p.counts[1], p.counts[2], p.counts[3],
                               number(p.revenue), p.last));
  }
  for (const auto& [key, p] : minutes) {
    t[2].push_back(fmt::format("{},{},{},{},{},{},{},{}", key.first, key.second, key.second + minute, p.category,
                               p.counts[1], p.counts[2], p.counts[3], number(p.revenue)));
  }
  for (const auto& [id, s] : sessions) {
    t[3].push_back(fmt::format("{},{},{},{},{},{},{},{},{}", id, s.user, s.first, s.last, s.counts[0], s.counts[1],
                               s.counts[2], s.counts[3], number(s.revenue)));
  }
  for (const auto& [user, list] : visits) {
    for (const visit& v : list) t[4].push_back(fmt::format("{},{},{},{},{}", user, v.start, v.last, v.events, v.purchases));
  }
  std::map<std::pair<std::string, std::size_t>, int> funnel;
  for (const auto& [key, chain] : chains) {
    const std::size_t level = level_of(chain);
    for (std::size_t step = 1; step <= 3; ++step) funnel[{key.first, step}] += level >= step;
  }
  for (const auto& [key, users] : funnel) {
    t[5].push_back(fmt::format("{},{},{},{}", key.first, key.second, kinds[key.second], users));
  }
  std::map<std::pair<std::int64_t, std::int64_t>, int> retained;
  for (const auto& [user, on] : days) {
    for (const std::int64_t d : on) ++retained[{*on.begin(), (d - *on.begin()) / day}];
  }
  for (const auto& [key, users] : retained) t[6].push_back(fmt::format("{},{},{}", key.first, key.second, users));

  const scratch_folder scratch;
  const spoiled_lines text = spoil(input, random);
  std::vector<std::string> arguments{"--stats", "--input", "raw-events=" + scratch.file("events", text.text)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const std::string window = "CAST(window_start AS LONG), CAST(window_end AS LONG), ";
  const std::string counts = "view_count, cart_adds, purchases, revenue";
  const std::string stats = check_tables(
      "product_analytics", arguments,
      {{"SELECT " + window + "active_users FROM active_users", t[0]},
       {"SELECT product_id, product_name, product_category, " + counts + ", CAST(update_time AS LONG) FROM product_analytics", t[1]},
       {"SELECT product_id, " + window + "product_category, " + counts + " FROM product_minutes", t[2]},
       {"SELECT session_id, user_id, CAST(session_start AS LONG), CAST(session_end AS LONG), page_views, product_views, "
        "cart_adds, purchases, total_spent FROM user_sessions", t[3]},
       {"SELECT user_id, CAST(visit_start AS LONG), CAST(visit_end AS LONG), events, purchases FROM visits", t[4]},
       {"SELECT product_category, step, step_name, users FROM conversion_funnel", t[5]},
       {"SELECT CAST(cohort AS LONG), day, users FROM retention", t[6]}});
  CHECK(stats.starts_with(fmt::format("{{\"streams\":{{\"raw-events\":{{\"in\":{},\"malformed\":{}}}}}",
                                      input.size() + text.malformed, text.malformed)));
  CHECK(stats.find(fmt::format("\"duplicates\":{},", duplicates)) != stats.npos);
}

}  // namespace

TEST_CASE("product_analytics holds what lists of all its events say") {
  for (unsigned seed = 1; seed <= 24; ++seed) check(seed, {});
}

TEST_CASE("product_analytics gives the same answers with two workers") {
  for (unsigned seed = 31; seed <= 33; ++seed) check(seed, {"--workers", "2"});
}

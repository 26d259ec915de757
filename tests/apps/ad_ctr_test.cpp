// SPDX-License-Identifier: Apache-2.0
// tests/apps/ad_ctr_test.cpp - ad_ctr against a brute force that knows all impressions before it looks at a click.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "apps/table_rows.hpp"

using namespace apps_test;

namespace {

constexpr std::int64_t minute = 60'000;

struct impression {
  std::string id, user, campaign, device;
  std::int64_t ts;
  double cost;
};
struct click {
  std::string id, impression_id;
  std::int64_t ts;
};

std::string line_of(const impression& i) {
  return fmt::format(
      R"({{"impression_id":"{}","user_id":"{}","campaign_id":"{}","ad_id":"a","device_type":"{}","browser":"b","event_timestamp":{},"cost":{}}})",
      i.id, i.user, i.campaign, i.device, i.ts, i.cost);
}
std::string line_of(const click& c) {
  return fmt::format(R"({{"click_id":"{}","impression_id":"{}","user_id":"u","event_timestamp":{}}})", c.id,
                     c.impression_id, c.ts);
}

/// Events as they arrive: less than 5 s out of order, some twice.
template <typename Event>
std::vector<std::string> arrivals(const std::vector<Event>& events, std::mt19937_64& random) {
  std::vector<std::pair<std::int64_t, std::string>> at;
  for (const Event& e : events) {
    at.push_back({e.ts + (chance(random, 30) ? up_to(random, 4'999) : 0), line_of(e)});
    if (chance(random, 5)) at.push_back({e.ts + up_to(random, 4'999), line_of(e)});
  }
  std::stable_sort(at.begin(), at.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> lines;
  for (auto& [when, line] : at) lines.push_back(std::move(line));
  return lines;
}

struct totals {
  std::int64_t impressions = 0, clicks = 0;
  std::set<std::string> users;
  double cost = 0;
};
using totals_by_minute = std::map<std::pair<std::string, std::int64_t>, totals>;

std::vector<std::string> anomalies(const totals_by_minute& campaigns) {
  std::vector<std::string> rows;
  for (const auto& [key, now] : campaigns) {
    std::int64_t history = 0, impressions = 0, clicks = 0;
    for (std::int64_t m = key.second - 10 * minute; m < key.second; m += minute) {
      const auto found = campaigns.find({key.first, m});
      if (found == campaigns.end()) continue;
      ++history;
      impressions += found->second.impressions;
      clicks += found->second.clicks;
    }
    if (history < 5 || clicks <= 0 || clicks >= impressions) continue;
    const double p = static_cast<double>(clicks) / static_cast<double>(impressions);
    const double n = static_cast<double>(now.impressions), ctr = static_cast<double>(now.clicks) / n;
    const double z = (ctr - p) / std::sqrt(p * (1 - p) / n);
    if (std::abs(z) > 3) rows.push_back(fmt::format("{},{},{},{},{}", key.first, key.second, ctr, p, z));
  }
  return rows;
}

std::size_t check(unsigned seed, const std::vector<std::string>& more) {
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  std::vector<impression> impressions;
  std::vector<click> clicks;
  std::int64_t t = seed % 3 == 0 ? 1'700'000'000'000 : -1'000'000;
  std::map<std::pair<std::string, std::int64_t>, unsigned> rates;
  for (std::int64_t i = 0, n = pick(random, {5, 300, 1500}); i < n; ++i) {
    t += random() % 300 == 0 ? 3'600'000 : pick(random, {0, 10, 500, 900, 2000});
    impressions.push_back({fmt::format("i{}", i), fmt::format("u{}", up_to(random, 39)),
                           fmt::format("camp-{}", 1 + up_to(random, 2)), pick(random, {"mobile", "desktop", "tablet"}),
                           t, static_cast<double>(up_to(random, 99)) / 1000});
    const impression& of = impressions.back();
    const auto rate = rates.try_emplace({of.campaign, floor_to(t, minute)}, chance(random, 15) ? 60 : 8).first->second;
    for (int k = 0; k < 3 && chance(random, rate); ++k) {
      const std::int64_t delay = pick<std::int64_t>(
          random, {0, 1, 500, 5000, 59'999, 599'999, 600'000, 600'001, -1, 700'000, up_to(random, 599'999)});
      const std::string id = fmt::format("c{}", clicks.size());
      clicks.push_back({id, chance(random, 3) ? "ghost" + id : of.id, t + delay});
    }
  }

  std::map<std::string, const impression*> by_id;
  totals_by_minute campaigns, devices;
  for (const impression& i : impressions) {
    by_id[i.id] = &i;
    totals& c = campaigns[{i.campaign, floor_to(i.ts, minute)}];
    ++c.impressions;
    c.users.insert(i.user);
    c.cost += i.cost;
    ++devices[{i.device, floor_to(i.ts, minute)}].impressions;
  }
  std::vector<std::string> by_campaign, by_device, unattributed;
  for (const click& c : clicks) {
    const auto found = by_id.find(c.impression_id);
    if (found != by_id.end() && c.ts >= found->second->ts && c.ts - found->second->ts <= 10 * minute) {
      ++campaigns[{found->second->campaign, floor_to(found->second->ts, minute)}].clicks;
      ++devices[{found->second->device, floor_to(found->second->ts, minute)}].clicks;
    } else {
      unattributed.push_back(fmt::format("{},{},{}", c.id, c.impression_id, c.ts));
    }
  }
  for (const auto& [key, c] : campaigns) {
    by_campaign.push_back(fmt::format("{},{},{},{},{},{},{},{}", key.first, key.second, key.second + minute,
                                      c.impressions, c.clicks,
                                      static_cast<double>(c.clicks) / static_cast<double>(c.impressions),
                                      c.users.size(), c.cost));
  }
  for (const auto& [key, d] : devices) {
    by_device.push_back(fmt::format("{},{},{},{},{}", key.first, key.second, key.second + minute, d.impressions, d.clicks));
  }

  const scratch_folder scratch;
  std::vector<std::string> arguments{
      "--input", "ad-impressions=" + scratch.file("i", spoil(arrivals(impressions, random), random).text),
      "--input", "ad-clicks=" + scratch.file("c", spoil(arrivals(clicks, random), random).text)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto unusual = anomalies(campaigns);
  const std::string as_ms = "CAST(window_start AS LONG), CAST(window_end AS LONG), ";
  check_tables("ad_ctr", arguments,
               {{"SELECT campaign_id, " + as_ms + "impressions, clicks, ctr, reach, cost FROM ctr_by_campaign", by_campaign},
                {"SELECT device_type, " + as_ms + "impressions, clicks FROM engagement_by_device", by_device},
                {"SELECT campaign_id, CAST(window_start AS LONG), ctr, expected_ctr, z FROM ctr_anomalies", unusual},
                {"SELECT click_id, impression_id, CAST(ts AS LONG) FROM unattributed_clicks", unattributed}});
  return unusual.size();
}

}  // namespace

TEST_CASE("ad_ctr counts each click once, in the minute of its impression") {
  std::size_t unusual = 0;
  for (unsigned seed = 1; seed <= 24; ++seed) unusual += check(seed, {});
  CHECK(unusual > 0);  // or the anomalies were not tested
}

TEST_CASE("ad_ctr gives the same answers with two workers") {
  for (unsigned seed = 31; seed <= 34; ++seed) check(seed, {"--workers", "2"});
}

// SPDX-License-Identifier: Apache-2.0
// benchmarks/ysb/campaigns.cpp - what does the Yahoo streaming benchmark cost, without its clock?
//
// Ten million ad events in memory, 100 000 per second of event time, up to 1 s out of order; a third of them are views.
// Views are kept, the campaign of their ad is looked up (1 000 ads, ten to a campaign), and counted per campaign and
// 10 s. Ads and campaigns are known by ids of 36 characters. The original also reads the clock three times per event,
// and then measures the clock. By hand: a hash map from ad to the number of its campaign, an array of counts per open
// window, the same watermark and late rule.
//
//   lookup_join   the campaign is looked up in a table
//   flat_map      in a hash map of the program's, as by hand
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/unordered/unordered_flat_map.hpp>
#include <xxhash.h>

#include <oriel/oriel.hpp>

#include "paired.hpp"

namespace {

using namespace oriel;
using namespace oriel::literals;
using namespace std::chrono_literals;

struct ad_event {
  std::string_view user_id, page_id, ad_id, ad_type, event_type;
  timestamp ts;
};
BOOST_DESCRIBE_STRUCT(ad_event, (), (user_id, page_id, ad_id, ad_type, event_type, ts))

struct ad {
  std::string_view ad_id, campaign_id;
};
BOOST_DESCRIBE_STRUCT(ad, (), (ad_id, campaign_id))

struct campaign_view {
  std::string_view campaign_id;
};
BOOST_DESCRIBE_STRUCT(campaign_view, (), (campaign_id))

struct text_hash {
  using is_avalanching = void;
  std::size_t operator()(std::string_view text) const { return XXH3_64bits(text.data(), text.size()); }
};
template <typename T>
using by_text = boost::unordered_flat_map<std::string_view, T, text_hash>;

constexpr std::size_t campaign_count = 100;
constexpr std::size_t ads_per_campaign = 10;
constexpr std::int64_t size_ms = 10'000;
constexpr std::int64_t out_of_orderness = 1'000;

std::vector<std::string> make_ids(random_engine& random, std::size_t count) {
  std::vector<std::string> ids(count);
  for (std::string& id : ids) {
    for (std::size_t i = 0; i < 36; ++i) id += i % 9 == 8 ? '-' : "0123456789abcdef"[random.below(16)];
  }
  return ids;
}

struct world {
  world() {
    random_engine random{20240102};
    campaigns = make_ids(random, campaign_count);
    ads = make_ids(random, campaign_count * ads_per_campaign);
    users = make_ids(random, 10'000);
    pages = make_ids(random, 100);
    static constexpr std::array<std::string_view, 5> types = {"banner", "modal", "sponsored-search", "mail", "mobile"};
    static constexpr std::array<std::string_view, 3> kinds = {"view", "click", "purchase"};
    events.resize(paired::scaled(10'000'000));
    for (std::size_t i = 0; i < events.size(); ++i) {
      const auto in_order = static_cast<std::int64_t>(i / 100);
      ad_event& e = events[i];
      e.user_id = users[random.below(users.size())];
      e.page_id = pages[random.below(pages.size())];
      e.ad_id = ads[random.below(ads.size())];
      e.ad_type = types[random.below(types.size())];
      e.event_type = kinds[random.below(kinds.size())];
      e.ts = at_ms(in_order - random.between(0, out_of_orderness - 1));
    }
  }
  std::size_t campaign_of(std::size_t i) const { return i / ads_per_campaign; }

  std::vector<std::string> campaigns, ads, users, pages;
  std::vector<ad_event> events;
};

/// Adds up result rows, whatever their order.
struct row_sink {
  std::uint64_t total = 0;
  void operator()(std::string_view campaign, std::int64_t start, std::int64_t views) {
    total += (XXH3_64bits(campaign.data(), campaign.size()) ^ static_cast<std::uint64_t>(start)) *
             static_cast<std::uint64_t>(views);
  }
};

/// Ads to rows: with what `campaign_views` makes of the views.
template <typename CampaignViews>
std::uint64_t by_oriel(const world& w, catalog& tables, const CampaignViews& campaign_views) {
  row_sink rows;
  pipeline p{tables};
  auto in = p.input<ad_event>("events");
  campaign_views(p.from(in)
                     .event_time(&ad_event::ts, {.out_of_orderness = duration{out_of_orderness}})
                     .filter([](const ad_event& e) { return e.event_type == "view"; }))
      .key_by(&campaign_view::campaign_id)
      .window(tumbling{.size = duration{size_ms}})
      .aggregate("views"_col = count())
      .to([&](const auto& pane) { rows(pane.key, to_ms(pane.window.start), pane.row["views"_col]); });
  in.push(std::span<const ad_event>(w.events));
  in.finish();
  return rows.total;
}

std::uint64_t with_lookup_join(const world& w) {
  catalog tables;
  {
    pipeline p{tables};
    auto in = p.input<ad>("ads");
    p.from(in).arrival_order().into("ads", {.key = {"ad_id"}});
    for (std::size_t i = 0; i < w.ads.size(); ++i) in.push(ad{w.ads[i], w.campaigns[w.campaign_of(i)]});
    in.finish();
  }
  return by_oriel(w, tables, [&](const auto& views) {
    return lookup_join(views, tables.at("ads"), on(&ad_event::ad_id, &ad::ad_id)).map([](const auto& pair) {
      return campaign_view{pair.right->campaign_id};
    });
  });
}

std::uint64_t with_flat_map(const world& w) {
  by_text<std::string_view> campaign_of;
  for (std::size_t i = 0; i < w.ads.size(); ++i) campaign_of[w.ads[i]] = w.campaigns[w.campaign_of(i)];
  catalog tables;
  return by_oriel(w, tables, [&](const auto& views) {
    return views.template flat_map<campaign_view>([&](const ad_event& e, auto&& emit) {
      if (const auto found = campaign_of.find(e.ad_id); found != campaign_of.end()) emit(campaign_view{found->second});
    });
  });
}

std::uint64_t by_hand(const world& w) {
  by_text<std::size_t> campaign_of;
  for (std::size_t i = 0; i < w.ads.size(); ++i) campaign_of[w.ads[i]] = w.campaign_of(i);

  row_sink rows;
  std::map<std::int64_t, std::array<std::int64_t, campaign_count>> open;
  std::int64_t latest = std::numeric_limits<std::int64_t>::min() + out_of_orderness;
  const auto close = [&] {
    for (std::size_t c = 0; c < campaign_count; ++c) {
      const std::int64_t views = open.begin()->second[c];
      if (views > 0) rows(w.campaigns[c], open.begin()->first, views);
    }
    open.erase(open.begin());
  };
  for (const ad_event& e : w.events) {
    const std::int64_t ts = to_ms(e.ts);
    const std::int64_t watermark = latest - out_of_orderness;
    while (!open.empty() && open.begin()->first + size_ms <= watermark) close();
    if (e.event_type == "view") {
      const std::int64_t start = ts - ((ts % size_ms) + size_ms) % size_ms;
      const auto found = campaign_of.find(e.ad_id);
      if (found != campaign_of.end() && start + size_ms > watermark) ++open[start][found->second];
    }
    latest = std::max(latest, ts);
  }
  while (!open.empty()) close();
  return rows.total;
}

void compare(benchmark::State& state, std::uint64_t (*ours)(const world&)) {
  static const world w;
  paired::run(state, w.events.size(), [&] { return ours(w); }, [] { return by_hand(w); });
  state.counters["M/s"] = 1e3 / state.counters["oriel_ns"];
}

BENCHMARK_CAPTURE(compare, lookup_join, with_lookup_join)
    ->Name("lookup_join")
    ->UseManualTime()
    ->Iterations(paired::rounds(5))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compare, flat_map, with_flat_map)
    ->Name("flat_map")
    ->UseManualTime()
    ->Iterations(paired::rounds(5))
    ->Unit(benchmark::kMillisecond);

}  // namespace

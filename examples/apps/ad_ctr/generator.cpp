// SPDX-License-Identifier: Apache-2.0
// apps/ad_ctr/generator.cpp - made-up impressions and clicks: ten campaigns, one of them out of the ordinary.
//
// Twenty impressions a second. One in ten is clicked, times a boost of its campaign which is
// redrawn every ten minutes; one campaign of ten then does far better than usual. A click
// comes half a second to ten seconds after its impression. One event in a hundred is up to
// 4 s out of order, one in two hundred comes twice, and one click in five hundred belongs to
// no impression.
//
// Whether and when an impression is clicked follows from the seed and its number alone, so
// the two streams are made independently and fit together.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <oriel/io/generator.hpp>

#include "ad_ctr/ad_ctr.hpp"

namespace ad_ctr {
namespace {

constexpr oriel::timestamp first_event = oriel::at_ms(1'760'000'400'000);  // 2025-10-09T09:00:00Z
constexpr std::int64_t spacing_ms = 50;
constexpr std::int64_t boost_ms = 600'000;
constexpr std::uint64_t campaigns = 10;
constexpr std::string_view devices[] = {"mobile", "desktop", "tablet"};
constexpr std::string_view browsers[] = {"Chrome", "Safari", "Firefox", "Edge"};

/// What is drawn of an impression before anything else, so that both streams draw the same.
struct fate {
  oriel::timestamp shown;
  std::uint64_t campaign;
  bool clicked;
  oriel::timestamp clicked_at;
};

/// Random draws that depend on the seed, what they are for, and a number.
oriel::random_engine engine_for(std::uint64_t seed, std::uint64_t purpose, std::uint64_t number) {
  oriel::random_engine mixed(seed ^ (purpose * 0x9e3779b97f4a7c15u));
  return oriel::random_engine(mixed() ^ number);
}

double boost_of(std::uint64_t seed, std::uint64_t campaign, std::int64_t ten_minutes) {
  auto random = engine_for(seed, 2, static_cast<std::uint64_t>(ten_minutes));
  const std::uint64_t anomalous = random.below(campaigns);
  double boost = 0;
  for (std::uint64_t c = 0; c <= campaign; ++c) boost = 0.8 + 0.4 * random.unit();
  return campaign == anomalous ? boost * 4 : boost;
}

fate fate_of(std::uint64_t seed, std::uint64_t number) {
  auto random = engine_for(seed, 1, number);
  fate f{};
  const std::int64_t ms = static_cast<std::int64_t>(number) * spacing_ms;
  f.shown = first_event + oriel::duration{ms};
  f.campaign = random.below(campaigns);
  f.clicked = random.chance(0.1 * boost_of(seed, f.campaign, ms / boost_ms));
  f.clicked_at = f.shown + oriel::duration{random.between(500, 10'000)};
  return f;
}

/// How far an event comes out of order, so that its stream can be sorted by the time it comes.
oriel::duration delay(oriel::random_engine& random) {
  return oriel::duration{random.chance(0.01) ? random.between(1, 4'000) : 0};
}

/// The numbers of impressions or clicks in the order in which they come; those that come twice, twice.
struct arrival {
  oriel::timestamp time;
  std::uint64_t number;
};
void arrange(std::vector<arrival>& arrivals) {
  std::stable_sort(arrivals.begin(), arrivals.end(), [](const arrival& a, const arrival& b) { return a.time < b.time; });
}
void arrive(std::vector<arrival>& arrivals, oriel::timestamp time, std::uint64_t number, std::uint64_t seed,
            std::uint64_t purpose) {
  auto random = engine_for(seed, purpose, number);
  arrivals.push_back({time + delay(random), number});
  if (random.chance(0.005)) arrivals.push_back({time + oriel::duration{random.between(0, 4'000)}, number});
}

/// Impressions of `size.events` events, all in all: each brings 1.1 to 1.2 events with it.
std::uint64_t impressions_of(const apps::generation& size) { return size.events - size.events / 8; }

std::string_view id(oriel::arena& bytes, std::string_view prefix, std::uint64_t number) {
  return bytes.store(fmt::format("{}-{:08}", prefix, number + 1));
}

impression make_impression(std::uint64_t seed, std::uint64_t number, oriel::arena& bytes, const oriel::zipf& users) {
  const fate f = fate_of(seed, number);
  auto random = engine_for(seed, 4, number);
  return {.impression_id = id(bytes, "imp", number),
          .user_id = bytes.store(fmt::format("user-{}", users(random) + 1)),
          .campaign_id = bytes.store(fmt::format("camp-{}", f.campaign + 1)),
          .ad_id = bytes.store(fmt::format("ad-{}", f.campaign * 5 + random.below(5) + 1)),
          .device_type = devices[random.pick({6, 3, 1})],
          .browser = browsers[random.pick({6, 2, 1, 1})],
          .event_timestamp = oriel::to_ms(f.shown),
          .cost = static_cast<double>(random.between(1, 50)) / 1000};
}

click make_click(std::uint64_t seed, std::uint64_t number, oriel::arena& bytes, const oriel::zipf& users) {
  const fate f = fate_of(seed, number);
  auto random = engine_for(seed, 4, number);
  const auto user = bytes.store(fmt::format("user-{}", users(random) + 1));
  auto odd = engine_for(seed, 5, number);
  return {.click_id = id(bytes, "click", number),
          .impression_id = odd.chance(0.002) ? id(bytes, "lost", number) : id(bytes, "imp", number),
          .user_id = user,
          .event_timestamp = oriel::to_ms(f.clicked_at)};
}

}  // namespace

std::unique_ptr<oriel::source<impression>> make_impressions(const apps::generation& size) {
  std::vector<arrival> arrivals;
  for (std::uint64_t i = 0; i < impressions_of(size); ++i) arrive(arrivals, fate_of(size.seed, i).shown, i, size.seed, 3);
  arrange(arrivals);
  const std::size_t count = arrivals.size();
  return oriel::generator<impression>{
      .count = count,
      .seed = size.seed,
      .make = [seed = size.seed, arrivals = std::move(arrivals), users = oriel::zipf{10'000}](
                  std::uint64_t index, oriel::random_engine&, oriel::arena& bytes) {
        return make_impression(seed, arrivals[index].number, bytes, users);
      }}.open();
}

std::unique_ptr<oriel::source<click>> make_clicks(const apps::generation& size) {
  std::vector<arrival> arrivals;
  for (std::uint64_t i = 0; i < impressions_of(size); ++i) {
    const fate f = fate_of(size.seed, i);
    if (f.clicked) arrive(arrivals, f.clicked_at, i, size.seed, 6);
  }
  arrange(arrivals);
  const std::size_t count = arrivals.size();
  return oriel::generator<click>{
      .count = count,
      .seed = size.seed,
      .make = [seed = size.seed, arrivals = std::move(arrivals), users = oriel::zipf{10'000}](
                  std::uint64_t index, oriel::random_engine&, oriel::arena& bytes) {
        return make_click(seed, arrivals[index].number, bytes, users);
      }}.open();
}

}  // namespace ad_ctr

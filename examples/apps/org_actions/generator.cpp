// SPDX-License-Identifier: Apache-2.0
// apps/org_actions/generator.cpp - made-up events: three organisations, a thousand users, two hours per 100 000.
//
// Nine in ten events come in order, one in ten is up to 10 s behind, as the pipeline expects;
// one in five hundred is minutes behind, and as a rule too late for its window. A few users
// are busy and most are not. The same seed gives the same bytes on every machine.
#include <cstdint>
#include <memory>
#include <string>

#include <fmt/format.h>

#include <oriel/io/generator.hpp>

#include "org_actions/org_actions.hpp"

namespace org_actions {
namespace {

constexpr oriel::timestamp first_event = oriel::at_ms(1'759'586'400'000);  // 2025-10-04T14:00:00Z
constexpr std::int64_t spacing_ms = 72;

constexpr std::string_view orgs[] = {"acme", "hollow", "nightco"};
constexpr std::string_view devices[] = {"mobile", "desktop", "tablet"};
constexpr std::string_view campaigns[] = {"none", "autumn-sale", "newsletter", "brand", "retargeting"};
constexpr geo_point cities[] = {{52.52, 13.405}, {40.7128, -74.006}, {35.6762, 139.6503}, {-23.5505, -46.6333}};

enum action : std::size_t { view, click, purchase };
constexpr std::string_view actions[] = {"view", "click", "purchase"};

/// Hundredths, so that values have two digits.
double make_value(std::size_t done, oriel::random_engine& random) {
  switch (done) {
    case purchase: return static_cast<double>(random.between(499, 24'999)) / 100;
    case click: return static_cast<double>(random.between(5, 250)) / 100;
    default: return static_cast<double>(random.between(1, 9)) / 100;
  }
}

oriel::timestamp make_time(std::uint64_t index, oriel::random_engine& random) {
  const oriel::timestamp in_order = first_event + oriel::duration{static_cast<std::int64_t>(index) * spacing_ms};
  switch (random.pick({898, 100, 2})) {
    case 1: return in_order - oriel::duration{random.between(1, 10'000)};
    case 2: return in_order - oriel::duration{random.between(120'000, 900'000)};
    default: return in_order;
  }
}

geo_point make_place(oriel::random_engine& random) {
  const geo_point& city = cities[random.pick({4, 3, 2, 1})];
  const auto nearby = [&](double degrees) {
    const std::int64_t ten_thousandths = static_cast<std::int64_t>(degrees * 10'000) + random.between(-2'000, 2'000);
    return static_cast<double>(ten_thousandths) / 10'000;
  };
  return {nearby(city.lat), nearby(city.lon)};  // braces: drawn in this order
}

org_event make_event(std::uint64_t index, oriel::random_engine& random, oriel::arena& bytes, const oriel::zipf& users) {
  const std::size_t done = random.pick({80, 16, 4});
  return {.event_id = bytes.store(fmt::format("e-{:08}", index + 1)),
          .org = orgs[random.pick({5, 3, 2})],
          .user_id = bytes.store(fmt::format("u-{}", users(random) + 1)),
          .geo = make_place(random),
          .action = actions[done],
          .value = make_value(done, random),
          .attrs = {.device = devices[random.pick({6, 3, 1})], .campaign = campaigns[random.pick({10, 3, 3, 2, 1})]},
          .ts = make_time(index, random)};
}

}  // namespace

std::unique_ptr<oriel::source<org_event>> make_events(const apps::generation& size) {
  return oriel::generator<org_event>{
      .count = size.events,
      .seed = size.seed,
      .make = [users = oriel::zipf{1000}](std::uint64_t index, oriel::random_engine& random, oriel::arena& bytes) {
        return make_event(index, random, bytes, users);
      }}.open();
}

}  // namespace org_actions

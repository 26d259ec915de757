// SPDX-License-Identifier: Apache-2.0
// apps/product_analytics/generator.cpp - made-up visitors: ten thousand of them, some of whom come all the time.
//
// An event of somebody every second and a half. Events of a user within 30 minutes share a
// session, so many a user comes back in another one, and on another day. One event in fifty
// comes up to 4 s out of order, one in two hundred twice. What happens in an event follows
// from the seed and its number.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include <oriel/io/generator.hpp>

#include "product_analytics/product_analytics.hpp"

namespace product_analytics {
namespace {

constexpr oriel::timestamp first_event = oriel::at_ms(1'761'120'000'000);  // 2025-10-22T08:00:00Z
constexpr std::int64_t spacing_ms = 1'500;
constexpr oriel::duration session_gap{30 * 60'000};

constexpr std::string_view categories[] = {"Electronics", "Clothing", "Books", "Home & Garden", "Sports"};
constexpr std::uint64_t products_each = 20;
constexpr std::string_view devices[] = {"desktop", "mobile", "tablet"};
constexpr std::string_view systems[] = {"Windows", "Android", "iOS", "macOS", "Linux"};
constexpr std::string_view browsers[] = {"Chrome", "Safari", "Firefox", "Edge"};
constexpr std::string_view places[] = {"Berlin", "New York", "Tokyo", "Sao Paulo", "Sydney"};
constexpr std::string_view pages[] = {"/", "/sale", "/search", "/help", "/account"};
constexpr std::string_view types[] = {"page_view", "product_view", "add_to_cart", "purchase"};

/// An event before its details: who, when, and in which session.
struct outline {
  oriel::timestamp comes;
  oriel::timestamp time;
  std::uint64_t number;
  std::uint64_t user;
  std::uint64_t session;
};

std::vector<outline> make_outlines(const apps::generation& size) {
  struct last_seen {
    oriel::timestamp at;
    std::uint64_t session;
  };
  std::vector<outline> out;
  std::unordered_map<std::uint64_t, last_seen> users;
  const oriel::zipf popular{10'000};
  oriel::random_engine random(size.seed);
  std::uint64_t sessions = 0;
  for (std::uint64_t number = 0; out.size() < size.events; ++number) {
    const oriel::timestamp time =
        first_event + oriel::duration{static_cast<std::int64_t>(number) * spacing_ms + random.between(0, 999)};
    const std::uint64_t user = popular(random);
    const auto [seen, fresh] = users.try_emplace(user, last_seen{time, sessions});
    if (fresh || time - seen->second.at > session_gap) seen->second.session = sessions++;
    seen->second.at = time;
    const oriel::duration late{random.chance(0.02) ? random.between(1, 4'000) : 0};
    out.push_back({time + late, time, number, user, seen->second.session});
    if (random.chance(0.005) && out.size() < size.events) {
      out.push_back({time + oriel::duration{random.between(0, 4'000)}, time, number, user, seen->second.session});
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const outline& a, const outline& b) { return a.comes < b.comes; });
  return out;
}

double price_of(std::uint64_t product) { return 4.99 + static_cast<double>(product * 37 % 400); }

raw_event make_event(std::uint64_t seed, const outline& o, oriel::arena& bytes) {
  oriel::random_engine random(seed ^ (o.number * 0x9e3779b97f4a7c15u));
  const auto text = [&](const std::string& s) { return bytes.store(s); };
  const std::size_t type = random.pick({40, 30, 20, 10});
  raw_event e{.event_id = text(fmt::format("ev-{:08}", o.number + 1)),
              .event_timestamp = o.time,
              .event_type = types[type],
              .user_id = text(fmt::format("user-{}", o.user + 1)),
              .session_id = text(fmt::format("session-{}", o.session + 1)),
              .device_type = devices[random.pick({4, 5, 1})],
              .os = systems[random.below(5)],
              .browser = browsers[random.pick({6, 2, 1, 1})],
              .location = places[random.below(5)],
              .page_url = std::nullopt,
              .referrer_url = std::nullopt,
              .time_spent = std::nullopt,
              .product_id = std::nullopt,
              .product_name = std::nullopt,
              .product_category = std::nullopt,
              .price = std::nullopt,
              .quantity = std::nullopt,
              .order_id = std::nullopt,
              .total_amount = std::nullopt};
  if (type == 0) {
    e.page_url = pages[random.below(5)];
    if (random.chance(0.5)) e.referrer_url = pages[random.below(5)];
    if (random.chance(0.8)) e.time_spent = static_cast<double>(random.between(1, 3'000)) / 10;
    return e;
  }
  const std::uint64_t product = std::min(random.below(100), random.below(100));
  e.product_id = text(fmt::format("prod-{:03}", product + 1));
  e.product_category = categories[product / products_each];
  e.product_name = text(fmt::format("{} {}", *e.product_category, product % products_each + 1));
  e.price = price_of(product);
  if (type == 1) return e;
  e.quantity = random.between(1, 5);
  if (type == 2) return e;
  e.order_id = text(fmt::format("order-{:08}", o.number + 1));
  e.total_amount = *e.price * static_cast<double>(*e.quantity);
  return e;
}

}  // namespace

std::unique_ptr<oriel::source<raw_event>> make_events(const apps::generation& size) {
  return oriel::generator<raw_event>{
      .count = size.events,
      .seed = size.seed,
      .make = [seed = size.seed, outlines = make_outlines(size)](std::uint64_t index, oriel::random_engine&,
                                                                  oriel::arena& bytes) {
        return make_event(seed, outlines[index], bytes);
      }}.open();
}

}  // namespace product_analytics

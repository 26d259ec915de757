// SPDX-License-Identifier: Apache-2.0
// apps/order_metrics/generator.cpp - made-up orders, each sent again and again.
//
// Ten messages a second. One in three is a new order, the others are one of the last
// hundred orders again: the same body, a newer time. One message in fifty comes up to 20 s
// late. What is in an order follows from the seed and its number.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <oriel/io/generator.hpp>

#include "order_metrics/order_metrics.hpp"

namespace order_metrics {
namespace {

constexpr oriel::timestamp first_message = oriel::at_ms(1'761'912'000'000);  // 2025-10-31T12:00:00Z
constexpr std::int64_t spacing_ms = 100;

constexpr std::string_view categories[] = {"Drinks", "Snacks", "Fruit", "Bakery", "Frozen"};
constexpr std::string_view items[] = {"Espresso Beans", "Green Tea",     "Salted Nuts",  "Dark Chocolate", "Bananas",
                                      "Apples",         "Sourdough",     "Croissant",    "Ice Cream",      "Peas"};
constexpr std::string_view cities[] = {"Austin", "Boston", "Chicago", "Denver", "Seattle", "Portland"};
constexpr std::string_view states[] = {"TX", "MA", "IL", "CO", "WA", "OR"};
constexpr std::string_view coupons[] = {"AUTUMN10", "FREESHIP", "WELCOME", "VIP20"};

order make_order(std::uint64_t seed, std::uint64_t number, oriel::timestamp sent, oriel::arena& bytes) {
  oriel::random_engine random(seed ^ (number * 0x9e3779b97f4a7c15u));
  const auto text = [&](const std::string& s) { return bytes.store(s); };
  const std::uint64_t buyer = random.below(2'000);
  const std::size_t home = buyer % 6;
  order o{};
  o.order_id = text(fmt::format("o-{:07}", number + 1));
  o.time_ms = oriel::to_ms(sent);
  o.timestamp = text(oriel::format_timestamp(sent));
  o.customer = {text(fmt::format("c-{}", buyer + 1)),
                text(fmt::format("Customer {}", buyer + 1)),
                text(fmt::format("c{}@example.com", buyer + 1)),
                cities[home],
                states[home],
                text(fmt::format("{:05}", 10'000 + buyer))};
  double total = 0;
  for (std::uint64_t lines = 1 + random.below(7); lines > 0; --lines) {
    const std::size_t item = random.below(10);
    const double price = 1.99 + static_cast<double>(item);
    const std::int64_t quantity = random.between(1, 5);
    const std::int64_t stock = random.between(0, 50);
    o.line_items.push_back({{text(fmt::format("p-{}", item + 1)), items[item], categories[item / 2], price, stock, stock == 0},
                            quantity,
                            random.chance(0.1) ? 1 : 0});
    total += price * static_cast<double>(quantity);
  }
  for (std::uint64_t n = random.below(3); n > 0; --n) o.coupon_codes.push_back({coupons[random.below(4)]});
  o.order_total = std::round(total * 100) / 100;
  o.currency = "USD";
  o.risk_score = random.between(0, 100);
  o.fraud_flag = o.risk_score > 91;
  o.delivered = random.chance(0.6) ? "yes" : "no";
  o.refunded = random.chance(0.05) ? "Yes" : "no";
  const std::size_t there = random.chance(0.8) ? home : random.below(6);
  o.shipping_address = {text(fmt::format("{} Main St", buyer + 1)), cities[there], states[there], "00000"};
  o.billing_address = {text(fmt::format("{} Main St", buyer + 1)), cities[home], states[home], "00000"};
  o.payment_method = random.chance(0.7) ? "card" : "wallet";
  o.payment_status = "paid";
  o.shipping_status = o.delivered == "yes" ? "delivered" : "shipped";
  o.loyalty_tier = random.chance(0.2) ? "gold" : "standard";
  return o;
}

/// Which order a message is of, when it was sent and when it comes.
struct message {
  oriel::timestamp comes;
  oriel::timestamp sent;
  std::uint64_t number;
};

std::vector<message> make_messages(const apps::generation& size) {
  oriel::random_engine random(size.seed);
  std::vector<message> out;
  std::uint64_t orders = 0;
  for (std::uint64_t i = 0; i < size.events; ++i) {
    const oriel::timestamp sent = first_message + oriel::duration{static_cast<std::int64_t>(i) * spacing_ms};
    const bool fresh = orders == 0 || random.chance(1.0 / 3);
    const std::uint64_t number = fresh ? orders++ : orders - 1 - random.below(std::min<std::uint64_t>(orders, 100));
    out.push_back({sent + oriel::duration{random.chance(0.02) ? random.between(1, 20'000) : 0}, sent, number});
  }
  std::stable_sort(out.begin(), out.end(), [](const message& a, const message& b) { return a.comes < b.comes; });
  return out;
}

}  // namespace

std::unique_ptr<oriel::source<order>> make_orders(const apps::generation& size) {
  return oriel::generator<order>{
      .count = size.events,
      .seed = size.seed,
      .make = [seed = size.seed, messages = make_messages(size)](std::uint64_t index, oriel::random_engine&,
                                                                 oriel::arena& bytes) {
        return make_order(seed, messages[index].number, messages[index].sent, bytes);
      }}.open();
}

}  // namespace order_metrics

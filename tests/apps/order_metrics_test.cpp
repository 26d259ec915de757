// SPDX-License-Identifier: Apache-2.0
// tests/apps/order_metrics_test.cpp - order_metrics against every window and every version of every order.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "apps/table_rows.hpp"

using namespace apps_test;

namespace {

struct order {
  std::string id, customer, refunded, delivered;
  std::int64_t time;
  double total;
  bool fraud;
  std::vector<std::int64_t> quantities;  // one per line
  std::vector<std::string> coupons;
};

std::string item_of(const order& o, std::size_t line) { return fmt::format("{}-item-{}", o.customer, line); }

std::string line_of(const order& o) {
  std::string items, coupons;
  for (std::size_t i = 0; i < o.quantities.size(); ++i) {
    items += fmt::format(
        R"({}{{"product":{{"product_id":"p","name":"{}","category":"cat","price":{}.5,"stock":1,"out_of_stock":false}},"quantity":{},"free_qty":0}})",
        i == 0 ? "" : ",", item_of(o, i), i, o.quantities[i]);
  }
  for (const std::string& c : o.coupons) coupons += fmt::format(R"({}{{"name":"{}"}})", coupons.empty() ? "" : ",", c);
  const std::string address = R"({"street":"s","city":"Springfield","state":"TX","zipcode":"z"})";
  return fmt::format(R"({{"order_id":"{}","time_ms":{},"timestamp":"t","customer":{{"customer_id":"{}","name":"n",)"
                     R"("email":"e","city":"c","state":"NY","zipcode":"z"}},"line_items":[{}],"coupon_codes":[{}],)"
                     R"("order_total":{},"currency":"USD","risk_score":{},"fraud_flag":{},"delivered":"{}",)"
                     R"("refunded":"{}","shipping_address":{},"billing_address":{},"payment_method":"m",)"
                     R"("payment_status":"p","shipping_status":"s","loyalty_tier":"l"}})",
                     o.id, o.time, o.customer, items, coupons, o.total, o.fraud ? 95 : 5, o.fraud, o.delivered,
                     o.refunded, address, address);
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c | 0x20);
  return text;
}

std::vector<order> make_orders(std::mt19937_64& random, bool old) {
  std::vector<order> made;
  std::int64_t now = old ? -2'000'000 : 1'761'912'000'000;
  const std::int64_t ids = pick(random, {3, 40});
  for (std::int64_t i = 0, n = pick(random, {20, 150, 400}); i < n; ++i) {
    now += random() % 100 == 0 ? pick(random, {300'000, 360'000, 360'001, 7'200'000}) : pick(random, {0, 1, 100, 1000, 4321});
    order o{fmt::format("o{}", up_to(random, ids)), fmt::format("c{}", i), pick(random, {"yes", "no", "Yes", "NO"}),
            pick(random, {"yes", "no", "YES", "No"}), now, static_cast<double>(up_to(random, 40'000)) / 100,
            chance(random, 20), {}, {}};
    if (chance(random, 20)) o.time -= pick<std::int64_t>(random, {1, 59'999, 60'000, 299'999, 300'000, 330'000, 360'000, 361'000, up_to(random, 400'000)});
    for (std::int64_t k = up_to(random, 6); k >= 0; --k) o.quantities.push_back(1 + up_to(random, 4));
    for (std::int64_t k = up_to(random, 2); k > 0; --k) o.coupons.push_back(fmt::format("C{}", k));
    made.push_back(o);
    if (chance(random, 10)) made.push_back(o);
    if (chance(random, 10)) {  // another body with the same time: the later one counts
      o.quantities.resize(1);
      o.customer += "x";
      made.push_back(o);
    }
  }
  return made;
}

struct totals {
  std::int64_t orders = 0, fraud = 0, delivered = 0, refunded = 0;
  std::set<std::string> ids;
  double revenue = 0;
};

std::map<std::int64_t, totals> windows_of(const std::vector<order>& orders) {
  std::map<std::int64_t, totals> windows;
  std::int64_t watermark = orders.front().time;
  for (const order& o : orders) {
    for (std::int64_t start = floor_to(o.time, 1000); start > o.time - 60'000; start -= 1000) {
      if (start + 60'000 + 300'000 <= watermark) continue;  // late
      totals& w = windows[start];
      ++w.orders;
      w.ids.insert(o.id);
      w.revenue += o.total;
      w.fraud += o.fraud;
      w.delivered += lower(o.delivered) == "yes";
      w.refunded += lower(o.refunded) == "yes";
    }
    watermark = std::max(watermark, o.time);
  }
  return windows;
}

void check(unsigned seed, const std::vector<std::string>& more) {
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const std::vector<order> orders = make_orders(random, seed % 3 == 0);
  std::vector<std::string> input;
  std::map<std::string, order> newest;
  for (const order& o : orders) {
    input.push_back(line_of(o));
    const auto [at, first] = newest.try_emplace(o.id, o);
    if (!first && o.time >= at->second.time) at->second = o;
  }

  std::vector<std::string> windows, lines, summaries;
  for (const auto& [start, w] : windows_of(orders)) {
    windows.push_back(fmt::format("{},{},{},{},{},{},{},{}", start, start + 60'000, w.orders, w.ids.size(), w.revenue,
                                  w.fraud, w.delivered, w.refunded));
  }
  for (const auto& [id, o] : newest) {
    std::int64_t quantity = 0;
    for (const std::int64_t q : o.quantities) quantity += q;
    const std::string shared = fmt::format("{},{},{}", number(o.total), o.quantities.size(), quantity);
    summaries.push_back(fmt::format("{},{},{},{}", id, o.customer, o.time, shared));
    for (std::size_t i = 0; i < o.quantities.size(); ++i) {
      lines.push_back(fmt::format("{},{},{},{},NY,Springfield,TX,{},{},{},{},[{}],[cat],[{}.5],[{}],{}", id, i, o.time,
                                  o.customer, shared, o.fraud, lower(o.delivered), lower(o.refunded), item_of(o, i), i,
                                  o.quantities[i], o.coupons.size()));
    }
  }

  const scratch_folder scratch;
  const spoiled_lines text = spoil(input, random);
  std::vector<std::string> arguments{"--stats", "--input", "orders=" + scratch.file("orders", text.text)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const std::string stats = check_tables(
      "order_metrics", arguments,
      {{"SELECT CAST(window_start AS LONG), CAST(window_end AS LONG), orders, distinct_orders, revenue, fraud, delivered, "
        "refunded FROM order_windows",
        windows},
       {"SELECT order_id, line, time_ms, customer_id, customer_state, shipping_address_city, shipping_address_state, "
        "order_total, productsOrdered, totalQuantity, fraud_flag, delivered, refunded, line_items.product.name, "
        "line_items.product.category, line_items.product.price, line_items.quantity, "
        "ARRAYLENGTH(coupon_codes.name) FROM orders",
        lines},
       {"SELECT order_id, customer_id, time_ms, order_total, productsOrdered, totalQuantity FROM order_summary",
        summaries}});
  CHECK(stats.starts_with(fmt::format("{{\"streams\":{{\"orders\":{{\"in\":{},\"malformed\":{}}}}}",
                                      input.size() + text.malformed, text.malformed)));
}

}  // namespace

TEST_CASE("order_metrics counts messages in every window and keeps the newest version of each order") {
  for (unsigned seed = 1; seed <= 24; ++seed) check(seed, {});
}

TEST_CASE("order_metrics gives the same answers with two workers") {
  for (unsigned seed = 31; seed <= 33; ++seed) check(seed, {"--workers", "2"});
}

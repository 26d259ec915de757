// SPDX-License-Identifier: Apache-2.0
// apps/order_metrics/report.cpp - the queries of this application's dashboard, as printed without --sql.
//
// "The last minute" ends with the newest message, unless --now says otherwise.
#include <string_view>

#include <fmt/format.h>

#include "order_metrics/order_metrics.hpp"

namespace order_metrics {

void report(apps::report_page& page) {
  page.suggest_now("SELECT MAX(window_end) - INTERVAL '1 minute' FROM order_windows");
  page.answer(
      "SELECT orders1Min, orders1Min2Min, orders1Min - orders1Min2Min AS ordersDelta, "
      "ROUND(total1Min, 2) AS total1Min, ROUND(total1Min2Min, 2) AS total1Min2Min, "
      "ROUND(total1Min - total1Min2Min, 2) AS totalDelta FROM ("
      "SELECT COUNT(DISTINCT order_id) FILTER (WHERE time_ms > ago('PT1M')) AS orders1Min, "
      "COUNT(DISTINCT order_id) FILTER (WHERE time_ms <= ago('PT1M') AND time_ms > ago('PT2M')) AS orders1Min2Min, "
      "SUM(DISTINCT order_total) FILTER (WHERE time_ms > ago('PT1M')) AS total1Min, "
      "SUM(DISTINCT order_total) FILTER (WHERE time_ms <= ago('PT1M') AND time_ms > ago('PT2M')) AS total1Min2Min "
      "FROM orders) AS minutes",
      "This minute against the one before");
  const auto became = [&](std::string_view condition, std::string_view title) {
    page.answer(
        fmt::format("SELECT COUNT(DISTINCT order_id) FILTER (WHERE time_ms > ago('PT1M')) AS orders1Min, "
                    "COUNT(DISTINCT order_id) FILTER (WHERE time_ms <= ago('PT1M') AND time_ms > ago('PT2M')) AS "
                    "orders1Min2Min FROM orders WHERE {}",
                    condition),
        title);
  };
  became("refunded = 'yes'", "Of these, refunded");
  became("delivered = 'yes'", "Delivered");
  became("fraud_flag = TRUE", "Suspected of fraud");
  page.answer(
      "SELECT ToDateTime(DATETRUNC('MINUTE', time_ms, 'MILLISECONDS'), 'yyyy-MM-dd HH:mm:ss', 'America/New_York') AS dateMin, "
      "COUNT(DISTINCT order_id) AS orders, ROUND(SUM(DISTINCT order_total), 2) AS total "
      "FROM orders GROUP BY dateMin ORDER BY dateMin LIMIT 60",
      "Orders per minute, New York time");
  page.answer(
      "SELECT line_items.product.name AS product, COUNT(DISTINCT order_id) AS orders, SUMMV(line_items.quantity) AS quantity "
      "FROM orders WHERE time_ms > ago('PT1M') GROUP BY line_items.product.name ORDER BY orders DESC, quantity DESC LIMIT 5",
      "Top items");
  page.answer(
      "SELECT line_items.product.category AS category, COUNT(DISTINCT order_id) AS orders, "
      "SUMMV(line_items.quantity) AS quantity "
      "FROM orders WHERE time_ms > ago('PT1M') GROUP BY line_items.product.category ORDER BY orders DESC, quantity DESC LIMIT 5",
      "Top categories");
  page.answer(
      "SELECT ToDateTime(MAX(time_ms), 'yyyy-MM-dd HH:mm:ss', 'America/New_York') AS latest, order_id, customer_id "
      "FROM orders GROUP BY order_id, customer_id ORDER BY MAX(time_ms) DESC, order_id LIMIT 10",
      "Latest orders");
  page.answer(
      "SELECT coupon_codes.name AS coupon, COUNT(DISTINCT order_id) AS orders FROM orders WHERE time_ms > ago('PT1M') "
      "GROUP BY coupon_codes.name ORDER BY orders DESC, coupon",
      "Coupons");
  page.answer(
      "SELECT shipping_address_city AS city, shipping_address_state AS state, COUNT(DISTINCT order_id) AS orders "
      "FROM orders WHERE time_ms > ago('PT1M') GROUP BY shipping_address_city, shipping_address_state "
      "ORDER BY orders DESC, city LIMIT 5",
      "Top cities");
}

}  // namespace order_metrics

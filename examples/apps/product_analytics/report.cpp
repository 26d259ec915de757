// SPDX-License-Identifier: Apache-2.0
// apps/product_analytics/report.cpp - the queries of this application's dashboard, as printed without --sql.
#include "product_analytics/product_analytics.hpp"

namespace product_analytics {

void report(apps::report_page& page) {
  page.answer(
      "SELECT SUM(view_count) AS views, SUM(cart_adds) AS cart_adds, SUM(purchases) AS purchases, "
      "ROUND(SUM(revenue), 2) AS revenue, COUNT(*) AS products FROM product_analytics",
      "Totals");
  page.answer(
      "SELECT product_name, product_category, view_count, cart_adds, purchases, ROUND(revenue, 2) AS revenue, "
      "ROUND(100 * cart_adds / view_count, 1) AS view_to_cart, ROUND(100 * purchases / cart_adds, 1) AS cart_to_purchase "
      "FROM product_analytics ORDER BY revenue DESC LIMIT 10",
      "Top products");
  page.answer(
      "SELECT window_start, SUM(view_count) AS views, SUM(purchases) AS purchases, ROUND(SUM(revenue), 2) AS revenue "
      "FROM product_minutes GROUP BY window_start ORDER BY window_start DESC LIMIT 10",
      "Revenue by minute");
  page.answer(
      "SELECT product_category, step, step_name, users, "
      "SUBSTR('########################################', 1, CAST(ROUND(40 * users / top.most) AS LONG)) AS bar "
      "FROM conversion_funnel JOIN (SELECT product_category AS category, MAX(users) AS most FROM conversion_funnel "
      "GROUP BY product_category) AS top ON product_category = top.category ORDER BY product_category, step",
      "From view to purchase, by category");
  page.answer(
      "SELECT DATE_TRUNC('hour', visit_start) AS hour, COUNT(*) AS visits, ROUND(AVG(events), 1) AS events_per_visit, "
      "SUM(purchases) AS purchases FROM visits GROUP BY DATE_TRUNC('hour', visit_start) ORDER BY hour DESC LIMIT 6",
      "Visits");
  page.answer(
      "SELECT ToDateTime(cohort, 'yyyy-MM-dd') AS cohort_day, MAX(users) FILTER (WHERE day = 0) AS users, "
      "ROUND(100 * MAX(users) FILTER (WHERE day = 1) / MAX(users) FILTER (WHERE day = 0), 1) AS day_1, "
      "ROUND(100 * MAX(users) FILTER (WHERE day = 2) / MAX(users) FILTER (WHERE day = 0), 1) AS day_2, "
      "ROUND(100 * MAX(users) FILTER (WHERE day = 3) / MAX(users) FILTER (WHERE day = 0), 1) AS day_3, "
      "ROUND(100 * MAX(users) FILTER (WHERE day = 4) / MAX(users) FILTER (WHERE day = 0), 1) AS day_4, "
      "ROUND(100 * MAX(users) FILTER (WHERE day = 5) / MAX(users) FILTER (WHERE day = 0), 1) AS day_5, "
      "ROUND(100 * MAX(users) FILTER (WHERE day = 6) / MAX(users) FILTER (WHERE day = 0), 1) AS day_6, "
      "ROUND(100 * MAX(users) FILTER (WHERE day = 7) / MAX(users) FILTER (WHERE day = 0), 1) AS day_7 "
      "FROM retention GROUP BY cohort ORDER BY cohort DESC LIMIT 14",
      "Who came back, % of the users of a day so many days later");
}

}  // namespace product_analytics

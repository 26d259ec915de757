// SPDX-License-Identifier: Apache-2.0
// apps/shoe_store/report.cpp - the eight panels of this application's dashboard, as printed without --sql.
#include "shoe_store/shoe_store.hpp"

namespace shoe_store {

void report(apps::report_page& page) {
  page.answer("SELECT COUNT(DISTINCT product_name) AS products FROM product_dashboard", "Products looked at");
  page.answer("SELECT ROUND(AVG(sale_price) / 100, 2) AS dollars FROM sales_enriched", "Average sale price");
  page.answer(
      "SELECT state, COUNT(DISTINCT customer_id) AS customers FROM sales_enriched WHERE state IS NOT NULL "
      "GROUP BY state ORDER BY customers DESC, state LIMIT 8",
      "Customers by state");
  page.answer(
      "SELECT brand, COUNT(*) AS sales, ROUND(SUM(sale_price) / 100, 2) AS dollars FROM sales_enriched "
      "WHERE brand IS NOT NULL GROUP BY brand ORDER BY dollars DESC, brand LIMIT 8",
      "Brands by revenue");
  page.answer(
      "SELECT DATETRUNC('DAY', order_date) AS day, COUNT(*) AS sales, ROUND(SUM(sale_price) / 100, 2) AS dollars "
      "FROM sales_enriched GROUP BY DATETRUNC('DAY', order_date) ORDER BY day LIMIT 10",
      "Sales over time");
  page.answer("SELECT hour, views FROM view_hours ORDER BY hour", "Views by hour, UTC");
  page.answer(
      "SELECT first_name || ' ' || last_name AS customer, COUNT(*) AS orders FROM sales_enriched "
      "WHERE first_name IS NOT NULL GROUP BY customer ORDER BY orders DESC, customer LIMIT 8",
      "Orders per customer");
  page.answer(
      "SELECT product_name, brand, COUNT(*) AS sales, ROUND(SUM(sale_price) / 100, 2) AS dollars FROM sales_enriched "
      "WHERE product_name IS NOT NULL GROUP BY product_name, brand ORDER BY dollars DESC, product_name LIMIT 8",
      "Products by revenue");
}

}  // namespace shoe_store

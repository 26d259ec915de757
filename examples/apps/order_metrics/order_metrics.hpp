// SPDX-License-Identifier: Apache-2.0
// apps/order_metrics/order_metrics.hpp - what the files of this application share.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <boost/describe/class.hpp>

#include <oriel/core/time.hpp>
#include <oriel/flow/source.hpp>

#include "common/report_page.hpp"
#include "common/streams.hpp"

namespace order_metrics {

struct customer_data {
  std::string_view customer_id, name, email, city, state, zipcode;
};
BOOST_DESCRIBE_STRUCT(customer_data, (), (customer_id, name, email, city, state, zipcode))

struct product_data {
  std::string_view product_id, name, category;
  double price;
  std::int64_t stock;
  bool out_of_stock;
};
BOOST_DESCRIBE_STRUCT(product_data, (), (product_id, name, category, price, stock, out_of_stock))

struct line_item {
  product_data product;
  std::int64_t quantity, free_qty;
};
BOOST_DESCRIBE_STRUCT(line_item, (), (product, quantity, free_qty))

struct coupon {
  std::string_view name;
};
BOOST_DESCRIBE_STRUCT(coupon, (), (name))

struct address {
  std::string_view street, city, state, zipcode;
};
BOOST_DESCRIBE_STRUCT(address, (), (street, city, state, zipcode))

/// An order as it stands. The shop sends it again and again, with the time it did so.
struct order {
  std::string_view order_id;
  std::int64_t time_ms;
  std::string_view timestamp;
  customer_data customer;
  std::vector<line_item> line_items;
  std::vector<coupon> coupon_codes;
  double order_total;
  std::string_view currency;
  std::int64_t risk_score;
  bool fraud_flag;
  std::string_view delivered, refunded;
  address shipping_address, billing_address;
  std::string_view payment_method, payment_status, shipping_status, loyalty_tier;
};
BOOST_DESCRIBE_STRUCT(order, (),
                      (order_id, time_ms, timestamp, customer, line_items, coupon_codes, order_total, currency, risk_score,
                       fraud_flag, delivered, refunded, shipping_address, billing_address, payment_method, payment_status,
                       shipping_status, loyalty_tier))

/// generator.cpp
std::unique_ptr<oriel::source<order>> make_orders(const apps::generation& size);

/// pipeline.cpp
void build(const oriel::source_stream<order>& sent);

/// report.cpp
void report(apps::report_page& page);

}  // namespace order_metrics

// SPDX-License-Identifier: Apache-2.0
// apps/shoe_store/shoe_store.hpp - what the files of this application share.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <boost/describe/class.hpp>

#include <oriel/flow/source.hpp>

#include "common/report_page.hpp"
#include "common/streams.hpp"

namespace shoe_store {

struct product {
  std::string_view id, brand, name;
  std::int64_t sale_price;  // cents
  double rating;

  friend bool operator==(const product&, const product&) = default;
};
BOOST_DESCRIBE_STRUCT(product, (), (id, brand, name, sale_price, rating))

struct user {
  std::string_view id, first_name, last_name;
  std::optional<std::string_view> email, phone, street_address, state, zip_code, country;

  friend bool operator==(const user&, const user&) = default;
};
BOOST_DESCRIBE_STRUCT(user, (),
                      (id, first_name, last_name, email, phone, street_address, state, zip_code, country))

struct sale {
  std::int64_t order_id;
  std::string_view product_id, customer_id;
  std::int64_t ts;  // epoch ms

  friend bool operator==(const sale&, const sale&) = default;
};
BOOST_DESCRIBE_STRUCT(sale, (), (order_id, product_id, customer_id, ts))

struct view {
  std::string_view product_id, user_id;
  std::int64_t view_time;
  std::string_view page_url;
  std::optional<std::string_view> ip;
  std::optional<std::int64_t> ts;  // epoch ms
  std::int64_t line;  // of its input, from 0

  friend bool operator==(const view&, const view&) = default;
};
BOOST_DESCRIBE_STRUCT(view, (), (product_id, user_id, view_time, page_url, ip, ts))

/// generator.cpp
std::unique_ptr<oriel::source<product>> make_products(const apps::generation& size);
std::unique_ptr<oriel::source<user>> make_users(const apps::generation& size);
std::unique_ptr<oriel::source<sale>> make_sales(const apps::generation& size);
std::unique_ptr<oriel::source<view>> make_views(const apps::generation& size);

/// pipeline.cpp
void build(const oriel::source_stream<product>& products, const oriel::source_stream<user>& users,
           const oriel::source_stream<sale>& sales, const oriel::source_stream<view>& views);

/// report.cpp
void report(apps::report_page& page);

}  // namespace shoe_store

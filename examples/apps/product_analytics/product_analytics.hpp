// SPDX-License-Identifier: Apache-2.0
// apps/product_analytics/product_analytics.hpp - what the files of this application share.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <boost/describe/class.hpp>

#include <oriel/core/time.hpp>
#include <oriel/flow/source.hpp>

#include "common/report_page.hpp"
#include "common/streams.hpp"

namespace product_analytics {

/// Something a visitor of the shop did. What is optional occurs in some kinds of events only.
struct raw_event {
  std::string_view event_id;
  oriel::timestamp event_timestamp;
  std::string_view event_type, user_id, session_id, device_type, os, browser, location;
  std::optional<std::string_view> page_url, referrer_url;
  std::optional<double> time_spent;
  std::optional<std::string_view> product_id, product_name, product_category;
  std::optional<double> price;
  std::optional<std::int64_t> quantity;
  std::optional<std::string_view> order_id;
  std::optional<double> total_amount;
};
BOOST_DESCRIBE_STRUCT(raw_event, (),
                      (event_id, event_timestamp, event_type, user_id, session_id, device_type, os, browser, location,
                       page_url, referrer_url, time_spent, product_id, product_name, product_category, price, quantity,
                       order_id, total_amount))

/// generator.cpp
std::unique_ptr<oriel::source<raw_event>> make_events(const apps::generation& size);

/// pipeline.cpp
void build(const oriel::source_stream<raw_event>& events);

/// report.cpp
void report(apps::report_page& page);

}  // namespace product_analytics

// SPDX-License-Identifier: Apache-2.0
// apps/ad_ctr/ad_ctr.hpp - what the files of this application share.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <boost/describe/class.hpp>

#include <oriel/flow/source.hpp>

#include "common/report_page.hpp"
#include "common/streams.hpp"

namespace ad_ctr {

/// Somebody was shown an ad.
struct impression {
  std::string_view impression_id, user_id, campaign_id, ad_id, device_type, browser;
  std::int64_t event_timestamp;  // epoch ms
  double cost;
};
BOOST_DESCRIBE_STRUCT(impression, (),
                      (impression_id, user_id, campaign_id, ad_id, device_type, browser, event_timestamp, cost))

/// Somebody clicked on one.
struct click {
  std::string_view click_id, impression_id, user_id;
  std::int64_t event_timestamp;  // epoch ms
};
BOOST_DESCRIBE_STRUCT(click, (), (click_id, impression_id, user_id, event_timestamp))

/// generator.cpp
std::unique_ptr<oriel::source<impression>> make_impressions(const apps::generation& size);
std::unique_ptr<oriel::source<click>> make_clicks(const apps::generation& size);

/// pipeline.cpp
void build(const oriel::source_stream<impression>& impressions, const oriel::source_stream<click>& clicks);

/// report.cpp
void report(apps::report_page& page);

}  // namespace ad_ctr

// SPDX-License-Identifier: Apache-2.0
// apps/org_actions/org_actions.hpp - what the files of this application share.
#pragma once

#include <memory>
#include <string_view>

#include <boost/describe/class.hpp>

#include <oriel/core/time.hpp>
#include <oriel/flow/source.hpp>

#include "common/report_page.hpp"
#include "common/streams.hpp"

namespace org_actions {

struct geo_point {
  double lat, lon;
};
BOOST_DESCRIBE_STRUCT(geo_point, (), (lat, lon))

struct attributes {
  std::string_view device, campaign;
};
BOOST_DESCRIBE_STRUCT(attributes, (), (device, campaign))

/// An event as it comes in: somebody of an organisation did something.
struct org_event {
  std::string_view event_id, org, user_id;
  geo_point geo;
  std::string_view action;
  double value;
  attributes attrs;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(org_event, (), (event_id, org, user_id, geo, action, value, attrs, ts))

/// generator.cpp
std::unique_ptr<oriel::source<org_event>> make_events(const apps::generation& size);

/// pipeline.cpp
void build(const oriel::source_stream<org_event>& events, const oriel::clock& clock);

/// report.cpp
void report(apps::report_page& page);

}  // namespace org_actions

// SPDX-License-Identifier: Apache-2.0
// apps/ad_ctr/main.cpp - the command line of this application.
#include "ad_ctr/ad_ctr.hpp"
#include "common/application.hpp"

namespace ad_ctr {
namespace {

template <typename Event>
const char* refuse(const Event& e) {
  return apps::is_event_time(e.event_timestamp) ? nullptr : "event_timestamp is out of range";
}

const apps::app_stream<impression> impressions{.name = "ad-impressions", .generate = make_impressions, .check = refuse};
const apps::app_stream<click> clicks{.name = "ad-clicks", .generate = make_clicks, .check = refuse};

void connect(oriel::pipeline& p, const apps::inputs& in) { build(p.from(in.of(impressions)), p.from(in.of(clicks))); }

}  // namespace
}  // namespace ad_ctr

int main(int argc, char** argv) {
  return apps::run({.name = "ad_ctr",
                    .summary = "who clicks on which ads: click-through rates by minute, and minutes out of the ordinary.",
                    .streams = {ad_ctr::impressions, ad_ctr::clicks},
                    .default_events = 200'000,
                    .build = ad_ctr::connect,
                    .report = ad_ctr::report},
                   argc, argv);
}

// SPDX-License-Identifier: Apache-2.0
// apps/product_analytics/main.cpp - the command line of this application.
#include "common/application.hpp"
#include "product_analytics/product_analytics.hpp"

namespace product_analytics {
namespace {

const apps::app_stream<raw_event> events{
    .name = "raw-events", .generate = make_events, .times = oriel::json_times::no_zone};

void connect(oriel::pipeline& p, const apps::inputs& in) { build(p.from(in.of(events))); }

}  // namespace
}  // namespace product_analytics

int main(int argc, char** argv) {
  return apps::run({.name = "product_analytics",
                    .summary = "what visitors of a shop look at, put into the cart and buy.",
                    .streams = {product_analytics::events},
                    .default_events = 100'000,
                    .build = product_analytics::connect,
                    .report = product_analytics::report},
                   argc, argv);
}

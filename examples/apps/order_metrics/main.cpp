// SPDX-License-Identifier: Apache-2.0
// apps/order_metrics/main.cpp - the command line of this application.
#include "common/application.hpp"
#include "order_metrics/order_metrics.hpp"

namespace order_metrics {
namespace {

const char* refuse(const order& o) { return o.line_items.empty() ? "line_items is empty; an order has 1 to 7" : nullptr; }

const apps::app_stream<order> orders{"orders", make_orders, oriel::json_times::epoch_ms, refuse};

void connect(oriel::pipeline& p, const apps::inputs& in) { build(p.from(in.of(orders))); }

}  // namespace
}  // namespace order_metrics

int main(int argc, char** argv) {
  return apps::run({.name = "order_metrics",
                    .summary = "orders as they stand, and how many came in the last minute.",
                    .streams = {order_metrics::orders},
                    .default_events = 50'000,
                    .build = order_metrics::connect,
                    .report = order_metrics::report},
                   argc, argv);
}

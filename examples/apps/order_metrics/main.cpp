// SPDX-License-Identifier: Apache-2.0
// apps/order_metrics/main.cpp - the command line of this application.
#include "common/application.hpp"
#include "order_metrics/order_metrics.hpp"

namespace order_metrics {
namespace {

const char* refuse(const order& o) {
  if (o.line_items.empty()) return "line_items is empty; an order has 1 to 7";
  std::int64_t total = 0;
  for (const line_item& item : o.line_items) {
    if (__builtin_add_overflow(total, item.quantity, &total)) return "quantities do not add up to 64 bits";
  }
  return apps::is_event_time(o.time_ms) ? nullptr : "time_ms is out of range";
}

const apps::app_stream<order> orders{.name = "orders", .generate = make_orders, .check = refuse};

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

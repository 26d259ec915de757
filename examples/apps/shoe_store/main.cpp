// SPDX-License-Identifier: Apache-2.0
// apps/shoe_store/main.cpp - the command line of this application.
#include "common/application.hpp"
#include "shoe_store/shoe_store.hpp"

namespace shoe_store {
namespace {

const apps::app_stream<product> products{"products", make_products};
const apps::app_stream<user> users{"users", make_users};
const apps::app_stream<sale> sales{"sales", make_sales, oriel::json_times::epoch_ms};
const apps::app_stream<view> views{"views", make_views, oriel::json_times::epoch_ms, nullptr, &view::line};

void connect(oriel::pipeline& p, const apps::inputs& in) {
  build(p.from(in.of(products)), p.from(in.of(users)), p.from(in.of(sales)), p.from(in.of(views)));
}

}  // namespace
}  // namespace shoe_store

int main(int argc, char** argv) {
  return apps::run({.name = "shoe_store",
                    .summary = "four feeds of a shoe shop, joined for as long as they change.",
                    .streams = {shoe_store::products, shoe_store::users, shoe_store::sales, shoe_store::views},
                    .default_events = 10'000,
                    .build = shoe_store::connect,
                    .report = shoe_store::report},
                   argc, argv);
}

// SPDX-License-Identifier: Apache-2.0
// apps/shoe_store/main.cpp - the command line of this application.
#include "common/application.hpp"
#include "shoe_store/shoe_store.hpp"

namespace shoe_store {
namespace {

const char* refuse_sale(const sale& s) { return apps::is_event_time(s.ts) ? nullptr : "ts is out of range"; }
const char* refuse_view(const view& v) {
  return !v.ts || apps::is_event_time(*v.ts) ? nullptr : "ts is out of range";
}

const apps::app_stream<product> products{.name = "products", .generate = make_products};
const apps::app_stream<user> users{.name = "users", .generate = make_users};
const apps::app_stream<sale> sales{.name = "sales", .generate = make_sales, .check = refuse_sale};
const apps::app_stream<view> views{
    .name = "views", .generate = make_views, .check = refuse_view, .line = &view::line};

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

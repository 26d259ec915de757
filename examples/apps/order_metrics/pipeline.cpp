// SPDX-License-Identifier: Apache-2.0
// apps/order_metrics/pipeline.cpp - orders as they stand, and how many came in the last minute.
//
//            ┌── the last 60 s, anew every second ──────────────> order_windows
//   orders ──┤
//            └── newest version of each ──┬── a row per line ───> orders
//                                         └── a row per order ──> order_summary
//
// The shop sends every order again and again. Windows count messages, as its dashboard
// does, and distinct orders beside them; messages may come in any order and are accepted
// until five minutes after their window. The tables hold the newest version of each order: a
// version with fewer lines takes the others' rows away.
#include <algorithm>
#include <chrono>
#include <string>

#include <oriel/oriel.hpp>

#include "order_metrics/order_metrics.hpp"

namespace order_metrics {
namespace {

using namespace std::chrono_literals;
using namespace oriel::literals;

bool is_yes(std::string_view text) {
  return text.size() == 3 && (text[0] | 0x20) == 'y' && (text[1] | 0x20) == 'e' && (text[2] | 0x20) == 's';
}
/// "yes" and "no" in whatever case, in lower case.
std::string_view lowered(std::string_view text) {
  if (is_yes(text)) return "yes";
  return text.size() == 2 && (text[0] | 0x20) == 'n' && (text[1] | 0x20) == 'o' ? std::string_view("no") : text;
}

template <oriel::fixed_string Name, typename T>
using column = oriel::column<Name, T>;
using texts = std::vector<std::string_view>;

/// A row of the table orders; its columns are named as the shop's messages are.
using order_line =
    oriel::row<column<"order_id", std::string_view>, column<"line", std::int64_t>, column<"time_ms", std::int64_t>,
               column<"customer_id", std::string_view>, column<"customer_state", std::string_view>,
               column<"shipping_address_city", std::string_view>, column<"shipping_address_state", std::string_view>,
               column<"order_total", double>, column<"productsOrdered", std::int64_t>,
               column<"totalQuantity", std::int64_t>, column<"fraud_flag", std::string_view>,
               column<"delivered", std::string_view>, column<"refunded", std::string_view>,
               column<"line_items.product.name", texts>, column<"line_items.product.category", texts>,
               column<"line_items.product.price", std::vector<double>>, column<"line_items.quantity", std::vector<std::int64_t>>,
               column<"coupon_codes.name", texts>>;

using order_summary = oriel::row<column<"order_id", std::string_view>, column<"customer_id", std::string_view>,
                                 column<"time_ms", std::int64_t>, column<"order_total", double>,
                                 column<"productsOrdered", std::int64_t>, column<"totalQuantity", std::int64_t>>;

std::int64_t lines_of(const order& o) { return static_cast<std::int64_t>(o.line_items.size()); }
std::int64_t quantity_of(const order& o) {  // fits: main.cpp refuses other orders
  std::int64_t total = 0;
  for (const line_item& item : o.line_items) total += item.quantity;
  return total;
}

order_line make_line(const order& o, std::size_t line) {
  const line_item& item = o.line_items[line];
  texts coupons;
  for (const coupon& c : o.coupon_codes) coupons.push_back(c.name);
  return {{o.order_id},
          {static_cast<std::int64_t>(line)},
          {o.time_ms},
          {o.customer.customer_id},
          {o.customer.state},
          {o.shipping_address.city},
          {o.shipping_address.state},
          {o.order_total},
          {lines_of(o)},
          {quantity_of(o)},
          {o.fraud_flag ? "true" : "false"},
          {lowered(o.delivered)},
          {lowered(o.refunded)},
          {{item.product.name}},
          {{item.product.category}},
          {{item.product.price}},
          {{item.quantity}},
          {std::move(coupons)}};
}

order_summary summarise(const order& o) {
  return {{o.order_id}, {o.customer.customer_id}, {o.time_ms}, {o.order_total}, {lines_of(o)}, {quantity_of(o)}};
}

}  // namespace

void build(const oriel::source_stream<order>& sent) {
  const auto messages = sent.event_time([](const order& o) { return oriel::at_ms(o.time_ms); });

  messages.key_by()
      .window(oriel::hopping{.size = 60s, .hop = 1s, .allowed_lateness = 5min})
      .aggregate("orders"_col          = oriel::count(),
                 "distinct_orders"_col = oriel::count_distinct(&order::order_id),
                 "revenue"_col         = oriel::sum(&order::order_total),
                 "fraud"_col           = oriel::count_if(&order::fraud_flag),
                 "delivered"_col       = oriel::count_if([](const order& o) { return is_yes(o.delivered); }),
                 "refunded"_col        = oriel::count_if([](const order& o) { return is_yes(o.refunded); }))
      .into("order_windows");

  const auto newest = messages.key_by(&order::order_id).unbounded().newest();
  newest
      .unnest<order_line>([](const order& o, auto&& emit) {
        for (std::size_t i = 0; i < o.line_items.size(); ++i) emit(make_line(o, i));
      })
      .into("orders", {.key = {"order_id", "line"}});
  newest.unnest<order_summary>([](const order& o, auto&& emit) { emit(summarise(o)); })
      .into("order_summary", {.key = {"order_id"}});
}

}  // namespace order_metrics

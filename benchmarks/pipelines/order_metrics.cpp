// SPDX-License-Identifier: Apache-2.0
// What do live orders cost as a pipeline, next to a program written for its three tables only?
//
// from_memory: the whole application, its messages pushed as structs, beside a loop over the same structs: it updates
// each of the 60 windows a message is in and may still correct, keeps the newest version of each order in a flat hash map,
// and makes the rows of the two other tables once, at the end, where the application keeps them current all the time.
// Both give the same rows and sums. from_json: the application reading its file, beside simdjson reading the same fields
// and nothing else.
//
// state_per_window: bytes of state of the operator of the windows by windows that may still be corrected, at the end of
// input; window_messages is how many messages such a window holds.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "order_metrics/order_metrics.hpp"
#include "paired.hpp"
#include "pipelines/app_input.hpp"

namespace {

using namespace oriel;
using order_metrics::line_item;
using order_metrics::order;

const std::size_t message_count = paired::scaled(30'000);
constexpr std::int64_t second = 1'000;
constexpr std::int64_t size_of_window = 60 * second;
constexpr std::int64_t allowance = 300 * second;

pipelines::app_input<order>& messages() {
  static pipelines::app_input<order> made(order_metrics::make_orders({message_count, 7}), json_times::epoch_ms);
  return made;
}

/// The three tables for one input in memory: what one would write in an afternoon.
class program {
 public:
  std::uint64_t run(std::span<const order> all) {
    std::int64_t watermark = std::numeric_limits<std::int64_t>::min();
    for (const order& o : all) {
      drop(watermark);
      add_to_windows(o, watermark);
      const auto [at, fresh] = newest_.try_emplace(o.order_id, &o);
      if (!fresh && o.time_ms >= at->second->time_ms) at->second = &o;
      watermark = std::max(watermark, o.time_ms);
    }
    drop(std::numeric_limits<std::int64_t>::max());
    return total();
  }

 private:
  struct window {
    std::int64_t start = 0, messages = 0, fraud = 0, delivered = 0;
    double revenue = 0;
    boost::unordered_flat_set<std::string_view> orders{};
  };
  struct line {
    std::string_view order_id, customer_id, city, item, category;
    std::int64_t time_ms, quantity;
    double price;
  };

  void add_to_windows(const order& o, std::int64_t watermark) {
    const std::int64_t last = o.time_ms - o.time_ms % second;
    for (std::int64_t start = last - size_of_window + second; start <= last; start += second) {
      if (watermark != std::numeric_limits<std::int64_t>::min() && start + size_of_window + allowance <= watermark) continue;
      window& w = window_at(start);
      ++w.messages;
      w.fraud += o.fraud_flag;
      w.delivered += o.delivered == "yes";
      w.revenue += o.order_total;
      w.orders.insert(o.order_id);
    }
  }

  window& window_at(std::int64_t start) {
    if (windows_.empty()) windows_.push_back({start});
    while (windows_.back().start < start) windows_.push_back({windows_.back().start + second});
    while (windows_.front().start > start) windows_.push_front({windows_.front().start - second});
    return windows_[static_cast<std::size_t>((start - windows_.front().start) / second)];
  }

  void drop(std::int64_t watermark) {
    for (; !windows_.empty() && windows_.front().start <= watermark - size_of_window - allowance; windows_.pop_front()) {
      const window& w = windows_.front();
      if (w.messages == 0) continue;
      whole_ += 1 + w.messages + w.fraud + w.delivered + 2 * static_cast<std::int64_t>(w.orders.size());
      real_ += w.revenue;
    }
  }

  std::uint64_t total() {
    std::vector<line> rows;
    for (const auto& [id, o] : newest_) {
      std::int64_t quantity = 0;
      for (const line_item& l : o->line_items) {
        rows.push_back({id, o->customer.customer_id, o->shipping_address.city, l.product.name, l.product.category,
                        o->time_ms, l.quantity, l.product.price});
        quantity += l.quantity;
      }
      whole_ += 1 + quantity;
    }
    for (const line& l : rows) {
      whole_ += 1 + l.quantity;
      real_ += l.price;
    }
    return static_cast<std::uint64_t>(whole_) + static_cast<std::uint64_t>(std::llround(real_));
  }

  std::deque<window> windows_;
  boost::unordered_flat_map<std::string_view, const order*> newest_;
  std::int64_t whole_ = 0;
  double real_ = 0;
};

/// The same of the application's tables.
std::uint64_t total_of(const catalog& tables) {
  std::int64_t whole = 0;
  double real = 0;
  for (const char* query : {
           "SELECT COUNT(*) + SUM(orders) + SUM(fraud) + SUM(delivered) + 2 * SUM(distinct_orders), SUM(revenue) "
           "FROM order_windows",
           "SELECT COUNT(*) + SUM(totalQuantity), 0.0 FROM order_summary",
           "SELECT COUNT(*) + SUMMV(line_items.quantity), SUMMV(line_items.product.price) FROM orders",
       }) {
    const result_set r = sql(tables, query);
    whole += r.as_int64(0, 0);
    real += r.as_float64(0, 1);
  }
  return static_cast<std::uint64_t>(whole) + static_cast<std::uint64_t>(std::llround(real));
}

void from_memory(benchmark::State& state) {
  const std::span<const order> all = messages().rows();
  std::size_t bytes = 0;
  paired::run(
      state, message_count,
      [&] {
        catalog tables;
        pipeline p{tables};
        auto in = p.input<order>("orders");
        order_metrics::build(p.from(in));
        in.push(all);
        bytes = p.graph().find("window_aggregate")->state_bytes();
        in.finish();
        return total_of(tables);
      },
      [&] { return program().run(all); });
  constexpr double windows = static_cast<double>((allowance + size_of_window) / second);
  state.counters["state_per_window"] = static_cast<double>(bytes) / windows;
  state.counters["window_messages"] = 600;
}

using pipelines::read;

void read_address(simdjson::ondemand::object& o, std::string_view key, order_metrics::address& to) {
  simdjson::ondemand::object a;
  read(o, key, a);
  read(a, "street", to.street);
  read(a, "city", to.city);
  read(a, "state", to.state);
  read(a, "zipcode", to.zipcode);
}

void read_order(simdjson::ondemand::object& o, order& to) {
  read(o, "order_id", to.order_id);
  read(o, "time_ms", to.time_ms);
  read(o, "timestamp", to.timestamp);
  simdjson::ondemand::object inner;
  read(o, "customer", inner);
  read(inner, "customer_id", to.customer.customer_id);
  read(inner, "name", to.customer.name);
  read(inner, "email", to.customer.email);
  read(inner, "city", to.customer.city);
  read(inner, "state", to.customer.state);
  read(inner, "zipcode", to.customer.zipcode);
  simdjson::ondemand::array list;
  read(o, "line_items", list);
  to.line_items.clear();
  for (auto element : list) {
    line_item& l = to.line_items.emplace_back();
    simdjson::ondemand::object item, product;
    if (element.get_object().get(item)) std::abort();
    read(item, "product", product);
    read(product, "product_id", l.product.product_id);
    read(product, "name", l.product.name);
    read(product, "category", l.product.category);
    read(product, "price", l.product.price);
    read(product, "stock", l.product.stock);
    read(product, "out_of_stock", l.product.out_of_stock);
    read(item, "quantity", l.quantity);
    read(item, "free_qty", l.free_qty);
  }
  read(o, "coupon_codes", list);
  to.coupon_codes.clear();
  for (auto element : list) {
    simdjson::ondemand::object coupon;
    if (element.get_object().get(coupon)) std::abort();
    read(coupon, "name", to.coupon_codes.emplace_back().name);
  }
  read(o, "order_total", to.order_total);
  read(o, "currency", to.currency);
  read(o, "risk_score", to.risk_score);
  read(o, "fraud_flag", to.fraud_flag);
  read(o, "delivered", to.delivered);
  read(o, "refunded", to.refunded);
  read_address(o, "shipping_address", to.shipping_address);
  read_address(o, "billing_address", to.billing_address);
  read(o, "payment_method", to.payment_method);
  read(o, "payment_status", to.payment_status);
  read(o, "shipping_status", to.shipping_status);
  read(o, "loyalty_tier", to.loyalty_tier);
}

void from_json(benchmark::State& state) {
  const std::string path = messages().path();
  paired::run(
      state, message_count,
      [&] {
        catalog tables;
        pipeline p{tables};
        order_metrics::build(p.from(json_lines<order>{.path = path}));
        p.run();
        return p.graph().find("window_aggregate")->counters().in.value();
      },
      [&] {
        std::uint64_t lines = 0;
        order o{};
        pipelines::for_each_object(path, [&](simdjson::ondemand::object& object) {
          read_order(object, o);
          benchmark::DoNotOptimize(o);
          ++lines;
        });
        return lines;
      });
}

BENCHMARK(from_memory)->UseManualTime()->Iterations(paired::rounds(5))->Unit(benchmark::kMillisecond);
BENCHMARK(from_json)->UseManualTime()->Iterations(paired::rounds(5))->Unit(benchmark::kMillisecond);

}  // namespace

// SPDX-License-Identifier: Apache-2.0
// apps/shoe_store/pipeline.cpp - four feeds of a shop, joined for as long as they change.
//
//   users ──── newest ──┬─────────────┐
//   products ─ newest ──┼──────┬──────┼──────────────┐
//   sales ──── newest ──┼──────┼──────┼───────┐      │
//                       │      │      │       │      │
//   views ──────────> join > join ────┼───> join ────┼──────> product_dashboard
//         │                           └> join <──────┘ ─────> sales_enriched (sales first)
//         └── by hour ──────────────────────────────────────> view_hours
//
// Nothing here has a window. Products and users are repeated and changed by their feed; an
// update on any side corrects what was joined with it, so the tables end as the join of the
// final tables, whatever the order in which the feeds were read.
#include <tuple>

#include <oriel/oriel.hpp>

#include "shoe_store/shoe_store.hpp"

namespace shoe_store {
namespace {

using namespace oriel::literals;
using oriel::change;
using oriel::joined;

/// A view with its user and product, as far as they are known.
struct visited {
  view seen;
  std::optional<user> who;
  std::optional<product> what;

  friend bool operator==(const visited&, const visited&) = default;
};
BOOST_DESCRIBE_STRUCT(visited, (), (seen, who, what))

/// A row of product_dashboard.
struct dashboard_row {
  std::int64_t view;
  std::string_view product_id, user_id;
  std::optional<std::string_view> first_name, last_name, state, product_name, brand;
  std::optional<std::int64_t> sale_price, order_id;
  std::optional<oriel::timestamp> order_date;
  std::optional<std::string_view> customer_id;
  std::int64_t view_time;
  std::optional<oriel::timestamp> view_ts;
};
BOOST_DESCRIBE_STRUCT(dashboard_row, (),
                      (view, product_id, user_id, first_name, last_name, state, product_name, brand, sale_price, order_id,
                       order_date, customer_id, view_time, view_ts))

/// A row of sales_enriched.
struct enriched_sale {
  std::int64_t order_id;
  oriel::timestamp order_date;
  std::string_view customer_id;
  std::optional<std::string_view> first_name, last_name, state;
  std::string_view product_id;
  std::optional<std::string_view> product_name, brand;
  std::optional<std::int64_t> sale_price;
};
BOOST_DESCRIBE_STRUCT(enriched_sale, (),
                      (order_id, order_date, customer_id, first_name, last_name, state, product_id, product_name, brand,
                       sale_price))

/// The change `f` makes of each side of a change.
template <typename From, typename F>
auto both_sides(const change<From>& c, F&& f) {
  using to = change<decltype(f(c.before))>;
  switch (c.kind) {
    case oriel::change_kind::insert: return to::insert(f(c.after));
    case oriel::change_kind::erase: return to::erase(f(c.before));
    case oriel::change_kind::update: break;
  }
  return to::update(f(c.before), f(c.after));
}

oriel::timestamp time_of(const sale& s) { return oriel::at_ms(s.ts); }

std::string_view product_of(const visited& v) { return v.seen.product_id; }

dashboard_row make_row(const joined<visited, sale>& j) {
  const visited& v = *j.left;
  dashboard_row row{};
  row.view = v.seen.line;
  row.product_id = v.seen.product_id;
  row.user_id = v.seen.user_id;
  if (v.who) std::tie(row.first_name, row.last_name, row.state) = std::tuple{v.who->first_name, v.who->last_name, v.who->state};
  if (v.what) std::tie(row.product_name, row.brand, row.sale_price) = std::tuple{v.what->name, v.what->brand, v.what->sale_price};
  if (j.right) std::tie(row.order_id, row.order_date, row.customer_id) = std::tuple{j.right->order_id, time_of(*j.right), j.right->customer_id};
  row.view_time = v.seen.view_time;
  if (v.seen.ts) row.view_ts = oriel::at_ms(*v.seen.ts);
  return row;
}

/// A sale with its product, as far as it is known.
struct sold {
  sale order;
  std::optional<product> what;

  friend bool operator==(const sold&, const sold&) = default;
};
BOOST_DESCRIBE_STRUCT(sold, (), (order, what))

std::string_view customer_of(const sold& s) { return s.order.customer_id; }

enriched_sale make_sale(const joined<sold, user>& j) {
  const sold& s = *j.left;
  enriched_sale row{};
  row.order_id = s.order.order_id;
  row.order_date = time_of(s.order);
  row.customer_id = s.order.customer_id;
  row.product_id = s.order.product_id;
  if (j.right) std::tie(row.first_name, row.last_name, row.state) = std::tuple{j.right->first_name, j.right->last_name, j.right->state};
  if (s.what) std::tie(row.product_name, row.brand, row.sale_price) = std::tuple{s.what->name, s.what->brand, s.what->sale_price};
  return row;
}

std::int64_t hour_of(const view& v) {
  const oriel::timestamp seen = oriel::at_ms(*v.ts);
  const auto since_midnight = seen - std::chrono::floor<std::chrono::days>(seen);
  return std::chrono::floor<std::chrono::hours>(since_midnight).count();
}

}  // namespace

void build(const oriel::source_stream<product>& products, const oriel::source_stream<user>& users,
           const oriel::source_stream<sale>& sales, const oriel::source_stream<view>& views) {
  constexpr auto left = oriel::join_kind::left;
  const auto all_products = products.arrival_order().key_by(&product::id).unbounded().newest();
  const auto all_users = users.arrival_order().key_by(&user::id).unbounded().newest();
  const auto all_sales = sales.event_time(time_of).key_by(&sale::order_id).unbounded().newest();
  const auto all_views = views.arrival_order();

  const auto with_user = oriel::table_join(all_views, all_users, oriel::on(&view::user_id, &user::id), left, oriel::unbounded)
                             .map([](const change<joined<view, user>>& c) {
                               return both_sides(c, [](const joined<view, user>& j) {
                                 return j.left ? visited{*j.left, j.right, std::nullopt} : visited{};
                               });
                             });
  const auto with_product =
      oriel::table_join(with_user, all_products, oriel::on(product_of, &product::id), left)
          .map([](const change<joined<visited, product>>& c) {
            return both_sides(c, [](const joined<visited, product>& j) {
              return j.left ? visited{j.left->seen, j.left->who, j.right} : visited{};
            });
          });
  oriel::table_join(with_product, all_sales, oriel::on(product_of, &sale::product_id), left)
      .map([](const change<joined<visited, sale>>& c) {
        return both_sides(c, [](const joined<visited, sale>& j) { return j.left ? make_row(j) : dashboard_row{}; });
      })
      .into("product_dashboard", {.key = {"view", "order_id"}});

  const auto with_shoe = oriel::table_join(all_sales, all_products, oriel::on(&sale::product_id, &product::id), left)
                             .map([](const change<joined<sale, product>>& c) {
                               return both_sides(c, [](const joined<sale, product>& j) {
                                 return j.left ? sold{*j.left, j.right} : sold{};
                               });
                             });
  oriel::table_join(with_shoe, all_users, oriel::on(customer_of, &user::id), left)
      .map([](const change<joined<sold, user>>& c) {
        return both_sides(c, [](const joined<sold, user>& j) { return j.left ? make_sale(j) : enriched_sale{}; });
      })
      .into("sales_enriched", {.key = {"order_id"}});

  all_views.filter([](const view& v) { return v.ts.has_value(); })
      .key_by("hour"_col = hour_of)
      .unbounded()  // 24 of them
      .aggregate("views"_col = oriel::count())
      .into("view_hours");
}

}  // namespace shoe_store

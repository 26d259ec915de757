// SPDX-License-Identifier: Apache-2.0
// tests/apps/shoe_store_test.cpp - shoe_store against the join of the final tables.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include "apps/table_rows.hpp"

using namespace apps_test;

namespace {

struct product {
  std::string id, brand, name;
  std::int64_t price;
};
struct user {
  std::string id, first, last, state;  // state may be empty: null
};
struct sale {
  std::int64_t order;
  std::string product, customer;
  std::int64_t ts;
};
struct view {
  std::string product, user;
  std::int64_t time;
  std::optional<std::int64_t> ts;
};

std::string line_of(const product& p) {
  return fmt::format(R"({{"id":"{}","brand":"{}","name":"{}","sale_price":{},"rating":4.5}})", p.id, p.brand, p.name, p.price);
}
std::string line_of(const user& u) {
  const std::string state = u.state.empty() ? "" : fmt::format(R"(,"state":"{}")", u.state);
  return fmt::format(R"({{"id":"{}","first_name":"{}","last_name":"{}"{}}})", u.id, u.first, u.last, state);
}
std::string line_of(const sale& s) {
  return fmt::format(R"({{"order_id":{},"product_id":"{}","customer_id":"{}","ts":{}}})", s.order, s.product, s.customer, s.ts);
}
std::string line_of(const view& v) {
  const std::string ts = v.ts ? fmt::format(R"(,"ts":{})", *v.ts) : "";
  return fmt::format(R"({{"product_id":"{}","user_id":"{}","view_time":{},"page_url":"/p"{}}})", v.product, v.user, v.time, ts);
}

template <typename Row>
std::vector<std::string> lines_of(const std::vector<Row>& rows) {
  std::vector<std::string> lines;
  for (const Row& r : rows) lines.push_back(line_of(r));
  return lines;
}

/// Everything the shop's feeds say, in order of arrival.
struct feeds {
  std::vector<product> products;
  std::vector<user> users;
  std::vector<sale> sales;
  std::vector<view> views;
};

feeds make_feeds(std::mt19937_64& random) {
  feeds f;
  const std::int64_t ids = pick<std::int64_t>(random, {2, 12});
  const auto id = [&](const char* prefix) { return fmt::format("{}-{}", prefix, up_to(random, ids + 2)); };  // some unknown
  const std::int64_t start = chance(random, 30) ? -90'000'000 : 1'609'459'200'000;
  for (std::int64_t i = 0, n = pick<std::int64_t>(random, {0, 5, 60}); i < n; ++i) {
    f.products.push_back({fmt::format("p-{}", up_to(random, ids)), pick(random, {"Strider", "Alpine"}),
                          fmt::format("Shoe {}", up_to(random, 5)), up_to(random, 20'000)});
  }
  for (std::int64_t i = 0, n = pick<std::int64_t>(random, {0, 5, 60}); i < n; ++i) {
    f.users.push_back({fmt::format("u-{}", up_to(random, ids)), pick(random, {"Ann", "Bob"}), fmt::format("L{}", i),
                       pick(random, {"", "Ohio", "Iowa"})});
  }
  std::int64_t t = start;
  for (std::int64_t i = 0, n = pick<std::int64_t>(random, {0, 10, 80}); i < n; ++i) {
    t += pick<std::int64_t>(random, {0, 100, 100'000});
    // Some orders are sent again, some with an older time or the same one.
    f.sales.push_back({up_to(random, n), id("p"), id("u"), t - (chance(random, 15) ? up_to(random, 200'000) : 0)});
  }
  t = start - 2'000'000;
  for (std::int64_t i = 0, n = pick<std::int64_t>(random, {0, 10, 120}); i < n; ++i) {
    t += pick<std::int64_t>(random, {0, 10'000, 3'600'000});
    f.views.push_back({id("p"), id("u"), up_to(random, 100), chance(random, 10) ? std::nullopt : std::optional(t)});
  }
  return f;
}

template <typename Row>
std::map<std::string, Row> newest(const std::vector<Row>& rows) {
  std::map<std::string, Row> out;
  for (const Row& r : rows) out.insert_or_assign(r.id, r);
  return out;
}

/// The physical line of each of `lines` within a text that has others between them.
std::vector<std::int64_t> places(const std::vector<std::string>& lines, const std::string& text) {
  std::vector<std::int64_t> out;
  std::istringstream in(text);
  std::int64_t number = 0;
  for (std::string line; std::getline(in, line); ++number) {
    if (out.size() < lines.size() && line == lines[out.size()]) out.push_back(number);
  }
  return out;
}

/// "first_name,last_name,state" and "product_name,brand,sale_price"; nothing between the commas where there is none.
std::string who(const std::map<std::string, user>& users, const std::string& id) {
  const auto u = users.find(id);
  return u == users.end() ? ",," : fmt::format("{},{},{}", u->second.first, u->second.last, u->second.state);
}
std::string what(const std::map<std::string, product>& products, const std::string& id) {
  const auto p = products.find(id);
  return p == products.end() ? ",," : fmt::format("{},{},{}", p->second.name, p->second.brand, p->second.price);
}

void check(unsigned seed, const std::vector<std::string>& more) {
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const feeds f = make_feeds(random);
  const auto products = newest(f.products);
  const auto users = newest(f.users);
  std::map<std::int64_t, sale> sales;
  for (const sale& s : f.sales) {
    const auto [at, first] = sales.try_emplace(s.order, s);
    if (!first && s.ts >= at->second.ts) at->second = s;
  }
  const std::string views_text = spoil(lines_of(f.views), random).text;
  const std::vector<std::int64_t> lines = places(lines_of(f.views), views_text);
  REQUIRE(lines.size() == f.views.size());

  std::vector<std::string> dashboard, enriched, hours;
  std::map<std::int64_t, std::int64_t> per_hour;
  for (std::size_t i = 0; i < f.views.size(); ++i) {
    const view& v = f.views[i];
    if (v.ts) ++per_hour[(*v.ts - floor_to(*v.ts, 86'400'000)) / 3'600'000];
    const auto row = [&](const std::string& order) {
      dashboard.push_back(fmt::format("{},{},{},{},{},{},{},{}", lines[i], order, v.product, v.user, who(users, v.user),
                                      what(products, v.product), v.time, v.ts ? std::to_string(*v.ts) : ""));
    };
    bool sold = false;
    for (const auto& [order, s] : sales) {
      if (s.product != v.product) continue;
      row(fmt::format("{},{},{}", order, s.ts, s.customer));
      sold = true;
    }
    if (!sold) row(",,");
  }
  for (const auto& [order, s] : sales) {
    enriched.push_back(fmt::format("{},{},{},{},{},{}", order, s.ts, s.customer, who(users, s.customer), s.product,
                                   what(products, s.product)));
  }
  for (const auto& [hour, n] : per_hour) hours.push_back(fmt::format("{},{}", hour, n));

  const scratch_folder scratch;
  std::vector<std::string> arguments{"--input", "products=" + scratch.file("p", spoil(lines_of(f.products), random).text),
                                     "--input", "users=" + scratch.file("u", spoil(lines_of(f.users), random).text),
                                     "--input", "sales=" + scratch.file("s", spoil(lines_of(f.sales), random).text),
                                     "--input", "views=" + scratch.file("v", views_text)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  check_tables("shoe_store", arguments,
               {{"SELECT view, order_id, CAST(order_date AS LONG), customer_id, product_id, user_id, first_name, last_name, "
                 "state, product_name, brand, sale_price, view_time, CAST(view_ts AS LONG) FROM product_dashboard",
                 dashboard},
                {"SELECT order_id, CAST(order_date AS LONG), customer_id, first_name, last_name, state, product_id, "
                 "product_name, brand, sale_price FROM sales_enriched",
                 enriched},
                {"SELECT hour, views FROM view_hours", hours}});
}

}  // namespace

TEST_CASE("shoe_store ends as the join of the final tables, whatever was updated and however often") {
  for (unsigned seed = 1; seed <= 24; ++seed) check(seed, {});
}

TEST_CASE("shoe_store gives the same answers with two workers") {
  for (unsigned seed = 31; seed <= 33; ++seed) check(seed, {"--workers", "2"});
}

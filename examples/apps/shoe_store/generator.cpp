// SPDX-License-Identifier: Apache-2.0
// apps/shoe_store/generator.cpp - made-up products, users, sales and views.
//
// There are 643 products and 301 users; their feeds draw with replacement, so rows are repeated
// and some never come. Sales follow each other every 100 s from 2021-01-01 on, views every
// 10 s. Of all events one in ten is of a product, one in twenty of a user, one in ten a sale.
#include <cstdint>
#include <memory>
#include <string>

#include <fmt/format.h>

#include <oriel/io/generator.hpp>

#include "shoe_store/shoe_store.hpp"

namespace shoe_store {
namespace {

constexpr std::int64_t first_sale = 1'609'459'200'000;
constexpr std::int64_t first_view = 1'609'457'200'000;
constexpr std::uint64_t product_count = 643;
constexpr std::uint64_t user_count = 301;

constexpr std::string_view brands[] = {"Strider", "Alpine", "Corsa", "Harbor", "Meridian", "Tundra", "Velo"};
constexpr std::string_view models[] = {"Runner", "Trail", "Court", "Sandal", "Boot", "Slip-on"};
constexpr std::string_view first_names[] = {"Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gia", "Hal"};
constexpr std::string_view last_names[] = {"Moss", "Reed", "Stone", "Vale", "Wood"};
constexpr std::string_view states[] = {"California", "Texas", "Ohio", "Florida", "Oregon", "Maine"};

std::string_view text(oriel::arena& bytes, const std::string& s) { return bytes.store(s); }
std::string_view product_id(oriel::arena& bytes, std::uint64_t n) { return text(bytes, fmt::format("p-{:03}", n)); }
std::string_view user_id(oriel::arena& bytes, std::uint64_t n) { return text(bytes, fmt::format("u-{:03}", n)); }

std::uint64_t products_of(const apps::generation& size) { return size.events / 10; }
std::uint64_t users_of(const apps::generation& size) { return size.events / 20; }
std::uint64_t sales_of(const apps::generation& size) { return size.events / 10; }
std::uint64_t views_of(const apps::generation& size) {
  return size.events - products_of(size) - users_of(size) - sales_of(size);
}

}  // namespace

std::unique_ptr<oriel::source<product>> make_products(const apps::generation& size) {
  return oriel::generator<product>{
      .count = products_of(size), .seed = size.seed, .make = [](std::uint64_t, oriel::random_engine& random, oriel::arena& bytes) {
        const std::uint64_t n = random.below(product_count);
        return product{product_id(bytes, n), brands[n % 7], text(bytes, fmt::format("{} {}", models[n % 6], n)),
                       static_cast<std::int64_t>(2'999 + n * 53 % 17'000), static_cast<double>(n % 50) / 10};
      }}.open();
}

std::unique_ptr<oriel::source<user>> make_users(const apps::generation& size) {
  return oriel::generator<user>{
      .count = users_of(size), .seed = size.seed + 1, .make = [](std::uint64_t, oriel::random_engine& random, oriel::arena& bytes) {
        const std::uint64_t n = random.below(user_count);
        user u{};
        u.id = user_id(bytes, n);
        u.first_name = first_names[n % 8];
        u.last_name = last_names[n % 5];
        u.email = text(bytes, fmt::format("user{}@example.com", n));
        u.phone = text(bytes, fmt::format("555-{:04}", n));
        u.street_address = text(bytes, fmt::format("{} Elm Street", n));
        u.state = states[n % 6];
        u.zip_code = text(bytes, fmt::format("{:05}", 10'000 + n));
        u.country = "United States";
        return u;
      }}.open();
}

std::unique_ptr<oriel::source<sale>> make_sales(const apps::generation& size) {
  return oriel::generator<sale>{
      .count = sales_of(size), .seed = size.seed + 2, .make = [](std::uint64_t i, oriel::random_engine& random, oriel::arena& bytes) {
        const std::uint64_t shoe = random.below(product_count);
        const std::uint64_t buyer = random.below(user_count);
        return sale{static_cast<std::int64_t>(i + 1), product_id(bytes, shoe), user_id(bytes, buyer),
                    first_sale + static_cast<std::int64_t>(i) * 100'000};
      }}.open();
}

std::unique_ptr<oriel::source<view>> make_views(const apps::generation& size) {
  return oriel::generator<view>{
      .count = views_of(size), .seed = size.seed + 3, .make = [](std::uint64_t i, oriel::random_engine& random, oriel::arena& bytes) {
        const std::uint64_t shoe = random.below(product_count);
        const std::uint64_t visitor = random.below(user_count);
        view v{};
        v.product_id = product_id(bytes, shoe);
        v.user_id = user_id(bytes, visitor);
        v.view_time = random.between(1, 180);
        v.page_url = text(bytes, fmt::format("https://shop.example.com/product/{}", shoe));
        v.ip = text(bytes, fmt::format("10.0.{}.{}", visitor / 256, visitor % 256));
        v.ts = first_view + static_cast<std::int64_t>(i) * 10'000;
        v.line = static_cast<std::int64_t>(i);
        return v;
      }}.open();
}

}  // namespace shoe_store

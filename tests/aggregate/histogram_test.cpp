// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/histogram.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <random>

#include <oriel/core/error.hpp>

#include "fold.hpp"
#include "partials.hpp"

using namespace oriel;

namespace {

struct request {
  std::optional<double> milliseconds;
  int age = 0;
};
constexpr double infinity = std::numeric_limits<double>::infinity();

using bounded = decltype(histogram(&request::age, {1, 2}));
static_assert(exactly_invertible_aggregate<bounded> && retractable_aggregate<bounded>);

}  // namespace

TEST_CASE("a value at a bound belongs to the bucket that begins there") {
  const auto h = histogram(&request::milliseconds, {1, 10});
  const auto buckets =
      h.lower(testing::fold(h, {request{0.5}, request{1.0}, request{9.9}, request{10.0}, request{}, request{std::nan("")},
                                request{infinity}, request{-infinity}}, 0, 8));
  CHECK(buckets[0] == histogram_bucket{-infinity, 1, 2});
  CHECK(buckets[1] == histogram_bucket{1, 10, 2});
  CHECK(buckets[2] == histogram_bucket{10, infinity, 2});
}

TEST_CASE("buckets of one width are those that hold something, below zero too") {
  const auto h = even_histogram(&request::age, {.width = 10, .offset = 5});
  const auto buckets = h.lower(testing::fold(h, {request{{}, 4}, request{{}, 5}, request{{}, -6}, request{{}, 14}, request{{}, 35}}, 0, 5));
  CHECK(buckets == std::vector<histogram_bucket>{{-15, -5, 1}, {-5, 5, 1}, {5, 15, 2}, {35, 45, 1}});
  const auto wide = even_histogram(&request::milliseconds, {.width = 0.5});
  CHECK(wide.lower(testing::fold(wide, {request{infinity}, request{std::nan("")}, request{}}, 0, 3)).empty());
}

TEST_CASE("histograms agree with counting, keep the laws and take back") {
  std::mt19937 random(96);
  const auto make = [](int age) { return request{{}, age}; };
  std::vector<request> requests;
  for (int i = 0; i < 1000; ++i) requests.push_back(make(static_cast<int>(random() % 200) - 100));
  const auto bounds = histogram(&request::age, {-50, 0, 1, 2, 70});
  const auto even = even_histogram(&request::age, {.width = 7});
  std::map<double, std::int64_t> by_bound;
  std::map<double, std::int64_t> by_width;
  for (const request& r : requests) {
    double from = -infinity;
    for (const double b : {-50.0, 0.0, 1.0, 2.0, 70.0}) from = r.age >= b ? b : from;
    ++by_bound[from];
    ++by_width[std::floor(r.age / 7.0) * 7];
  }
  for (const auto& b : bounds.lower(testing::fold(bounds, requests, 0, 1000))) CHECK(b.count == by_bound[b.from]);
  const auto found = even.lower(testing::fold(even, requests, 0, 1000));
  CHECK(found.size() == by_width.size());
  for (const auto& b : found) CHECK(b.count == by_width[b.from]);
  testing::check_laws(bounds, requests, random);
  testing::check_laws(even, requests, random);
  const auto events = testing::placed(requests, random);
  testing::check_taking_back(bounds, events, random);
  testing::check_taking_back(even, events, random);
  testing::check_bytes(bounds, testing::fold(bounds, requests, 0, 1000), random);
  testing::check_bytes(even, testing::fold(even, requests, 0, 1000), random);
}

TEST_CASE("bounds that do not ascend and widths that are none are refused") {
  CHECK_THROWS_AS(histogram(&request::age, {1, 1}), error);
  CHECK_THROWS_AS(histogram(&request::age, {0, std::nan("")}), error);
  CHECK_THROWS_AS(even_histogram(&request::age, {.width = 0}), error);
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/quantile.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <vector>

#include <oriel/core/error.hpp>

#include "fold.hpp"
#include "partials.hpp"

using namespace oriel;

namespace {

struct request {
  double milliseconds = 0;
  std::optional<int> size;
};

static_assert(retractable_aggregate<quantile<double>> && invertible_aggregate<quantile<double>>);
static_assert(!exactly_invertible_aggregate<quantile<double>>);

constexpr double some_q[] = {0.0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0};

double by_sorting(const std::vector<double>& sorted, double q) {
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size())));
  return sorted[rank == 0 ? 0 : rank - 1];
}

std::vector<double> random_values(std::mt19937_64& random, int shape, std::size_t n) {
  std::vector<double> values;
  std::lognormal_distribution<double> skewed(3, 2);
  std::normal_distribution<double> normal(0, 100);
  for (std::size_t i = 0; i < n; ++i) {
    switch (shape) {
      case 0: values.push_back(skewed(random)); break;
      case 1: values.push_back(normal(random)); break;  // both signs
      case 2: values.push_back(static_cast<double>(random() % 100'000)); break;
      default: values.push_back(std::ldexp(1.0 + static_cast<double>(random() % 1000) / 1000, static_cast<int>(random() % 2000) - 1000));
    }
  }
  return values;
}

}  // namespace

TEST_CASE("quantiles of nothing are null, and those of few values are values") {
  const quantile<double> median(itself{}, 0.5);
  CHECK(!median.lower(median.identity()).has_value());
  CHECK(median.lower(testing::fold(median, {3.0}, 0, 1)) == 3.0);
  CHECK(median.lower(testing::fold(median, {3.0, 1.0}, 0, 2)) == 1.0);
  CHECK(median.lower(testing::fold(median, {3.0, 1.0, 2.0}, 0, 3)) == 2.0);
  const quantile<double> most(itself{}, 1.0);
  CHECK(most.lower(testing::fold(most, {3.0, -1.0, 2.0}, 0, 3)) == 3.0);
}

TEST_CASE("up to 256 different values quantiles are exact, however many events") {
  std::mt19937_64 random(81);
  std::vector<double> values;
  for (int i = 0; i < 100'000; ++i) values.push_back(static_cast<double>(random() % 256) * 1.37 - 100);
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  for (const double q : some_q) {
    const quantile<double> a(itself{}, q);
    REQUIRE(a.lower(testing::fold(a, values, 0, values.size())) == by_sorting(sorted, q));
  }
}

TEST_CASE("quantiles of any number of values are within the relative error of the value at their rank") {
  for (const double error : {0.05, 0.01, 0.001}) {
    for (int shape = 0; shape < 4; ++shape) {
      for (const std::size_t n : {1u, 2u, 10u, 300u, 1000u, 10'000u, 100'000u}) {
        std::mt19937_64 random(n + static_cast<std::size_t>(shape));
        std::vector<double> values = random_values(random, shape, n);
        quantile_sketch sketch(error);
        for (const double v : values) sketch.add(v);
        std::sort(values.begin(), values.end());
        std::optional<double> found[std::size(some_q)];
        sketch.quantiles(some_q, std::size(some_q), found);
        for (std::size_t i = 0; i < std::size(some_q); ++i) {
          const double expected = by_sorting(values, some_q[i]);
          CAPTURE(error);
          CAPTURE(shape);
          CAPTURE(n);
          CAPTURE(expected);
          REQUIRE(std::abs(*found[i] - expected) <= error * std::abs(expected) * (1 + 1e-12));
        }
      }
    }
  }
}

TEST_CASE("a million values take the room of their buckets") {
  std::mt19937_64 random(82);
  std::vector<double> values = random_values(random, 0, 1'000'000);
  quantile_sketch sketch;
  for (const double v : values) sketch.add(v);
  CHECK(sketch.bytes() < 64 * 1024);
  std::sort(values.begin(), values.end());
  for (const double q : some_q) REQUIRE(*sketch.quantile(q) == doctest::Approx(by_sorting(values, q)).epsilon(0.01));
}

TEST_CASE("with a relative error of 0 quantiles are exact") {
  std::mt19937_64 random(83);
  std::vector<double> values = random_values(random, 1, 20'000);
  const quantile<double> p90(itself{}, 0.9, {.relative_error = 0});
  const auto found = p90.lower(testing::fold(p90, values, 0, values.size()));
  std::sort(values.begin(), values.end());
  CHECK(found == by_sorting(values, 0.9));
}

TEST_CASE("nulls and NaN are skipped, infinities and zeros are not") {
  const quantile sizes(&request::size, 0.5);
  CHECK(sizes.lower(testing::fold(sizes, {request{0, 7}, request{}, request{0, 9}}, 0, 3)) == 7.0);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  quantile_sketch sketch;
  for (int i = 0; i < 1000; ++i) sketch.add(i + 1);
  for (int i = 0; i < 1000; ++i) {
    sketch.add(infinity);
    sketch.add(-infinity);
    sketch.add(i % 2 == 0 ? 0.0 : -0.0);
    sketch.add(std::nan(""));
    sketch.add(std::numeric_limits<double>::max());
  }
  CHECK(sketch.quantile(0) == -infinity);
  CHECK(sketch.quantile(0.3) == 0.0);
  CHECK(*sketch.quantile(0.7) == doctest::Approx(std::numeric_limits<double>::max()).epsilon(0.01));
  CHECK(sketch.quantile(1) == infinity);
}

TEST_CASE("several quantiles come from one sketch") {
  const quantiles latency(&request::milliseconds, {0.5, 0.9, 1.0});
  auto p = latency.identity();
  for (int i = 1; i <= 100; ++i) add_to(latency, p, request{static_cast<double>(i), {}});
  const auto row = latency.lower(p);
  CHECK(row[0] == 50.0);
  CHECK(row[1] == 90.0);
  CHECK(row[2] == 100.0);
  CHECK(!latency.lower(latency.identity())[0].has_value());
}

TEST_CASE("quantile keeps the laws, and the order and grouping of a merge leave no trace") {
  std::mt19937 random(84);
  testing::check_laws(quantile<int>(itself{}, 0.3), testing::random_integers(random, 200), random);
  const quantile<double> a(itself{}, 0.5);
  std::mt19937_64 random64(84);
  for (const std::size_t n : {0u, 1u, 256u, 257u, 3000u}) {
    const auto events = testing::placed(random_values(random64, 1, n), random);
    const auto whole = testing::fold_placed(a, events);
    for (int round = 0; round < 5; ++round) REQUIRE(encode(testing::fold_anyhow(a, events, random)) == encode(whole));
  }
}

TEST_CASE("values taken back leave the quantile of the rest, within its error") {
  std::mt19937 random(85);
  testing::check_taking_back(quantile<int>(itself{}, 0.5, {.relative_error = 0}),
                             testing::placed(testing::random_integers(random, 1500), random), random);
  std::mt19937_64 random64(85);
  const auto values = random_values(random64, 0, 20'000);
  const quantile<double> p90(itself{}, 0.9);
  auto p = testing::fold(p90, values, 0, values.size());
  for (std::size_t i = 100; i < values.size(); ++i) take_from(p90, p, values[i]);
  std::vector<double> left(values.begin(), values.begin() + 100);
  std::sort(left.begin(), left.end());
  CHECK(*p90.lower(p) == doctest::Approx(by_sorting(left, 0.9)).epsilon(0.01));
  const auto removed = p90.remove(testing::fold(p90, values, 0, 20'000), testing::fold(p90, values, 100, 20'000));
  CHECK(p90.lower(removed) == p90.lower(p));
}

TEST_CASE("sketches of different errors merge to the coarser") {
  quantile_sketch fine(0.001);
  quantile_sketch coarse(0.05);
  for (int i = 1; i <= 1000; ++i) {
    fine.add(i);
    coarse.add(1000 + i);
  }
  quantile_sketch a = fine;
  a.merge(coarse);
  quantile_sketch b = coarse;
  b.merge(fine);
  CHECK(encode(a) == encode(b));
  CHECK(*a.quantile(0.25) == doctest::Approx(500).epsilon(0.05));
}

TEST_CASE("what cannot be asked is refused") {
  CHECK_THROWS_AS(quantile<double>(itself{}, 1.5), error);
  CHECK_THROWS_AS(quantile<double>(itself{}, std::nan("")), error);
  CHECK_THROWS_AS(quantile_sketch(1.0), error);
  CHECK_THROWS_AS(quantile_sketch(-0.1), error);
}

TEST_CASE("sketches come back from their bytes, which are the same for ever") {
  std::mt19937 random(86);
  const quantile<double> a(itself{}, 0.5);
  quantile_sketch exact;
  for (const double v : {1.5, -2.0, 1.5, 0.0}) exact.add(v);
  quantile_sketch coarse(0.1);
  for (int i = 0; i < 1000; ++i) coarse.add((i % 2 == 0 ? 1 : -1) * std::ldexp(1 + i / 1000.0, i % 3));
  CHECK(exact.is_exact());
  CHECK(!coarse.is_exact());
  CHECK(testing::is_golden("quantile_exact", encode(exact)));
  CHECK(testing::is_golden("quantile_buckets", encode(coarse)));
  testing::check_bytes(a, exact, random);
  testing::check_bytes(a, coarse, random);
}

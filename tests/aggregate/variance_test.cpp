// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/variance.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <vector>

#include "fold.hpp"
#include "partials.hpp"

using namespace oriel;

namespace {

struct request {
  std::optional<double> milliseconds;
};

static_assert(invertible_aggregate<variance<double>> && drifts_when_removed<variance<int>>);
static_assert(retractable_aggregate<stddev<double>>);

double by_hand(const std::vector<double>& values, std::size_t first, std::size_t last) {
  double mean = 0;
  for (std::size_t i = first; i < last; ++i) mean += values[i];
  mean /= static_cast<double>(last - first);
  double squares = 0;
  for (std::size_t i = first; i < last; ++i) squares += (values[i] - mean) * (values[i] - mean);
  return squares / static_cast<double>(last - first - 1);
}

}  // namespace

TEST_CASE("the variance of fewer than two values is null") {
  const variance<int> v;
  CHECK(!v.lower(v.identity()).has_value());
  CHECK(!v.lower(v.lift(5)).has_value());
  CHECK(v.lower(testing::fold(v, {5, 5}, 0, 2)) == 0.0);
  CHECK(v.lower(testing::fold(v, {1, 3}, 0, 2)) == 2.0);
  CHECK(stddev<int>().lower(testing::fold(stddev<int>(), {1, 3, 5}, 0, 3)) == 2.0);
}

TEST_CASE("nulls are skipped and NaN is not") {
  const variance v(&request::milliseconds);
  CHECK(v.lower(testing::fold(v, {request{1.0}, request{}, request{3.0}}, 0, 3)) == 2.0);
  CHECK(std::isnan(*v.lower(testing::fold(v, {request{1.0}, request{std::nan("")}}, 0, 2))));
}

TEST_CASE("a variance agrees with the two passes over all values, far from zero too, whatever the grouping") {
  for (const double offset : {0.0, 1e9, -1e12}) {
    std::mt19937 random(21);
    std::vector<double> values;
    for (int i = 0; i < 500; ++i) values.push_back(offset + static_cast<double>(random() % 1000) / 8);
    const variance<double> v;
    for (int round = 0; round < 100; ++round) {
      const std::size_t i = random() % 250;
      const std::size_t j = 250 + random() % 250;
      const auto a = testing::fold(v, values, 0, i);
      const auto b = testing::fold(v, values, i, j);
      const auto c = testing::fold(v, values, j, 500);
      const double expected = by_hand(values, 0, 500);
      const double tolerance = offset == 0 ? 1e-12 : 1e-4;  // relative: values far away carry fewer digits
      REQUIRE(*v.lower(v.combine(v.combine(a, b), c)) == doctest::Approx(expected).epsilon(tolerance));
      REQUIRE(*v.lower(v.combine(a, v.combine(b, c))) == doctest::Approx(expected).epsilon(tolerance));
      REQUIRE(*v.lower(v.remove(v.combine(a, v.combine(b, c)), a)) ==
              doctest::Approx(by_hand(values, i, 500)).epsilon(tolerance));
    }
  }
}

TEST_CASE("values taken back leave the variance of the rest") {
  std::mt19937 random(22);
  const variance<int> v;
  auto p = v.identity();
  std::vector<double> left;
  for (int step = 0; step < 5000; ++step) {
    if (left.size() < 3 || random() % 2 == 0) {
      left.push_back(static_cast<int>(random() % 2000) - 1000);
      add_to(v, p, static_cast<int>(left.back()));
    } else {
      const std::size_t i = random() % left.size();
      take_from(v, p, static_cast<int>(left[i]));
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (left.size() >= 2) {
      REQUIRE(*v.lower(p) == doctest::Approx(by_hand(left, 0, left.size())).epsilon(1e-9));
    }
  }
  while (!left.empty()) {
    take_from(v, p, static_cast<int>(left.back()));
    left.pop_back();
  }
  CHECK((p == v.identity()));
}

TEST_CASE("extreme numbers stay finite as long as doubles do") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const stddev<std::int64_t> s;
  CHECK(*s.lower(testing::fold(s, {most, -most}, 0, 2)) == doctest::Approx(std::ldexp(std::sqrt(2.0), 63)));
}

TEST_CASE("the moments come back from their bytes") {
  std::mt19937 random(23);
  const variance<int> v;
  const auto p = testing::fold(v, {1, 5, 9}, 0, 3);
  const auto back = decode<variance<int>::partial>(encode(p));
  REQUIRE(back.has_value());
  CHECK((*back == p));
  CHECK(!decode<variance<int>::partial>(encode(p).substr(1)).has_value());
}

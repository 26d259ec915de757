// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/sum.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <optional>

#include <oriel/core/error.hpp>

#include "fold.hpp"

using namespace oriel;

namespace {

struct sale {
  std::int64_t cents = 0;
  std::optional<double> discount;
};

static_assert(std::is_same_v<sum<int>::output, std::int64_t>);
static_assert(std::is_same_v<sum<float>::output, double>);
static_assert(sizeof(sum<int>::partial) == 16 && alignof(sum<int>::partial) == 8);

}  // namespace

TEST_CASE("sum of integers is a 64-bit integer, of anything else a double, of nothing 0") {
  const auto total = sum(&sale::cents);
  CHECK(total.lower(testing::fold(total, {{3, {}}, {-5, {}}}, 0, 2)) == -2);
  CHECK(total.lower(total.identity()) == 0);
  CHECK(sum<double>().lower(testing::fold(sum<double>(), {0.5, 0.25}, 0, 2)) == 0.75);
}

TEST_CASE("sum skips nulls") {
  const auto total = sum(&sale::discount);
  CHECK(total.lower(testing::fold(total, {{0, 1.5}, {0, {}}, {0, 2.0}}, 0, 3)) == 3.5);
}

TEST_CASE("an integer sum may pass the 64-bit range and come back") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  const sum<std::int64_t> total;
  CHECK(total.lower(testing::fold(total, {most, most, -most, -most, 7}, 0, 5)) == 7);
  CHECK(total.lower(testing::fold(total, {least}, 0, 1)) == least);
  CHECK(total.lower(testing::fold(total, {least, least, most, most, 2}, 0, 5)) == 0);
}

TEST_CASE("an integer sum that ends outside the 64-bit range is an error, never a wrong number") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const sum<std::int64_t> total;
  const auto p = testing::fold(total, {most, 1}, 0, 2);
  try {
    static_cast<void>(total.lower(p));
    FAIL("no error");
  } catch (const error& e) {
    CHECK(e.kind() == error_kind::exhausted);
  }
}

TEST_CASE("sum keeps the laws") {
  std::mt19937 random(2);
  testing::check_laws(sum<int>(), testing::random_integers(random, 200), random);
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/hyper_log_log.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include <oriel/core/error.hpp>

#include "fold.hpp"
#include "partials.hpp"

using namespace oriel;

namespace {

struct visit {
  std::string_view user;
  std::optional<int> item;
};

using approx = approx_count_distinct<std::uint64_t>;

static_assert(aggregate<approx> && !invertible_aggregate<approx> && !has_retracting_form<approx>);

/// Adds one to `n` different numbers and checks every estimate on the way; returns the error at the end, relative to the
/// true number and in standard errors.
double error_at_end(const approx& a, std::uint64_t n, std::uint64_t first, std::uint64_t step) {
  auto p = a.identity();
  for (std::uint64_t i = 0; i < n; ++i) {
    a.add(p, first + i * step);
    if (i % 3 == 0) a.add(p, first + i / 2 * step);  // again
  }
  return (p.estimate() - static_cast<double>(n)) / static_cast<double>(n) / a.standard_error();
}

}  // namespace

TEST_CASE("nothing is counted as nothing, and few values all but exactly") {
  const approx a;
  auto p = a.identity();
  CHECK(a.lower(p) == 0);
  for (std::uint64_t n = 1; n <= 1500; ++n) {
    a.add(p, n * 977);
    a.add(p, n * 977);
    REQUIRE(p.is_sparse());
    REQUIRE(std::abs(a.lower(p) - static_cast<std::int64_t>(n)) <= 1);
  }
  CHECK(p.bytes() < 16384);
}

TEST_CASE("estimates are within the stated error at every size, of numbers that follow each other or do not") {
  for (const unsigned precision : {6u, 10u, 14u}) {
    const approx a(itself{}, {.precision = precision});
    for (const std::uint64_t n : {1u, 2u, 10u, 100u, 1000u, 2000u, 5000u, 20000u, 60000u, 200000u}) {
      double squares = 0;
      double worst = 0;
      const std::uint64_t seeds = n > 20000 ? 8 : 30;
      for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const std::uint64_t step = seed % 3 == 0 ? 1 : seed % 3 == 1 ? 1000 : 0x9e3779b97f4a7c15u * seed;
        const double e = error_at_end(a, n, seed << 40, step);
        squares += e * e;
        worst = std::max(worst, std::abs(e));
      }
      CAPTURE(precision);
      CAPTURE(n);
      CHECK(worst < 4.5);
      CHECK(std::sqrt(squares / static_cast<double>(seeds)) < (seeds == 8 ? 1.8 : 1.4));
    }
  }
  const approx a;
  CHECK(std::abs(error_at_end(a, 1'000'000, 0, 1)) < 3.5);
}

TEST_CASE("the estimate is not biased where the forms meet") {
  for (const std::uint64_t n : {1400u, 1600u, 3000u, 8000u, 16384u, 40000u, 80000u}) {
    const approx a;
    double total = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) total += error_at_end(a, n, seed << 32, 1);
    CAPTURE(n);
    CHECK(std::abs(total / 40) < 0.6);  // 40 estimates: a standard error of 0.16
  }
}

TEST_CASE("strings are counted by their bytes, and nulls are skipped") {
  const approx_count_distinct users(&visit::user);
  const approx_count_distinct items(&visit::item);
  auto p = users.identity();
  for (int i = 0; i < 100'000; ++i) add_to(users, p, visit{"user-" + std::to_string(i), {}});
  CHECK(std::abs(static_cast<double>(users.lower(p)) / 1e5 - 1) < 3.5 * users.standard_error());
  CHECK(items.lower(testing::fold(items, {visit{"", 1}, visit{}, visit{"", 1}}, 0, 3)) == 1);
}

TEST_CASE("the order and the grouping of a merge leave no trace") {
  std::mt19937 random(71);
  for (const std::size_t n : {0u, 1u, 50u, 1500u, 1600u, 30000u}) {
    std::vector<std::uint64_t> values;
    for (std::size_t i = 0; i < n; ++i) values.push_back(random());
    const approx a;
    const auto whole = testing::fold(a, values, 0, n);
    const auto events = testing::placed(values, random);
    for (int round = 0; round < 5; ++round) REQUIRE(encode(testing::fold_anyhow(a, events, random)) == encode(whole));
  }
}

TEST_CASE("sketches of different precision merge to the coarser, as if made so") {
  std::mt19937_64 random(72);
  for (const int n : {3, 100, 50000}) {
    for (const bool coarse_first : {false, true}) {
      hyper_log_log fine(16);
      hyper_log_log coarse(8);
      hyper_log_log expected(8);
      for (int i = 0; i < n; ++i) {
        const std::uint64_t hash = random();
        (i % 2 == 0 ? fine : coarse).add_hash(hash);
        expected.add_hash(hash);
      }
      hyper_log_log merged = coarse_first ? coarse : fine;
      merged.merge(coarse_first ? fine : coarse);
      REQUIRE(encode(merged) == encode(expected));
    }
  }
}

TEST_CASE("precisions out of range are refused") {
  CHECK_THROWS_AS(hyper_log_log(3), error);
  CHECK_THROWS_AS(approx(itself{}, {.precision = 19}), error);
}

TEST_CASE("sketches come back from their bytes, which are the same for ever") {
  std::mt19937 random(73);
  hyper_log_log sparse;
  hyper_log_log dense(6);
  const approx a;
  const approx small(itself{}, {.precision = 6});
  for (std::uint64_t i = 0; i < 1000; ++i) {
    if (i < 20) a.add(sparse, i);
    small.add(dense, i);
  }
  const approx_count_distinct<std::string> words;
  for (const char* word : {"", "a", "seven b", "sixteen bytes ..", "and a string of more than two rounds of hashing"}) {
    words.add(sparse, word);
  }
  CHECK(sparse.is_sparse());
  CHECK(!dense.is_sparse());
  CHECK(testing::is_golden("hyper_log_log_sparse", encode(sparse)));
  CHECK(testing::is_golden("hyper_log_log_registers", encode(dense)));
  testing::check_bytes(a, sparse, random);
  testing::check_bytes(small, dense, random);
}

TEST_CASE("registers that are full raise the estimate and do not upset it") {
  double before = 0;
  for (std::uint64_t full = 0; full < 64; full += 16) {
    hyper_log_log sketch(6);
    for (std::uint64_t i = 0; i < 64; ++i) {
      for (std::uint64_t rest = 0; rest < 40; ++rest) {
        sketch.add_hash(i << 58 | (i < full ? rest : rest + (std::uint64_t{1} << 40)));
      }
    }
    REQUIRE_FALSE(sketch.is_sparse());
    CHECK(std::isfinite(sketch.estimate()));
    CHECK(sketch.estimate() > before);
    before = sketch.estimate();
  }
}

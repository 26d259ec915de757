// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/funnel_report.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

#include <oriel/aggregate/funnel.hpp>

#include "fold.hpp"
#include "partials.hpp"

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;

namespace {

struct user {
  funnel_path<> path;
  std::int64_t level = 0;
};

user user_with(std::vector<std::int64_t> times, std::int64_t completions = 0) {
  user u;
  u.level = static_cast<std::int64_t>(times.size());
  u.path["level"_col] = u.level;
  u.path["times"_col] = std::move(times);
  u.path["completions"_col] = completions;
  return u;
}

/// The definition: the least of sorted values that at least the share `q` of them does not exceed.
std::optional<double> quantile_of(std::vector<std::int64_t> values, double q) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  std::size_t i = 0;
  while (static_cast<double>(i + 1) < q * static_cast<double>(values.size())) ++i;
  return static_cast<double>(values[i]);
}

}  // namespace

TEST_CASE("a report counts entities by step and says how many went on, and how fast") {
  const auto report = funnel_report<3>(&user::path);
  const std::vector<user> users = {user_with({}), user_with({0}), user_with({5, 45}), user_with({0, 10, 100}, 1),
                                   user_with({0, 20, 30}, 2)};
  const auto all = report.lower(fold(report, users, 0, users.size()));
  REQUIRE(all.steps.size() == 3);
  CHECK((all.steps[0] == funnel_step{4, std::nullopt, 1.0, std::nullopt, std::nullopt}));
  CHECK((all.steps[1] == funnel_step{3, 0.75, 0.75, 20, 40}));
  CHECK((all.steps[2] == funnel_step{2, 2.0 / 3, 0.5, 10, 90}));
  CHECK(all.completions == 3);
  CHECK(all.median_ms == 30);
  CHECK(all.p90_ms == 100);
}

TEST_CASE("a report of nobody has no shares and no times") {
  const auto report = funnel_report<2>(&user::path);
  const auto all = report.lower(report.identity());
  CHECK((all.steps == std::vector<funnel_step>(2)));
  CHECK((all == funnel_conversion{std::vector<funnel_step>(2), 0, std::nullopt, std::nullopt}));
}

TEST_CASE("of levels alone a report has counts and shares") {
  const auto report = funnel_report<2>(&user::level);
  const std::vector<user> users = {user_with({}), user_with({0}), user_with({5, 45})};
  const auto all = report.lower(fold(report, users, 0, users.size()));
  CHECK((all.steps[0] == funnel_step{2, std::nullopt, 1.0, std::nullopt, std::nullopt}));
  CHECK((all.steps[1] == funnel_step{1, 0.5, 0.5, std::nullopt, std::nullopt}));
  CHECK(all.completions == 1);
}

TEST_CASE("reports keep the laws and can take entities back") {
  std::mt19937 random(41);
  const auto report = funnel_report<4>(&user::path);
  std::vector<user> users;
  for (int i = 0; i < 60; ++i) {
    std::vector<std::int64_t> times;
    std::int64_t t = 0;
    for (auto n = random() % 5; n > 0; --n) times.push_back(t += random() % 100);
    const std::int64_t completions = times.size() == 4 ? 1 + random() % 2 : 0;
    users.push_back(user_with(std::move(times), completions));
  }
  check_laws(report, users, random);
  check_laws(funnel_report<4>(&user::level), users, random);
  check_taking_back(report, placed(users, random), random);
  check_bytes(report, fold(report, users, 0, users.size()), random);

  const auto all = report.lower(fold(report, users, 0, users.size()));
  std::vector<std::int64_t> between;
  for (const user& u : users) {
    const auto& times = u.path["times"_col];
    if (times.size() > 2) between.push_back(times[2] - times[1]);
  }
  CHECK(all.steps[2].median_ms == quantile_of(between, 0.5));
  CHECK(all.steps[2].p90_ms == quantile_of(between, 0.9));
}

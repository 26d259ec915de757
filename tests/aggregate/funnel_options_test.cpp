// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/funnel_options.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <oriel/core/error.hpp>

#include "funnel_events.hpp"

using namespace oriel;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

using step_at = std::pair<std::int64_t, std::size_t>;  // time, step from 0

/// `windowFunnel(window)` as ClickHouse defines it: a row counts once for every condition it meets; the rows sorted by
/// time and condition; for each level the latest first time of a chain, carried on while it is within the window.
std::int64_t window_funnel(const std::vector<lettered>& events, const std::string& steps, std::int64_t window) {
  std::vector<step_at> rows;
  for (const lettered& e : events) {
    for (std::size_t s = 0; s < steps.size(); ++s) {
      if (e.has(steps[s])) rows.emplace_back(e.time, s);
    }
  }
  std::sort(rows.begin(), rows.end());
  std::vector<std::optional<std::int64_t>> began(steps.size());
  for (const auto& [time, step] : rows) {
    if (step == 0) {
      began[0] = time;
    } else if (began[step - 1] && time <= *began[step - 1] + window) {
      began[step] = began[step - 1];
      if (step + 1 == steps.size()) break;
    }
  }
  for (std::size_t level = steps.size(); level > 0; --level) {
    if (began[level - 1]) return static_cast<std::int64_t>(level);
  }
  return 0;
}

/// FUNNELMAXSTEP as Pinot defines it: a row counts for the first condition it meets; a window slides over the rows from
/// one row of step 1 to the next, and in each the steps are looked for one after the other; with STRICT_INCREASE, not
/// in rows of the time at which the step before was found.
std::int64_t funnel_max_step(const std::vector<lettered>& events, const std::string& steps, std::int64_t window,
                             bool increase) {
  std::vector<step_at> rows;
  for (const lettered& e : events) {
    for (std::size_t s = 0; s < steps.size(); ++s) {
      if (!e.has(steps[s])) continue;
      rows.emplace_back(e.time, s);
      break;
    }
  }
  std::sort(rows.begin(), rows.end());
  std::int64_t most = 0;
  std::size_t next = 0;
  std::deque<step_at> open;
  while (next < rows.size()) {
    while (!open.empty() && open.front().second != 0) open.pop_front();
    if (open.empty()) {
      while (next < rows.size() && rows[next].second != 0) ++next;
      if (next == rows.size()) break;
      open.push_back(rows[next++]);
    }
    while (next < rows.size() && rows[next].first < open.front().first + window) open.push_back(rows[next++]);
    std::size_t level = 0;
    std::optional<std::int64_t> found_at;
    for (const auto& [time, step] : open) {
      if (step != level || (increase && found_at == time)) continue;
      found_at = time;
      ++level;
    }
    most = std::max(most, static_cast<std::int64_t>(level));
    open.pop_front();
  }
  return most;
}

std::int64_t level_of(const std::vector<lettered>& events, const std::string& steps, const funnel_options& options) {
  return with_funnel(options, steps, [&](const auto& f) { return answer_of(f, events); });
}

}  // namespace

TEST_CASE("lengths are std::chrono durations") {
  CHECK(funnel_options{.within = 1h}.within.ms == 3'600'000);
  CHECK(funnel_options{.within = 1500ms}.within.ms == 1'500);
  CHECK(funnel_options{.within = std::chrono::days(2)}.within.ms == 172'800'000);
  static_assert(!std::is_convertible_v<std::chrono::microseconds, detail::length_in_ms>, "would lose digits");
}

TEST_CASE("lengths below zero are refused with the field to change") {
  CHECK_THROWS_WITH_AS(level_of({}, "A", {.within = -5ms}),
                       "funnel: within is -5 ms; it must be 0 or longer, and left out there is no bound", error);
  CHECK_THROWS_WITH_AS(level_of({}, "A", {.out_of_orderness = -1s}),
                       "funnel: out_of_orderness is -1000 ms; it must be 0 or longer, and left out there is no bound",
                       error);
  CHECK_NOTHROW(funnel_options{.within = 0ms, .out_of_orderness = 0ms}.validate());
}

TEST_CASE("the presets answer as the definitions of ClickHouse and Pinot do") {
  std::mt19937_64 random(29);
  std::int64_t differences = 0;
  for (int i = 0; i < 60'000; ++i) {
    CAPTURE(i);
    const char* const funnels[] = {"AB", "ABC", "AAB", "ABA", "ABCD"};
    const std::string steps = funnels[random() % 5];
    const auto within = static_cast<std::int64_t>(1 + random() % 10);
    const auto events = random_events(random, 8);
    const auto clickhouse = window_funnel(events, steps, within);
    const auto pinot = funnel_max_step(events, steps, within, false);
    REQUIRE(level_of(events, steps, like_clickhouse(std::chrono::milliseconds(within))) == clickhouse);
    REQUIRE(level_of(events, steps, like_pinot(std::chrono::milliseconds(within))) == pinot);
    funnel_options increasing = like_pinot(std::chrono::milliseconds(within));
    increasing.order = funnel_order::increasing;
    REQUIRE(level_of(events, steps, increasing) == funnel_max_step(events, steps, within, true));
    differences += clickhouse != pinot;
  }
  CHECK(differences > 1'000);
}

TEST_CASE("where the presets differ") {
  const auto levels = [](const char* events, const char* steps, std::int64_t within) {
    const std::chrono::milliseconds w{within};
    return std::vector{level_of(events_of(events), steps, {.within = w}),
                       level_of(events_of(events), steps, like_clickhouse(w)),
                       level_of(events_of(events), steps, like_pinot(w))};
  };
  CHECK(levels("A0 B5 C10", "ABC", 10) == std::vector<std::int64_t>{3, 3, 2});  // V1: exactly the window
  CHECK(levels("AB0", "AB", 10) == std::vector<std::int64_t>{1, 2, 1});         // V7: one event for two steps
  CHECK(levels("A0 A1 B2", "AAB", 10) == std::vector<std::int64_t>{3, 3, 1});   // V8: the same step twice
  CHECK(levels("A0 B1", "AAB", 10) == std::vector<std::int64_t>{1, 3, 1});      // V9
}

// SPDX-License-Identifier: Apache-2.0
// benchmarks/query/group_by.cpp - what does SQL cost beside the loop one would write by hand?
//
// Two million ad events in a table (strings as dictionary ids) are asked five questions; the same
// arrays are read by a loop written for that one question: it knows the number of campaigns, of
// devices and of users, that there are no nulls, and the range of the times. Parsing, planning and
// making the result are part of Oriel's time. `ratio` is the median over rounds. Target T13.
//
//   two_keys       count and sum by campaign and device
//   minute_keys    the same by minute (DATE_TRUNC) too
//   distinct       distinct users by campaign
//   filtered       two aggregates with different filters, by campaign
//   five_minutes   count and sum by a window that arithmetic makes: ms - ms % 300000
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <oriel/query/sql.hpp>
#include <oriel/table/catalog.hpp>

#include "paired.hpp"

namespace {

using namespace oriel;

const std::size_t rows = paired::scaled(2'000'000);
constexpr std::size_t campaigns = 10;
constexpr std::size_t devices = 3;
constexpr std::size_t kinds = 3;
constexpr std::size_t users = 100'000;
constexpr std::int64_t first_ms = 1'760'000'000'000;
constexpr std::int64_t minute = 60'000;

/// The events twice: as a table, and as arrays.
struct events {
  catalog tables;
  std::vector<std::uint32_t> campaign, device, kind, user;
  std::vector<std::int64_t> ms;
  std::vector<double> cost;

  events() {
    std::mt19937_64 random(20251022);
    table& t = tables.create("ads", schema({{"campaign", column_type::string},
                                            {"device", column_type::string},
                                            {"kind", column_type::string},
                                            {"user_id", column_type::string},
                                            {"ts", column_type::time},
                                            {"ms", column_type::int64},
                                            {"cost", column_type::float64}}));
    const std::array<std::string, devices> device_names{"mobile", "desktop", "tablet"};
    const std::array<std::string, kinds> kind_names{"view", "click", "purchase"};
    std::vector<std::string> campaign_names;
    std::vector<std::string> user_names;
    for (std::size_t i = 0; i < campaigns; ++i) campaign_names.push_back("camp-" + std::to_string(i));
    for (std::size_t i = 0; i < users; ++i) user_names.push_back("user-" + std::to_string(i));
    batch_buffer batch(t.schema());
    for (std::size_t i = 0; i < rows; ++i) {
      campaign.push_back(static_cast<std::uint32_t>(random() % campaigns));
      device.push_back(static_cast<std::uint32_t>(random() % devices));
      kind.push_back(static_cast<std::uint32_t>(random() % 16 == 0 ? 2 : random() % 8 == 0 ? 1 : 0));
      user.push_back(static_cast<std::uint32_t>(random() % users));
      ms.push_back(first_ms + static_cast<std::int64_t>(i * 3 + random() % 5'000));
      cost.push_back(static_cast<double>(random() % 1'000) / 8);
      batch[0].push_back(std::string_view(campaign_names[campaign[i]]));
      batch[1].push_back(std::string_view(device_names[device[i]]));
      batch[2].push_back(std::string_view(kind_names[kind[i]]));
      batch[3].push_back(std::string_view(user_names[user[i]]));
      batch[4].push_back(at_ms(ms[i]));
      batch[5].push_back(ms[i]);
      batch[6].push_back(cost[i]);
      if (batch.size() == 1024 || i + 1 == rows) {
        t.append(batch.view());
        batch.clear();
      }
    }
  }
};

const events& data() {
  static const events instance;
  return instance;
}

/// Both sides add up counts times three and sums, so that each group counts.
std::uint64_t mix(std::uint64_t count, double sum) { return count * 3 + static_cast<std::uint64_t>(sum * 8); }

std::uint64_t ask(const std::string& query, std::size_t count, std::size_t sum) {
  const result_set r = sql(data().tables, query);
  std::uint64_t check = r.row_count();
  for (std::size_t i = 0; i < r.row_count(); ++i) {
    check += mix(static_cast<std::uint64_t>(r.as_int64(i, count)), sum < r.column_count() ? r.as_float64(i, sum) : 0);
  }
  return check;
}

struct total {
  std::uint64_t count = 0;
  double sum = 0;
};

template <typename Totals>
std::uint64_t check_of(const Totals& totals) {
  std::uint64_t check = 0;
  for (const total& t : totals) {
    if (t.count > 0) check += 1 + mix(t.count, t.sum);
  }
  return check;
}

void two_keys(benchmark::State& state) {
  const events& e = data();
  paired::run(
      state, rows,
      [] { return ask("SELECT campaign, device, COUNT(*), SUM(cost) FROM ads GROUP BY campaign, device", 2, 3); },
      [&] {
        std::array<total, campaigns * devices> totals{};
        for (std::size_t i = 0; i < rows; ++i) {
          total& t = totals[e.campaign[i] * devices + e.device[i]];
          ++t.count;
          t.sum += e.cost[i];
        }
        return check_of(totals);
      });
}

void minute_keys(benchmark::State& state) {
  const events& e = data();
  paired::run(
      state, rows,
      [] {
        return ask(
            "SELECT DATE_TRUNC('minute', ts) AS m, campaign, device, COUNT(*), SUM(cost) FROM ads GROUP BY m, "
            "campaign, device",
            3, 4);
      },
      [&] {
        constexpr std::int64_t first = first_ms / minute;
        std::vector<total> totals(campaigns * devices * ((rows * 3 + 5'000) / minute + 2));
        for (std::size_t i = 0; i < rows; ++i) {
          const auto m = static_cast<std::size_t>(e.ms[i] / minute - first);
          total& t = totals[(m * campaigns + e.campaign[i]) * devices + e.device[i]];
          ++t.count;
          t.sum += e.cost[i];
        }
        return check_of(totals);
      });
}

void distinct(benchmark::State& state) {
  const events& e = data();
  paired::run(
      state, rows, [] { return ask("SELECT campaign, COUNT(DISTINCT user_id) FROM ads GROUP BY campaign", 1, 99); },
      [&] {
        constexpr std::size_t words = (users + 63) / 64;
        std::vector<std::uint64_t> seen(campaigns * words);
        for (std::size_t i = 0; i < rows; ++i) {
          seen[e.campaign[i] * words + e.user[i] / 64] |= std::uint64_t{1} << (e.user[i] % 64);
        }
        std::uint64_t check = 0;
        for (std::size_t c = 0; c < campaigns; ++c) {
          std::uint64_t n = 0;
          for (std::size_t w = 0; w < words; ++w) n += static_cast<std::uint64_t>(std::popcount(seen[c * words + w]));
          check += 1 + mix(n, 0);
        }
        return check;
      });
}

void filtered(benchmark::State& state) {
  const events& e = data();
  paired::run(
      state, rows,
      [] {
        return ask(
            "SELECT campaign, COUNT(*) FILTER (WHERE kind = 'click'), SUM(cost) FILTER (WHERE device = 'mobile') FROM "
            "ads "
            "GROUP BY campaign",
            1, 2);
      },
      [&] {
        std::array<total, campaigns> totals{};
        for (std::size_t i = 0; i < rows; ++i) {
          total& t = totals[e.campaign[i]];
          if (e.kind[i] == 1) ++t.count;
          if (e.device[i] == 0) t.sum += e.cost[i];
        }
        return check_of(totals);
      });
}

void five_minutes(benchmark::State& state) {
  const events& e = data();
  paired::run(
      state, rows, [] { return ask("SELECT ms - ms % 300000 AS w, COUNT(*), SUM(cost) FROM ads GROUP BY w", 1, 2); },
      [&] {
        constexpr std::int64_t window = 5 * minute;
        std::vector<total> totals((rows * 3 + 5'000) / window + 2);
        for (std::size_t i = 0; i < rows; ++i) {
          total& t = totals[static_cast<std::size_t>((e.ms[i] - first_ms + first_ms % window) / window)];
          ++t.count;
          t.sum += e.cost[i];
        }
        return check_of(totals);
      });
}

BENCHMARK(two_keys)->UseManualTime()->Iterations(paired::rounds(9))->Unit(benchmark::kMillisecond);
BENCHMARK(minute_keys)->UseManualTime()->Iterations(paired::rounds(9))->Unit(benchmark::kMillisecond);
BENCHMARK(distinct)->UseManualTime()->Iterations(paired::rounds(9))->Unit(benchmark::kMillisecond);
BENCHMARK(filtered)->UseManualTime()->Iterations(paired::rounds(9))->Unit(benchmark::kMillisecond);
BENCHMARK(five_minutes)->UseManualTime()->Iterations(paired::rounds(9))->Unit(benchmark::kMillisecond);

}  // namespace

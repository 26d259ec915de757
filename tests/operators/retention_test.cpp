// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/retention.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include <oriel/aggregate/count.hpp>
#include <oriel/query/sql.hpp>
#include <oriel/testing/driver.hpp>
#include <oriel/window/tumbling.hpp>

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct visit {
  std::int64_t id = 0;
  std::string_view country, user;
  timestamp ts;
  bool signs_up = true;
  bool buys = true;
};
BOOST_DESCRIBE_STRUCT(visit, (), (id, country, user, ts, signs_up, buys))

timestamp utc(std::string_view text) { return parse_timestamp(text).value(); }

/// (country, cohort, n) -> (users, cohort_users, complete)
using triangle =
    std::map<std::tuple<std::string, timestamp, std::int64_t>, std::tuple<std::int64_t, std::int64_t, bool>>;

/// From all events at once, walking from bucket to bucket by `span` alone.
triangle expected(const std::vector<visit>& visits, const retention_options& o, duration out_of_orderness) {
  const auto bucket_start = [&](timestamp t) { return o.zone.span(o.unit, t).start; };
  std::map<std::tuple<std::string, std::string>, std::pair<std::set<timestamp>, std::set<timestamp>>> entities;
  timestamp latest = beginning_of_time;
  for (const visit& v : visits) {
    auto& [qualified, back] = entities[{std::string(v.country), std::string(v.user)}];
    if (v.signs_up) qualified.insert(bucket_start(v.ts));
    if (v.buys) back.insert(bucket_start(v.ts));
    latest = std::max(latest, v.ts);
  }
  triangle found;
  std::map<std::tuple<std::string, timestamp>, std::int64_t> sizes;
  const auto complete = [&](timestamp cohort, std::int64_t n) {
    interval bucket = o.zone.span(o.unit, cohort);
    for (; n > 0; --n) bucket = o.zone.span(o.unit, bucket.end);
    return bucket.end <= latest - out_of_orderness;
  };
  for (const auto& [key, seen] : entities) {
    const auto& [country, user] = key;
    for (const timestamp cohort : seen.first) {
      ++sizes[{country, cohort}];
      found.try_emplace({country, cohort, 0}, 0, 0, complete(cohort, 0));
      timestamp at = cohort;
      for (std::int64_t n = 0; n < o.buckets && !seen.second.empty() && at <= *seen.second.rbegin(); ++n) {
        const bool counts = o.returned != retention_return::on || seen.second.contains(at);
        if (counts) ++std::get<0>(found.try_emplace({country, cohort, n}, 0, 0, complete(cohort, n)).first->second);
        at = o.zone.span(o.unit, at).end;
      }
      if (o.cohort == retention_cohort::first) break;
    }
  }
  for (auto& [key, row] : found) std::get<1>(row) = sizes[{std::get<0>(key), std::get<1>(key)}];
  return found;
}

triangle rows_of(driver& d, const retention_options& o) {
  triangle found;
  const result_set rows = sql(d.tables(), std::string("SELECT country, cohort, ") + to_string(o.unit) +
                                              ", users, cohort_users, complete FROM back");
  for (std::size_t i = 0; i < rows.row_count(); ++i) {
    found[{std::string(rows.as_string(i, 0)), rows.as_timestamp(i, 1), rows.as_int64(i, 2)}] = {
        rows.as_int64(i, 3), rows.as_int64(i, 4), rows.as_boolean(i, 5)};
  }
  REQUIRE(found.size() == rows.row_count());
  return found;
}

/// Visits around the change of a clock, or around 1970, in any order whatever.
std::vector<visit> random_visits(std::mt19937_64& random, std::size_t count, const retention_options& o) {
  static constexpr std::string_view users[] = {"ann", "bob", "cid", "dan", "eve", "fay"};
  static constexpr std::string_view starts[] = {"2025-03-27T00:00:00Z", "2025-10-23T00:00:00Z", "1969-12-28T00:00:00Z",
                                                "1916-04-28T00:00:00Z"};
  const timestamp start = utc(starts[random() % 4]);
  const std::int64_t days = o.unit == calendar_unit::day ? 8 : o.unit == calendar_unit::week ? 40 : 400;
  std::vector<visit> visits;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t hours = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(days * 24));
    visits.push_back({static_cast<std::int64_t>(i), random() % 2 == 0 ? "de" : "fr", users[random() % 6],
                      start + duration{hours * 3'600'000 - (random() % 3 == 0 ? 1 : 0)}, random() % 4 == 0,
                      random() % 3 != 0});
  }
  return visits;
}

retention_options random_options(std::uint64_t seed) {
  static constexpr calendar_unit units[] = {calendar_unit::day, calendar_unit::week, calendar_unit::month};
  static constexpr const char* zones[] = {"UTC", "Europe/Berlin", "America/New_York"};
  return {.unit = units[seed % 3],
          .zone = zones[seed / 3 % 3],
          .cohort = seed / 9 % 2 == 0 ? retention_cohort::first : retention_cohort::each,
          .returned = seed / 18 % 2 == 0 ? retention_return::on : retention_return::on_or_after,
          .buckets = seed / 36 % 2 == 0 ? 1'000 : 3};
}

}  // namespace

TEST_CASE("retention agrees with counting all events at once, in any order of arrival, in every mode and batch size") {
  for (std::uint64_t seed = 0; seed < 144; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const retention_options o = random_options(seed);
    const std::vector<visit> visits = random_visits(random, 1 + random() % 80, o);
    driver d;
    auto in = d.input<visit>("visits");
    d.from(in)
        .event_time(&visit::ts, {.out_of_orderness = 6h})
        .key_by(&visit::country, &visit::user)
        .unbounded()
        .retention(o, &visit::signs_up, &visit::buys)
        .into("back");
    const std::size_t batch = 1 + random() % 40;
    for (std::size_t i = 0; i < visits.size(); i += batch) {
      in.push(std::span(visits).subspan(i, std::min(batch, visits.size() - i)));
      const auto pushed = static_cast<std::ptrdiff_t>(std::min(i + batch, visits.size()));
      if (i % 3 == 0) REQUIRE(rows_of(d, o) == expected({visits.begin(), visits.begin() + pushed}, o, 6h));
    }
    in.finish();
    REQUIRE(rows_of(d, o) == expected(visits, o, 6h));
  }
}

TEST_CASE("retention of a changelog takes back what a former version had counted") {
  for (std::uint64_t seed = 0; seed < 72; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed + 1'000);
    const retention_options o = random_options(seed);
    std::vector<visit> visits = random_visits(random, 60, o);
    for (visit& v : visits) v.id = static_cast<std::int64_t>(random() % 15);  // versions of fifteen visits
    driver d;
    auto in = d.input<visit>("visits");
    d.from(in)
        .event_time(&visit::ts)
        .key_by(&visit::id)
        .unbounded()
        .newest()
        .key_by(&visit::country, &visit::user)
        .unbounded()
        .retention(o, &visit::signs_up, &visit::buys)
        .into("back");
    const std::size_t batch = 1 + random() % 20;
    for (std::size_t i = 0; i < visits.size(); i += batch) {
      in.push(std::span(visits).subspan(i, std::min(batch, visits.size() - i)));
    }
    std::map<std::int64_t, visit> newest;
    timestamp latest = beginning_of_time;
    for (const visit& v : visits) {
      latest = std::max(latest, v.ts);
      const auto [found, fresh] = newest.try_emplace(v.id, v);
      if (!fresh && v.ts >= found->second.ts) found->second = v;
    }
    std::vector<visit> left;
    for (const auto& [id, v] : newest) left.push_back(v);
    REQUIRE(std::any_of(left.begin(), left.end(), [&](const visit& v) { return v.ts == latest; }));  // so flags agree
    REQUIRE(rows_of(d, o) == expected(left, o, 0ms));
  }
}

TEST_CASE("a bucket is complete when the watermark has passed its end, and the end of input completes none") {
  driver d;
  auto in = d.input<visit>("visits");
  auto rows = d.collect(d.from(in)
                            .event_time(&visit::ts, {.out_of_orderness = 1h})
                            .key_by(&visit::user)
                            .unbounded()
                            .retention({.zone = "Europe/Berlin"}));
  const auto complete = [&] {
    std::vector<bool> flags;
    for (const auto& r : rows.take()) flags.push_back(r.row["complete"_col]);
    return flags;
  };
  in.push({1, "", "ann", utc("2025-03-30T12:00:00Z")});
  CHECK(complete() == std::vector{false});
  in.push({2, "", "bob", utc("2025-03-30T22:30:00Z")});  // the next day in Berlin
  CHECK(complete() == std::vector{false});
  in.push({3, "", "bob", utc("2025-03-30T23:00:00Z")});  // an hour after the end of 30 March, which had 23
  CHECK(complete() == std::vector{true});
  in.push({4, "", "ann", utc("2025-03-30T10:00:00Z")});  // changes nothing
  CHECK(complete().empty());
  in.push({5, "", "cid", utc("2025-03-30T10:00:00Z")});  // late, and counted
  CHECK(complete() == std::vector{true});
  in.finish();
  CHECK(complete().empty());
}

TEST_CASE("a cohort moves when an earlier event arrives") {
  driver d;
  auto in = d.input<visit>("visits");
  auto rows = d.collect(d.from(in).event_time(&visit::ts).key_by(&visit::user).unbounded().retention({}));
  in.push({1, "", "ann", utc("2025-01-03T12:00:00Z")});
  rows.take();
  in.push({2, "", "ann", utc("2025-01-01T12:00:00Z")});
  std::map<std::tuple<timestamp, std::int64_t>, std::pair<change_kind, std::int64_t>> last;
  for (const auto& r : rows.take()) last[r.key] = {r.kind, r.row["users"_col]};
  CHECK(last.size() == 3);
  CHECK(last.at({utc("2025-01-03T00:00:00Z"), 0}).first == change_kind::erase);
  CHECK(last.at({utc("2025-01-01T00:00:00Z"), 0}) == std::pair{change_kind::insert, std::int64_t{1}});
  CHECK(last.at({utc("2025-01-01T00:00:00Z"), 2}) == std::pair{change_kind::insert, std::int64_t{1}});
}

TEST_CASE("with a time to live an entity is forgotten and what it counted stays") {
  driver d;
  auto in = d.input<visit>("visits");
  d.from(in).event_time(&visit::ts).key_by(&visit::country, &visit::user).ttl(72h).retention({}).into("back");
  in.push({1, "de", "ann", utc("2025-01-01T12:00:00Z")});
  in.push({2, "de", "ann", utc("2025-01-02T12:00:00Z")});
  in.push({3, "de", "bob", utc("2025-01-05T12:00:00Z")});
  in.push({4, "de", "ann", utc("2025-01-05T13:00:00Z")});  // a new entity
  in.push({5, "de", "bob", utc("2025-01-06T13:00:00Z")});
  const triangle want{{{"de", utc("2025-01-01T00:00:00Z"), 0}, {1, 1, true}},
                      {{"de", utc("2025-01-01T00:00:00Z"), 1}, {1, 1, true}},
                      {{"de", utc("2025-01-05T00:00:00Z"), 0}, {2, 2, true}},
                      {{"de", utc("2025-01-05T00:00:00Z"), 1}, {1, 2, false}}};
  CHECK(rows_of(d, {}) == want);
}

TEST_CASE("an event that comes when its user would have been forgotten begins no user, and is handed on as late") {
  driver d;
  auto in = d.input<visit>("visits");
  const auto back = d.from(in).event_time(&visit::ts).key_by(&visit::country, &visit::user).ttl(72h).retention({});
  std::vector<std::int64_t> late;
  back.late_events().to([&](const visit& v) { late.push_back(v.id); });
  back.into("back");
  in.push({1, "de", "ann", utc("2025-01-08T12:00:00Z")});
  for (const std::int64_t id : {2, 3, 4}) in.push({id, "de", "bob", utc("2025-01-05T12:00:00Z")});  // by 72 hours
  in.push({5, "de", "cid", utc("2025-01-05T12:00:00.001Z")});
  in.push({6, "de", "ann", utc("2025-01-05T12:00:00Z")});  // is remembered: her cohort moves
  const triangle want{{{"de", utc("2025-01-05T00:00:00Z"), 0}, {2, 2, true}},
                      {{"de", utc("2025-01-05T00:00:00Z"), 3}, {1, 2, false}}};
  CHECK(rows_of(d, {}) == want);
  CHECK(late == std::vector<std::int64_t>{2, 3, 4});
  in.push({7, "de", "dan", utc("2025-01-12T12:00:00Z")});
  in.push({8, "de", "ann", utc("2025-01-09T12:00:00Z")});  // was remembered until now
  in.push({9, "de", "bob", utc("2025-01-12T12:00:00Z")});  // is new
  CHECK(late == std::vector<std::int64_t>{2, 3, 4, 8});
  CHECK(std::get<0>(rows_of(d, {}).at({"de", utc("2025-01-12T00:00:00Z"), 0})) == 2);
}

TEST_CASE("that a bucket is over is told at its end, not at its last event") {
  driver d;
  auto in = d.input<visit>("visits");
  const auto rows = d.from(in).event_time(&visit::ts).key_by(&visit::user).unbounded().retention({});
  using row = decltype(rows)::row_type;
  const auto minutes = rows.to_changelog().key_by().window(tumbling{.size = 1min}).aggregate(
      "over"_col = count().where([](const row& r) { return r.row["complete"_col]; }));
  std::size_t late = 0;
  minutes.late_events().to([&](const auto&) { ++late; });
  auto counted = d.collect(minutes);
  in.push({1, "", "ann", utc("2025-01-01T12:00:00Z")});
  in.push({2, "", "bob", utc("2025-01-01T23:00:00Z")});
  in.push({3, "", "ann", utc("2025-01-04T12:00:00Z")});
  in.push({4, "", "bob", utc("2025-01-05T12:00:00Z")});
  in.finish();
  CHECK(late == 0);
  std::vector<timestamp> told;
  for (const auto& pane : counted.take()) {
    if (pane.row["over"_col] == 1) told.push_back(pane.window.start);
  }
  CHECK(told == std::vector{utc("2025-01-02T00:00:00Z"), utc("2025-01-05T00:00:00Z")});
}

TEST_CASE("retention that makes no sense is refused with the field to change") {
  driver d;
  auto in = d.input<visit>("visits");
  const auto users = d.from(in).event_time(&visit::ts).key_by(&visit::user).unbounded();
  CHECK_THROWS_WITH_AS(users.retention({.unit = calendar_unit::hour}),
                       "retention: unit is hour; it must be a day or longer", error);
  CHECK_THROWS_WITH_AS(users.retention({.buckets = 0}),
                       "retention: buckets is 0; a cohort has its own bucket at least", error);
  CHECK_THROWS_WITH_AS(users.retention({.returned = retention_return::on_or_after}),
                       "retention: on_or_after makes a row of every bucket up to an entity's last; say with .buckets "
                       "how many, at most 100000",
                       error);
}

// SPDX-License-Identifier: Apache-2.0
// tests/query/parallel_test.cpp - the same answers on several threads.
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include <oriel/core/error.hpp>
#include <oriel/query/sql.hpp>
#include <oriel/table/catalog.hpp>
#include <oriel/table/column_batch.hpp>

namespace {

using namespace oriel;

/// 40 000 rows; doubles are eighths, so that sums of them are exact in any order.
const catalog_snapshot& tables() {
  static catalog instance;
  static const catalog_snapshot snapshot = [] {
    table& t = instance.create("e", schema({{"org", column_type::string},
                                            {"name", column_type::string, true},
                                            {"n", column_type::int64, true},
                                            {"d", column_type::float64},
                                            {"ts", column_type::time},
                                            {"f", column_type::boolean, true}}));
    std::mt19937_64 random(11);
    std::vector<std::string> names;
    for (int i = 0; i < 3000; ++i) names.push_back("u-" + std::to_string(i));
    for (int part = 0; part < 40; ++part) {
      batch_buffer batch(t.schema());
      for (int i = 0; i < 1000; ++i) {
        batch[0].push_back(std::string_view(random() % 3 == 0 ? "acme" : "hollow"));
        random() % 9 == 0 ? batch[1].push_null() : batch[1].push_back(std::string_view(names[random() % names.size()]));
        random() % 7 == 0 ? batch[2].push_null() : batch[2].push_back(static_cast<std::int64_t>(random() % 100) - 50);
        batch[3].push_back(static_cast<double>(random() % 1000) / 8);
        batch[4].push_back(at_ms(static_cast<std::int64_t>(part * 100'000 + i * 100)));
        random() % 5 == 0 ? batch[5].push_null() : batch[5].push_back(random() % 2 == 0);
      }
      t.append(batch.view());
    }
    return instance.snapshot();
  }();
  return snapshot;
}

}  // namespace

TEST_CASE("the answer is the same on any number of threads") {
  for (const char* text :
       {"SELECT org, COUNT(*), SUM(n), AVG(n), MIN(d), MAX(name), AVG(d), COUNT(f) FROM e GROUP BY org",
        "SELECT name, COUNT(*) AS c, AVG(n) AS a FROM e GROUP BY name",  // in the order of first rows
        "SELECT DATE_TRUNC('minute', ts) AS m, UPPER(name) AS u, MAX(ts), SUM(d) FILTER (WHERE f) FROM e WHERE n > 0 "
        "GROUP BY m, u ORDER BY m, u LIMIT 500",
        "SELECT COUNT(*), SUM(n), AVG(d), MIN(name), MAX(f) FROM e", "SELECT COUNT(*), AVG(n), MIN(n) FROM e WHERE n > 1000",
        "SELECT DISTINCT org, f, n FROM e", "SELECT d, n, f, COUNT(*) FROM e GROUP BY d, n, f HAVING COUNT(*) > 1",
        "SELECT org || name AS x, COUNT(DISTINCT n) FROM e GROUP BY x",
        "SELECT x, COUNT(*) FROM (SELECT LENGTH(name) AS x FROM e) GROUP BY x"}) {
    CAPTURE(text);
    const result_set one = sql(tables(), text);
    for (const std::size_t threads : {2U, 3U, 5U}) {
      query_options options;
      options.threads = threads;
      CHECK(sql(tables(), text, options) == one);
    }
  }
}

TEST_CASE("a sum that does not fit for one thread may fit for all") {
  catalog made;
  table& t = made.create("big", schema({{"n", column_type::int64}}));
  for (int part = 0; part < 20; ++part) {
    batch_buffer batch(t.schema());
    for (int i = 0; i < 1024; ++i) batch[0].push_back(part < 10 ? INT64_MAX / 2 : -(INT64_MAX / 2));
    t.append(batch.view());
  }
  query_options options;
  options.threads = 2;
  CHECK(sql(made, "SELECT SUM(n) FROM big", options).as_int64(0, 0) == 0);
  CHECK_THROWS_AS(sql(made, "SELECT SUM(n) FROM big WHERE n > 0", options), oriel::error);
}

TEST_CASE("errors, deadlines and stops are told by every thread") {
  query_options options;
  options.threads = 3;
  CHECK_THROWS_AS(sql(tables(), "SELECT SUM(CAST(org AS LONG)) FROM e", options), oriel::error);
  std::stop_source stop;
  stop.request_stop();
  options.stop = stop.get_token();
  CHECK_THROWS_AS(sql(tables(), "SELECT org, COUNT(*) FROM e GROUP BY org", options), oriel::error);
}

TEST_CASE("EXPLAIN tells the steps of a query: rows, chunks that were read, and time") {
  const result_set r = sql(tables(),
                           "EXPLAIN WITH x AS (SELECT org, COUNT(*) AS n FROM e WHERE ts < '1970-01-01T00:01:00Z' GROUP BY org) "
                           "SELECT x.org FROM x JOIN e ON x.org = e.org ORDER BY x.n LIMIT 3");
  REQUIRE(r.row_count() == 4);
  CHECK(r.name(0) == "step");
  CHECK(r.as_string(0, 0) == "group by 1: e");
  CHECK(r.as_int64(0, 1) == 40'000);
  CHECK(r.as_int64(0, 2) == 2);
  CHECK(r.as_int64(0, 4) == 1);  // one chunk may have such times
  CHECK(r.as_string(1, 0) == "output: groups");
  CHECK(r.as_string(2, 0) == "join x, e");
  CHECK(r.as_int64(2, 2) == 40'000);
  CHECK(r.as_string(3, 0) == "sort and output: joined rows");
  CHECK(r.as_int64(3, 2) == 3);
  CHECK(r.as_int64(3, 5) >= 0);
}

TEST_CASE("conditions are asked where they rule out chunks: below joins, in queries of FROM, before groupings") {
  const auto chunks_read = [](const std::string& text) {
    const result_set r = sql(tables(), "EXPLAIN " + text);
    std::int64_t read = 0;
    for (std::size_t row = 0; row < r.row_count(); ++row) read += r.as_int64(row, 4);
    return read;
  };
  const std::string early = "ts < '1970-01-01T00:01:00Z'";
  const std::int64_t all = chunks_read("SELECT COUNT(*) FROM e");
  CHECK(all > 30);
  // One chunk may have such times; the second step reads the groups.
  CHECK(chunks_read("SELECT COUNT(*) FROM e WHERE " + early) == 2);
  CHECK(chunks_read("SELECT COUNT(*) FROM (SELECT * FROM e) AS q WHERE " + early) <= 4);
  CHECK(chunks_read("SELECT COUNT(*) FROM (SELECT ts, COUNT(*) AS n FROM e GROUP BY ts) AS q WHERE " + early) <= 6);
  CHECK(chunks_read("SELECT ts, COUNT(*) FROM e GROUP BY ts HAVING " + early) <= 3);
  CHECK(chunks_read("SELECT COUNT(*) FROM e AS x JOIN (SELECT 'acme' AS org) AS y ON x.org = y.org WHERE x." + early) <= 6);
  CHECK(chunks_read("SELECT COUNT(*) FROM e AS x LEFT JOIN (SELECT 'acme' AS org) AS y ON x.org = y.org WHERE x." + early) <= 6);
  // Not here: rows of x are replaced by nulls, the query has a LIMIT, or it is read twice.
  CHECK(chunks_read("SELECT COUNT(*) FROM e AS x RIGHT JOIN (SELECT 'acme' AS org) AS y ON x.org = y.org WHERE x." + early) > all);
  CHECK(chunks_read("SELECT COUNT(*) FROM (SELECT * FROM e LIMIT 35000) AS q WHERE " + early) > 30);
  CHECK(chunks_read("WITH q AS (SELECT * FROM e) SELECT COUNT(*) FROM q JOIN (SELECT MAX(ts) AS m FROM q) AS r ON q.ts = r.m WHERE q." + early) > all);
}

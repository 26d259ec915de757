// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <oriel/core/clock.hpp>
#include <oriel/core/error.hpp>
#include <oriel/query/sql.hpp>
#include <oriel/table/catalog.hpp>

#include "query/query_fixture.hpp"

namespace {

using namespace oriel;

catalog& tables() {
  static catalog instance;
  static const bool made = [] {
    query_fixture::make_table(instance, "e", "id LONG, org STRING, ts TIMESTAMP",
                              {"1 | acme | 2025-10-04T14:00:00Z", "2 | 5 o'clock, 6 o'clock | 2025-10-04T15:00:00Z"});
    return true;
  }();
  static_cast<void>(made);
  return instance;
}

std::vector<std::string> answer(const std::string& text, std::vector<constant_value> values) {
  query_options options;
  options.parameters = std::move(values);
  return query_fixture::lines_of(sql(tables(), text, options));
}

std::string message(const std::string& text, query_options options) {
  try {
    sql(tables(), text, options);
  } catch (const oriel::error& e) {
    return e.message().substr(0, e.message().find('\n'));
  }
  return "";
}

}  // namespace

TEST_CASE("parameters stand for constants, wherever one may stand") {
  using lines = std::vector<std::string>;
  CHECK(answer("SELECT id FROM e WHERE org = ?", {std::string("5 o'clock, 6 o'clock")}) == lines{"id", "2"});
  CHECK(answer("SELECT id FROM e WHERE ts > $1 AND $2", {std::string("2025-10-04T14:30:00Z"), true}) ==
        lines{"id", "2"});
  CHECK(answer("SELECT $1 AS a, $1 + $2 AS b FROM e LIMIT $2", {std::int64_t{4}, std::int64_t{1}}) ==
        lines{"a | b", "4 | 5"});
  CHECK(answer("SELECT COALESCE(?, id) AS x FROM e WHERE id IN (?, ?)", {{}, std::int64_t{1}, 7.0}) ==
        lines{"x", "1"});
  CHECK(answer("WITH w AS (SELECT id FROM e WHERE id > ?) SELECT * FROM (SELECT id + ? AS y FROM w) JOIN e ON id = y",
               {std::int64_t{0}, std::int64_t{1}}) == lines{"y | id | org | ts", "2 | 2 | '5 o'clock, 6 o'clock' | 2025-10-04T15:00:00Z"});
  CHECK(answer("SELECT DATE_TRUNC(?, ts) AS d FROM e LIMIT 1", {std::string("day")}) ==
        lines{"d", "2025-10-04T00:00:00Z"});
}

TEST_CASE("parameters and values must be as many") {
  CHECK(message("SELECT ?", {}) == "the query has 1 parameters, but 0 values are given");
  query_options two;
  two.parameters = {true, false};
  CHECK(message("SELECT 1", two) == "the query has 0 parameters, but 2 values are given");
  query_options one;
  one.parameters = {std::int64_t{1}};
  CHECK(message("SELECT id FROM e ORDER BY ?", one) == "1:27: a parameter alone means nothing in GROUP BY and ORDER BY");
}

TEST_CASE("a query ends at its deadline, when it is stopped, and within its memory") {
  manual_clock clock{*parse_timestamp("2025-10-04T15:00:00Z")};
  query_options late;
  late.clock = &clock;
  late.deadline = clock.now();
  CHECK(message("SELECT COUNT(*) FROM e", late) == "the query did not finish before its deadline");
  late.deadline = clock.now() + duration(1);
  CHECK(message("SELECT COUNT(*) FROM e", late).empty());

  std::stop_source stop;
  query_options stopped;
  stopped.stop = stop.get_token();
  CHECK(message("SELECT id FROM e ORDER BY id", stopped).empty());
  stop.request_stop();
  CHECK(message("SELECT id FROM e ORDER BY id", stopped) == "the query was stopped");

  query_options small;
  small.memory = 20;
  CHECK(message("SELECT id, COUNT(*) FROM e GROUP BY id", small).starts_with("the query needs more than the 20 bytes"));
  CHECK(message("SELECT a.id FROM e a JOIN e b USING (id)", small).starts_with("the query needs more than"));
  CHECK(message("SELECT PERCENTILE(id, 50) FROM e", small).starts_with("the query needs more than"));
  CHECK(message("SELECT id FROM e", small).empty());

  // Text that groups are told apart by counts as well.
  catalog tables;
  query_fixture::make_table(tables, "t", "s STRING", {std::string(5'000, 'x'), std::string(5'000, 'y')});
  small.memory = 9'000;
  CHECK_THROWS_AS(sql(tables, "SELECT s || CAST(now() AS STRING) AS k, COUNT(*) FROM t GROUP BY k", small), oriel::error);
  small.memory = 90'000;
  CHECK(sql(tables, "SELECT s || CAST(now() AS STRING) AS k, COUNT(*) FROM t GROUP BY k", small).row_count() == 2);
}

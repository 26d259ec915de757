// SPDX-License-Identifier: Apache-2.0
#include <oriel/query/sql.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <oriel/core/error.hpp>
#include <oriel/query/parser.hpp>

#include "query/query_fixture.hpp"

using namespace oriel;
using namespace query_fixture;

namespace {

struct counting_clock final : oriel::clock {
  mutable int reads = 0;
  timestamp now() const override { return at_ms(1000 * ++reads); }
};

}  // namespace

TEST_CASE("a query sees the tables as they were, whatever is written since") {
  catalog tables;
  make_table(tables, "t", "a LONG", {"1", "2"});
  const catalog_snapshot before = tables.snapshot();
  batch_buffer more(tables.at("t").schema());
  more[0].push_back(3);
  tables.at("t").append(more.view());
  CHECK(sql(before, "SELECT SUM(a) FROM t").as_int64(0, 0) == 3);
  CHECK(sql(tables, "SELECT SUM(a) FROM t").as_int64(0, 0) == 6);
}

TEST_CASE("a result outlives the tables") {
  result_set r;
  {
    catalog tables;
    make_table(tables, "t", "s STRING, u STRING?", {"x | y", "'long enough to be on the heap' | null"});
    r = sql(tables, "SELECT s, s || '!' AS e, u FROM t");
  }
  CHECK(lines_of(r) ==
        std::vector<std::string>{"s | e | u", "x | x! | y",
                                 "long enough to be on the heap | long enough to be on the heap! | null"});
}

TEST_CASE("the clock is read once per query") {
  const counting_clock clock;
  const result_set r = sql(catalog_snapshot(), "SELECT now(), now(), ago('PT1S')", {.clock = &clock});
  CHECK(clock.reads == 1);
  CHECK(r.as_timestamp(0, 0) == at_ms(1000));
  CHECK(r.as_timestamp(0, 1) == at_ms(1000));
  CHECK(r.as_timestamp(0, 2) == at_ms(0));
}

TEST_CASE("a tree that was parsed once may be asked again") {
  catalog tables;
  make_table(tables, "t", "a LONG", {"1", "2"});
  const statement query = parse("SELECT MAX(a) AS m FROM t");
  CHECK(execute(tables, query) == execute(tables.snapshot(), query));
  CHECK(execute(tables, query).as_int64(0, 0) == 2);
}

TEST_CASE("a query over many chunks agrees with arithmetic") {
  catalog tables;
  table& t =
      tables.create("t", schema({{"i", column_type::int64}, {"k", column_type::string}, {"ts", column_type::time}}));
  constexpr std::int64_t rows = 10'000;
  batch_buffer batch(t.schema());
  for (std::int64_t i = 0; i < rows; ++i) {
    batch[0].push_back(i);
    batch[1].push_back(i % 2 == 0 ? "even" : "odd");
    batch[2].push_back(at_ms(i * 1000));
  }
  t.append(batch.view());
  CHECK(row_of(sql(tables, "SELECT COUNT(*), SUM(i), MIN(i), MAX(i), AVG(i) FROM t"), 0) ==
        "10000 | 49995000 | 0 | 9999 | 4999.5");
  CHECK(row_of(sql(tables, "SELECT COUNT(*), SUM(i) FROM t WHERE ts >= 9000000 AND ts < 9010000"), 0) == "10 | 90045");
  CHECK(row_of(sql(tables, "SELECT k, SUM(i) FROM t WHERE i >= 1024 AND i <= 2047 GROUP BY k"), 1) == "odd | 786432");
  CHECK(row_of(sql(tables, "SELECT i FROM t WHERE i % 1000 = 999 ORDER BY i DESC LIMIT 1 OFFSET 3"), 0) == "6999");
  CHECK(sql(tables, "SELECT DISTINCT i % 100 AS m FROM t").row_count() == 100);
  CHECK(sql(tables, "SELECT i FROM t").row_count() == static_cast<std::size_t>(rows));
  CHECK(row_of(sql(tables, "SELECT i FROM t LIMIT 1 OFFSET 5000"), 0) == "5000");
  const result_set sorted = sql(tables, "SELECT i FROM t ORDER BY k, i DESC");
  CHECK(sorted.as_int64(0, 0) == 9998);
  CHECK(sorted.as_int64(4999, 0) == 0);
  CHECK(sorted.as_int64(5000, 0) == 9999);
}

TEST_CASE("distinct values are told apart however many groups and values there are") {
  catalog tables;
  table& t = tables.create(
      "t", schema({{"k", column_type::int64}, {"wide", column_type::int64}, {"wider", column_type::int64}}));
  batch_buffer batch(t.schema());
  constexpr std::int64_t rows = 6'000;
  constexpr std::int64_t groups = 30;
  for (std::int64_t i = 0; i < rows; ++i) {
    batch[0].push_back(i % groups);  // 30 groups of
    batch[1].push_back(i * 7919 % 100 * 40'000 +
                       i % groups);  // up to 10 values in a range of 4 million: 0.5 MB of bits each
    batch[2].push_back((i / groups % 20) * 1'000'000'000'000);  // 20 values in a range too wide for bits
  }
  t.append(batch.view());
  const result_set r = sql(
      tables, "SELECT k, COUNT(DISTINCT wide), COUNT(DISTINCT wider), COUNT(DISTINCT k) FROM t GROUP BY k ORDER BY k");
  REQUIRE(r.row_count() == groups);
  for (std::size_t k = 0; k < groups; ++k) {
    CHECK(r.as_int64(k, 1) == 10);
    CHECK(r.as_int64(k, 2) == 20);
    CHECK(r.as_int64(k, 3) == 1);
  }
  CHECK(row_of(sql(tables,
                   "SELECT COUNT(DISTINCT wide), COUNT(DISTINCT wider), COUNT(DISTINCT wider / 3) FROM t WHERE k < 2"),
               0) == "20 | 20 | 20");
}

TEST_CASE("the latest rows are found whichever chunks they lie in") {
  catalog tables;
  table& t = tables.create(
      "t", schema({{"id", column_type::int64}, {"ts", column_type::time, true}, {"s", column_type::string}}));
  batch_buffer batch(t.schema());
  for (std::int64_t i = 0; i < 8'000; ++i) {
    batch[0].push_back(i);
    if (i == 4'321 || i == 77) {
      batch[1].push_null();
    } else {
      batch[1].push_back(at_ms(i / 2 % 3'000));
    }
    batch[2].push_back(i % 2 == 0 ? "a" : "b");
  }
  t.append(batch.view());
  CHECK(lines_of(sql(tables, "SELECT id FROM t ORDER BY ts DESC LIMIT 4")) ==
        std::vector<std::string>{"id", "77", "4321", "5998", "5999"});
  CHECK(lines_of(sql(tables, "SELECT id FROM t ORDER BY ts DESC NULLS LAST, s DESC LIMIT 2")) ==
        std::vector<std::string>{"id", "5999", "5998"});
  CHECK(lines_of(sql(tables, "SELECT id FROM t ORDER BY ts LIMIT 5")) ==
        std::vector<std::string>{"id", "0", "1", "6000", "6001", "2"});
  CHECK(lines_of(sql(tables, "SELECT id FROM t ORDER BY ts DESC, s LIMIT 1 OFFSET 7999")) ==
        std::vector<std::string>{"id", "6001"});
}

TEST_CASE("queries run beside each other and beside a writer") {
  catalog tables;
  table& t = tables.create("t", schema({{"k", column_type::string}, {"a", column_type::int64}}));
  const auto append = [&] {
    batch_buffer batch(t.schema());
    for (std::int64_t i = 0; i < 500; ++i) {
      batch[0].push_back(i % 2 == 0 ? "even" : "odd");
      batch[1].push_back(i);
    }
    t.append(batch.view());
  };
  append();
  const auto read = [&] {
    for (int i = 0; i < 50; ++i) {
      const result_set r =
          sql(tables, "SELECT UPPER(k) AS u, COUNT(*), SUM(a), COUNT(DISTINCT a) FROM t WHERE a >= 0 GROUP BY u");
      // Each batch is seen whole or not at all.
      const std::int64_t batches = r.as_int64(0, 1) / 250;
      if (r.as_int64(0, 2) != batches * 62'250 || r.as_int64(1, 2) != batches * 62'500 || r.as_int64(1, 3) != 250)
        return false;
    }
    return true;
  };
  bool first = false;
  std::thread reader([&] { first = read(); });
  for (int i = 0; i < 20; ++i) append();
  const bool second = read();
  reader.join();
  CHECK(first);
  CHECK(second);
}

TEST_CASE("every prefix of a query is answered or refused") {
  catalog tables;
  make_table(tables, "rawEvents", "org STRING, action STRING, value DOUBLE, ts TIMESTAMP",
             {"acme | view | 1.5 | 2025-10-04"});
  make_table(tables, "orgActionAgg", "window_start TIMESTAMP, org STRING, action STRING, cnt LONG",
             {"2025-10-04 | acme | view | 1"});
  std::size_t answered = 0;
  std::size_t refused = 0;
  for (const std::string_view query :
       {"SELECT org, action, COUNT(*) AS cnt, SUM(value) AS sum_value FROM rawEvents WHERE ts > ago('PT1H') GROUP BY "
        "org, action ORDER BY "
        "cnt DESC",
        "SELECT org, action, COUNT(*) AS cnt FROM rawEvents WHERE ts > ago('10 minutes') GROUP BY org, action ORDER BY "
        "cnt DESC LIMIT 10",
        "SELECT window_start, org, action, cnt FROM orgActionAgg WHERE window_start >= ago('1 hour') ORDER BY "
        "window_start DESC, cnt DESC",
        "SELECT DATE_TRUNC('minute', ts) AS minute, COUNT(*) AS n FROM rawEvents GROUP BY DATE_TRUNC('minute', ts) "
        "ORDER BY minute;",
        "SET a = 'b'; SELECT DISTINCT \"org\" AS 'o', CASE WHEN value BETWEEN -1.5e3 AND 2 THEN NULL ELSE value::LONG "
        "END /* x */ FROM "
        "rawEvents -- y\nWHERE NOT org LIKE 'a%' OR org IN ('b', 'c') ORDER BY 1 NULLS FIRST OPTION(k = v)"}) {
    for (std::size_t length = 0; length <= query.size(); ++length) {
      try {
        sql(tables, query.substr(0, length));
        ++answered;
      } catch (const oriel::error& e) {
        ++refused;
        CHECK_FALSE(e.message().empty());
        CHECK(e.position());
      }
    }
    sql(tables, query);
  }
  CHECK(answered > 20);
  CHECK(refused > 100);
}

TEST_CASE("long and deep queries are refused, not survived by luck") {
  catalog tables;
  make_table(tables, "t", "a LONG, s STRING", {"1 | x"});
  const auto refused = [&](const std::string& text) { CHECK_THROWS_AS(sql(tables, text), oriel::error); };
  refused("SELECT " + std::string(100'000, '1'));
  refused("SELECT '" + std::string(100'000, 'x') + "'");
  refused("SELECT a FROM t WHERE " + std::string(100'000, '('));
  std::string nested = "1";
  for (int i = 0; i < 10'000; ++i) nested = "(" + nested + ")";
  refused("SELECT " + nested);
  std::string sum = "a";
  for (int i = 0; i < 10'000; ++i) sum += "+1";
  refused("SELECT " + sum + " FROM t");
}

TEST_CASE("wide queries are answered") {
  catalog tables;
  make_table(tables, "t", "a LONG, s STRING", {"1 | x", "1999 | y", "5000 | z"});
  std::string list;
  std::string either = "a = -1";
  for (int i = 0; i < 3'000; ++i) {
    list += (i > 0 ? "," : "") + std::to_string(i);
    either += " OR a = " + std::to_string(i);
  }
  CHECK(sql(tables, "SELECT a FROM t WHERE a IN (" + list + ")").row_count() == 2);
  CHECK(sql(tables, "SELECT a FROM t WHERE " + either).row_count() == 2);
  std::string deep = "a";
  for (int i = 0; i < 150; ++i) deep = "CASE WHEN a = " + std::to_string(i) + " THEN 0 ELSE " + deep + " END";
  CHECK(sql(tables, "SELECT " + deep + " FROM t").as_int64(2, 0) == 5000);
}

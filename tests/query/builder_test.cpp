// SPDX-License-Identifier: Apache-2.0
#include <oriel/query/builder.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <oriel/core/error.hpp>
#include <oriel/query/parser.hpp>

#include "query/query_fixture.hpp"

using namespace oriel;

namespace {

std::string text_of(const query_term& term) { return select(term).text(); }

}  // namespace

TEST_CASE("a built query is the query one would write") {
  const auto q = select(col("org"), count_all().as("n"), col("value").sum().as("Total"))
                     .from("rawEvents")
                     .where(col("value") > 3 && col("action") == "purchase")
                     .where(col("device") != nullptr || col("n").is_not_null())
                     .group_by(col("org"))
                     .having(count_all() > 1)
                     .order_by(col("n").descending(), col("org"))
                     .limit(10, 5);
  const char* const written =
      "SELECT org, COUNT(*) AS n, SUM(value) AS Total FROM rawEvents WHERE value > 3 AND action = 'purchase' AND "
      "(device <> NULL "
      "OR n IS NOT NULL) GROUP BY org HAVING COUNT(*) > 1 ORDER BY n DESC, org LIMIT 10 OFFSET 5";
  CHECK(q.text() == written);
  CHECK(q.tree() == parse(written));
}

TEST_CASE("every operator and function of terms has its SQL") {
  const query_term a = col("a");
  CHECK(text_of(a + 1 - 2 * a / 3 % a) == "SELECT a + 1 - 2 * a / 3 % a");
  CHECK(text_of((a + 1) * -a) == "SELECT (a + 1) * -a");
  CHECK(text_of(a < 1 || (a <= 2 && a >= 3 && !(a > 4))) == "SELECT a < 1 OR a <= 2 AND a >= 3 AND NOT a > 4");
  CHECK(text_of(a.in({1, 2.5, "x", nullptr})) == "SELECT a IN (1, 2.5, 'x', NULL)");
  CHECK(text_of(a.between(1, true)) == "SELECT a BETWEEN 1 AND TRUE");
  CHECK(text_of(a.like("x%")) == "SELECT a LIKE 'x%'");
  CHECK(text_of(a.is_null()) == "SELECT a IS NULL");
  CHECK(text_of(a.cast("LONG")) == "SELECT CAST(a AS LONG)");
  CHECK(text_of(a.mean()) == "SELECT AVG(a)");
  CHECK(text_of(a.min()) == "SELECT MIN(a)");
  CHECK(text_of(a.max()) == "SELECT MAX(a)");
  CHECK(text_of(a.count()) == "SELECT COUNT(a)");
  CHECK(text_of(a.sum_distinct()) == "SELECT SUM(DISTINCT a)");
  CHECK(text_of(a.count_distinct().where(a > 0).as("d")) == "SELECT COUNT(DISTINCT a) FILTER (WHERE a > 0) AS d");
  CHECK(text_of(call("DATE_TRUNC", {"minute", col("ts")})) == "SELECT DATE_TRUNC('minute', ts)");
  CHECK(text_of(col("ts") > at_ms(5)) == "SELECT ts > CAST(5 AS TIMESTAMP)");
  CHECK(select(a).distinct().from("t").text() == "SELECT DISTINCT a FROM t");
  CHECK(select().from("t").text() == "SELECT * FROM t");
}

TEST_CASE("values are constants, never text of the query") {
  CHECK(text_of(col("a") == "it's -- '; DROP") == "SELECT a = 'it''s -- ''; DROP'");
  CHECK(select(col("line_items.product.name"), col("a b")).from("or der").text() ==
        "SELECT \"line_items.product.name\", \"a b\" FROM \"or der\"");
}

TEST_CASE("a built query runs as the same SQL does") {
  catalog tables;
  query_fixture::make_table(tables, "sales", "org STRING, n LONG?, ts TIMESTAMP",
                            {"acme | 1 | 2025-10-04T14:00:00Z", "hollow | 2 | 2025-10-04T14:01:00Z",
                             "acme | null | 2025-10-04T14:02:00Z", "acme | 5 | 2025-10-04T14:03:00Z"});
  const auto q = select(col("org"), count_all().as("rows"), col("n").sum().as("total"))
                     .from("sales")
                     .where(col("ts") >= *parse_timestamp("2025-10-04T14:00:00Z"))
                     .group_by(col("org"))
                     .order_by(col("total").descending());
  const result_set r = q.run(tables);
  CHECK(query_fixture::lines_of(r) == std::vector<std::string>{"org | rows | total", "acme | 3 | 6", "hollow | 1 | 2"});
  CHECK(r == sql(tables, q.text()));
  CHECK(r == q.run(tables.snapshot()));
  CHECK(select().from("sales").limit(1).run(tables).column_count() == 3);
}

TEST_CASE("tables are joined, and queries asked about queries") {
  catalog tables;
  query_fixture::make_table(tables, "views", "product_id STRING, n LONG", {"p1 | 1", "p2 | 2", "p9 | 4", "p1 | 8"});
  query_fixture::make_table(tables, "products", "id STRING, name STRING", {"p1 | Shoe", "p2 | Boot"});
  const auto q = select(choose({{col("p", "name").is_null(), "none"}}, col("p", "name")).as("product"), col("v", "n").sum().as("n"))
                     .from("views", "v")
                     .join("products", "p", col("v", "product_id") == col("p", "id"), join_kind::left)
                     .group_by(col("product"));
  CHECK(query_fixture::lines_of(q.run(tables)) ==
        std::vector<std::string>{"product | n", "Shoe | 9", "Boot | 2", "none | 4"});
  CHECK(q.run(tables) == sql(tables, q.text()));
  const auto outer = select(col("n").max().as("most")).from(q, "q").where(col("product") != "Shoe");
  CHECK(query_fixture::lines_of(outer.run(tables)) == std::vector<std::string>{"most", "4"});
  CHECK(select().from(select().from("views")).limit(1).text() == "SELECT * FROM (SELECT * FROM views) LIMIT 1");
}

TEST_CASE("an error in a built query shows the place in its text") {
  catalog tables;
  query_fixture::make_table(tables, "sales", "org STRING", {"acme"});
  try {
    select(col("orgg")).from("sales").run(tables);
    FAIL("no error");
  } catch (const oriel::error& e) {
    CHECK(e.message() == "1:8: no column 'orgg'; did you mean 'org'?\n  SELECT orgg FROM sales\n         ^~~~");
  }
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/query/format.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <limits>
#include <string>

#include <oriel/query/sql.hpp>

#include "query/query_fixture.hpp"

using namespace oriel;

namespace {

result_set ask(const char* text) { return sql(catalog_snapshot(), text); }

}  // namespace

TEST_CASE("a table has a heading, aligned columns and the number of rows") {
  catalog tables;
  query_fixture::make_table(
      tables, "t", "org STRING?, n LONG, d DOUBLE?, f BOOLEAN, ts TIMESTAMP",
      {"acme | 12 | 0.5 | true | 2025-10-04T14:12:08Z", "'grüße' | -7 | null | false | 2025-10-04T14:12:08.5Z",
       "null | 100000 | 1e20 | true | 1969-12-31T00:00:00Z"});
  CHECK(format_table(sql(tables, "SELECT org, n, d, f, ts FROM t")) ==
        "org   |      n |     d | f     | ts\n"
        "------+--------+-------+-------+-------------------------\n"
        "acme  |     12 |   0.5 | true  | 2025-10-04T14:12:08Z\n"
        "grüße |     -7 |  null | false | 2025-10-04T14:12:08.500Z\n"
        "null  | 100000 | 1e+20 | true  | 1969-12-31T00:00:00Z\n"
        "(3 rows)\n");
}

TEST_CASE("one row is not rows, and none is none") {
  CHECK(format_table(ask("SELECT 1 AS one")) == "one\n---\n  1\n(1 row)\n");
  CHECK(format_table(ask("SELECT 1 AS one LIMIT 0")) == "one\n---\n(0 rows)\n");
  CHECK(format_json(ask("SELECT 1 LIMIT 0")) == "");
  CHECK(format_csv(ask("SELECT 1 AS x LIMIT 0")) == "x\n");
}

TEST_CASE("what would spoil a table is escaped") {
  CHECK(format_table(ask("SELECT 'a\nb\tc\x01' AS x")) == "x\n-----------\na\\nb\\tc\\x01\n(1 row)\n");
}

TEST_CASE("json is one object per row, keys in the order of SELECT") {
  CHECK(format_json(
            ask("SELECT 'x' AS b, 1 AS a, 1.5 AS d, TRUE AS t, NULL AS n, TIMESTAMP '1970-01-01T00:00:01.5Z' AS ts")) ==
        "{\"b\":\"x\",\"a\":1,\"d\":1.5,\"t\":true,\"n\":null,\"ts\":1500}\n");
}

TEST_CASE("json strings are escaped, and UTF-8 is passed on") {
  CHECK(format_json(ask("SELECT 'say \"hi\" \\ \n\r\t\b\f\x01 grüße' AS \"k\"\"1\"")) ==
        "{\"k\\\"1\":\"say \\\"hi\\\" \\\\ \\n\\r\\t\\b\\f\\u0001 grüße\"}\n");
}

TEST_CASE("json has no NaN and no infinity") {
  CHECK(format_json(ask("SELECT 'NaN'::DOUBLE AS a, 'Infinity'::DOUBLE AS b")) == "{\"a\":null,\"b\":null}\n");
}

TEST_CASE("doubles print the shortest digits that read back equal") {
  CHECK(format_csv(ask("SELECT 0.1 AS a, 1.0 AS b, 1e21 AS c, -0.0 AS d, 123456789.125 AS e")) ==
        "a,b,c,d,e\n0.1,1,1e+21,-0,123456789.125\n");
  for (const double value : {0.1, 1.0 / 3.0, 5e-324, 1e300, std::numeric_limits<double>::max(), 123456789012345680.0}) {
    result_column c;
    c.name = "x";
    c.type = column_type::float64;
    c.float64s = {value};
    const std::string text = format_csv(result_set({c}, 1));
    CHECK(std::strtod(text.c_str() + 2, nullptr) == value);
  }
}

TEST_CASE("csv quotes what must be quoted, and null is nothing") {
  CHECK(format_csv(ask("SELECT 'a,b' AS \"x,y\", 'say \"hi\"' AS z, '' AS e, NULL AS n, 'two\nlines' AS l, ' s' AS s, "
                       "TIMESTAMP '2025-10-04' AS t, FALSE AS f")) ==
        "\"x,y\",z,e,n,l,s,t,f\n\"a,b\",\"say \"\"hi\"\"\",\"\",,\"two\nlines\",\" s\",2025-10-04T00:00:00Z,false\n");
}

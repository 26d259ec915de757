// SPDX-License-Identifier: Apache-2.0
#include <oriel/query/rows_as.hpp>

#include <doctest/doctest.h>

#include <boost/describe/class.hpp>

#include <optional>
#include <string>
#include <vector>

#include <oriel/core/error.hpp>
#include <oriel/query/sql.hpp>
#include <oriel/table/catalog.hpp>

#include "query/query_fixture.hpp"

namespace {

using namespace oriel;

struct by_org {
  std::string org;
  int n = 0;
  std::optional<double> mean;
  timestamp last{};
  bool any = false;
  std::vector<std::string> tags;
  std::vector<double> sizes;
  float total = 0;
};
BOOST_DESCRIBE_STRUCT(by_org, (), (org, n, mean, last, any, tags, sizes, total))

struct narrow {
  std::int8_t n = 0;
};
BOOST_DESCRIBE_STRUCT(narrow, (), (n))

struct text {
  std::string_view s;
};
BOOST_DESCRIBE_STRUCT(text, (), (s))

template <typename T>
std::string message(const std::string& query) {
  try {
    const result_set result = sql(catalog_snapshot(), query);
    rows_as<T>(result);
  } catch (const oriel::error& e) {
    return e.message();
  }
  return "";
}

}  // namespace

TEST_CASE("rows become structs, members by the names of columns") {
  catalog tables;
  query_fixture::make_table(tables, "e", "org STRING, n LONG, mean DOUBLE?, last TIMESTAMP, any BOOLEAN, tags STRING[], sizes LONG[]",
                            {"acme | 3 | 0.5 | 2025-10-04T00:00:00Z | true | [a, b] | [1, 2]",
                             "hollow | -7 | null | 1970-01-01T00:00:00Z | false | [] | [3]"});
  const result_set r = sql(tables, "SELECT sizes, tags, n AS total, \"any\", last, mean, N, org, 1 AS other FROM e");
  const std::vector<by_org> rows = rows_as<by_org>(r);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].org == "acme");
  CHECK(rows[0].n == 3);
  CHECK(rows[0].mean == 0.5);
  CHECK(to_ms(rows[0].last) == 1'759'536'000'000);
  CHECK(rows[0].any);
  CHECK(rows[0].tags == std::vector<std::string>{"a", "b"});
  CHECK(rows[0].sizes == std::vector<double>{1, 2});
  CHECK(rows[1].mean == std::nullopt);
  CHECK(rows[1].tags.empty());
  CHECK(rows[1].total == -7);
  const result_set words = sql(tables, "SELECT org AS s FROM e");
  CHECK(rows_as<text>(words)[1].s == "hollow");
}

TEST_CASE("what does not fit is told before or where it happens") {
  CHECK(message<narrow>("SELECT 127 AS n").empty());
  CHECK(message<narrow>("SELECT 128 AS n") == "128 in column 'n' does not fit the member of this name");
  CHECK(message<narrow>("SELECT 1.5 AS n") == "column 'n' is DOUBLE, which the member of this name cannot hold");
  CHECK(message<narrow>("SELECT 1 AS nn") == "the result has no column 'n'; did you mean 'nn'?");
  CHECK(message<narrow>("SELECT CAST(NULL AS LONG) AS n") ==
        "row 0 has null in 'n'; make this member a std::optional");
}

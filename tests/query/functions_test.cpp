// SPDX-License-Identifier: Apache-2.0
#include <oriel/query/functions.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>

#include <oriel/core/clock.hpp>
#include <oriel/core/error.hpp>
#include <oriel/query/sql.hpp>
#include <oriel/table/catalog.hpp>

#include "query/query_fixture.hpp"

using namespace oriel;

namespace {

/// The rows of the tables of functions in docs/sql.md: "| `NAME` | `signature` | null rule | ..."
std::set<std::string> documented() {
  std::ifstream file("docs/sql.md");
  std::set<std::string> rows;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `") || line.find("` | `(") == line.npos) continue;
    const std::size_t third = line.find(" | ", line.find(" | ") + 3);
    rows.insert(line.substr(0, line.find(" | ", third + 3)));
  }
  return rows;
}

std::string row_of(const function_description& f) {
  const char* const nulls = f.nulls == null_rule::null_if_any ? "null"
                            : f.nulls == null_rule::skips     ? "skipped"
                                                              : "own";
  return "| `" + std::string(f.name) + "` | `" + std::string(f.signature) + "` | " + nulls;
}

}  // namespace

TEST_CASE("docs/sql.md lists every function as it is, and no other") {
  std::set<std::string> known;
  for (const function_description& f : sql_functions()) known.insert(row_of(f));
  const std::set<std::string> rows = documented();
  for (const std::string& row : known) CHECK_MESSAGE(rows.contains(row), "not in docs/sql.md: " << row);
  for (const std::string& row : rows) CHECK_MESSAGE(known.contains(row), "only in docs/sql.md: " << row);
}

TEST_CASE("the examples of docs/sql.md are true") {
  const manual_clock clock{*parse_timestamp("2025-10-04T15:00:00Z")};
  std::ifstream file("docs/sql.md");
  std::size_t examples = 0;
  std::size_t functions = 0;
  for (std::string line; std::getline(file, line);) {
    const std::size_t middle = line.rfind("` is `");
    if (!line.starts_with("| `") || middle == line.npos || !line.ends_with("` |")) continue;
    const std::size_t begin = line.rfind("| `", middle) + 3;
    const std::string example = line.substr(begin, middle - begin);
    const std::string answer = line.substr(middle + 6, line.size() - middle - 9);
    CAPTURE(example);
    CHECK(query_fixture::cell_of(sql(catalog_snapshot(), "SELECT " + example, {.clock = &clock}), 0, 0) == answer);
    ++examples;
    functions += line.find("` | `(") != line.npos ? 1 : 0;
  }
  // Those of lists have theirs in lists.test: SQL has no list to write.
  CHECK(functions == sql_functions().size() - 6);
  CHECK(examples > functions);
}

TEST_CASE("functions are in order, and found whatever their case") {
  const auto functions = sql_functions();
  CHECK(std::is_sorted(functions.begin(), functions.end(),
                       [](const function_description& a, const function_description& b) { return a.name < b.name; }));
  REQUIRE(find_sql_function("date_trunc") != nullptr);
  CHECK(find_sql_function("date_trunc")->name == "DATE_TRUNC");
  CHECK(find_sql_function("nothing") == nullptr);
  CHECK(find_sql_function("SUM")->aggregate);
}

TEST_CASE("the number of arguments is as described") {
  catalog_snapshot tables;
  for (const function_description& f : sql_functions()) {
    CAPTURE(std::string(f.name));
    const auto call = [&](std::size_t arguments) {
      std::string text = "SELECT " + std::string(f.name) + "(";
      for (std::size_t i = 0; i < arguments; ++i) text += i > 0 ? ", NULL" : "NULL";
      try {
        sql(tables, text + ")");
      } catch (const oriel::error& e) {
        return e.message().find(" takes ") == std::string::npos;
      }
      return true;
    };
    if (f.least > 0) CHECK_FALSE(call(f.least - 1));
    CHECK(call(f.least));
    if (f.most < 100) CHECK_FALSE(call(f.most + 4));
  }
}

TEST_CASE("null arguments are treated as described") {
  const auto is_null = [](const char* call) {
    return sql(catalog_snapshot(), std::string("SELECT ") + call).is_null(0, 0);
  };
  for (const char* call :
       {"ABS(NULL)", "CEIL(NULL)", "CEILING(NULL)", "FLOOR(NULL)", "ROUND(NULL)", "ROUND(1.5, NULL)", "ROUND(NULL, 1)",
        "LENGTH(NULL)", "LOWER(NULL)", "UPPER(NULL)", "DATE_TRUNC('day', NULL)", "DATETRUNC('day', NULL)"}) {
    CAPTURE(call);
    CHECK(is_null(call));
  }
  CHECK_FALSE(is_null("CONCAT(NULL)"));
  CHECK_FALSE(is_null("COALESCE(NULL, 1)"));
  CHECK(is_null("COALESCE(NULL, NULL)"));
  CHECK(is_null("NULLIF(1, 1)"));
  CHECK(is_null("NULLIF(NULL, 1)"));
  CHECK_FALSE(is_null("NULLIF(1, NULL)"));
}

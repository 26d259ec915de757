// SPDX-License-Identifier: Apache-2.0
#include <oriel/table/schema.hpp>

#include <doctest/doctest.h>

#include <string>

#include <oriel/core/error.hpp>

using namespace oriel;

namespace {

std::string failure(std::vector<column_description> columns, std::vector<std::string> key = {}) {
  try {
    schema made(std::move(columns), std::move(key));
  } catch (const error& e) {
    CHECK(e.kind() == error_kind::invalid);
    return e.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a schema knows its columns by position and by name") {
  const schema s({{"Page", column_type::string}, {"views", column_type::int64}, {"page_id", column_type::int64}},
                 {"Page"});
  CHECK(s.size() == 3);
  CHECK(s[1].name == "views");
  CHECK(s.columns().size() == 3);
  CHECK(s.find("views") == 1);
  CHECK(s.find("VIEWS") == 1);
  CHECK(s.find("page") == 0);
  CHECK_FALSE(s.find("pages"));
  REQUIRE(s.key().size() == 1);
  CHECK(s.key()[0] == 0);
}

TEST_CASE("a key has its columns in the order they are named, which need not be theirs") {
  const schema s({{"a", column_type::int64}, {"b", column_type::int64}, {"c", column_type::int64}}, {"c", "A"});
  REQUIRE(s.key().size() == 2);
  CHECK(s.key()[0] == 2);
  CHECK(s.key()[1] == 0);
}

TEST_CASE("schemas are equal when columns and key are") {
  const std::vector<column_description> columns{{"a", column_type::int64}, {"b", column_type::time, true}};
  CHECK(schema(columns, {"a"}) == schema(columns, {"a"}));
  CHECK_FALSE(schema(columns, {"a"}) == schema(columns));
  CHECK_FALSE(schema({{"a", column_type::int64}}) == schema({{"a", column_type::float64}}));
  CHECK(schema() == schema());
}

TEST_CASE("a schema that cannot be names the column") {
  CHECK(failure({{"a", column_type::int64}, {"", column_type::int64}}) == "schema: column 2 has no name; give it one");
  CHECK(failure({{"spend", column_type::int64}, {"Spend", column_type::float64}}) ==
        "schema: columns 'spend' and 'Spend' have the same name but for case; rename one");
  CHECK(failure({{"user_id", column_type::string}}, {"userid"}) ==
        "schema: key column 'userid' does not exist; did you mean 'user_id'?");
  CHECK(failure({{"id", column_type::string}}, {"id", "ID"}) == "schema: key column 'ID' is named twice");
}

TEST_CASE("types have the names SQL gives them") {
  CHECK(to_string(column_type::boolean) == "BOOLEAN");
  CHECK(to_string(column_type::int64) == "LONG");
  CHECK(to_string(column_type::float64) == "DOUBLE");
  CHECK(to_string(column_type::time) == "TIMESTAMP");
  CHECK(to_string(column_type::string) == "STRING");
}

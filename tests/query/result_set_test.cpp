// SPDX-License-Identifier: Apache-2.0
#include <oriel/query/result_set.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace oriel;

namespace {

result_set make() {
  result_column org;
  org.name = "Org";
  org.type = column_type::string;
  org.bytes = "acmehollow";
  org.offsets = {0, 4, 10, 10};
  result_column n;
  n.name = "n";
  n.type = column_type::int64;
  n.int64s = {3, 0, -5};
  n.validity = {0b101};
  result_column at;
  at.name = "N";
  at.type = column_type::time;
  at.int64s = {0, 1000, 2000};
  result_column d;
  d.name = "d";
  d.type = column_type::float64;
  d.float64s = {0.5, 1.5, 2.5};
  result_column b;
  b.name = "b";
  b.type = column_type::boolean;
  b.booleans = {1, 0, 1};
  return {{org, n, at, d, b}, 3};
}

}  // namespace

TEST_CASE("cells are read by row and column") {
  const result_set r = make();
  CHECK(r.row_count() == 3);
  CHECK(r.column_count() == 5);
  CHECK_FALSE(r.empty());
  CHECK(r.name(0) == "Org");
  CHECK(r.type(2) == column_type::time);
  CHECK(r.as_string(0, 0) == "acme");
  CHECK(r.as_string(1, 0) == "hollow");
  CHECK(r.as_string(2, 0).empty());
  CHECK(r.as_int64(2, 1) == -5);
  CHECK(r.as_timestamp(1, 2) == at_ms(1000));
  CHECK(r.as_int64(1, 2) == 1000);
  CHECK(r.as_float64(2, 3) == 2.5);
  CHECK(r.as_boolean(0, 4));
  CHECK_FALSE(r.as_boolean(1, 4));
}

TEST_CASE("a LONG may be read as a double") { CHECK(make().as_float64(2, 1) == -5.0); }

TEST_CASE("nulls are told by the bitmap") {
  const result_set r = make();
  CHECK_FALSE(r.is_null(0, 1));
  CHECK(r.is_null(1, 1));
  CHECK_FALSE(r.is_null(1, 0));
}

TEST_CASE("columns are found by name, exact case first") {
  const result_set r = make();
  CHECK(r.find("N") == 2);
  CHECK(r.find("n") == 1);
  CHECK(r.find("org") == 0);
  CHECK_FALSE(r.find("x"));
}

TEST_CASE("rows are gone over in order") {
  const result_set r = make();
  std::vector<std::string> seen;
  for (const auto row : r) {
    seen.push_back(std::string(row.as_string(0)) + (row.is_null(1) ? "?" : std::to_string(row.as_int64(1))));
    CHECK(row.as_timestamp(2) == at_ms(static_cast<std::int64_t>(row.index()) * 1000));
    CHECK(row.as_float64(3) == static_cast<double>(row.index()) + 0.5);
    CHECK(row.as_boolean(4) == (row.index() != 1));
  }
  CHECK(seen == std::vector<std::string>{"acme3", "hollow?", "-5"});
  const result_set nothing;
  CHECK((nothing.begin() == nothing.end()));
}

TEST_CASE("results are values") {
  const result_set r = make();
  result_set copy = r;
  CHECK(copy == r);
  copy = result_set();
  CHECK_FALSE(copy == r);
  CHECK(copy.empty());
}

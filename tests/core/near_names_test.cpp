// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/near_names.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace oriel;
using names = std::vector<std::string>;

TEST_CASE("a mistyped name finds the name that was meant") {
  const names known{"ad_minutes", "orders", "products", "page_views"};
  CHECK(near_names("ad_minute", known) == names{"ad_minutes"});
  CHECK(near_names("odrers", known) == names{"orders"});
  CHECK(near_names("ORDRES", known) == names{"orders"});
  CHECK(near_names("pageviews", known) == names{"page_views"});
  CHECK(near_names("customers", known).empty());
  CHECK(near_names("", known).empty());
  CHECK(near_names("x", {}).empty());
}

TEST_CASE("the nearest name comes first, then the order they are known in, and at most three are given") {
  const names known{"clicks4", "clicks", "clickst", "clocks", "clicks_total"};
  CHECK(near_names("click", known) == names{"clicks", "clicks4", "clickst"});
  CHECK(near_names("clicks_", known) == names{"clicks4", "clicks", "clickst"});
}

TEST_CASE("a name that begins with what was written is near however long it is") {
  const names known{"minute_of_the_day", "hour_of_the_day"};
  CHECK(near_names("minute", known) == names{"minute_of_the_day"});
  CHECK(near_names("mi", known).empty());
}

TEST_CASE("short names tolerate one slip") {
  const names known{"ts", "id", "country"};
  CHECK(near_names("t", known) == names{"ts"});
  CHECK(near_names("di", known) == names{"id"});
  CHECK(near_names("xy", known).empty());
}

TEST_CASE("a message ends with the names that may have been meant") {
  CHECK(did_you_mean("order", names{"orders"}) == "; did you mean 'orders'?");
  CHECK(did_you_mean("order", names{"orders", "border"}) == "; did you mean 'orders' or 'border'?");
  CHECK(did_you_mean("order", names{"orders", "border", "older"}) == "; did you mean 'orders', 'border' or 'older'?");
  CHECK(did_you_mean("order", names{"cities"}).empty());
}

TEST_CASE("names are compared without regard to the case of letters") {
  CHECK(equal_ignoring_case("Orders", "oRDERS"));
  CHECK(equal_ignoring_case("", ""));
  CHECK_FALSE(equal_ignoring_case("a_b", "a-b"));
  CHECK_FALSE(equal_ignoring_case("[", "{"));
  CHECK_FALSE(equal_ignoring_case("order", "orders"));
}

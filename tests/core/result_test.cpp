// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/result.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace oriel;

namespace {

result<int> parse(const std::string& text) {
  if (text.empty()) return error(error_kind::malformed, "no digits");
  return std::stoi(text);
}

}  // namespace

TEST_CASE("a result holds a value or the error that stands in its place") {
  const result<int> good = parse("12");
  REQUIRE(good);
  CHECK(*good == 12);
  CHECK(good.value_or(0) == 12);
  const result<int> bad = parse("");
  REQUIRE(!bad);
  CHECK(bad.error().kind() == error_kind::malformed);
  CHECK(bad.value_or(-1) == -1);
}

TEST_CASE("asking a failed result for its value throws the error itself") {
  try {
    static_cast<void>(parse("").value());
    FAIL("no error");
  } catch (const error& e) {
    CHECK(e.message() == "no digits");
  }
}

TEST_CASE("values that cannot be copied are moved out") {
  result<std::unique_ptr<int>> r = std::make_unique<int>(3);
  const std::unique_ptr<int> p = std::move(r).value();
  CHECK(*p == 3);
}

TEST_CASE("a result of nothing is success or an error") {
  CHECK(result<void>().has_value());
  const result<void> bad = error(error_kind::unavailable, "disk full");
  CHECK(!bad);
  CHECK_THROWS_AS(bad.value(), error);
}

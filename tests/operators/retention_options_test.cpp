// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/retention_options.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace oriel;

namespace {

std::string refusal_of(const retention_options& options) {
  try {
    options.validate();
  } catch (const error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("retention options that make no sense are refused, saying which field to change") {
  CHECK(refusal_of({}) == "");
  CHECK(refusal_of({.unit = calendar_unit::year, .buckets = 1}) == "");
  CHECK(refusal_of({.unit = calendar_unit::hour}).find("unit is hour") != std::string::npos);
  CHECK(refusal_of({.buckets = 0}).find("buckets is 0") != std::string::npos);
  CHECK(refusal_of({.returned = retention_return::on_or_after}).find(".buckets") != std::string::npos);
  CHECK(refusal_of({.returned = retention_return::on_or_after, .buckets = 100'000}) == "");
}

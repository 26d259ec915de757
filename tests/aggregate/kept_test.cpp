// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/kept.hpp>

#include <doctest/doctest.h>

#include <cstdint>

using namespace oriel;

TEST_CASE("strings of any owner are kept as their own and shown as views; the rest are values") {
  static_assert(std::is_same_v<detail::kept<std::string_view>, std::string>);
  static_assert(std::is_same_v<detail::kept<const char*>, std::string>);
  static_assert(std::is_same_v<detail::shown<std::string>, std::string_view>);
  static_assert(std::is_same_v<detail::kept<std::int64_t>, std::int64_t>);
  CHECK(!detail::is_text<int>);
}

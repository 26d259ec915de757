// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/int128.hpp>

#include <doctest/doctest.h>

#include <initializer_list>
#include <limits>

using namespace oriel;

TEST_CASE("a wide integer adds and subtracts as a 128-bit one") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  for (const int128 a : {int128{0}, int128{-1}, int128{most}, int128{least}, int128{most} * 1000, int128{least} * 77}) {
    for (const int128 b : {int128{0}, int128{1}, int128{-1}, int128{most}, int128{least}}) {
      wide_integer w(a);
      w += b;
      CHECK((static_cast<int128>(w) == a + b));
      w -= b;
      CHECK((static_cast<int128>(w) == a));
    }
  }
}

TEST_CASE("a wide integer knows whether it fits 64 bits") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  CHECK(wide_integer(int128{most}).fits_int64());
  CHECK(wide_integer(int128{least}).fits_int64());
  CHECK(wide_integer(int128{-1}).fits_int64());
  CHECK(!wide_integer(int128{most} + 1).fits_int64());
  CHECK(!wide_integer(int128{least} - 1).fits_int64());
}

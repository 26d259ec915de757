// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/joined.hpp>

#include <doctest/doctest.h>

using oriel::joined;

TEST_CASE("a pair differs from its rows without a partner") {
  const joined<int, char> pair{1, 'a'};
  CHECK((pair == joined<int, char>{1, 'a'}));
  CHECK((pair != joined<int, char>{1, {}}));
  CHECK((pair != joined<int, char>{{}, 'a'}));
  CHECK((joined<int, char>{} == joined<int, char>{}));
}

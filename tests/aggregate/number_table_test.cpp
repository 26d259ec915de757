// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/number_table.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <random>

using namespace oriel::detail;

TEST_CASE("a table of numbers agrees with a map, whatever the width of the numbers") {
  const auto compare = []<typename Key>(Key /*any*/, std::uint64_t different) {
    std::mt19937_64 random(different);
    number_table<Key, occurrences> table;
    std::map<Key, std::int64_t> oracle;
    for (int i = 0; i < 5'000; ++i) {
      const Key key = static_cast<Key>(random() % different * 0x9E37'79B9'7F4A'7C15U);
      const auto touched = table.touch(key);
      REQUIRE(touched.added == !oracle.contains(key));
      ++touched.extra.count;
      ++oracle[key];
    }
    std::map<Key, std::int64_t> found;
    table.for_each([&](Key key, const occurrences& o) { found[key] += o.count; });
    REQUIRE(found == oracle);
    REQUIRE(table.size() == oracle.size());
  };
  for (const std::uint64_t different : {1U, 7U, 8U, 200U, 4'000U}) {
    compare(std::uint8_t{}, different);
    compare(std::uint32_t{}, different);
    compare(std::uint64_t{}, different);
  }
}

TEST_CASE("the tags that are like one are told by their bits") {
  unsigned char tags[tag_group] = {};
  tags[0] = tags[9] = tags[15] = 0x9a;
  CHECK(tags_that_are(tags, 0x9a) == (1U | 1U << 9 | 1U << 15));
  CHECK(tags_that_are(tags, 0x9b) == 0);
}

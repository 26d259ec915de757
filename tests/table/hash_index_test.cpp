// SPDX-License-Identifier: Apache-2.0
#include <table/hash_index.hpp>

#include <doctest/doctest.h>

#include <map>
#include <random>

using oriel::detail::hash_index;

TEST_CASE("an index agrees with a map while entries come, move and go") {
  // Few different tags, some of them the greatest: runs are long and go round the end.
  std::mt19937 random(7);
  hash_index index;
  std::map<std::uint32_t, std::uint32_t> tags;  // by number
  const auto check = [&](std::uint32_t tag, std::uint32_t number) {
    return index.find(tag, [&](std::uint32_t n) { return n == number; });
  };
  for (int step = 0; step < 60'000; ++step) {
    CAPTURE(step);
    const auto number = static_cast<std::uint32_t>(random() % 600);
    const auto found = tags.find(number);
    if (found == tags.end()) {
      const auto tag = static_cast<std::uint32_t>(random() % 4 == 0 ? 0xFFFF'FFFF - random() % 8 : random() << 20);
      index.reserve(index.size() + 1);
      index.insert(tag, number);
      tags[number] = tag;
    } else if (random() % 3 == 0) {
      const std::uint32_t other = number + 1000 + static_cast<std::uint32_t>(random() % 1000);
      if (tags.count(other) != 0) continue;
      index.replace(found->second, number, other);
      tags[other] = found->second;
      tags.erase(found);
    } else {
      index.erase(found->second, number);
      tags.erase(found);
    }
    if (!tags.empty() && tags.size() > 500) {
      const auto victim = tags.begin();
      index.erase(victim->second, victim->first);
      tags.erase(victim);
    }
    REQUIRE(index.size() == tags.size());
    if (step % 500 == 0) {
      for (const auto& [n, tag] : tags) REQUIRE(check(tag, n) == n);
      for (std::uint32_t n = 0; n < 2000; ++n) {
        if (tags.count(n) == 0) REQUIRE(check(n << 20, n) == hash_index::none);
      }
    }
  }
}

TEST_CASE("an index without entries finds nothing") {
  const hash_index index;
  CHECK(index.guess(0) == hash_index::none);
  CHECK(index.guess(0xFFFF'FFFF) == hash_index::none);
  CHECK(index.bytes() == 0);
}

TEST_CASE("an index takes between 10 and 20 bytes for an entry") {
  hash_index index;
  std::mt19937 random(8);
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    index.reserve(i + 1);
    index.insert(static_cast<std::uint32_t>(random()), i);
    if (i > 1000) REQUIRE(index.bytes() <= 20 * index.size() + 64);
  }
  CHECK(index.bytes() >= 10 * index.size());
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/arena.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace oriel;

TEST_CASE("what is stored stays where it is, however much is stored after it") {
  std::mt19937 random(1);
  arena bytes;
  std::vector<std::string> originals;
  std::vector<std::string_view> stored;
  std::size_t total = 0;
  for (int i = 0; i < 5000; ++i) {
    originals.emplace_back(random() % (i % 100 == 0 ? 20'000 : 60), static_cast<char>('a' + i % 26));
    stored.push_back(bytes.store(originals.back()));
    total += originals.back().size();
  }
  for (std::size_t i = 0; i < stored.size(); ++i) REQUIRE(stored[i] == originals[i]);
  CHECK(bytes.size() == total);
  CHECK(bytes.capacity() >= total);
}

TEST_CASE("clearing keeps a block for the next round and takes no more for the same work") {
  arena bytes;
  for (int i = 0; i < 100; ++i) bytes.store(std::string(100, 'x'));
  bytes.clear();
  CHECK(bytes.size() == 0);
  const std::size_t kept = bytes.capacity();
  CHECK(kept > 0);
  for (int round = 0; round < 10; ++round) {
    bytes.store(std::string(kept / 2, 'y'));
    bytes.clear();
  }
  CHECK(bytes.capacity() == kept);
}

TEST_CASE("room that is reserved may be used in part") {
  arena bytes;
  char* const place = bytes.reserve(10);
  place[0] = 'a';
  bytes.commit(1);
  CHECK(bytes.size() == 1);
  CHECK(bytes.reserve(1) == place + 1);
}

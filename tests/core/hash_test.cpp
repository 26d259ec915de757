// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/hash.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace oriel;

TEST_CASE("hashes are the same for ever: sketches that were written rest on them") {
  CHECK(hash_integer(0) == 0x4155da4c9a5cac7cu);
  CHECK(hash_bytes("", 0) == 0xa183339a25cf0dc4u);
  CHECK(hash_bytes("abc", 3) == 0x7f7d1ab69cf5a304u);
  CHECK(hash_bytes("sixteen bytes ..", 16) == 0x5f57ab91fe2bcb7eu);
  CHECK(hash_bytes("more than sixteen bytes of text", 31) == 0x7d9068d643b43e72u);
}

TEST_CASE("texts that differ in one byte, or in their length, hash differently") {
  std::set<std::uint64_t> seen;
  std::size_t texts = 0;
  for (std::size_t size = 0; size <= 70; ++size) {
    std::string text(size, '\0');
    seen.insert(hash_bytes(text.data(), size));
    ++texts;
    for (std::size_t i = 0; i < size; ++i) {
      for (const char c : {'\1', 'x'}) {
        text[i] = c;
        seen.insert(hash_bytes(text.data(), size));
        ++texts;
        text[i] = '\0';
      }
    }
  }
  CHECK(seen.size() == texts);
}

TEST_CASE("every bit of a text moves about half of the bits of its hash") {
  std::mt19937 random(1);
  for (const std::size_t size : {1u, 4u, 8u, 13u, 16u, 17u, 40u}) {
    double moved = 0;
    int tries = 0;
    for (int round = 0; round < 50; ++round) {
      std::string text(size, '\0');
      for (char& c : text) c = static_cast<char>(random());
      const std::uint64_t before = hash_bytes(text.data(), size);
      for (std::size_t bit = 0; bit < 8 * size; ++bit) {
        text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
        moved += std::popcount(before ^ hash_bytes(text.data(), size));
        ++tries;
        text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
      }
    }
    CAPTURE(size);
    CHECK(std::abs(moved / tries - 32) < 1);
  }
}

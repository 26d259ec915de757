// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/value_slots.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <utility>

using namespace oriel::detail;

TEST_CASE("a block begins with free slots and extras of nothing, and is copied with them") {
  const slot_block<std::uint64_t, occurrences> none;
  CHECK(none.empty());
  CHECK(none.bytes() == 0);

  slot_block<std::uint64_t, occurrences> block(4);
  REQUIRE(block.capacity() == 16);
  for (std::size_t i = 0; i < 16; ++i) {
    CHECK(block.slots()[i] == 0);
    CHECK(block.extra(i).is_nothing());
  }
  block.slots()[15] = 7;
  block.extra(15).count = 3;
  slot_block<std::uint64_t, occurrences> copy = block;
  block.slots()[15] = 8;
  CHECK(copy.slots()[15] == 7);
  CHECK(copy.extra(15).count == 3);
  const auto moved = std::move(copy);
  CHECK(moved.extra(15).count == 3);
}

TEST_CASE("a tag for each slot, sixteen at least, begins as zero; extras lie where they are aligned") {
  for (unsigned log2 = 3; log2 < 8; ++log2) {
    const slot_block<std::uint8_t, std::int64_t, true> block(log2);
    for (std::size_t i = 0; i < (log2 < 4 ? 16 : block.capacity()); ++i) REQUIRE(block.tags()[i] == 0);
    REQUIRE(reinterpret_cast<std::uintptr_t>(&block.extra(0)) % alignof(std::int64_t) == 0);
    for (std::size_t i = 0; i < block.capacity(); ++i) block.extra(i) = static_cast<std::int64_t>(i);
    REQUIRE(block.extra(block.capacity() - 1) == static_cast<std::int64_t>(block.capacity()) - 1);
  }
}

TEST_CASE("an array of values owns them and begins with zeros") {
  plain_array<int> some(3);
  CHECK(some[2] == 0);
  some[2] = 5;
  const plain_array<int> moved = std::move(some);
  CHECK(moved.size() == 3);
  CHECK(moved[2] == 5);
}

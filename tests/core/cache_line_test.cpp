// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/cache_line.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

using namespace oriel::detail;

namespace {

template <std::size_t Size>
struct eights {
  std::int64_t values[Size / 8];
};
template <typename T>
struct alignas(line_alignment<T>) lined : T {};

}  // namespace

TEST_CASE("what nearly fills its lines begins one, and nothing else does") {
  CHECK(line_alignment<eights<8>> == 8);
  CHECK(line_alignment<eights<32>> == 8);
  CHECK(line_alignment<eights<56>> == 8);  // an eighth would be seven bytes
  CHECK(line_alignment<eights<64>> == 64);
  CHECK(line_alignment<eights<72>> == 8);
  CHECK(line_alignment<eights<120>> == 64);
  CHECK(line_alignment<eights<128>> == 64);
}

TEST_CASE("elements of a vector begin lines, and can be fetched ahead") {
  std::vector<lined<eights<120>>> all(5);
  for (const auto& one : all) {
    prefetch_lines(one);
    CHECK(reinterpret_cast<std::uintptr_t>(&one) % cache_line == 0);
  }
}

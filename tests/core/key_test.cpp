// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/key.hpp>

#include <doctest/doctest.h>

#include <set>

using namespace oriel;

namespace {

enum class color { red, blue };

static_assert(key<bool> && key<std::int32_t> && key<color> && key<timestamp> && key<std::string_view>);
static_assert(key<std::tuple<std::string_view, std::int64_t>>);
static_assert(!key<double>, "NaN equals nothing, not even the group it was put into");
static_assert(!key<std::tuple<std::string_view, double>>);
static_assert(std::is_same_v<key_of<std::string>, std::string_view>);

}  // namespace

TEST_CASE("equal keys hash equal, wherever their characters are") {
  const std::string a = "user-1";
  const std::string b = "user-1";
  CHECK(hash_key(std::string_view(a)) == hash_key(std::string_view(b)));
  CHECK(hash_key(std::tuple<std::string_view, int>(a, 1)) == hash_key(std::tuple<std::string_view, int>(b, 1)));
}

TEST_CASE("hashes spread: consecutive numbers, swapped parts and both halves of the bits") {
  std::set<std::uint64_t> high;
  std::set<std::uint32_t> low;
  for (std::int64_t k = 0; k < 4096; ++k) {
    high.insert(hash_key(k) >> 44);
    low.insert(static_cast<std::uint32_t>(hash_key(k)));
  }
  CHECK(high.size() > 4000);
  CHECK(low.size() == 4096);
  CHECK(hash_key(std::tuple<int, int>(1, 2)) != hash_key(std::tuple<int, int>(2, 1)));
  CHECK(hash_key(std::tuple<std::string_view, std::string_view>("ab", "c")) !=
        hash_key(std::tuple<std::string_view, std::string_view>("a", "bc")));
}

TEST_CASE("a key that is kept owns its strings") {
  arena bytes;
  std::string name = "a name";
  const auto kept = keep(std::tuple<std::string_view, int>(name, 3), bytes);
  name = "######";
  CHECK(std::get<0>(kept) == "a name");
  CHECK(std::get<1>(kept) == 3);
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/io/generator.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace oriel;

namespace {

template <typename T>
std::vector<T> read_all(source<T>& from, std::size_t most) {
  std::vector<T> rows;
  source_batch<T> batch;
  source_state state = source_state::ready;
  while (state == source_state::ready) {
    state = from.read(batch, most);
    rows.insert(rows.end(), batch.rows.begin(), batch.rows.end());
  }
  return rows;
}

struct counter {
  std::uint64_t made = 0;
  std::uint64_t operator()(std::uint64_t, random_engine&) { return made++; }
};

static_assert(source_spec<generator<std::uint64_t>>);

}  // namespace

TEST_CASE("the engine gives the same bits everywhere") {
  random_engine random{42};
  CHECK(random() == 1546998764402558742u);
  CHECK(random() == 6990951692964543102u);
  CHECK(random() == 12544586762248559009u);
}

TEST_CASE("the draws are the same everywhere") {
  random_engine random{7};
  std::string drawn;
  const zipf popularity{1000};
  for (int i = 0; i < 4; ++i) {
    drawn += std::to_string(random.below(1000)) + ' ';
    drawn += std::to_string(random.between(-5, 5)) + ' ';
    drawn += std::to_string(random.pick({40, 30, 20, 10})) + ' ';
    drawn += std::to_string(popularity(random)) + ' ';
    drawn += random.chance(0.5) ? "yes " : "no ";
  }
  CHECK(drawn == "994 -3 0 867 no 721 -4 3 11 yes 303 0 3 409 yes 883 -2 3 1 yes ");
}

TEST_CASE("draws stay in their range and reach its ends") {
  random_engine random{1};
  bool least = false;
  bool greatest = false;
  for (int i = 0; i < 10'000; ++i) {
    CHECK(random.below(1) == 0);
    const std::int64_t die = random.between(-1, 2);
    REQUIRE(die >= -1);
    REQUIRE(die <= 2);
    least |= die == -1;
    greatest |= die == 2;
    const double share = random.unit();
    REQUIRE(share >= 0.0);
    REQUIRE(share < 1.0);
    REQUIRE_FALSE(random.chance(0.0));
    REQUIRE(random.chance(1.0));
    REQUIRE(random.pick({0, 3, 0, 1, 0}) % 2 == 1);
    REQUIRE(random.below(~std::uint64_t{0}) != ~std::uint64_t{0});
  }
  CHECK(least);
  CHECK(greatest);
  random.between(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("weights and ranks are met in proportion") {
  random_engine random{3};
  constexpr int draws = 100'000;
  int picked[3] = {};
  for (int i = 0; i < draws; ++i) ++picked[random.pick({1, 2, 7})];
  CHECK(picked[0] == doctest::Approx(draws * 0.1).epsilon(0.05));
  CHECK(picked[1] == doctest::Approx(draws * 0.2).epsilon(0.05));
  CHECK(picked[2] == doctest::Approx(draws * 0.7).epsilon(0.05));

  const zipf popularity{3};  // 1, 1/2, 1/3 of 11/6
  int ranks[3] = {};
  for (int i = 0; i < draws; ++i) ++ranks[popularity(random)];
  CHECK(ranks[0] == doctest::Approx(draws * 6.0 / 11).epsilon(0.05));
  CHECK(ranks[1] == doctest::Approx(draws * 3.0 / 11).epsilon(0.05));
  CHECK(ranks[2] == doctest::Approx(draws * 2.0 / 11).epsilon(0.05));
}

TEST_CASE("the same seed makes the same events, whatever the batch size") {
  const auto spec = [](std::uint64_t seed) {
    return generator<std::uint64_t>{.count = 100, .seed = seed, .make = [](std::uint64_t index, random_engine& random) {
                                      return index * 1000 + random.below(1000);
                                    }};
  };
  const auto expected = read_all(*spec(5).open(), 100);
  CHECK(expected.size() == 100);
  for (const std::size_t most : {std::size_t{1}, std::size_t{7}, std::size_t{99}, std::size_t{1000}}) {
    CHECK(read_all(*spec(5).open(), most) == expected);
  }
  CHECK(read_all(*spec(6).open(), 100) != expected);
}

TEST_CASE("a maker with state starts from it at every open") {
  const generator<std::uint64_t> spec{.count = 3, .make = counter{.made = 10}};
  CHECK(read_all(*spec.open(), 2) == std::vector<std::uint64_t>{10, 11, 12});
  CHECK(read_all(*spec.open(), 2) == std::vector<std::uint64_t>{10, 11, 12});
}

TEST_CASE("a maker can store the text its events view") {
  const generator<std::string_view> spec{.count = 5, .make = [](std::uint64_t index, random_engine&, arena& bytes) {
                                           return bytes.store("user-" + std::to_string(index));
                                         }};
  const auto source = spec.open();
  source_batch<std::string_view> batch;
  CHECK(source->read(batch, 3) == source_state::ready);
  CHECK(batch.rows == std::vector<std::string_view>{"user-0", "user-1", "user-2"});
  CHECK(source->progress().done == 3);
  CHECK(source->read(batch, 3) == source_state::finished);
  CHECK(batch.rows == std::vector<std::string_view>{"user-3", "user-4"});
}

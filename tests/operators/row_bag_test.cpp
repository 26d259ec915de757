// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/row_bag.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include <oriel/core/joined.hpp>

using namespace oriel;

namespace {

struct item {
  std::string_view name;
  std::optional<std::int64_t> number;
  double share = 0;

  friend bool operator==(const item&, const item&) = default;
};
BOOST_DESCRIBE_STRUCT(item, (), (name, number, share))

/// Equal by its number only, whatever is described.
struct loose {
  std::int64_t number = 0;
  std::int64_t noise = 0;

  friend bool operator==(const loose& a, const loose& b) { return a.number == b.number; }
};
BOOST_DESCRIBE_STRUCT(loose, (), (number, noise))

}  // namespace

TEST_CASE("a bag agrees with a multiset on random additions and removals, small and large, with equal rows") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    row_bag<item> bag;
    std::multiset<std::tuple<std::string, std::int64_t, double>> model;
    const std::uint64_t names = seed % 2 == 0 ? 3 : 200;
    const std::uint64_t inserts = 3 + seed % 5;  // of ten
    for (int i = 0; i < 1500; ++i) {
      const std::string name = "a name that is long enough " + std::to_string(random() % names);
      const item r{name, random() % 4 == 0 ? std::nullopt : std::optional<std::int64_t>(random() % 3),
                  random() % 2 == 0 ? 0.0 : -0.0};
      const std::tuple key{name, r.number.value_or(-1), 0.0};
      if (random() % 10 < inserts) {
        bag.add(r);
        model.insert(key);
      } else {
        const auto gone = bag.remove(r);
        const auto found = model.find(key);
        REQUIRE(gone.has_value() == (found != model.end()));
        if (gone) CHECK(**gone == r);
        if (found != model.end()) model.erase(found);
      }
      REQUIRE(bag.size() == model.size());
    }
    decltype(model) found;
    bag.for_each([&](const item& r) { found.insert({std::string(r.name), r.number.value_or(-1), 0.0}); });
    CHECK(found == model);
  }
}

TEST_CASE("rows equal by their own rule are found even when what is described differs") {
  row_bag<loose> bag;
  for (int i = 0; i < 100; ++i) bag.add({i, i});
  CHECK(bag.remove({50, 0}).has_value());
  CHECK(!bag.remove({50, 50}).has_value());
  CHECK(bag.remove({99, 99}).has_value());
  CHECK(bag.size() == 98);
}

TEST_CASE("a row with a NaN is taken out by one that is otherwise equal, from small bags and large") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const int rows : {3, 300}) {
    row_bag<item> bag;
    for (int i = 0; i < rows; ++i) bag.add({"name", i, nan});
    CHECK(!bag.remove({"other", 1, nan}).has_value());
    CHECK(!bag.remove({"name", 1, 0}).has_value());
    CHECK(bag.remove({"name", 1, -nan}).has_value());
    CHECK(!bag.remove({"name", 1, nan}).has_value());
    CHECK(bag.size() == static_cast<std::size_t>(rows - 1));
  }
  row_bag<joined<item, item>> pairs;
  pairs.add({item{"name", 1, nan}, std::nullopt});
  CHECK(!pairs.remove({item{"name", 1, nan}, item{"name", 1, nan}}).has_value());
  CHECK(pairs.remove({item{"name", 1, nan}, std::nullopt}).has_value());
}

TEST_CASE("a bag that is empty again holds no memory") {
  row_bag<item> bag;
  for (int i = 0; i < 1000; ++i) bag.add({"name", i, 0});
  CHECK(bag.bytes() > 1000 * sizeof(item));
  for (int i = 0; i < 1000; ++i) bag.remove({"name", i, 0});
  CHECK(bag.empty());
  CHECK(bag.bytes() == 0);
}

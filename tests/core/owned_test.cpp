// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/owned.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <oriel/core/change.hpp>
#include <oriel/core/keyed_row.hpp>
#include <oriel/core/row.hpp>

using namespace oriel;

namespace {

struct person {
  std::string_view name;
  std::optional<std::string_view> nick;
  std::vector<std::string_view> pets;
  int age = 0;

  friend bool operator==(const person&, const person&) = default;
};
BOOST_DESCRIBE_STRUCT(person, (), (name, nick, pets, age))

using named_row = row<column<"text", std::string_view>, column<"n", int>>;

}  // namespace

TEST_CASE("an owned row keeps the strings it views, wherever they are in it") {
  std::optional<owned<person>> kept;
  {
    const std::string name = "Ada, who has a long name";
    const std::string pet = "a cat";
    kept.emplace(person{name, std::string_view(name).substr(0, 3), {pet, "x"}, 36});
  }
  const owned<person> moved = std::move(*kept);
  CHECK(*moved == person{"Ada, who has a long name", "Ada", {"a cat", "x"}, 36});
  CHECK(moved->age == 36);
}

TEST_CASE("keys, rows and changes are owned with what is in them") {
  using keyed = keyed_row<std::tuple<std::string_view, std::int64_t>, named_row>;
  std::optional<owned<change<keyed>>> kept;
  {
    std::string a = "first", b = "second";
    keyed before{{a, 1}, change_kind::insert, {{b}, {1}}};
    keyed after{{b, 2}, change_kind::insert, {{a}, {2}}};
    kept.emplace(change<keyed>::update(before, after));
    a = b = "gone!!";
  }
  CHECK(std::get<0>((*kept)->before.key) == "first");
  CHECK((*kept)->before.row[column_name<"text">{}] == "second");
  CHECK(std::get<0>((*kept)->after.key) == "second");
}

TEST_CASE("a row without strings costs no memory beside itself, and an empty string stays empty") {
  CHECK(*owned<int>(3) == 3);
  CHECK(owned<person>(person{})->name.empty());
}

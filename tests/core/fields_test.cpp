// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/fields.hpp>

#include <doctest/doctest.h>

#include <boost/describe/class.hpp>

using namespace oriel;

namespace {

struct place {
  double lat = 0;
  double lon = 0;
};
BOOST_DESCRIBE_STRUCT(place, (), (lat, lon))

struct visit {
  std::string_view user;
  std::optional<std::int32_t> age;
  place where;
  std::vector<std::string> tags;
  timestamp ts;
  bool first = false;
  float score = 0;
};
BOOST_DESCRIBE_STRUCT(visit, (), (user, age, where, tags, ts, first, score))

using small_row = row<column<"page", std::string_view>, column<"views", std::int64_t>>;

static_assert(described<visit> && has_fields<visit> && has_fields<small_row> && !has_fields<int>);
static_assert(is_field_type<std::optional<place>>() && !is_field_type<void*>());

}  // namespace

TEST_CASE("fields are visited by name, in declaration order, and can be changed") {
  visit v;
  std::string names;
  for_each_field(v, [&](std::string_view name, auto& member) {
    names += std::string(name) + " ";
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(member)>, bool>) member = true;
  });
  CHECK(names == "user age where tags ts first score ");
  CHECK(v.first);
}

TEST_CASE("the field table tells names, types and offsets") {
  const auto fields = fields_of<visit>();
  REQUIRE(fields.size() == 7);
  CHECK(fields[0].type == field_type::text_view);
  CHECK(fields[1].type == field_type::int32);
  CHECK(fields[1].nullable);
  CHECK(fields[2].type == field_type::structure);
  CHECK(fields[2].fields.size() == 2);
  CHECK(fields[2].fields[1].name == "lon");
  CHECK(fields[3].type == field_type::list);
  CHECK(fields[3].element->type == field_type::text);
  CHECK(fields[4].type == field_type::time);
  CHECK(fields[5].type == field_type::boolean);
  CHECK(fields[6].type == field_type::float32);

  visit v;
  char* const base = reinterpret_cast<char*>(&v);
  *reinterpret_cast<double*>(base + fields[2].offset + fields[2].fields[1].offset) = 4.5;
  CHECK(v.where.lon == 4.5);
}

TEST_CASE("optionals and lists are reached through the table without knowing their types") {
  visit v;
  const auto fields = fields_of<visit>();
  char* const base = reinterpret_cast<char*>(&v);

  void* const age = base + fields[1].offset;
  CHECK(fields[1].held(age) == nullptr);
  *static_cast<std::int32_t*>(fields[1].engage(age)) = 44;
  CHECK(v.age == 44);
  CHECK(*static_cast<const std::int32_t*>(fields[1].held(age)) == 44);
  fields[1].disengage(age);
  CHECK(!v.age);

  void* const tags = base + fields[3].offset;
  *static_cast<std::string*>(fields[3].append(tags)) = "new";
  CHECK(fields[3].size(tags) == 1);
  CHECK(*static_cast<const std::string*>(fields[3].at(tags, 0)) == "new");
  fields[3].clear(tags);
  CHECK(v.tags.empty());
}

TEST_CASE("a row has fields as a struct has") {
  small_row r{{"/home"}, {3}};
  std::string names;
  for_each_field(r, [&](std::string_view name, auto&) { names += std::string(name) + " "; });
  CHECK(names == "page views ");
  const auto fields = fields_of<small_row>();
  REQUIRE(fields.size() == 2);
  CHECK(*reinterpret_cast<const std::int64_t*>(reinterpret_cast<const char*>(&r) + fields[1].offset) == 3);
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/table/table_lookup.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <oriel/core/error.hpp>

using namespace oriel;

namespace {

struct inner {
  std::int32_t small = 0;
  float ratio = 0;
};
BOOST_DESCRIBE_STRUCT(inner, (), (small, ratio))

struct item {
  std::string_view id;
  bool flag = false;
  std::optional<timestamp> seen;
  std::string text;
  inner deep;
};
BOOST_DESCRIBE_STRUCT(item, (), (id, flag, seen, text, deep))

struct wrong_type {
  std::int64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(wrong_type, (), (id))

struct wrong_name {
  std::string_view idd;
};
BOOST_DESCRIBE_STRUCT(wrong_name, (), (idd))

struct not_null {
  timestamp seen;
};
BOOST_DESCRIBE_STRUCT(not_null, (), (seen))

struct of_a_list {
  std::vector<std::int64_t> numbers;
};
BOOST_DESCRIBE_STRUCT(of_a_list, (), (numbers))

const std::vector<column_description> columns{{"id", column_type::string},
                                              {"flag", column_type::boolean},
                                              {"seen", column_type::time, true},
                                              {"text", column_type::string},
                                              {"deep.small", column_type::int64},
                                              {"deep.ratio", column_type::float64}};

void put(table& to, std::string_view id, std::optional<std::int64_t> seen, std::int64_t small) {
  batch_buffer rows(to.schema());
  rows[0].push_back(id);
  rows[1].push_back(true);
  if (seen) {
    rows[2].push_back(at_ms(*seen));
  } else {
    rows[2].push_null();
  }
  rows[3].push_back(id == "a" ? "A" : "other");
  rows[4].push_back(small);
  rows[5].push_back(0.5);
  to.upsert(rows.view());
}

}  // namespace

TEST_CASE("rows are read by key into structs, nested members and nulls among them; keys not there leave them alone") {
  table t("t", schema(columns, {"id"}));
  put(t, "a", 7, 1);
  put(t, "b", std::nullopt, -2);
  table_lookup lookup(t, table_lookup::members_of<item>(), {{"id", column_type::string}});
  for (const char* key : {"b", "nobody", "a"}) lookup.key(0).push_back(key);
  std::array<item, 3> rows;
  rows[1].deep.small = 99;
  rows[0].seen = at_ms(1);
  std::array<std::uint8_t, 3> found{};
  lookup.read(rows.data(), sizeof(item), found);
  CHECK(found == std::array<std::uint8_t, 3>{1, 0, 1});
  CHECK(rows[0].id == "b");
  CHECK(!rows[0].seen);
  CHECK(rows[0].deep.small == -2);
  CHECK(rows[1].deep.small == 99);
  CHECK(rows[2].flag);
  CHECK(rows[2].seen == at_ms(7));
  CHECK(rows[2].text == "A");
  CHECK(rows[2].deep.ratio == 0.5F);

  // What comes later is found later, erased rows are not, and the keys of the last time are gone.
  put(t, "a", 8, 5);
  lookup.key(0).push_back("a");
  lookup.read(rows.data(), sizeof(item), std::span(found).first(1));
  CHECK(rows[0].deep.small == 5);
  batch_buffer keys(schema({{"id", column_type::string}}));
  keys[0].push_back("a");
  t.erase(keys.view());
  lookup.key(0).push_back("a");
  lookup.read(rows.data(), sizeof(item), std::span(found).first(1));
  CHECK(found[0] == 0);
}

TEST_CASE("strings are read whether their column has a dictionary, a renewed one, or none any more") {
  table t("t", schema(columns, {"id"}));
  table_lookup lookup(t, table_lookup::members_of<item>(), {{"id", column_type::string}});
  batch_buffer rows(t.schema());
  std::vector<std::string> ids, texts;
  for (int i = 0; i < 20'000; ++i) {
    ids.push_back("id " + std::to_string(i % 9'000));
    texts.push_back("a text that no other row has, nor any row before " + std::to_string(i));
  }
  for (std::size_t i = 0; i < 20'000; ++i) {
    rows[0].push_back(ids[i]);
    rows[1].push_back(true);
    rows[2].push_null();
    rows[3].push_back(texts[i]);
    rows[4].push_back(std::int64_t{1});
    rows[5].push_back(0.5);
    if (rows.size() < 1000) continue;
    t.upsert(rows.view());
    rows.clear();
  }
  std::vector<item> found_rows(9'000);
  std::vector<std::uint8_t> found(9'000);
  for (std::size_t i = 0; i < 9'000; ++i) lookup.key(0).push_back(ids[i]);
  lookup.read(found_rows.data(), sizeof(item), found);
  for (std::size_t i = 0; i < 9'000; ++i) {
    REQUIRE(found[i] == 1);
    REQUIRE(found_rows[i].id == ids[i]);
    REQUIRE(found_rows[i].text == texts[i < 2'000 ? i + 18'000 : i + 9'000]);
  }
}

TEST_CASE("numbers, booleans and times are keys too, several of them and in any order, null columns among them") {
  table t("t", schema({{"n", column_type::int64}, {"b", column_type::boolean}, {"when", column_type::time, true}},
                      {"n", "b", "when"}));
  batch_buffer rows(t.schema());
  for (std::int64_t i = 0; i < 1000; ++i) {
    rows[0].push_back(i % 100);
    rows[1].push_back(i % 2 == 0);
    if (i == 500) {
      rows[2].push_null();
    } else {
      rows[2].push_back(at_ms(i));
    }
  }
  t.upsert(rows.view());
  struct key_only {
    std::int64_t n = -1;
  };
  table_lookup lookup(t, {{"n", fields_of<wrong_type>()[0], 0}},
                      {{"when", column_type::time}, {"n", column_type::int64}, {"b", column_type::boolean}});
  for (std::int64_t i = 0; i < 1000; ++i) {
    lookup.key(0).push_back(at_ms(i));
    lookup.key(1).push_back(i % 100);
    lookup.key(2).push_back(i % 2 == 0);
  }
  std::vector<key_only> out(1000);
  std::vector<std::uint8_t> found(1000);
  lookup.read(out.data(), sizeof(key_only), found);
  for (std::size_t i = 0; i < 1000; ++i) {
    CAPTURE(i);
    REQUIRE(found[i] == (i == 500 ? 0 : 1));
    REQUIRE(out[i].n == (i == 500 ? -1 : static_cast<std::int64_t>(i % 100)));
  }
}

TEST_CASE("what does not fit is refused when it is asked for, and a number beyond its member when it is read") {
  table t("t", schema(columns, {"id"}));
  const std::vector<column_description> key{{"id", column_type::string}};
  CHECK_THROWS_WITH_AS(table_lookup(t, table_lookup::members_of<wrong_type>(), key),
                       "table 't': column 'id' is STRING, which the member of this name cannot hold", error);
  CHECK_THROWS_WITH_AS(table_lookup(t, table_lookup::members_of<not_null>(), key),
                       "table 't': column 'seen' may be null; make the member of this name a std::optional", error);
  CHECK_THROWS_AS(table_lookup(t, table_lookup::members_of<wrong_name>(), key), error);
  CHECK_THROWS_WITH_AS(table_lookup(t, table_lookup::members_of<item>(), {{"id", column_type::int64}}),
                       "table 't': key column 'id' is STRING, and the keys to look up are LONG", error);
  CHECK_THROWS_AS(table_lookup(t, table_lookup::members_of<item>(), {{"flag", column_type::boolean}}), error);
  const table lists("l", schema({{"id", column_type::string}, {"numbers", column_type::int64_list}}, {"id"}));
  CHECK_THROWS_WITH_AS(table_lookup(lists, table_lookup::members_of<of_a_list>(), key),
                       "table 'l': column 'numbers' is a list, which is not looked up; leave the member out", error);
  table bag("bag", schema(columns));
  CHECK_THROWS_AS(table_lookup(bag, table_lookup::members_of<item>(), key), error);

  put(t, "a", 7, 5'000'000'000);
  table_lookup lookup(t, table_lookup::members_of<item>(), key);
  lookup.key(0).push_back("a");
  item out;
  std::uint8_t found = 0;
  CHECK_THROWS_AS(lookup.read(&out, sizeof out, {&found, 1}), error);
  put(t, "b", 8, 6);
  lookup.key(0).push_back("b");  // now the only key
  lookup.read(&out, sizeof out, {&found, 1});
  CHECK(found == 1);
  CHECK(out.deep.small == 6);
}

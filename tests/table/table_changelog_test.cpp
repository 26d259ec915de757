// SPDX-License-Identifier: Apache-2.0
// tests/table/table_changelog_test.cpp - changelogs into tables: rows that take each other's keys.
#include <oriel/table/table.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <table/rows.hpp>

using namespace oriel;
using oriel_test::batch_of;
using oriel_test::row;
using oriel_test::rows_of;

namespace {

const schema ranks({{"rank", column_type::int64}, {"name", column_type::string}}, {"rank"});

/// Rows of a changelog on their way into a table, an update as what was and what is.
struct changes {
  std::vector<row> rows{};
  std::vector<change_kind> kinds{};

  void erase(const row& r) { (rows.push_back(r), kinds.push_back(change_kind::erase)); }
  void insert(const row& r) { (rows.push_back(r), kinds.push_back(change_kind::insert)); }
  void update(const row& before, const row& after) { (erase(before), insert(after)); }

  write_result into(table& t) {
    batch_buffer batch = batch_of(ranks, rows);
    const write_result result = t.upsert(batch.view(), {.kinds = kinds, .changelog = true});
    rows.clear();
    kinds.clear();
    return result;
  }
};

std::vector<row> sorted(const table& t) {
  std::vector<row> found = rows_of(t.snapshot());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

TEST_CASE("rows that take each other's keys are both there, in one batch or in two") {
  for (const bool one_batch : {true, false}) {
    CAPTURE(one_batch);
    table t("t", ranks);
    changes c;
    c.insert({1, "ann"});
    c.insert({2, "bob"});
    c.into(t);
    c.update({1, "ann"}, {2, "ann"});
    if (!one_batch) c.into(t);
    c.update({2, "bob"}, {1, "bob"});
    c.into(t);
    CHECK(sorted(t) == std::vector<row>{{1, "bob"}, {2, "ann"}});
    c.erase({2, "ann"});
    c.erase({1, "bob"});
    CHECK(c.into(t).erased == 2);
    CHECK(t.row_count() == 0);
  }
}

TEST_CASE("an erase that is no changelog's, or an expired row, ends what was shared") {
  table t("t", ranks);
  changes c;
  c.insert({1, "ann"});
  c.insert({1, "bob"});
  c.into(t);
  const std::int64_t key = 1;
  const column_values keys[] = {&key};
  CHECK(t.erase({1, keys}).erased == 1);
  c.insert({1, "cy"});
  c.into(t);
  c.erase({1, "cy"});
  CHECK(c.into(t).erased == 1);
}

TEST_CASE("ranks that are handed on in any order agree with a map") {
  std::mt19937 random(20241001);
  table t("t", ranks);
  std::map<std::string, std::int64_t> rank_of;
  changes c;
  for (int i = 0; i < 300; ++i) {
    const std::string name = "n" + std::to_string(i);
    rank_of[name] = i;
    c.insert({i, name});
  }
  c.into(t);
  for (int step = 0; step < 60; ++step) {
    CAPTURE(step);
    // Some names hand their ranks round among themselves; the changes come in any order, cut anywhere.
    std::vector<std::string> names;
    for (const auto& [name, rank] : rank_of) {
      if (random() % 3 == 0) names.push_back(name);
    }
    std::vector<std::int64_t> given;
    for (const std::string& name : names) given.push_back(rank_of[name]);
    std::shuffle(given.begin(), given.end(), random);
    std::vector<std::pair<row, row>> updates;
    for (std::size_t i = 0; i < names.size(); ++i) {
      updates.push_back({{rank_of[names[i]], names[i]}, {given[i], names[i]}});
      rank_of[names[i]] = given[i];
    }
    std::shuffle(updates.begin(), updates.end(), random);
    for (const auto& [before, after] : updates) {
      c.update(before, after);
      if (random() % 20 == 0) c.into(t);
    }
    c.into(t);
    std::vector<row> expected;
    for (const auto& [name, rank] : rank_of) expected.push_back({rank, name});
    std::sort(expected.begin(), expected.end());
    REQUIRE(sorted(t) == expected);
  }
}

// SPDX-License-Identifier: Apache-2.0
// tests/table/lists_test.cpp - columns of lists: what they keep, where, and how much of it.
#include <oriel/table/table.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include <oriel/core/error.hpp>
#include <table/rows.hpp>

using namespace oriel;
using oriel_test::batch_of;
using oriel_test::list;
using oriel_test::row;
using oriel_test::rows_of;
using rows = std::vector<row>;

namespace {

const schema orders({{"id", column_type::int64},
                     {"items", column_type::string_list},
                     {"prices", column_type::float64_list, true},
                     {"counts", column_type::int64_list, true},
                     {"times", column_type::time_list, true},
                     {"flags", column_type::boolean_list}},
                    {"id"});

schema without_key(const schema& s) {
  return schema(std::vector<column_description>(s.columns().begin(), s.columns().end()));
}

void put(table& t, const rows& r) {
  batch_buffer batch = batch_of(t.schema(), r);
  t.schema().key().empty() ? t.append(batch.view()) : static_cast<void>(t.upsert(batch.view()));
}

row random_row(std::int64_t id, std::mt19937& random) {
  const auto some = [&](auto make) {
    oriel_test::cell::list out;
    for (std::size_t n = random() % 5; n > 0; --n) out.emplace_back(make());
    return oriel_test::cell(out);
  };
  const auto maybe = [&](auto make) { return random() % 4 == 0 ? oriel_test::cell() : some(make); };
  return {id,
          some([&] { return "item " + std::to_string(random() % 50); }),
          maybe([&] { return static_cast<double>(random() % 100) / 4; }),
          maybe([&] { return static_cast<std::int64_t>(random() % 100); }),
          maybe([&] { return static_cast<std::int64_t>(random() % 100); }),
          some([&] { return random() % 2 == 0; })};
}

}  // namespace

TEST_CASE("a null list and an empty one differ") {
  for (const schema& s : {orders, without_key(orders)}) {
    table t("orders", s);
    const rows given{{1, list("tea", "milk", "tea"), list(1.5), list(1, 2, 3), list(7), list(true, false)},
                     {2, list(), {}, list(), {}, list()},
                     {3, list(""), list(), {}, list(), list(true)}};
    put(t, given);
    CHECK(rows_of(t.snapshot()) == given);
    CHECK(t.snapshot().dictionary(1).size() == 3);
  }
}

TEST_CASE("lists are pushed as spans and viewed where they lie") {
  const std::vector<std::int64_t> numbers{4, 5};
  const std::vector<std::string_view> texts{"a", "b"};
  column_buffer longs(column_type::int64_list);
  longs.push_back(std::span<const std::int64_t>(numbers));
  longs.push_null();
  longs.push_back(std::span<const std::int64_t>());
  const column_values view = longs.view();
  CHECK(view.type() == column_type::int64_list);
  CHECK(view.read_list(0).size == 2);
  CHECK(view.is_null(1));
  CHECK_FALSE(view.is_null(2));
  CHECK(view.read_list(2).size == 0);

  const std::span<const std::string_view> lists[] = {texts, std::span(texts).first(1)};
  const std::int64_t ids[] = {1, 2};
  const column_values columns[] = {ids, lists};
  table t("t", schema({{"id", column_type::int64}, {"names", column_type::string_list}}, {"id"}));
  t.upsert({2, columns});
  CHECK(rows_of(t.snapshot()) == rows{{1, list("a", "b")}, {2, list("a")}});
}

TEST_CASE("a list that is not longer is replaced in place, and a longer one goes behind the others") {
  table t("t", schema({{"id", column_type::int64}, {"n", column_type::int64_list}}, {"id"}));
  put(t, {{1, list(1, 2, 3)}, {2, list(4)}, {3, list(5, 6)}});
  const std::uint32_t* offsets = t.snapshot().chunk(0).lists(1).offsets;
  const std::uint32_t first = offsets[0];
  put(t, {{1, list(7, 8)}});
  CHECK(t.snapshot().chunk(0).lists(1).offsets[0] == first);
  put(t, {{1, list(1, 2, 3, 4)}});
  CHECK(rows_of(t.snapshot()) == rows{{1, list(1, 2, 3, 4)}, {2, list(4)}, {3, list(5, 6)}});
}

TEST_CASE("replacing lists again and again does not use more and more memory") {
  table t("t", schema({{"id", column_type::int64}, {"n", column_type::int64_list}}, {"id"}));
  std::mt19937 random(1);
  std::size_t most = 0;
  for (int round = 0; round < 300; ++round) {
    batch_buffer batch(t.schema());
    for (std::int64_t id = 0; id < 500; ++id) {
      batch[0].push_back(id);
      const std::vector<std::int64_t> numbers(1 + random() % 8, id);
      batch[1].push_back(std::span<const std::int64_t>(numbers));
    }
    t.upsert(batch.view());
    if (round == 30) most = t.bytes();
  }
  CHECK(t.bytes() <= most + 500 * 8 * 8);
}

TEST_CASE("a list column makes no key, and a list of another type is refused") {
  CHECK_THROWS_WITH_AS(schema({{"tags", column_type::string_list}}, {"tags"}),
                       "schema: key column 'tags' is a list; a key has single values", error);
  table t("t", schema({{"n", column_type::int64_list}}));
  const double x = 1;
  const column_values columns[] = {&x};
  CHECK_THROWS_WITH_AS(t.append({1, columns}), "table 't': column 'n' is LONG LIST but was given DOUBLE values", error);
}

TEST_CASE("lists agree with a model through updates, erasing and snapshots") {
  std::mt19937 random(20240601);
  table t("orders", orders);
  std::map<std::int64_t, row> model;
  std::vector<std::pair<table_snapshot, std::map<std::int64_t, row>>> kept;
  const auto contents = [](const table_snapshot& s) {
    std::map<std::int64_t, row> found;
    for (row& r : rows_of(s)) found.emplace(std::get<std::int64_t>(r[0].value), r);
    return found;
  };
  for (int step = 0; step < 150; ++step) {
    CAPTURE(step);
    rows given;
    std::vector<change_kind> kinds;
    for (std::size_t n = random() % 300; n > 0; --n) {
      const auto id = static_cast<std::int64_t>(random() % 1500);
      given.push_back(random_row(id, random));
      kinds.push_back(random() % 4 == 0 ? change_kind::erase : change_kind::update);
      kinds.back() == change_kind::erase ? static_cast<void>(model.erase(id))
                                         : static_cast<void>(model[id] = given.back());
    }
    t.upsert(batch_of(orders, given).view(), {.kinds = kinds});
    if (random() % 3 == 0) kept.emplace_back(t.snapshot(), model);
    if (kept.size() > 4) {
      REQUIRE(contents(kept.front().first) == kept.front().second);
      kept.erase(kept.begin());
    }
  }
  for (const auto& [snapshot, expected] : kept) REQUIRE(contents(snapshot) == expected);
  REQUIRE(contents(t.snapshot()) == model);
}

TEST_CASE("appending lists behind a snapshot leaves it as it was") {
  std::mt19937 random(5);
  table t("orders", without_key(orders));
  rows all;
  std::vector<std::pair<table_snapshot, std::size_t>> kept;
  for (int step = 0; step < 40; ++step) {
    rows some;
    for (std::size_t n = 1 + random() % 150; n > 0; --n) some.push_back(random_row(step, random));
    put(t, some);
    all.insert(all.end(), some.begin(), some.end());
    kept.emplace_back(t.snapshot(), all.size());
  }
  for (const auto& [snapshot, count] : kept) {
    REQUIRE(rows_of(snapshot) == rows(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count)));
  }
}

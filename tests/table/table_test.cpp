// SPDX-License-Identifier: Apache-2.0
#include <oriel/table/table.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <oriel/core/error.hpp>
#include <table/rows.hpp>

using namespace oriel;
using oriel_test::batch_of;
using oriel_test::row;
using oriel_test::rows_of;
using rows = std::vector<row>;

namespace {

const schema pages(
    {{"page", column_type::string}, {"views", column_type::int64}, {"score", column_type::float64, true}}, {"page"});

schema keyless(std::vector<column_description> columns) { return schema(std::move(columns)); }

write_result put(table& t, const rows& r) { return t.upsert(batch_of(t.schema(), r).view()); }

write_result put(table& t, const rows& r, const std::vector<std::int64_t>& times, std::vector<change_kind> kinds = {}) {
  return t.upsert(batch_of(t.schema(), r).view(), {.kinds = kinds, .comparison = times.data()});
}

template <typename F>
std::string failure(F&& f) {
  try {
    f();
  } catch (const error& e) {
    CHECK(e.kind() == error_kind::invalid);
    return e.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a new table is empty") {
  const table t("pages", pages);
  CHECK(t.name() == "pages");
  CHECK(t.schema() == pages);
  CHECK(t.row_count() == 0);
  CHECK(t.version() == 0);
  CHECK(t.snapshot().row_count() == 0);
  CHECK(t.snapshot().chunk_count() == 0);
  CHECK(t.snapshot().name() == "pages");
}

TEST_CASE("an upsert puts new keys in and replaces the rows of old ones") {
  table t("pages", pages);
  write_result r = put(t, {{"/a", 1, 0.5}, {"/b", 2, {}}});
  CHECK(r.inserted == 2);
  CHECK(r.updated == 0);
  CHECK(t.version() == 1);

  r = put(t, {{"/b", 3, 1.5}, {"/c", 4, {}}});
  CHECK(r.inserted == 1);
  CHECK(r.updated == 1);
  CHECK(r.out_of_order.empty());
  CHECK(rows_of(t.snapshot()) == rows{{"/a", 1, 0.5}, {"/b", 3, 1.5}, {"/c", 4, {}}});
  CHECK(t.row_count() == 3);
  CHECK(t.version() == 2);
}

TEST_CASE("equal keys within a batch act as if one came after the other") {
  table t("pages", pages);
  const write_result r = put(t, {{"/a", 1, 0.5}, {"/a", 2, {}}, {"/b", 3, {}}, {"/a", 4, 2.5}});
  CHECK(r.inserted == 2);
  CHECK(r.updated == 2);
  CHECK(rows_of(t.snapshot()) == rows{{"/a", 4, 2.5}, {"/b", 3, {}}});
}

TEST_CASE("an append table keeps every row in order") {
  table t("log",
          keyless({{"n", column_type::int64}, {"text", column_type::string, true}, {"even", column_type::boolean}}));
  rows expected;
  for (const std::size_t size : {1U, 100U, 1000U, 3000U}) {
    rows part;
    for (std::size_t i = 0; i < size; ++i) {
      const auto n = static_cast<std::int64_t>(expected.size() + i);
      part.push_back({n, n % 7 == 0 ? oriel_test::cell{} : oriel_test::cell{std::to_string(n % 5)}, n % 2 == 0});
    }
    t.append(batch_of(t.schema(), part).view());
    expected.insert(expected.end(), part.begin(), part.end());
  }
  CHECK(t.row_count() == 4101);
  CHECK(t.snapshot().chunk_count() == 5);
  CHECK(t.snapshot().dictionary(1).size() == 6);  // and the empty string that stands for null
  CHECK(rows_of(t.snapshot()) == expected);
}

TEST_CASE("structs are written where they lie") {
  struct view {
    std::int64_t user;
    bool mobile;
    timestamp at;
    double seconds;
    std::string_view page;
  };
  std::vector<view> views;
  for (int i = 0; i < 700; ++i) views.push_back({i, i % 3 == 0, at_ms(i - 300), i / 2.0, i % 2 ? "/odd" : "/even"});
  const auto columns_of = [](const view& v) {
    return std::vector<column_values>{{&v.user, sizeof(view)},
                                      {&v.mobile, sizeof(view)},
                                      {&v.at, sizeof(view)},
                                      {&v.seconds, sizeof(view)},
                                      {&v.page, sizeof(view)}};
  };
  const std::vector<column_description> described{{"user", column_type::int64},
                                                  {"mobile", column_type::boolean},
                                                  {"at", column_type::time},
                                                  {"seconds", column_type::float64},
                                                  {"page", column_type::string}};
  table log("log", schema(described));
  table latest("latest", schema(described, {"user"}));
  const std::vector<column_values> columns = columns_of(views[0]);
  log.append({views.size(), columns});
  latest.upsert({views.size(), columns});
  const rows stored = rows_of(log.snapshot());
  REQUIRE(stored.size() == views.size());
  CHECK(stored[9] == row{9, true, -291, 4.5, "/odd"});
  CHECK(rows_of(latest.snapshot()) == stored);
}

TEST_CASE("a stride of nothing gives every row the same value") {
  const std::int64_t keys[] = {1, 2, 3};
  const std::string_view text = "same";
  const column_values columns[] = {keys, {&text, 0}, {&keys[2], 0}};
  const std::vector<column_description> described{
      {"k", column_type::int64}, {"s", column_type::string}, {"n", column_type::int64}};
  table log("log", schema(described));
  log.append({3, columns});
  CHECK(rows_of(log.snapshot()) == rows{{1, "same", 3}, {2, "same", 3}, {3, "same", 3}});
  table latest("latest", schema(described, {"k"}));
  latest.upsert({3, columns});
  CHECK(rows_of(latest.snapshot()) == rows_of(log.snapshot()));
}

TEST_CASE("erasing moves the last row into the hole") {
  table t("pages", pages);
  put(t, {{"/a", 1, 0.5}, {"/b", 2, {}}, {"/c", 3, {}}});
  const std::string_view key = "/a";
  const column_values keys[] = {&key};
  CHECK(t.erase({1, keys}).erased == 1);
  CHECK(rows_of(t.snapshot()) == rows{{"/c", 3, {}}, {"/b", 2, {}}});
  CHECK(t.erase({1, keys}).erased == 0);
  CHECK(t.version() == 2);
  put(t, {{"/a", 9, {}}, {"/c", 8, {}}});
  CHECK(rows_of(t.snapshot()) == rows{{"/c", 8, {}}, {"/b", 2, {}}, {"/a", 9, {}}});
}

TEST_CASE("a batch of changes puts and erases in its order") {
  table t("pages", pages);
  const write_result r =
      t.upsert(batch_of(pages, {{"/a", 1, {}}, {"/b", 2, {}}, {"/a", 0, {}}, {"/a", 3, {}}, {"/b", 0, {}}}).view(),
               {.kinds = std::vector{change_kind::insert, change_kind::update, change_kind::erase, change_kind::insert,
                                     change_kind::erase}});
  CHECK(r.inserted == 3);
  CHECK(r.erased == 2);
  CHECK(rows_of(t.snapshot()) == rows{{"/a", 3, {}}});
}

TEST_CASE("with a comparison the older row is dropped, counted and named, and among equals the later wins") {
  table t("pages", pages, {.comparison = true});
  put(t, {{"/a", 1, {}}, {"/b", 1, {}}}, {100, 100});
  const write_result r = put(t, {{"/a", 2, {}}, {"/b", 2, {}}, {"/a", 3, {}}, {"/a", 4, {}}}, {99, 100, 105, 104});
  CHECK(r.updated == 2);
  REQUIRE(r.out_of_order.size() == 2);
  CHECK(r.out_of_order[0] == 0);
  CHECK(r.out_of_order[1] == 3);
  CHECK(t.out_of_order() == 2);
  CHECK(rows_of(t.snapshot()) == rows{{"/a", 3, {}}, {"/b", 2, {}}});

  const std::uint64_t version = t.version();
  CHECK(put(t, {{"/a", 5, {}}}, {0}).out_of_order.size() == 1);
  CHECK(t.version() == version);  // nothing has changed
}

TEST_CASE("with a comparison an erase older than the row is dropped, and what is older than an erase stays away") {
  table t("pages", pages, {.comparison = true});
  const change_kind erase = change_kind::erase;
  put(t, {{"/a", 1, {}}}, {100});
  CHECK(put(t, {{"/a", 0, {}}}, {99}, {erase}).out_of_order.size() == 1);
  CHECK(t.row_count() == 1);
  CHECK(put(t, {{"/a", 0, {}}}, {110}, {erase}).erased == 1);
  CHECK(put(t, {{"/a", 2, {}}}, {109}).out_of_order.size() == 1);
  CHECK(t.row_count() == 0);
  CHECK(put(t, {{"/a", 3, {}}}, {110}).inserted == 1);

  CHECK(put(t, {{"/b", 0, {}}}, {50}, {erase}).erased == 0);  // the erase comes before the row it erases
  CHECK(put(t, {{"/b", 0, {}}}, {40}, {erase}).out_of_order.size() == 1);
  CHECK(put(t, {{"/b", 1, {}}}, {49}).out_of_order.size() == 1);
  CHECK(put(t, {{"/b", 2, {}}}, {51}).inserted == 1);
  CHECK(put(t, {{"/b", 3, {}}}, {51}).updated == 1);
  CHECK(t.out_of_order() == 4);
}

TEST_CASE("keys may have several columns, and NaN and both zeros are ordinary keys") {
  table t("t",
          schema({{"x", column_type::float64}, {"v", column_type::int64}, {"on", column_type::boolean}}, {"on", "x"}));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(put(t, {{nan, 1, true}, {0.0, 2, true}, {0.0, 3, false}}).inserted == 3);
  CHECK(put(t, {{-nan, 4, true}, {-0.0, 5, true}}).updated == 2);
  CHECK(rows_of(t.snapshot()) == rows{{nan, 4, true}, {0.0, 5, true}, {0.0, 3, false}});
}

TEST_CASE("a snapshot stays as it was, whatever is written later") {
  table t("pages", pages);
  put(t, {{"/a", 1, 0.5}, {"/b", 2, 2.5}});
  const table_snapshot before = t.snapshot();
  const rows seen = rows_of(before);
  put(t, {{"/a", 7, {}}, {"/c", 8, {}}});
  const std::string_view key = "/b";
  const column_values keys[] = {&key};
  t.erase({1, keys});
  put(t, {{"/d", 9, {}}});
  CHECK(rows_of(before) == seen);
  CHECK(before.version() == 1);
  CHECK(before.chunk(0).validity(2) == nullptr);
  CHECK(before.dictionary(0).size() == 2);
  CHECK(rows_of(t.snapshot()) == rows{{"/a", 7, {}}, {"/c", 8, {}}, {"/d", 9, {}}});
}

TEST_CASE("a snapshot outlives its table") {
  auto t = std::make_unique<table>("pages", pages);
  put(*t, {{"/a", 1, 0.5}});
  const table_snapshot left = t->snapshot();
  t.reset();
  CHECK(rows_of(left) == rows{{"/a", 1, 0.5}});
  CHECK(left.schema() == pages);
}

TEST_CASE("rows appended behind a snapshot do not clone what it shares") {
  table t("log", keyless({{"n", column_type::int64}, {"m", column_type::int64, true}}));
  t.append(batch_of(t.schema(), rows(10, row{1, 2})).view());
  const table_snapshot before = t.snapshot();
  t.append(batch_of(t.schema(), rows(10, row{3, {}})).view());
  const table_snapshot after = t.snapshot();
  CHECK(before.chunk(0).int64s(0) == after.chunk(0).int64s(0));
  CHECK(before.chunk(0).size() == 10);
  CHECK(before.chunk(0).validity(1) == nullptr);
  CHECK(after.chunk(0).validity(1) != nullptr);
}

TEST_CASE("a write changes a chunk in place when no snapshot shares it, and clones it when one does") {
  table t("pages", pages);
  put(t, {{"/a", 1, {}}});
  const std::int64_t* const cells = t.snapshot().chunk(0).int64s(1);
  put(t, {{"/a", 2, {}}});
  CHECK(t.snapshot().chunk(0).int64s(1) == cells);
  const table_snapshot kept = t.snapshot();
  put(t, {{"/a", 3, {}}});
  CHECK(kept.chunk(0).int64s(1) == cells);
  CHECK(t.snapshot().chunk(0).int64s(1) != cells);
}

TEST_CASE("a row written where an erased one was does not show in older snapshots") {
  table t("t", schema({{"k", column_type::int64}, {"v", column_type::int64, true}}, {"k"}));
  rows all;
  for (int i = 0; i < 1024; ++i) all.push_back({i, i});
  put(t, all);
  const table_snapshot before = t.snapshot();
  const zone full = before.chunk(0).bounds(0);
  CHECK(full.max_int64 == 1023);
  const std::int64_t last = 1023;
  const column_values keys[] = {&last};
  t.erase({1, keys});
  put(t, {{5000, {}}});
  CHECK(rows_of(before) == all);
  CHECK(t.snapshot().chunk(0).bounds(0).max_int64 == 5000);
  CHECK(before.chunk(0).bounds(0).max_int64 == 1023);
}

TEST_CASE("snapshots of an unchanged table are the same") {
  table t("pages", pages);
  put(t, {{"/a", 1, {}}});
  const table_snapshot a = t.snapshot();
  const table_snapshot b = t.snapshot();
  CHECK(a.version() == b.version());
  CHECK(a.chunk(0).int64s(1) == b.chunk(0).int64s(1));
}

TEST_CASE("the zone of a chunk holds all its values but null and NaN") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const std::size_t size : {5U, 1024U}) {
    CAPTURE(size);
    table t("t", keyless({{"i", column_type::int64, true},
                          {"f", column_type::float64, true},
                          {"nan", column_type::float64},
                          {"t", column_type::time},
                          {"null", column_type::int64, true},
                          {"s", column_type::string}}));
    rows all(size, row{5, 1.5, nan, 100, {}, "x"});
    all[1] = row{-7, nan, nan, -100, {}, "y"};
    all[2] = row{{}, {}, nan, 0, {}, "z"};
    all[3] = row{std::numeric_limits<std::int64_t>::max(), -infinity, nan, 7, {}, "z"};
    t.append(batch_of(t.schema(), all).view());
    const table_snapshot s = t.snapshot();
    for (int again = 0; again < 2; ++again) {
      const chunk_view c = s.chunk(0);
      CHECK(c.bounds(0).bounded);
      CHECK(c.bounds(0).min_int64 == -7);
      CHECK(c.bounds(0).max_int64 == std::numeric_limits<std::int64_t>::max());
      CHECK_FALSE(c.bounds(0).has_nan);
      CHECK(c.bounds(1).min_float64 == -infinity);
      CHECK(c.bounds(1).max_float64 == 1.5);
      CHECK(c.bounds(1).has_nan);
      CHECK_FALSE(c.bounds(2).bounded);
      CHECK(c.bounds(2).has_nan);
      CHECK(c.bounds(3).min_int64 == -100);
      CHECK(c.bounds(3).max_int64 == 100);
      CHECK_FALSE(c.bounds(4).bounded);
      CHECK_FALSE(c.bounds(5).bounded);
    }
  }
}

TEST_CASE("a batch that does not fit is refused whole, with the reason") {
  table t("pages", pages);
  put(t, {{"/a", 1, {}}});
  const schema other({{"page", column_type::string}, {"views", column_type::float64}, {"score", column_type::float64}});
  CHECK(failure([&] {
          t.upsert(batch_of(other, {{"/a", 2.5, 1.5}}).view());
        }) == "table 'pages': column 'views' is LONG but was given DOUBLE values");
  CHECK(failure([&] {
          t.upsert(batch_of(schema({{"page", column_type::string}}), {{"/a"}}).view());
        }) == "table 'pages': 1 columns were given where 3 are needed; give one for each, in order");
  CHECK(
      failure([&] {
        put(t, {{"/x", 1, {}}, {"/y", {}, {}}});
      }) ==
      "table 'pages': column 'views' is not nullable but row 1 of the batch is null there; make the column nullable or "
      "leave the row out");
  CHECK(failure([&] {
          t.append(batch_of(pages, {{"/a", 2, {}}}).view());
        }) == "table 'pages': it has a primary key; use upsert");
  CHECK(failure([&] {
          put(t, {{"/a", 2, {}}}, {1});
        }) == "table 'pages': comparison values were given; set table_options::comparison for them to be kept");
  CHECK(failure([&] {
          t.upsert(batch_of(pages, {{"/a", 2, {}}}).view(), {.kinds = std::vector<change_kind>(2)});
        }) == "table 'pages': 2 change kinds were given for 1 rows");
  CHECK(rows_of(t.snapshot()) == rows{{"/a", 1, {}}});

  table log("log", keyless({{"n", column_type::int64}}));
  CHECK(failure([&] { put(log, {{1}}); }) ==
        "table 'log': it has no primary key; use append, or give its schema a key");
  CHECK(failure([&] { log.erase({}); }) == "table 'log': it has no primary key, so rows cannot be erased");

  table compared("c", pages, {.comparison = true});
  CHECK(failure([&] {
          put(compared, {{"/a", 1, {}}});
        }) == "table 'c': no comparison values were given; its rows are compared to find the newer one");
  CHECK(failure([&] {
          const std::vector<double> numbers(1);
          compared.upsert(batch_of(pages, {{"/a", 1, {}}}).view(), {.comparison = numbers.data()});
        }) == "table 'c': comparison values must be LONG or TIMESTAMP and without nulls");
}

TEST_CASE("a table that cannot be is refused") {
  CHECK(failure([] { table t("", pages); }) == "table: a table has no name; give it one");
  CHECK(failure([] { table t("t", schema()); }) == "table 't': the schema has no columns; a table has at least one");
  CHECK(failure([] {
          table t("t", schema({{"n", column_type::int64}}), {.comparison = true});
        }) == "table 't': a comparison has no meaning without a key; give the schema a key");
}

TEST_CASE("an empty batch changes nothing") {
  table t("pages", pages);
  put(t, {});
  CHECK(t.version() == 0);
  table log("log", keyless({{"n", column_type::int64}}));
  log.append(batch_of(log.schema(), {}).view());
  CHECK(log.version() == 0);
}

TEST_CASE("a key costs at most 32 bytes beyond the columns") {
  table t("t", schema({{"k", column_type::int64}, {"v", column_type::int64}, {"w", column_type::float64}}, {"k"}),
          {.comparison = true});
  constexpr std::size_t count = 200'000;
  std::vector<std::int64_t> keys(count);
  const std::vector<double> floats(count);
  for (std::size_t i = 0; i < count; ++i) keys[i] = static_cast<std::int64_t>(i * 7919);
  const column_values columns[] = {keys.data(), keys.data(), floats.data()};
  t.upsert({count, columns}, {.comparison = keys.data()});
  CHECK(t.row_count() == count);
  CHECK(t.bytes() >= count * 24);
  const std::size_t slack = 5 * (std::size_t{1} << 20);  // the last block of chunks, and the scratch of a batch
  CHECK(t.bytes() - count * 24 <= count * 32 + slack);
}

TEST_CASE("a key part may be null: null equals null and no value") {
  using enum column_type;
  table joined("joined", schema({{"view", int64}, {"sale", int64, true}, {"who", string}}, {"view", "sale"}));
  batch_buffer batch(joined.schema());
  const auto add = [&](std::int64_t view, std::optional<std::int64_t> sale, std::string_view who) {
    batch[0].push_back(view);
    if (sale) {
      batch[1].push_back(*sale);
    } else {
      batch[1].push_null();
    }
    batch[2].push_back(who);
  };
  add(1, std::nullopt, "a");
  add(1, 0, "b");
  add(2, std::nullopt, "c");
  CHECK(joined.upsert(batch.view()).inserted == 3);
  batch.clear();
  add(1, std::nullopt, "d");
  add(1, 0, "e");
  CHECK(joined.upsert(batch.view()).updated == 2);
  CHECK(joined.row_count() == 3);
  const table_snapshot now = joined.snapshot();
  REQUIRE(now.chunk(0).validity(1) != nullptr);
  CHECK((now.chunk(0).validity(1)[0] & 7) == 2);  // only the second row has a sale

  std::vector<column_description> key_columns{joined.schema()[0], joined.schema()[1]};
  batch_buffer gone{schema(key_columns, {})};
  gone[0].push_back(1);
  gone[1].push_null();
  CHECK(joined.erase(gone.view()).erased == 1);
  CHECK(joined.row_count() == 2);
  CHECK(joined.erase(gone.view()).erased == 0);
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/table/table_options.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <oriel/core/error.hpp>
#include <oriel/table/table.hpp>
#include <table/rows.hpp>

using namespace oriel;
using enum merge_strategy;
using oriel_test::batch_of;
using oriel_test::cell;
using oriel_test::list;
using oriel_test::row;
using oriel_test::rows_of;
using rows = std::vector<row>;

namespace {

write_result put(table& t, const rows& r, const std::vector<std::int64_t>& times = {}) {
  upsert_details details;
  if (!times.empty()) details.comparison = times.data();
  return t.upsert(batch_of(t.schema(), r).view(), details);
}

/// A table from an id to one value, merged by `strategy`.
table merging(column_type type, merge_strategy strategy, bool comparison = false) {
  return table("t", schema({{"id", column_type::int64}, {"v", type, true}}, {"id"}),
               {.comparison = comparison, .mode = upsert_mode::partial, .strategies = {{"v", strategy}}});
}

cell value(const table& t) { return rows_of(t.snapshot()).at(0).at(1); }

std::string failure(const schema& s, const table_options& options) {
  try {
    const table t("t", s, options);
  } catch (const error& e) {
    CHECK(e.kind() == error_kind::invalid);
    return e.message();
  }
  return "no error";
}

const schema described({{"id", column_type::int64},
                        {"n", column_type::int64, true},
                        {"x", column_type::float64, true},
                        {"s", column_type::string, true},
                        {"tags", column_type::string_list, true},
                        {"on", column_type::boolean, true}},
                       {"id"});

}  // namespace

TEST_CASE("what a column becomes is what the table of strategies says") {
  // | strategy                  | (old null, new v) | (old o, new null) | (old o, new v)    |
  // | overwrite (default)       | v                 | o                 | v                 |
  // | force_overwrite           | v                 | null              | v                 |
  // | ignore (keep first)       | v                 | o                 | o                 |
  // | increment                 | v                 | o                 | o + v             |
  // | min / max                 | v                 | o                 | min/max(o, v)     |
  // | append (lists)            | v                 | o                 | o ++ v            |
  // | union (lists)             | v                 | o                 | sorted set union  |
  struct line {
    merge_strategy strategy;
    column_type type;
    cell o, v;
    cell null_then_v, o_then_null, o_then_v;
  };
  const cell null;
  const std::vector<line> truth{
      {overwrite, column_type::int64, 5, 3, 3, 5, 3},
      {overwrite, column_type::string, "o", "v", "v", "o", "v"},
      {overwrite, column_type::string_list, list("o"), list("v", "w"), list("v", "w"), list("o"), list("v", "w")},
      {force_overwrite, column_type::int64, 5, 3, 3, null, 3},
      {force_overwrite, column_type::boolean, true, false, false, null, false},
      {force_overwrite, column_type::int64_list, list(5), list(), list(), null, list()},
      {ignore, column_type::float64, 5.5, 3.5, 3.5, 5.5, 5.5},
      {ignore, column_type::int64_list, list(5), list(3), list(3), list(5), list(5)},
      {increment, column_type::int64, 5, 3, 3, 5, 8},
      {increment, column_type::float64, 5.5, 3.0, 3.0, 5.5, 8.5},
      {min, column_type::int64, 5, 3, 3, 5, 3},
      {min, column_type::float64, 5.5, std::nan(""), std::nan(""), 5.5, 5.5},
      {min, column_type::time, -5, 3, 3, -5, -5},
      {min, column_type::string, "b", "a", "a", "b", "a"},
      {max, column_type::int64, 5, 3, 3, 5, 5},
      {max, column_type::float64, 5.5, std::nan(""), std::nan(""), 5.5, std::nan("")},
      {max, column_type::string, "a", "b", "b", "a", "b"},
      {append, column_type::int64_list, list(5, 1), list(3, 5), list(3, 5), list(5, 1), list(5, 1, 3, 5)},
      {append, column_type::string_list, list("b"), list("a"), list("a"), list("b"), list("b", "a")},
      {append, column_type::boolean_list, list(true), list(false), list(false), list(true), list(true, false)},
      {union_, column_type::int64_list, list(1, 5), list(3, 5), list(3, 5), list(1, 5), list(1, 3, 5)},
      {union_, column_type::string_list, list("b"), list("a", "b"), list("a", "b"), list("b"), list("a", "b")},
      {union_, column_type::float64_list, list(0.5), list(-1.0), list(-1.0), list(0.5), list(-1.0, 0.5)},
      {union_, column_type::boolean_list, list(true), list(false), list(false), list(true), list(false, true)},
  };
  for (const line& l : truth) {
    CAPTURE(to_string(l.strategy));
    CAPTURE(to_string(l.type));
    for (const bool one_batch : {false, true}) {
      const auto result = [&](const cell& first, const cell& second) {
        table t = merging(l.type, l.strategy);
        if (one_batch) {
          put(t, {{1, first}, {1, second}});
        } else {
          put(t, {{1, first}});
          put(t, {{1, second}});
        }
        return value(t);
      };
      CHECK(result(null, l.v) == l.null_then_v);
      CHECK(result(l.o, null) == l.o_then_null);
      CHECK(result(l.o, l.v) == l.o_then_v);
      CHECK(result(null, null) == null);
    }
  }
}

TEST_CASE("rows that come late take part where order makes no difference, and are counted") {
  table t("t", described,
          {.comparison = true,
           .mode = upsert_mode::partial,
           .strategies = {{"n", increment}, {"x", max}, {"tags", union_}, {"on", force_overwrite}}});
  put(t, {{1, 10, 1.5, "new", list("b"), true}}, {100});
  const write_result r = put(t, {{1, 5, 2.5, "old", list("a"), {}}}, {50});
  CHECK(r.updated == 1);
  CHECK(r.merged == 1);
  CHECK(r.out_of_order.empty());
  CHECK(t.out_of_order() == 1);
  CHECK(rows_of(t.snapshot()) == rows{{1, 15, 2.5, "new", list("a", "b"), true}});

  put(t, {{1, {}, {}, "between", {}, {}}}, {75});
  CHECK(rows_of(t.snapshot())[0][3] == cell("new"));
  put(t, {{1, {}, {}, "equal", {}, false}}, {100});  // ties: the later arrival wins
  CHECK(rows_of(t.snapshot()) == rows{{1, 15, 2.5, "equal", list("a", "b"), false}});
}

TEST_CASE("without commutative columns a late row is dropped whole") {
  table t("t", described, {.comparison = true, .mode = upsert_mode::partial});
  put(t, {{1, 10, {}, {}, {}, {}}}, {100});
  CHECK(put(t, {{1, 5, 1.5, {}, {}, {}}}, {50}).out_of_order.size() == 1);
  CHECK(rows_of(t.snapshot()) == rows{{1, 10, {}, {}, {}, {}}});
}

TEST_CASE("a union column is sorted and without repetition from the first row on") {
  table t = merging(column_type::string_list, union_);
  put(t, {{1, list("c", "a", "c")}});
  CHECK(value(t) == list("a", "c"));
}

TEST_CASE("a sum beyond the numbers stays at the greatest or the least") {
  table t = merging(column_type::int64, increment);
  const auto most = std::numeric_limits<std::int64_t>::max();
  put(t, {{1, most}, {1, 1}, {2, -most}, {2, -most}});
  CHECK(rows_of(t.snapshot()) == rows{{1, most}, {2, std::numeric_limits<std::int64_t>::min()}});
}

TEST_CASE("what comes from before an erase stays away even after the key is back") {
  table t = merging(column_type::int64, increment, true);
  put(t, {{1, 7}}, {10});
  const std::int64_t key = 1;
  const std::int64_t when = 20;
  const column_values keys[] = {&key};
  t.erase({1, keys}, &when);
  put(t, {{1, 1}}, {30});
  CHECK(value(t) == cell(1));                                  // begun from nothing
  CHECK(put(t, {{1, 100}}, {15}).out_of_order.size() == 1);    // before the erase
  CHECK(put(t, {{1, 2}}, {25}).merged == 1);                   // after it
  CHECK(value(t) == cell(3));
}

TEST_CASE("a row that is true in the delete column erases its key, and a newer row revives it with nothing kept") {
  for (const upsert_mode mode : {upsert_mode::full, upsert_mode::partial}) {
    table t("t", described, {.comparison = true, .mode = mode, .delete_column = "on"});
    put(t, {{1, 10, 1.5, "s", list("a"), false}, {2, 1, {}, {}, {}, {}}}, {100, 100});
    CHECK(put(t, {{1, {}, {}, {}, {}, true}}, {90}).out_of_order.size() == 1);
    CHECK(put(t, {{1, {}, {}, {}, {}, true}, {2, 2, {}, {}, {}, {}}}, {110, 110}).erased == 1);
    CHECK(rows_of(t.snapshot()) == rows{{2, 2, {}, {}, {}, {}}});
    CHECK(put(t, {{1, 5, {}, {}, {}, {}}}, {109}).out_of_order.size() == 1);
    CHECK(put(t, {{1, {}, 2.5, {}, {}, {}}}, {110}).inserted == 1);
    CHECK(rows_of(t.snapshot()) == rows{{2, 2, {}, {}, {}, {}}, {1, {}, 2.5, {}, {}, {}}});
  }
}

TEST_CASE("keys come to the end of their time by event time, and are counted") {
  table t("t", schema({{"id", column_type::int64}, {"n", column_type::int64, true}}, {"id"}),
          {.comparison = true, .ttl = duration(100)});
  put(t, {{1, 1}, {2, 1}}, {0, 50});
  CHECK(put(t, {{3, 1}}, {99}).expired == 0);
  write_result r = put(t, {{4, 1}}, {100});  // 0 + 100 is not after 100
  CHECK(r.expired == 1);
  CHECK(t.expired() == 1);
  CHECK(rows_of(t.snapshot()) == rows{{4, 1}, {2, 1}, {3, 1}});
  put(t, {{2, 2}}, {140});  // keeps it
  CHECK(t.advance(at_ms(210)).expired == 2);
  CHECK(rows_of(t.snapshot()) == rows{{2, 2}});
  r = put(t, {{5, 1}}, {110});  // past before it came
  CHECK(r.inserted == 0);
  CHECK(r.out_of_order.size() == 1);
  CHECK(t.expired() == 3);
}

TEST_CASE("a key that has expired begins from nothing, also within the batch that lets it expire") {
  for (const bool one_batch : {false, true}) {
    table t("t", schema({{"id", column_type::int64}, {"n", column_type::int64, true}}, {"id"}),
            {.comparison = true,
             .mode = upsert_mode::partial,
             .strategies = {{"n", increment}},
             .ttl = duration(100)});
    put(t, {{1, 1}}, {0});
    if (one_batch) {
      put(t, {{2, 1}, {1, 5}}, {100, 95});
    } else {
      put(t, {{2, 1}}, {100});
      put(t, {{1, 5}}, {95});
    }
    CHECK(t.expired() == 1);
    CHECK(t.row_count() == 2);
    for (const row& r : rows_of(t.snapshot())) CHECK(r[1] == (r[0] == cell(1) ? cell(5) : cell(1)));
  }
}

TEST_CASE("erased keys are forgotten when their time is over") {
  table t("t", schema({{"id", column_type::int64}}, {"id"}), {.comparison = true, .ttl = duration(1000)});
  std::size_t most = 0;
  for (std::int64_t at = 0; at < 200'000; at += 100) {
    std::vector<std::int64_t> ids;
    std::vector<std::int64_t> times;
    for (std::int64_t i = 0; i < 100; ++i) (ids.push_back(at + i), times.push_back(at + i));
    const column_values columns[] = {ids.data()};
    t.erase({ids.size(), columns}, times.data());
    if (at == 20'000) most = t.bytes();
  }
  CHECK(t.bytes() <= 2 * most);
}

TEST_CASE("options that do not fit are refused with what to do about it") {
  const auto partial = [](column_strategy s) {
    return table_options{.mode = upsert_mode::partial, .strategies = {std::move(s)}};
  };
  CHECK(failure(described, partial({"s", increment})) ==
        "table 't': strategy increment does not fit column 's', which is STRING; it is for LONG and DOUBLE columns: "
        "choose another, or change the column's type");
  CHECK(failure(described, partial({"n", append})).find("it is for list columns") != std::string::npos);
  CHECK(failure(described, partial({"on", max})).find("does not fit column 'on'") != std::string::npos);
  CHECK(failure(described, partial({"tag", union_})) ==
        "table 't': strategy union is for column 'tag', which does not exist; did you mean 'tags'?");
  CHECK(failure(described, partial({"id", max})) ==
        "table 't': strategy max is for column 'id', which belongs to the key and never changes; leave it out");
  CHECK(failure(described, {.strategies = {{"n", increment}}}) ==
        "table 't': column 'n' has a strategy, but rows are replaced whole; set .mode = upsert_mode::partial");
  CHECK(failure(described, {.delete_column = "n"}) ==
        "table 't': delete column 'n' must be a BOOLEAN column of a table with a key");
  CHECK(failure(described, {.ttl = duration(5)}) ==
        "table 't': a time to live goes by event time; set table_options::comparison and give event times");
  CHECK(failure(schema({{"n", column_type::int64}}), {.mode = upsert_mode::partial}) ==
        "table 't': a partial upsert has no meaning without a key; give the schema a key");
}

// SPDX-License-Identifier: Apache-2.0
// tests/table/table_model_test.cpp - tables against a std::map, at every step, and snapshots against its copies.
#include <oriel/table/table.hpp>

#include <doctest/doctest.h>

#include <deque>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <table/rows.hpp>

using namespace oriel;
using oriel_test::cell;
using oriel_test::row;

namespace {

using contents = std::map<row, row>;  // by key

/// What a table should do, written as plainly as possible.
struct model {
  schema columns;
  bool comparison = false;
  contents rows{};
  std::map<row, std::int64_t> newest{};
  std::map<row, std::int64_t> erased{};
  std::size_t out_of_order = 0;
  std::size_t inserted = 0;
  std::size_t updated = 0;
  std::size_t removed = 0;

  row key_of(const row& r) const {
    row key;
    for (const std::size_t column : columns.key()) {
      const double* const number = std::get_if<double>(&r[column].value);
      key.push_back(number != nullptr && *number == 0 ? cell(0.0) : r[column]);
    }
    return key;
  }

  void put(row r, std::int64_t when) {
    const row key = key_of(r);
    if (comparison) {
      if (newest.contains(key) && when < newest[key]) return ++out_of_order, void();
      if (erased.contains(key) && when < erased[key]) return ++out_of_order, void();
      newest[key] = when;
      erased.erase(key);
    }
    ++(rows.contains(key) ? updated : inserted);
    for (std::size_t i = 0; i < key.size(); ++i) r[columns.key()[i]] = key[i];  // either zero may be shown
    rows[key] = std::move(r);
  }

  void erase(const row& key, std::int64_t when) {
    if (comparison) {
      if (newest.contains(key) && when < newest[key]) return ++out_of_order, void();
      if (erased.contains(key) && when < erased[key]) return ++out_of_order, void();
      erased[key] = when;
      newest.erase(key);
    }
    removed += rows.erase(key);
  }
};

contents contents_of(const table_snapshot& snapshot, const model& m) {
  contents found;
  for (row& r : oriel_test::rows_of(snapshot)) {
    row key = m.key_of(r);
    for (std::size_t i = 0; i < key.size(); ++i) r[m.columns.key()[i]] = key[i];
    REQUIRE(found.emplace(std::move(key), std::move(r)).second);
  }
  return found;
}

/// Every value lies within its chunk's bounds, and sums and order are those of the values, where they are known.
void check_zones(const table_snapshot& snapshot) {
  for (std::size_t c = 0; c < snapshot.chunk_count(); ++c) {
    const chunk_view chunk = snapshot.chunk(c);
    for (std::size_t column = 0; column < snapshot.schema().size(); ++column) {
      const zone bounds = chunk.bounds(column);
      std::int64_t sum = 0;
      std::optional<std::int64_t> before;
      for (std::size_t i = 0; i < chunk.size(); ++i) {
        const cell value = oriel_test::read(snapshot, chunk, column, i);
        if (const auto* const n = std::get_if<std::int64_t>(&value.value)) {
          REQUIRE((bounds.bounded && bounds.min_int64 <= *n && *n <= bounds.max_int64));
          if (bounds.ascending) REQUIRE(*n >= before.value_or(*n));
          before = *n;
          sum += *n;
        } else if (const auto* const x = std::get_if<double>(&value.value)) {
          if (std::isnan(*x)) {
            REQUIRE(bounds.has_nan);
          } else {
            REQUIRE((bounds.bounded && bounds.min_float64 <= *x && *x <= bounds.max_float64));
          }
        } else {
          REQUIRE(!bounds.ascending);
        }
      }
      REQUIRE(bounds.sum_int64 == (bounds.summed ? sum : 0));
    }
  }
}

cell random_cell(const column_description& column, std::size_t distinct, std::mt19937& random) {
  if (column.nullable && random() % 5 == 0) return {};
  const auto n = static_cast<std::int64_t>(random() % distinct);
  switch (column.type) {
    case column_type::boolean: return n % 2 == 0;
    case column_type::int64: return n - 10;
    case column_type::time: return (n - 5) * 60'000;
    case column_type::string:
      return n % 11 == 0 ? "" : "s" + std::string(static_cast<std::size_t>(n % 17), 'x') + std::to_string(n);
    default: break;
  }
  if (n == 0) return std::numeric_limits<double>::quiet_NaN();
  if (n == 1) return random() % 2 == 0 ? 0.0 : -0.0;
  return static_cast<double>(n) / 4 - 3;
}

row random_row(const schema& columns, std::size_t distinct, std::mt19937& random) {
  row r;
  for (std::size_t i = 0; i < columns.size(); ++i) r.push_back(random_cell(columns[i], distinct, random));
  return r;
}

schema key_schema(const schema& columns) {
  std::vector<column_description> key;
  for (const std::size_t column : columns.key()) key.push_back(columns[column]);
  return schema(key);
}

void run(const schema& columns, bool comparison, std::size_t distinct, int steps, unsigned seed) {
  CAPTURE(seed);
  std::mt19937 random(seed);
  table t("t", columns, {.comparison = comparison});
  model m{.columns = columns, .comparison = comparison};
  write_result total;
  std::size_t dropped = 0;
  std::deque<std::pair<table_snapshot, contents>> kept;
  std::int64_t now = 0;

  for (int step = 0; step < steps; ++step) {
    CAPTURE(step);
    const std::size_t size = random() % 4 == 0 ? random() % 3000 : random() % 50;
    const bool by_key = random() % 5 == 0;
    const bool mixed = !by_key && random() % 2 == 0;
    std::vector<row> rows;
    std::vector<std::int64_t> times;
    std::vector<change_kind> kinds;
    for (std::size_t i = 0; i < size; ++i) {
      row r = random_row(columns, distinct, random);
      times.push_back(now += static_cast<std::int64_t>(random() % 3));
      if (random() % 3 == 0) times.back() -= static_cast<std::int64_t>(random() % 200);
      kinds.push_back(by_key || (mixed && random() % 3 == 0) ? change_kind::erase : change_kind::update);
      if (kinds.back() == change_kind::erase) {
        m.erase(m.key_of(r), times.back());
      } else {
        m.put(r, times.back());
      }
      rows.push_back(by_key ? m.key_of(r) : std::move(r));
    }
    const column_values given = comparison ? column_values(times.data()) : column_values();
    const schema shape = by_key ? key_schema(columns) : columns;
    batch_buffer batch = oriel_test::batch_of(shape, rows);
    const write_result result =
        by_key ? t.erase(batch.view(), size > 0 || !comparison ? given : column_values(&now))
               : t.upsert(batch.view(), {.kinds = mixed ? kinds : std::vector<change_kind>{},
                                         .comparison = size > 0 || !comparison ? given : column_values(&now)});
    total.inserted += result.inserted;
    total.updated += result.updated;
    total.erased += result.erased;
    dropped += result.out_of_order.size();

    REQUIRE(t.row_count() == m.rows.size());
    REQUIRE(total.inserted == m.inserted);
    REQUIRE(total.updated == m.updated);
    REQUIRE(total.erased == m.removed);
    REQUIRE(dropped == m.out_of_order);
    REQUIRE(t.out_of_order() == m.out_of_order);
    if (random() % 6 == 0) {
      kept.emplace_back(t.snapshot(), m.rows);
      REQUIRE(contents_of(kept.back().first, m) == m.rows);
      if (random() % 2 == 0) check_zones(kept.back().first);
    }
    if (kept.size() > 6) {  // taken many writes ago
      REQUIRE(contents_of(kept.front().first, m) == kept.front().second);
      kept.pop_front();
    }
  }
  for (const auto& [snapshot, expected] : kept) {
    check_zones(snapshot);
    REQUIRE(contents_of(snapshot, m) == expected);
  }
}

const std::vector<column_description> columns{
    {"name", column_type::string},
    {"id", column_type::int64},
    {"at", column_type::time},
    {"x", column_type::float64},
    {"on", column_type::boolean},
    {"note", column_type::string, true},
    {"number", column_type::int64, true},
    {"measure", column_type::float64, true},
    {"happened", column_type::time, true},
    {"checked", column_type::boolean, true},
};

}  // namespace

TEST_CASE("a table with an integer key agrees with a map, and snapshots with what it was") {
  run(schema(columns, {"id"}), false, 3000, 80, 1);
  run(schema(columns, {"id"}), true, 3000, 80, 2);
}

TEST_CASE("a table with a string and a time as key agrees with a map") {
  run(schema(columns, {"name", "at"}), false, 50, 80, 3);
  run(schema(columns, {"at", "name"}), true, 50, 80, 4);
}

TEST_CASE("a table with a floating and a boolean key agrees with a map") {
  run(schema(columns, {"x", "on"}), false, 900, 80, 5);
  run(schema(columns, {"on", "x"}), true, 900, 80, 6);
}

TEST_CASE("a table with few keys, all of them many times in a batch, agrees with a map") {
  run(schema(columns, {"id"}), false, 6, 120, 7);
  run(schema(columns, {"name"}), true, 6, 120, 8);
}

TEST_CASE("a table whose whole row is its key agrees with a map") {
  run(schema({{"a", column_type::int64}, {"b", column_type::string}}, {"b", "a"}), false, 40, 80, 9);
}

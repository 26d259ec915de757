// SPDX-License-Identifier: Apache-2.0
// tests/query/bounds_test.cpp - answers from what is known of chunks, against going over the rows.
//
// A table in the order of time, as event tables are, some chunks long. Between questions rows come, change and go, so
// that what readers have left with the chunks must be forgotten at the right moment. Numbers are multiples of an
// eighth: their sums are exact, whatever the order they are added in.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <oriel/core/error.hpp>
#include <oriel/query/parser.hpp>
#include <oriel/query/sql.hpp>
#include <oriel/table/catalog.hpp>

namespace {

using namespace oriel;

struct record {
  std::int64_t t = 0;
  std::optional<std::int64_t> n;
  std::optional<double> x;
  std::int64_t big = 0;
  int s = 0;
};
using records = std::map<std::int64_t, record>;

const schema described({{"id", column_type::int64},
                        {"t", column_type::time},
                        {"n", column_type::int64, true},
                        {"x", column_type::float64, true},
                        {"big", column_type::int64},
                        {"s", column_type::string}},
                       {"id"});

constexpr std::int64_t minute = 60'000;
constexpr std::int64_t start = 1'760'000'000'000 / minute * minute;
constexpr std::string_view names[] = {"a", "b", "c"};
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// The table and what it should hold.
class subject {
 public:
  explicit subject(unsigned seed) : random(seed), t(tables.create("t", described)) {}

  void put(const std::vector<std::pair<std::int64_t, record>>& rows) {
    batch_buffer batch(described);
    for (const auto& [id, r] : rows) {
      batch[0].push_back(id);
      batch[1].push_back(at_ms(r.t));
      r.n ? batch[2].push_back(*r.n) : batch[2].push_null();
      r.x ? batch[3].push_back(*r.x) : batch[3].push_null();
      batch[4].push_back(r.big);
      batch[5].push_back(names[r.s]);
      held[id] = r;
    }
    t.upsert(batch.view());
  }

  void erase(const std::vector<std::int64_t>& ids) {
    const column_values keys[] = {ids.data()};
    t.erase({ids.size(), keys});
    for (const std::int64_t id : ids) held.erase(id);
  }

  /// A record `step` ms behind the one before it, mostly.
  record make(std::int64_t step) {
    now += step;
    record r;
    r.t = start + now - (below(200) == 0 ? 5 * minute : 0);
    if (below(6) != 0) r.n = static_cast<std::int64_t>(below(1000)) - 500;
    if (below(6) != 0) r.x = below(12) == 0 ? -0.0 : static_cast<double>(below(1000)) / 8 - 30;
    if (below(3'000) == 0) r.x = nan;
    r.big = static_cast<std::int64_t>(below(100)) << (below(5'000) == 0 ? 54 : 20);
    r.s = static_cast<int>(below(3));
    return r;
  }

  std::size_t below(std::size_t n) { return random() % n; }

  std::mt19937 random;
  catalog tables;
  table& t;
  records held;
  std::int64_t now = 0;
};

struct totals {
  std::int64_t rows = 0, n = 0, values_of_n = 0, big = 0, values_of_x = 0;
  double x = 0;

  void add(const record& r) {
    ++rows;
    n += r.n.value_or(0);
    values_of_n += r.n ? 1 : 0;
    x += r.x.value_or(0);
    values_of_x += r.x ? 1 : 0;
    big += r.big;
  }
};

const std::string aggregates = "COUNT(*) c, SUM(n) n, COUNT(n) cn, SUM(big) b, SUM(x) x, AVG(n) an, AVG(x) ax FROM t ";

bool same(double a, double b) { return std::isnan(a) ? std::isnan(b) : a == b; }

/// Whether the aggregates of a row, from a column on, are these.
bool is(const result_set& r, std::size_t row, std::size_t column, const totals& expected) {
  return r.as_int64(row, column) == expected.rows && r.as_int64(row, column + 1) == expected.n &&
         r.as_int64(row, column + 2) == expected.values_of_n && r.as_int64(row, column + 3) == expected.big &&
         same(r.as_float64(row, column + 4), expected.x) &&
         r.is_null(row, column + 5) == (expected.values_of_n == 0) &&
         (r.is_null(row, column + 5) ||
          same(r.as_float64(row, column + 5),
               static_cast<double>(expected.n) / static_cast<double>(expected.values_of_n))) &&
         (r.is_null(row, column + 6) ||
          same(r.as_float64(row, column + 6), expected.x / static_cast<double>(expected.values_of_x)));
}

/// Asks questions that have ways around reading every row, twice: the second time more is known.
void check(const catalog_snapshot& tables, const records& held, std::int64_t from) {
  const auto of = [&](const record& r) { return r.t >= from; };
  for (int again = 0; again < 2; ++again) {
    totals all;
    std::map<std::int64_t, totals> by_time, by_minute;
    std::map<std::pair<std::int64_t, int>, totals> by_time_and_s, by_minute_and_s;
    for (const auto& [id, r] : held) {
      if (!of(r)) continue;
      const std::int64_t m = r.t - r.t % minute;
      all.add(r);
      by_time[r.t].add(r);
      by_minute[m].add(r);
      by_time_and_s[{r.t, r.s}].add(r);
      by_minute_and_s[{m, r.s}].add(r);
    }
    const std::string where = "WHERE t >= " + std::to_string(from);
    const auto ask = [&](const std::string& query) { return execute(tables, parse(query)); };

    REQUIRE(is(ask("SELECT " + aggregates + where), 0, 0, all));

    const result_set times = ask("SELECT t, " + aggregates + where + " GROUP BY t ORDER BY t");
    REQUIRE(times.row_count() == by_time.size());
    std::size_t row = 0;
    for (const auto& [time, expected] : by_time) {
      REQUIRE(times.as_int64(row, 0) == time);
      REQUIRE(is(times, row++, 1, expected));
    }

    const result_set minutes =
        ask("SELECT DATE_TRUNC('minute', t) m, " + aggregates + where + " GROUP BY m ORDER BY m");
    REQUIRE(minutes.row_count() == by_minute.size());
    row = 0;
    for (const auto& [m, expected] : by_minute) {
      REQUIRE(minutes.as_int64(row, 0) == m);
      REQUIRE(is(minutes, row++, 1, expected));
    }

    const auto check_both = [&](const std::string& key, const std::map<std::pair<std::int64_t, int>, totals>& groups) {
      CAPTURE(key);
      const result_set r = ask("SELECT " + key + " k, s, " + aggregates + where + " GROUP BY k, s ORDER BY k, s");
      REQUIRE(r.row_count() == groups.size());
      row = 0;
      for (const auto& [of_group, expected] : groups) {
        REQUIRE(r.as_int64(row, 0) == of_group.first);
        REQUIRE(r.as_string(row, 1) == names[of_group.second]);
        REQUIRE(is(r, row++, 2, expected));
      }
    };
    check_both("DATE_TRUNC('minute', t)", by_minute_and_s);
    check_both("t", by_time_and_s);  // milliseconds: the code is too large for an array
  }
}

}  // namespace

TEST_CASE("sums and groups are the same whether chunks are read or known") {
  for (const unsigned seed : {1U, 2U, 3U}) {
    CAPTURE(seed);
    subject s(seed);
    const std::int64_t step = seed % 2 == 0 ? 97 : 0;  // many times, or few
    std::int64_t next = 0;
    const auto add = [&](std::size_t count) {
      std::vector<std::pair<std::int64_t, record>> rows;
      for (std::size_t i = 0; i < count; ++i, ++next) rows.emplace_back(next, s.make(next % 300 == 0 ? 41'000 : step));
      s.put(rows);
    };
    add(seed == 1 ? 1 : 2'040);
    std::vector<std::pair<catalog_snapshot, records>> kept;
    for (int round = 0; round < 12; ++round) {
      CAPTURE(round);
      switch (s.below(4)) {
        case 0: add(1 + s.below(1'100)); break;
        case 1: {
          std::vector<std::int64_t> ids;
          for (std::size_t i = s.below(3) == 0 ? 1'030 : 3; i-- > 0;) {
            ids.push_back(static_cast<std::int64_t>(s.below(static_cast<std::size_t>(next))));
          }
          s.erase(ids);
          break;
        }
        case 2: {
          const auto id = static_cast<std::int64_t>(s.below(static_cast<std::size_t>(next)));
          s.put({{id, s.make(0)}});
          break;
        }
        default:
          s.erase({next - 1});
          add(1);
          break;
      }
      check(s.tables.snapshot(), s.held, start + static_cast<std::int64_t>(s.below(4)) * minute);
      if (round % 4 == 0) kept.emplace_back(s.tables.snapshot(), s.held);
    }
    for (const auto& [tables, held] : kept) check(tables, held, start);
  }
}

TEST_CASE("blocks of chunks are passed over, and looked into again when a row of theirs changes") {
  std::mt19937 random(11);
  catalog tables;
  table& t = tables.create(
      "t", schema({{"id", column_type::int64}, {"t", column_type::time}, {"n", column_type::int64, true}}, {"id"}));
  using row = std::pair<std::int64_t, std::int64_t>;  // time and n
  std::map<std::int64_t, row> held;
  const auto put = [&](const std::vector<std::pair<std::int64_t, row>>& rows) {
    batch_buffer batch(t.schema());
    for (const auto& [id, r] : rows) {
      batch[0].push_back(id);
      batch[1].push_back(at_ms(r.first));
      r.second % 5 == 0 ? batch[2].push_null() : batch[2].push_back(r.second);
      held[id] = r;
    }
    t.upsert(batch.view());
  };
  const auto erase = [&](std::int64_t id) {
    const column_values keys[] = {&id};
    t.erase({1, keys});
    held.erase(id);
  };
  constexpr std::int64_t rows = 2 * 64 * 1'024 + 3'000;
  std::vector<std::pair<std::int64_t, row>> first;
  for (std::int64_t id = 0; id < rows; ++id) {
    first.push_back({id, {id * 10 + static_cast<std::int64_t>(random() % 500), id % 7}});
  }
  put(first);

  const auto agrees = [](const catalog_snapshot& seen, const std::map<std::int64_t, row>& expected, std::int64_t from,
                         std::int64_t to) {
    std::int64_t count = 0;
    std::int64_t sum = 0;
    std::vector<std::tuple<std::int64_t, std::int64_t>> latest;
    for (const auto& [id, r] : expected) {
      if (r.first >= from && r.first < to) ++count, sum += r.second % 5 == 0 ? 0 : r.second;
      if (r.first < to) latest.emplace_back(-r.first, id);
    }
    std::partial_sort(latest.begin(), latest.begin() + std::min<std::ptrdiff_t>(3, std::ssize(latest)), latest.end());
    const std::string below = "t < " + std::to_string(to);
    const std::string between = "t >= " + std::to_string(from) + " AND " + below;
    const result_set r = execute(seen, parse("SELECT COUNT(*), SUM(n) FROM t WHERE " + between));
    const result_set l = execute(seen, parse("SELECT id FROM t WHERE " + below + " ORDER BY t DESC, id LIMIT 3"));
    bool all = r.as_int64(0, 0) == count && r.as_int64(0, 1) == sum;
    all = all && l.row_count() == std::min<std::size_t>(3, latest.size());
    for (std::size_t i = 0; i < l.row_count(); ++i) all = all && l.as_int64(i, 0) == std::get<1>(latest[i]);
    return all;
  };
  const catalog_snapshot before = tables.snapshot();
  const std::map<std::int64_t, row> held_before = held;
  for (int round = 0; round < 12; ++round) {
    CAPTURE(round);
    const std::int64_t last = rows * 10 + 100'000;
    const auto from = static_cast<std::int64_t>(random() % static_cast<unsigned>(last));
    REQUIRE(agrees(tables.snapshot(), held, from, from + 700));
    REQUIRE(agrees(tables.snapshot(), held, 0, last));
    const auto id = static_cast<std::int64_t>(random() % rows);
    switch (round % 4) {
      case 0: put({{id, {rows * 10 + 50'000 + round, 1}}}); break;  // later than all others
      case 1: put({{id, {-round, 2}}}); break;
      case 2: erase(id); break;  // the last row comes to its place
      default:
        for (std::int64_t k = 0; k < 1'100; ++k) erase(rows - 1 - k - round * 1'100);
        break;
    }
  }
  REQUIRE(agrees(before, held_before, 0, rows * 20));
}

TEST_CASE("a sum that is too large is refused, also where parts of it are known") {
  catalog tables;
  table& t = tables.create("t", schema({{"a", column_type::int64}, {"b", column_type::int64}}));
  batch_buffer batch(t.schema());
  for (std::int64_t i = 0; i < 2'048; ++i) {
    batch[0].push_back(i < 1'024 ? std::int64_t{1} << 51 : std::int64_t{1} << 62);
    constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();
    batch[1].push_back(i % 2 == 0 ? greatest : -greatest);
  }
  t.append(batch.view());
  CHECK_THROWS_AS(sql(tables, "SELECT SUM(a) FROM t"), error);
  CHECK(sql(tables, "SELECT SUM(a) FROM t WHERE a < 4503599627370496").as_int64(0, 0) == std::int64_t{1} << 61);
  CHECK(sql(tables, "SELECT SUM(b) FROM t").as_int64(0, 0) == 0);
}

TEST_CASE("a sum of DOUBLE is the same to the last bit whoever asks first") {
  const auto make = [](catalog& tables, unsigned seed) {
    table& t = tables.create("t", schema({{"k", column_type::int64}, {"x", column_type::float64}}));
    std::mt19937_64 numbers(seed);
    batch_buffer batch(t.schema());
    for (int i = 0; i < 5'000; ++i) {
      batch[0].push_back(std::int64_t{i / 1'500});
      batch[1].push_back(std::ldexp(static_cast<double>(numbers()), static_cast<int>(numbers() % 40)));
    }
    t.append(batch.view());
  };
  for (const char* const query : {"SELECT SUM(x) FROM t", "SELECT k, SUM(x), AVG(x) FROM t GROUP BY k"}) {
    catalog cold, warm;
    make(cold, 9);
    make(warm, 9);
    sql(warm, "SELECT COUNT(*), SUM(x) FROM t WHERE x > 0 AND k >= 0");
    const result_set first = sql(cold, query);
    CHECK(first == sql(cold, query));
    CHECK(first == sql(warm, query));
  }
}

TEST_CASE("sums of snapshots hold while a writer goes on") {
  catalog tables;
  table& t = tables.create("t", schema({{"id", column_type::int64}, {"n", column_type::int64}}, {"id"}));
  constexpr std::int64_t rows = 3'000;
  // Every row has the same value within a batch of upserts, which are seen whole or not at all.
  const auto put = [&](std::int64_t value) {
    batch_buffer batch(t.schema());
    for (std::int64_t i = 0; i < rows; ++i) {
      batch[0].push_back(i);
      batch[1].push_back(value);
    }
    t.upsert(batch.view());
  };
  put(0);
  bool right = true;
  std::thread reader([&] {
    for (int i = 0; i < 60; ++i) {
      const result_set r = sql(tables, "SELECT SUM(n), MAX(n), AVG(n) FROM t");
      right = right && r.as_int64(0, 0) == rows * r.as_int64(0, 1);
      right = right && r.as_float64(0, 2) == static_cast<double>(r.as_int64(0, 1));
    }
  });
  for (int i = 1; i <= 40; ++i) {
    put(i);
    sql(tables, "SELECT SUM(n) FROM t");
  }
  reader.join();
  CHECK(right);
  CHECK(sql(tables, "SELECT SUM(n) FROM t").as_int64(0, 0) == rows * 40);
}

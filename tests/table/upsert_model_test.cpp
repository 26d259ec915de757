// SPDX-License-Identifier: Apache-2.0
// tests/table/upsert_model_test.cpp - partial upserts, deletes and expiry against a std::map, row after row.
#include <oriel/table/table.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <oriel/table/catalog.hpp>
#include <table/rows.hpp>

using namespace oriel;
using enum merge_strategy;
using oriel_test::batch_of;
using oriel_test::cell;
using oriel_test::row;

namespace {

const schema columns({{"id", column_type::int64},
                      {"deleted", column_type::boolean, true},
                      {"overwritten", column_type::string, true},
                      {"forced", column_type::int64, true},
                      {"first", column_type::float64, true},
                      {"sum", column_type::int64, true},
                      {"least", column_type::string, true},
                      {"greatest", column_type::float64, true},
                      {"all", column_type::int64_list, true},
                      {"set", column_type::string_list, true}},
                     {"id"});

const std::vector<column_strategy> strategies{{"forced", force_overwrite}, {"first", ignore}, {"sum", increment},
                                              {"least", min},              {"greatest", max}, {"all", append},
                                              {"set", union_}};

cell::list& elements(cell& c) { return std::get<cell::list>(c.value); }

cell as_set(cell c) {
  std::sort(elements(c).begin(), elements(c).end());
  elements(c).erase(std::unique(elements(c).begin(), elements(c).end()), elements(c).end());
  return c;
}

/// The table of section 9, line by line.
cell merged(merge_strategy strategy, const cell& o, const cell& v) {
  if (v.is_null()) return strategy == force_overwrite ? v : o;
  if (o.is_null()) return strategy == union_ ? as_set(v) : v;
  switch (strategy) {
    case overwrite:
    case force_overwrite: return v;
    case ignore: return o;
    case increment: return std::get<std::int64_t>(o.value) + std::get<std::int64_t>(v.value);
    case min: return v < o ? v : o;
    case max: return o < v ? v : o;
    case append:
    case union_: break;
  }
  cell both = o;
  for (const cell& e : std::get<cell::list>(v.value)) elements(both).push_back(e);
  return strategy == union_ ? as_set(both) : both;
}

/// "A newer row replaces (ties: later arrival), an older one is dropped and counted. Commutative strategies
/// also apply rows that arrive out of order. Delete: an erase change, or a declared boolean delete column; a
/// newer row later revives the key with all columns reset. TTL expires keys and counts them."
struct model {
  table_options options;
  std::map<std::int64_t, row> rows{};
  std::map<std::int64_t, std::int64_t> newest{};
  std::map<std::int64_t, std::int64_t> erased{};
  std::optional<std::int64_t> greatest{};
  std::uint64_t out_of_order = 0;
  std::uint64_t expired = 0;

  merge_strategy strategy_of(std::size_t column) const {
    if (options.mode == upsert_mode::full) return force_overwrite;
    for (const column_strategy& s : options.strategies) {
      if (s.column == columns[column].name) return s.strategy;
    }
    return overwrite;
  }

  bool is_past(std::int64_t time) const {
    return options.ttl.count() > 0 && greatest && time + options.ttl.count() <= *greatest;
  }

  void observe(std::int64_t when) {
    greatest = std::max(greatest.value_or(when), when);
    for (auto i = newest.begin(); i != newest.end();) {
      if (!is_past(i->second)) {
        ++i;
        continue;
      }
      rows.erase(i->first);
      i = newest.erase(i);
      ++expired;
    }
  }

  void apply(const row& r, std::int64_t when, bool erase) {
    const auto id = std::get<std::int64_t>(r[0].value);
    if (options.ttl.count() > 0) observe(when);
    const bool deletes = erase || (!options.delete_column.empty() && r[1] == cell(true));
    const bool is_there = rows.count(id) != 0;
    const bool is_late = options.comparison && is_there && when < newest[id];
    bool any_commutative = false;
    for (std::size_t c = 0; c < columns.size(); ++c) any_commutative |= is_commutative(strategy_of(c));
    if (options.comparison && (is_past(when) || (erased.count(id) != 0 && when < erased[id]))) {
      ++out_of_order;
      return;
    }
    if (is_late) {
      ++out_of_order;
      if (deletes || !any_commutative) return;
    }
    if (deletes) {
      erased[id] = when;
      rows.erase(id);
      newest.erase(id);
      return;
    }
    if (!is_late) newest[id] = when;
    row& to = rows.try_emplace(id, row(columns.size())).first->second;
    to[0] = r[0];
    for (std::size_t c = 1; c < columns.size(); ++c) {
      if (is_late && !is_commutative(strategy_of(c))) continue;
      to[c] = merged(strategy_of(c), to[c], r[c]);
    }
  }
};

row random_row(std::int64_t ids, std::mt19937& random) {
  const auto n = [&] { return static_cast<std::int64_t>(random() % 40) - 20; };
  const auto text = [&] { return "s" + std::to_string(random() % 30); };
  const auto maybe = [&](cell c) { return random() % 4 == 0 ? cell() : c; };
  const auto some = [&](auto make) {
    cell::list out;
    for (std::size_t k = random() % 4; k > 0; --k) out.emplace_back(make());
    return cell(out);
  };
  const double x = random() % 9 == 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(n()) / 4;
  return {static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(ids)),
          maybe(random() % 8 == 0), maybe(text()), maybe(n()), maybe(x), maybe(n()), maybe(text()),
          maybe(x), maybe(some(n)), maybe(some(text))};
}

using contents = std::map<std::int64_t, row>;

contents contents_of(const table_snapshot& s) {
  contents found;
  for (row& r : oriel_test::rows_of(s)) {
    const auto id = std::get<std::int64_t>(r[0].value);
    REQUIRE(found.emplace(id, std::move(r)).second);
  }
  return found;
}

/// One batch after another into a table and a model.
class feeder {
 public:
  feeder(table& t, unsigned seed) : table_(t), model_{.options = t.options()}, random_(seed) {}

  const model& expected() const { return model_; }

  void step(std::int64_t ids) {
    std::vector<row> rows;
    std::vector<std::int64_t> times;
    std::vector<change_kind> kinds;
    const std::size_t size = random_() % 3 == 0 ? random_() % 600 : random_() % 30;
    for (std::size_t i = 0; i < size; ++i) {
      rows.push_back(random_row(ids, random_));
      now_ += static_cast<std::int64_t>(random_() % 3);
      times.push_back(now_ - (random_() % 3 == 0 ? static_cast<std::int64_t>(random_() % 150) : 0));
      kinds.push_back(random_() % 8 == 0 ? change_kind::erase : change_kind::update);
      model_.apply(rows.back(), times.back(), kinds.back() == change_kind::erase);
    }
    upsert_details details{.kinds = kinds};
    if (table_.options().comparison) details.comparison = times.empty() ? column_values(&now_) : times.data();
    table_.upsert(batch_of(columns, rows).view(), details);
    if (random_() % 5 == 0 && table_.options().ttl.count() > 0) {
      now_ += 20;
      table_.advance(at_ms(now_));
      model_.observe(now_);
    }
  }

 private:
  table& table_;
  model model_;
  std::mt19937 random_;
  std::int64_t now_ = 0;
};

void run(const table_options& options, std::int64_t ids, int steps, unsigned seed) {
  CAPTURE(seed);
  table t("t", columns, options);
  feeder feed(t, seed);
  std::deque<std::pair<table_snapshot, contents>> kept;
  for (int step = 0; step < steps; ++step) {
    CAPTURE(step);
    feed.step(ids);
    REQUIRE(t.row_count() == feed.expected().rows.size());
    REQUIRE(t.out_of_order() == feed.expected().out_of_order);
    REQUIRE(t.expired() == feed.expected().expired);
    if (step % 4 == 0) {
      kept.emplace_back(t.snapshot(), feed.expected().rows);
      REQUIRE(contents_of(kept.back().first) == kept.back().second);
    }
    if (kept.size() > 5) {
      REQUIRE(contents_of(kept.front().first) == kept.front().second);
      kept.pop_front();
    }
  }
}

}  // namespace

TEST_CASE("full upserts with a delete column and a time to live agree with a map") {
  run({.delete_column = "deleted"}, 500, 60, 1);
  run({.comparison = true, .delete_column = "deleted"}, 500, 60, 2);
  run({.comparison = true, .delete_column = "deleted", .ttl = duration(400)}, 500, 100, 3);
  run({.comparison = true, .ttl = duration(60)}, 3000, 60, 4);
}

TEST_CASE("partial upserts by all strategies agree with a map, also out of order") {
  using enum upsert_mode;
  run({.mode = partial, .strategies = strategies}, 200, 60, 5);
  run({.comparison = true, .mode = partial, .strategies = strategies}, 200, 60, 6);
  run({.comparison = true, .mode = partial, .delete_column = "deleted"}, 200, 60, 7);
  run({.comparison = true, .mode = partial, .strategies = strategies, .delete_column = "deleted", .ttl = duration(300)},
      200, 120, 8);
  run({.comparison = true, .mode = partial, .strategies = strategies, .ttl = duration(50)}, 2000, 80, 9);
}

TEST_CASE("snapshots of two tables taken while they are written are what the map was, and of one moment") {
  catalog tables;
  const table_options options{.comparison = true,
                              .mode = upsert_mode::partial,
                              .strategies = strategies,
                              .delete_column = "deleted",
                              .ttl = duration(300)};
  table& a = tables.create("a", columns, options);
  table& b = tables.create("b", columns, options);  // written the same, in the same units
  std::mutex mutex;
  std::map<std::uint64_t, contents> by_version;  // of the last units
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::atomic<int> compared{0};

  const auto read = [&] {
    while (!stop) {
      const catalog_snapshot now = tables.snapshot();
      const table_snapshot& first = now.at("a");
      const table_snapshot& second = now.at("b");
      std::optional<contents> expected;
      {
        const std::lock_guard guard(mutex);
        const auto found = by_version.find(first.version());
        if (found != by_version.end()) expected = found->second;
      }
      std::map<std::int64_t, row> of_a;
      std::map<std::int64_t, row> of_b;
      for (row& r : oriel_test::rows_of(first)) of_a.emplace(std::get<std::int64_t>(r[0].value), r);
      for (row& r : oriel_test::rows_of(second)) of_b.emplace(std::get<std::int64_t>(r[0].value), r);
      if (of_a != of_b || first.version() != second.version()) ++wrong;
      if (!expected) continue;
      if (of_a != *expected) ++wrong;
      ++compared;
    }
  };
  std::thread first(read);
  std::thread second(read);
  feeder into_a(a, 10);
  feeder into_b(b, 10);
  for (int i = 0; i < 150 || (compared < 20 && i < 5000); ++i) {
    const auto unit = tables.write();
    into_a.step(300);
    into_b.step(300);
    const std::lock_guard guard(mutex);
    by_version[a.version()] = into_a.expected().rows;
    while (by_version.size() > 8) by_version.erase(by_version.begin());
  }
  stop = true;
  first.join();
  second.join();
  CHECK(wrong == 0);
  CHECK(compared > 0);
}

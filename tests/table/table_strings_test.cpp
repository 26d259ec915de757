// SPDX-License-Identifier: Apache-2.0
// tests/table/table_strings_test.cpp - strings that come and go: what a table keeps of them.
#include <oriel/table/table.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <table/rows.hpp>

using namespace oriel;
using oriel_test::batch_of;
using oriel_test::cell;
using oriel_test::row;
using oriel_test::rows_of;

namespace {

const schema visits({{"id", column_type::string, true},
                     {"shard", column_type::int64},
                     {"url", column_type::string},
                     {"note", column_type::string, true},
                     {"tags", column_type::string_list, true}},
                    {"shard", "id"});

using contents = std::map<row, row>;

contents contents_of(const table_snapshot& s) {
  contents found;
  for (row& r : rows_of(s)) REQUIRE(found.emplace(row{r[0], r[1]}, r).second);
  return found;
}

}  // namespace

TEST_CASE("a table whose strings come and go agrees with a map, and so do its snapshots") {
  std::mt19937 random(20240701);
  table t("visits", visits);
  contents model;
  std::deque<std::pair<table_snapshot, contents>> kept;
  std::int64_t next = 0;
  for (int step = 0; step < 60; ++step) {
    CAPTURE(step);
    std::vector<row> rows;
    std::vector<change_kind> kinds;
    for (int i = 0; i < 300; ++i) {
      const auto text = [&] { return "s" + std::to_string(next++ % 40'000); };
      cell id = random() % 50 == 0 ? cell() : cell("id" + std::to_string(random() % 900));
      cell::list tags;
      for (std::size_t k = random() % 4; k > 0; --k) tags.emplace_back(text());
      rows.push_back({std::move(id), static_cast<std::int64_t>(random() % 2), text(),
                      random() % 3 == 0 ? cell() : cell(text()), random() % 5 == 0 ? cell() : cell(tags)});
      kinds.push_back(random() % 4 == 0 ? change_kind::erase : change_kind::update);
      const row key{rows.back()[0], rows.back()[1]};
      kinds.back() == change_kind::erase ? static_cast<void>(model.erase(key))
                                         : static_cast<void>(model[key] = rows.back());
    }
    t.upsert(batch_of(visits, rows).view(), {.kinds = kinds});
    kept.emplace_back(t.snapshot(), model);
    if (step % 7 == 0) REQUIRE(contents_of(kept.back().first) == model);
    if (kept.size() > 6) {
      if (step % 5 == 0) REQUIRE(contents_of(kept.front().first) == kept.front().second);
      kept.pop_front();
    }
  }
  for (const auto& [snapshot, expected] : kept) REQUIRE(contents_of(snapshot) == expected);
  CHECK(t.snapshot().dictionary(2).size() < 9'000);  // of 30 000 that came
  CHECK(t.snapshot().dictionary(4).size() < 12'000);
}

TEST_CASE("strings of keys that are gone are given back, those of keys that must stay away are not") {
  for (const bool remembers : {false, true}) {
    CAPTURE(remembers);
    table t("t", schema({{"id", column_type::string, true}, {"n", column_type::int64}}, {"id"}),
            {.comparison = remembers});
    std::int64_t when = 1000;
    const auto write = [&](const std::vector<row>& rows, change_kind kind) {
      const std::vector<change_kind> kinds(rows.size(), kind);
      const std::vector<std::int64_t> times(rows.size(), when);
      return t.upsert(batch_of(t.schema(), rows).view(),
                      {.kinds = kinds, .comparison = remembers ? column_values(times.data()) : column_values()});
    };
    for (int round = 0; round < 40; ++round) {
      std::vector<row> rows{{cell(), 1}};
      for (int i = 0; i < 1000; ++i) rows.push_back({std::to_string(round * 1000 + i), 1});
      write(rows, change_kind::insert);
      write(rows, change_kind::erase);
    }
    CHECK(t.row_count() == 0);
    if (!remembers) {
      CHECK(t.bytes() < 500'000);  // 40 000 strings would take three times as much
      CHECK(t.snapshot().dictionary(0).size() < 10'000);
      continue;
    }
    when = 999;  // older than the erases
    CHECK(write({{"17", 2}, {cell(), 2}, {"39999", 2}, {"new", 2}}, change_kind::insert).out_of_order.size() == 3);
    when = 1001;
    CHECK(write({{"17", 3}, {"39999", 3}}, change_kind::insert).inserted == 2);
  }
}

TEST_CASE("strings that only a snapshot has count as long as it lives") {
  table t("t", schema({{"id", column_type::int64}, {"text", column_type::string}}, {"id"}));
  const auto write = [&](int round) {
    std::vector<row> rows;
    for (int i = 0; i < 3000; ++i) rows.push_back({i, std::string(100, 'x') + std::to_string(round * 10'000 + i)});
    t.upsert(batch_of(t.schema(), rows).view());
  };
  write(0);
  std::optional<table_snapshot> kept = t.snapshot();
  const std::vector<row> before = rows_of(*kept);
  for (int round = 1; round < 8; ++round) write(round);
  CHECK(rows_of(*kept) == before);
  const std::size_t with_snapshot = t.bytes();
  kept.reset();
  CHECK(t.bytes() + 300'000 < with_snapshot);
}

TEST_CASE("readers look up strings while others take the ids that are free") {
  table t("t", schema({{"id", column_type::int64}, {"text", column_type::string}}, {"id"}));
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::atomic<int> seen{0};
  const auto read = [&] {
    while (!stop) {
      const table_snapshot s = t.snapshot();
      const dictionary_view texts = s.dictionary(1);
      for (std::uint32_t id = 0; id < texts.size(); ++id) {  // also those no row has
        if (!texts[id].empty() && texts[id].front() != 'x') ++wrong;
      }
      for (std::size_t c = 0; c < s.chunk_count(); ++c) {
        const chunk_view chunk = s.chunk(c);
        for (std::size_t i = 0; i < chunk.size(); ++i) {
          const std::string id = std::to_string(chunk.int64s(0)[i]);
          if (!texts[chunk.string_ids(1)[i]].starts_with("x" + id + "-")) ++wrong;
        }
      }
      ++seen;
    }
  };
  std::thread first(read);
  std::thread second(read);
  for (int round = 0; round < 60 || (seen < 20 && round < 2000); ++round) {
    std::vector<row> rows;
    for (int i = 0; i < 500; ++i) {
      const int id = (round * 500 + i) % 1500;
      rows.push_back({id, "x" + std::to_string(id) + "-" + std::to_string(round)});
    }
    t.upsert(batch_of(t.schema(), rows).view());
  }
  stop = true;
  first.join();
  second.join();
  CHECK(wrong == 0);
}

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

#include <oriel/table/subscription.hpp>
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
      const std::string shared = "n" + std::to_string(next / 9 % 20'000);  // by a few rows
      cell id = random() % 50 == 0 ? cell() : cell("id" + std::to_string(random() % 900));
      cell::list tags;
      for (std::size_t k = random() % 4; k > 0; --k) tags.emplace_back(text());
      rows.push_back({std::move(id), static_cast<std::int64_t>(random() % 2), text(),
                      random() % 3 == 0 ? cell() : cell(shared), random() % 5 == 0 ? cell() : cell(tags)});
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
  CHECK(t.snapshot().dictionary(2).size() < 9'000);  // of 18 000 that came
  CHECK(t.snapshot().dictionary(4).size() < 10'000);  // of 25 000 that came
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
    for (int i = 0; i < 3000; ++i) rows.push_back({i, std::string(300, 'x') + std::to_string(round * 10'000 + i)});
    t.upsert(batch_of(t.schema(), rows).view());
  };
  write(0);
  std::optional<table_snapshot> kept = t.snapshot();
  const std::vector<row> before = rows_of(*kept);
  for (int round = 1; round < 8; ++round) write(round);
  CHECK(rows_of(*kept) == before);
  const std::size_t with_snapshot = t.bytes();
  kept.reset();
  CHECK(t.bytes() + 900'000 < with_snapshot);
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
          const std::string group = std::to_string(chunk.int64s(0)[i] / 4);
          if (!texts[chunk.string_ids(1)[i]].starts_with("x" + group + "-")) ++wrong;
        }
      }
      ++seen;
    }
  };
  std::thread first(read);
  std::thread second(read);
  for (int round = 0; round < 120 || (seen < 20 && round < 2000); ++round) {
    std::vector<row> rows;
    for (int i = 0; i < 500; ++i) {
      const int id = (round * 500 + i) % 6000;
      rows.push_back({id, "x" + std::to_string(id / 4) + "-" + std::to_string(round)});
    }
    t.upsert(batch_of(t.schema(), rows).view());
  }
  stop = true;
  first.join();
  second.join();
  CHECK(wrong == 0);
}

namespace {

/// So many strings that a column may do without dictionary.
constexpr int many = 80'000;

const schema events({{"id", column_type::int64},
                     {"event", column_type::string, true},
                     {"user", column_type::string},
                     {"page", column_type::string, true},
                     {"body", column_type::string}},
                    {"id"});

row event(std::int64_t id) {
  const std::string n = std::to_string(id);
  return {id, id % 10 == 0 ? cell() : id % 1000 == 1 ? cell("") : cell("event-0000-" + n),
          "user" + std::to_string(id % 20'000), id % 2 == 0 ? cell() : cell("page" + n), std::string(120, 'b') + n};
}

void write(table& t, std::int64_t first, std::int64_t last) {
  std::vector<row> rows;
  for (std::int64_t id = first; id < last; ++id) rows.push_back(event(id));
  t.upsert(batch_of(events, rows).view());
}

}  // namespace

TEST_CASE("a column of which nearly every string is another does without dictionary, and agrees with a map then too") {
  table t("t", events, {.mode = upsert_mode::partial, .strategies = {{"page", merge_strategy::max}}});
  write(t, 0, 40'000);
  const table_snapshot young = t.snapshot();
  for (std::int64_t id = 40'000; id < many; id += 8000) write(t, id, id + 8000);
  const table_snapshot before = t.snapshot();
  CHECK(young.has_dictionary(1));
  CHECK_FALSE(before.has_dictionary(1));
  for (const std::size_t column : {2U, 3U, 4U}) CHECK(before.has_dictionary(column));  // repeats, is merged, is long
  std::int64_t next = 0;
  for (const row& r : rows_of(young)) REQUIRE(r == event(next++));
  CHECK(next == 40'000);

  std::mt19937 random(20241201);
  std::map<std::int64_t, row> model;
  for (std::int64_t id = 0; id < many; ++id) model[id] = event(id);
  const auto check = [&model](const table_snapshot& s) {
    REQUIRE(s.row_count() == model.size());
    for (const row& r : rows_of(s)) REQUIRE(r == model.at(std::get<std::int64_t>(r[0].value)));
  };
  std::optional<table_snapshot> kept;
  for (int step = 0; step < 40; ++step) {
    std::vector<row> rows;
    std::vector<change_kind> kinds;
    for (int i = 0; i < 200; ++i) {
      const auto id = static_cast<std::int64_t>(random() % 3000);
      rows.push_back(event(id));
      const std::string longer(random() % 40, 'x');
      rows.back()[1] = random() % 4 == 0 ? cell() : cell(longer + std::to_string(step));
      kinds.push_back(random() % 5 == 0 ? change_kind::erase : change_kind::update);
      if (kinds.back() == change_kind::erase) {
        model.erase(id);
        continue;
      }
      const auto [found, is_new] = model.try_emplace(id, rows.back());
      if (!is_new && !rows.back()[1].is_null()) found->second[1] = rows.back()[1];  // null says nothing
    }
    t.upsert(batch_of(events, rows).view(), {.kinds = kinds});
    if (step % 3 == 0) kept = t.snapshot();  // so that chunks are shared now and then
    if (step == 21) check(*kept);
  }
  check(t.snapshot());
  next = 0;
  for (const row& r : rows_of(before)) REQUIRE(r == event(next++));
}

TEST_CASE("strings without dictionary are merged, expire and are followed like others") {
  const schema described({{"id", column_type::int64}, {"last", column_type::string, true}, {"first", column_type::string, true}},
                         {"id"});
  table t("t", described,
          {.comparison = true,
           .mode = upsert_mode::partial,
           .strategies = {{"first", merge_strategy::ignore}},
           .ttl = duration(1'000'000)});
  std::vector<row> rows;
  std::vector<std::int64_t> times;
  const auto write = [&] {
    t.upsert(batch_of(described, rows).view(), {.comparison = times.data()});
    rows.clear();
    times.clear();
  };
  for (int i = 0; i < many; ++i) {
    rows.push_back({i, "last-" + std::to_string(i), i % 8 == 0 ? cell() : cell("first-" + std::to_string(i))});
    times.push_back(i);
  }
  write();
  const table_snapshot before = t.snapshot();
  REQUIRE_FALSE(before.has_dictionary(1));
  REQUIRE_FALSE(before.has_dictionary(2));
  table_subscription follow = t.subscribe();
  CHECK(follow.take().snapshot.has_value());
  rows = {{16, "a much longer text than before", "once"}, {17, cell(), "twice"}, {18, "short", cell()}};
  times = {200'000, 200'000, 3};  // the last one is late
  write();
  const auto changes = follow.take().changes;
  REQUIRE(changes.size() == 2);
  CHECK((changes[0].before[1] == table_value("last-16")));
  CHECK((changes[0].after[1] == table_value("a much longer text than before")));
  CHECK((changes[1].after[2] == table_value("first-17")));
  CHECK((row_of(before, 0, 16)[1] == table_value("last-16")));
  CHECK((row_of(before, 0, 16)[2] == table_value()));
  const std::vector<row> found = rows_of(t.snapshot());
  CHECK(found[16] == row{16, "a much longer text than before", "once"});
  CHECK(found[17] == row{17, "last-17", "first-17"});
  CHECK(found[18] == row{18, "last-18", "first-18"});
  t.advance(at_ms(1'050'000));
  CHECK(t.expired() == 50'001 - 2);
  for (const row& r : rows_of(t.snapshot())) {
    const std::string id = std::to_string(std::get<std::int64_t>(r[0].value));
    REQUIRE((r[1] == cell("last-" + id) || id == "16"));
  }
}

TEST_CASE("strings of their own take less memory than they would in a dictionary") {
  const auto bytes_of = [](std::vector<std::string> key) {
    table t("t", schema({{"event", column_type::string}}, std::move(key)));
    std::size_t n = 0;
    for (int round = 0; round < 100; ++round) {
      std::vector<row> rows;
      for (int i = 0; i < 800; ++i) rows.push_back({"0123456789-0123456789-" + std::to_string(1'000'000 + n++)});
      batch_buffer batch = batch_of(t.schema(), rows);
      t.schema().key().empty() ? t.append(batch.view()) : static_cast<void>(t.upsert(batch.view()));
    }
    return t.bytes();
  };
  const std::size_t without = bytes_of({});
  CHECK(without < 80'000 * (8 + 29) * 5 / 4);  // what they are, and a quarter
  CHECK(without < bytes_of({"event"}) * 2 / 3);  // a key keeps its dictionary, and has an index
}

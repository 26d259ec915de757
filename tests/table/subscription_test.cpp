// SPDX-License-Identifier: Apache-2.0
#include <oriel/table/subscription.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include <oriel/table/catalog.hpp>
#include <table/rows.hpp>

using namespace oriel;
using oriel_test::batch_of;
using rows = std::vector<oriel_test::row>;
using namespace std::chrono_literals;

namespace {

const schema pages(
    {{"id", column_type::int64}, {"views", column_type::int64, true}, {"tags", column_type::string_list}}, {"id"});

void put(table& t, const rows& r) { t.upsert(batch_of(t.schema(), r).view()); }

void erase(table& t, std::int64_t id) {
  const column_values keys[] = {&id};
  t.erase({1, keys});
}

table_row full(std::int64_t id, std::int64_t views, std::vector<std::string> tags) {
  return {id, views, std::move(tags)};
}

using contents = std::map<std::int64_t, table_row>;

std::int64_t id_of(const table_row& r) { return std::get<std::int64_t>(r[0]); }

contents contents_of(const table_snapshot& s) {
  contents out;
  for (std::size_t c = 0; c < s.chunk_count(); ++c) {
    for (std::size_t i = 0; i < s.chunk(c).size(); ++i) {
      table_row r = row_of(s, c, i);
      out[id_of(r)] = std::move(r);
    }
  }
  return out;
}

/// Whether each change begins where the one before it has ended.
bool apply(contents& to, const table_changes& news) {
  if (news.snapshot) to = contents_of(*news.snapshot);
  for (const change<table_row>& c : news.changes) {
    const auto found = to.find(id_of(c.row()));
    if ((found == to.end()) != (c.kind == change_kind::insert)) return false;
    if (found != to.end() && found->second != c.before) return false;
    if (c.kind == change_kind::erase) {
      to.erase(found);
    } else {
      to[id_of(c.after)] = c.after;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("a subscriber gets a snapshot, then every change with the row before and after") {
  table t("pages", pages);
  put(t, {{1, 10, oriel_test::list("a")}});
  table_subscription follow = t.subscribe();
  table_changes news = follow.take();
  REQUIRE(news.snapshot);
  CHECK(contents_of(*news.snapshot) == contents{{1, full(1, 10, {"a"})}});
  CHECK(news.changes.empty());

  put(t, {{1, 11, oriel_test::list("a", "b")}, {2, {}, oriel_test::list()}});
  erase(t, 1);
  news = follow.take();
  CHECK_FALSE(news.snapshot);
  CHECK(news.version == t.version());
  REQUIRE(news.changes.size() == 3);
  CHECK(news.changes[0] == change<table_row>::update(full(1, 10, {"a"}), full(1, 11, {"a", "b"})));
  CHECK(news.changes[1] == change<table_row>::insert({std::int64_t{2}, std::monostate{}, std::vector<std::string>{}}));
  CHECK(news.changes[2] == change<table_row>::erase(full(1, 11, {"a", "b"})));
  CHECK(follow.take().changes.empty());
}

TEST_CASE("a subscriber that is too slow begins anew from a snapshot") {
  table t("pages", pages);
  table_subscription follow = t.subscribe({.capacity = 2});
  follow.take();
  for (std::int64_t id = 0; id < 5; ++id) put(t, {{id, id, oriel_test::list()}});
  table_changes news = follow.take();
  REQUIRE(news.snapshot);
  CHECK(news.snapshot->row_count() == 5);
  CHECK(news.changes.empty());
  put(t, {{9, 9, oriel_test::list()}});
  news = follow.take();
  CHECK_FALSE(news.snapshot);
  CHECK(news.changes.size() == 1);
}

TEST_CASE("an append table tells what was appended, expiry what has gone") {
  table log("log", schema({{"n", column_type::int64}}));
  table_subscription follow = log.subscribe();
  follow.take();
  const std::int64_t numbers[] = {4, 5};
  const column_values columns[] = {numbers};
  log.append({2, columns});
  CHECK(follow.take().changes == std::vector{change<table_row>::insert({std::int64_t{4}}),
                                             change<table_row>::insert({std::int64_t{5}})});

  table t("t", schema({{"n", column_type::int64}}, {"n"}), {.comparison = true, .ttl = duration(10)});
  t.upsert({2, columns}, {.comparison = numbers});
  table_subscription keys = t.subscribe();
  keys.take();
  t.advance(at_ms(14));
  CHECK(keys.take().changes == std::vector{change<table_row>::erase({std::int64_t{4}})});
}

TEST_CASE("waiting ends with a change, and without one when the time is over") {
  table t("pages", pages);
  const std::uint64_t version = t.version();
  CHECK_FALSE(t.wait_for_change(version, 0ms));
  std::thread writer([&] { put(t, {{1, 1, oriel_test::list()}}); });
  const auto changed = t.wait_for_change(version, 60s);
  REQUIRE(changed);
  CHECK(*changed == version + 1);
  writer.join();
  CHECK(t.wait_for_change(version, 0ms));

  table_subscription follow = t.subscribe();
  CHECK(follow.wait(0ms)->snapshot);
  CHECK_FALSE(follow.wait(0ms));
}

TEST_CASE("changes replayed on the snapshot are the table, whatever is written meanwhile") {
  catalog tables;
  table& t = tables.create("pages", pages);
  constexpr std::int64_t last = -1;  // the row that says that nothing more comes
  std::thread writer([&] {
    std::mt19937 random(3);
    for (int unit = 0; unit < 400; ++unit) {
      const auto guard = tables.write();
      rows some;
      for (std::size_t n = random() % 20; n > 0; --n) {
        some.push_back({static_cast<std::int64_t>(random() % 300), static_cast<std::int64_t>(random() % 50),
                        random() % 2 == 0 ? oriel_test::list("a") : oriel_test::list("b", "c")});
      }
      put(t, some);
      erase(t, static_cast<std::int64_t>(random() % 300));
    }
    put(t, {{last, 0, oriel_test::list()}});
  });
  table_subscription follow = t.subscribe({.capacity = 64});
  contents known;
  bool sound = true;
  while (!known.contains(last)) {
    if (const auto news = follow.wait(10s)) sound = apply(known, *news) && sound;
  }
  writer.join();
  CHECK(sound);
  CHECK(known == contents_of(t.snapshot()));
}

// SPDX-License-Identifier: Apache-2.0
// tests/query/text_columns_test.cpp - columns of strings without dictionary are asked like those that have one.
#include <oriel/query/sql.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include <oriel/table/catalog.hpp>

using namespace oriel;

namespace {

/// The same rows twice: `plain` holds its texts as they are; in `keyed` they are part of the key, which has ids.
void fill(catalog& tables) {
  const std::vector<column_description> columns{{"id", column_type::int64},
                                                {"text", column_type::string, true},
                                                {"other", column_type::string},
                                                {"kind", column_type::string},
                                                {"n", column_type::int64}};
  table& plain = tables.create("plain", schema(columns));
  table& keyed = tables.create("keyed", schema(columns, {"id", "text", "other"}));
  std::mt19937 random(20240901);
  std::int64_t id = 0;
  for (int round = 0; round < 80; ++round) {
    std::vector<std::string> texts;
    for (int i = 0; i < 2000; ++i) {  // each once, in no order
      texts.push_back((i % 3 == 0 ? "a" : "B\xC3\xA4-") + std::to_string((round * 2000 + i) * 7919 % 160'001));
    }
    batch_buffer batch(plain.schema());
    for (std::size_t i = 0; i < 1000; ++i) {
      batch[0].push_back(id++);
      i % 11 == 0 ? batch[1].push_null() : batch[1].push_back(std::string_view(texts[2 * i]));
      batch[2].push_back(std::string_view(i % 5 == 0 ? texts[2 * i] : texts[2 * i + 1]));
      batch[3].push_back(i % 2 == 0 ? "even" : "odd");
      batch[4].push_back(static_cast<std::int64_t>(random() % 100));
    }
    plain.append(batch.view());
    keyed.upsert(batch.view());
  }
}

}  // namespace

TEST_CASE("strings without dictionary give the answers that those with one give") {
  catalog tables;
  fill(tables);
  REQUIRE_FALSE(tables.snapshot("plain").has_dictionary(1));
  REQUIRE_FALSE(tables.snapshot("plain").has_dictionary(2));
  REQUIRE(tables.snapshot("keyed").has_dictionary(1));
  for (const std::string query : {
           "SELECT id, text, other FROM TABLE_ WHERE n < 20 ORDER BY id",
           "SELECT COUNT(*) AS n, COUNT(text) AS texts, COUNT(DISTINCT text) AS d, MIN(text) AS least, MAX(text) AS most "
           "FROM TABLE_",
           "SELECT kind, COUNT(DISTINCT text) AS d, MAX(other) AS most, DISTINCTCOUNTHLL(text) AS about FROM TABLE_ "
           "GROUP BY kind ORDER BY kind",
           "SELECT text, COUNT(*) AS n, SUM(n) AS total FROM TABLE_ GROUP BY text ORDER BY total DESC, text LIMIT 50",
           "SELECT text, kind, MIN(id) AS id FROM TABLE_ GROUP BY text, kind ORDER BY text DESC, kind LIMIT 100",
           "SELECT id FROM TABLE_ WHERE text = other ORDER BY id",
           "SELECT id FROM TABLE_ WHERE text > other AND text LIKE 'a1%' ORDER BY id",
           "SELECT id FROM TABLE_ WHERE text IN ('a17', 'a1', 'B\xC3\xA4-3') OR text IS NULL ORDER BY id",
           "SELECT UPPER(text) AS up, LENGTH(text) AS l, COALESCE(text, other) AS c, CASE WHEN n < 9 THEN text ELSE 'x' END "
           "AS k FROM TABLE_ ORDER BY id LIMIT 700",
           "SELECT DISTINCT SUBSTR(text, 1, 2) AS two FROM TABLE_ ORDER BY two",
           "SELECT a.id, b.id AS other_id FROM TABLE_ a JOIN TABLE_ b ON a.text = b.other WHERE a.n < 3 ORDER BY 1, 2",
           "SELECT kind, MODE(text) AS m, FIRSTWITHTIME(text, id, 'STRING') AS f FROM TABLE_ WHERE id < 1500 GROUP BY kind "
           "ORDER BY kind",
       }) {
    CAPTURE(query);
    const auto of = [&](const std::string& name, std::size_t threads) {
      std::string text = query;
      for (std::size_t at = 0; (at = text.find("TABLE_")) != text.npos;) text.replace(at, 6, name);
      return sql(tables, text, {.threads = threads});
    };
    const result_set expected = of("keyed", 1);
    REQUIRE(expected.row_count() > 0);
    CHECK((of("plain", 1) == expected));
    CHECK((of("plain", 2) == expected));
  }
}

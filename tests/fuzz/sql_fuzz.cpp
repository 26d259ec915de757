// SPDX-License-Identifier: Apache-2.0
// SQL on whatever libFuzzer thinks of: lexer, parser, printer, binder and execution.
//
// Four claims for every text:
//   - it is answered or refused with an `oriel::error`, within bounds of time and memory;
//   - a tree that was parsed and printed parses as the same tree;
//   - the same query gives the same answer twice, and as printed text;
//   - the answer formats as a table, JSON and CSV.
//
//   clang++-14 -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -Iinclude -Isrc tests/fuzz/sql_fuzz.cpp
//     src/query/*.cpp src/table/*.cpp src/core/*.cpp -lfmt -lxxhash -ldate-tz
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <oriel/core/clock.hpp>
#include <oriel/core/error.hpp>
#include <oriel/query/format.hpp>
#include <oriel/query/parser.hpp>
#include <oriel/query/printer.hpp>
#include <oriel/query/sql.hpp>
#include <oriel/table/catalog.hpp>

namespace {

using namespace oriel;

/// Two chunks of rows with every type, nulls and awkward values; and a table without rows.
const catalog_snapshot& tables() {
  static catalog instance;
  static const catalog_snapshot snapshot = [] {
    const schema columns({{"a", column_type::int64},
                          {"b", column_type::int64, true},
                          {"d", column_type::float64, true},
                          {"s", column_type::string, true},
                          {"org", column_type::string},
                          {"f", column_type::boolean, true},
                          {"ts", column_type::time, true},
                          {"x.y", column_type::string},
                          {"l", column_type::int64_list},
                          {"tags", column_type::string_list, true}});
    instance.create("e", columns);
    table& t = instance.create("t", columns);
    batch_buffer batch(columns);
    constexpr std::string_view texts[] = {"", "abc", "12", "2025-10-04", "gr\xC3\xBC\xC3\x9F", "%_\\"};
    for (std::int64_t i = 0; i < 1100; ++i) {
      batch[0].push_back(i % 7 == 0 ? INT64_MAX - i : i);
      i % 5 == 0 ? batch[1].push_null() : batch[1].push_back(i % 11 == 0 ? INT64_MIN : i - 500);
      i % 6 == 0 ? batch[2].push_null() : batch[2].push_back(i % 13 == 0 ? 1e308 * 10 : static_cast<double>(i) / 8);
      i % 9 == 0 ? batch[3].push_null() : batch[3].push_back(texts[static_cast<std::size_t>(i) % 6]);
      batch[4].push_back(i % 2 == 0 ? "acme" : "hollow");
      i % 4 == 0 ? batch[5].push_null() : batch[5].push_back(i % 3 == 0);
      i % 10 == 0 ? batch[6].push_null() : batch[6].push_back(at_ms(i * 10'000 - 500'000));
      batch[7].push_back("z");
      batch[8].begin_list();
      for (std::int64_t k = 0; k < i % 4; ++k) batch[8].push_element(i % 3 + k);
      batch[8].end_list();
      if (i % 8 == 0) {
        batch[9].push_null();
      } else {
        batch[9].begin_list();
        for (std::int64_t k = 0; k < i % 3; ++k) batch[9].push_element(texts[static_cast<std::size_t>(i + k) % 6]);
        batch[9].end_list();
      }
    }
    t.append(batch.view());
    return instance.snapshot();
  }();
  return snapshot;
}

void require(bool claim) {
  if (!claim) std::abort();
}

std::optional<result_set> ask(const statement& query) {
  static const manual_clock clock{at_ms(1'759'587'128'000)};
  try {
    query_options options;
    options.clock = &clock;
    options.parameters.assign(query.parameters < 100 ? query.parameters : 0, std::int64_t{1});
    options.memory = std::size_t{1} << 26;
    return execute(tables(), query, options);
  } catch (const oriel::error& e) {
    require(!e.message().empty());
    return std::nullopt;
  }
}

result_set without_names(const result_set& r) {
  std::vector<result_column> columns;
  for (std::size_t c = 0; c < r.column_count(); ++c) {
    columns.push_back(r.column(c));
    columns.back().name = "c";
  }
  return {std::move(columns), r.row_count()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::optional<statement> query;
  try {
    query = parse(text);
  } catch (const oriel::error& e) {
    require(!e.message().empty() && e.message().size() < 2'000);
    return 0;
  }
  const std::string printed = to_sql(*query);
  if (printed.size() > longest_statement) return 0;
  statement again = parse(printed);
  require(again == *query);

  query->explain = again.explain = false;  // times differ
  const std::optional<result_set> answer = ask(*query);
  const std::optional<result_set> repeated = ask(again);
  require(answer.has_value() == repeated.has_value());
  if (!answer || answer->row_count() > 20'000) return 0;
  // Labels may differ, being the text as it was written; rows may not.
  require(format_csv(without_names(*answer)) == format_csv(without_names(*repeated)));
  require(!format_table(*answer).empty() && format_json(*answer).empty() == answer->empty());
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// src/query/sql.cpp - from a query to its result: find the table, bind, run stage after stage.
#include <oriel/query/sql.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <oriel/core/near_names.hpp>
#include <oriel/query/parser.hpp>
#include <oriel/table/catalog.hpp>
#include <query/bind.hpp>
#include <query/diagnostic.hpp>
#include <query/group_run.hpp>
#include <query/output_run.hpp>

namespace oriel {
namespace {

using namespace detail;

scope scope_of(const table_reference& from, const schema& columns) {
  const std::string& name = from.alias.empty() ? from.name : from.alias;
  std::vector<scope_column> out;
  for (const column_description& c : columns.columns()) out.push_back({name, c.name, c.type, c.nullable});
  return scope(std::move(out));
}

result_set run(const query_plan& plan, const relation& table, std::string_view text) {
  const relation* input = &table;
  std::vector<std::unique_ptr<group_run>> runs;  // their groups are read until the end
  for (const group_stage& stage : plan.groups) {
    runs.push_back(std::make_unique<group_run>(stage, *input, text));
    input = &runs.back()->run();
  }
  return run_output(plan.output, *input, text);
}

timestamp now_of(const query_options& options) {
  return (options.clock != nullptr ? *options.clock : system_clock()).now();
}

[[noreturn]] void fail_unknown_table(const statement& query, const std::vector<std::string>& known) {
  const std::string& name = query.from->name;
  std::string message = "no table '" + name + "'" + did_you_mean(name, known);
  if (known.empty()) message += "; there are no tables";
  throw error_at(error_kind::invalid, query.text, query.from->span, message);
}

result_set answer(const statement& query, const table_snapshot* table, const query_options& options) {
  if (query.items.empty()) throw error(error_kind::invalid, "a query needs something to SELECT");
  const timestamp now = now_of(options);
  if (table == nullptr) return run(bind(query, scope{}, now), one_row_relation{}, query.text);
  const scope columns = scope_of(*query.from, table->schema());
  return run(bind(query, columns, now), table_relation(*table), query.text);
}

}  // namespace

result_set execute(const catalog_snapshot& tables, const statement& query, const query_options& options) {
  if (!query.from) return answer(query, nullptr, options);
  const table_snapshot* const table = tables.find(query.from->name);
  if (table == nullptr) fail_unknown_table(query, tables.names());
  return answer(query, table, options);
}

result_set execute(const catalog& tables, const statement& query, const query_options& options) {
  if (!query.from) return answer(query, nullptr, options);
  if (tables.find(query.from->name) == nullptr) fail_unknown_table(query, tables.names());
  const table_snapshot table = tables.snapshot(query.from->name);
  return answer(query, &table, options);
}

result_set sql(const catalog& tables, std::string_view text, const query_options& options) {
  return execute(tables, parse(text), options);
}

result_set sql(const catalog_snapshot& tables, std::string_view text, const query_options& options) {
  return execute(tables, parse(text), options);
}

}  // namespace oriel

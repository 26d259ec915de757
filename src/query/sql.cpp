// SPDX-License-Identifier: Apache-2.0
// src/query/sql.cpp - from a query to its result: find the tables, bind, run.
#include <oriel/query/sql.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <oriel/core/clock.hpp>
#include <oriel/query/parser.hpp>
#include <oriel/table/catalog.hpp>
#include <query/bind.hpp>
#include <query/run_plans.hpp>

namespace oriel {
namespace {

using namespace detail;

result_set answer(const catalog_snapshot& tables, std::vector<std::string> names, const statement& query,
                  const query_options& options) {
  const clock& time = options.clock != nullptr ? *options.clock : system_clock();
  const bind_context context{tables, std::move(names), query.text, time.now()};
  query_watch watch(time, options.deadline, options.stop, options.memory);
  statement filled;
  const statement* bound = &query;
  if (query.parameters != 0 || !options.parameters.empty()) {
    filled = query;
    fill_parameters(filled, options.parameters);
    bound = &filled;
  }
  query_trace trace;
  result_set out =
      run_plans(bind(*bound, context), query.text, watch, options.threads, query.explain ? &trace : nullptr);
  return query.explain ? trace.table() : out;
}

}  // namespace

result_set execute(const catalog_snapshot& tables, const statement& query, const query_options& options) {
  return answer(tables, tables.names(), query, options);
}

result_set execute(const catalog& tables, const statement& query, const query_options& options) {
  std::vector<std::string> read;  // those that are no tables are queries of WITH, or the binder's to complain about
  for (const std::string& name : names_in_from(query)) {
    const table* const found = tables.find(name);
    if (found != nullptr && std::find(read.begin(), read.end(), found->name()) == read.end()) {
      read.push_back(found->name());
    }
  }
  return answer(tables.snapshot(read), tables.names(), query, options);
}

result_set sql(const catalog& tables, std::string_view text, const query_options& options) {
  return execute(tables, parse(text), options);
}

result_set sql(const catalog_snapshot& tables, std::string_view text, const query_options& options) {
  return execute(tables, parse(text), options);
}

}  // namespace oriel

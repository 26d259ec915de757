// SPDX-License-Identifier: Apache-2.0
// src/query/bind.hpp - statements to plans.
//
// Everything is first bound over the columns of the table, aggregates standing as
// nodes of their own. If the query groups, each expression of its output is then
// lifted over the groups: what was grouped by becomes a column, an aggregate
// becomes a column, and any other column left is an error. DISTINCT is the same once more, grouping
// by all outputs.
//
// Queries within queries become plans of their own, before the one that reads them. A query
// of WITH is planned and run once, however often it is read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <oriel/core/time.hpp>
#include <oriel/query/statement.hpp>
#include <oriel/table/catalog.hpp>
#include <query/plan.hpp>
#include <query/scope.hpp>

namespace oriel::detail {

/// What a statement may name.
struct bind_context {
  const catalog_snapshot& tables;
  std::vector<std::string> names;  ///< of all tables there are, for messages
  std::string_view text;           ///< of the whole statement
  timestamp now;
};

/// The plans of a statement without parameters. Errors: `error{invalid}` or `error{unsupported}` with the position.
query_plans bind(const statement& query, const bind_context& context);

/// The names that stand in FROM anywhere in the statement, of tables or of queries of WITH.
std::vector<std::string> names_in_from(const statement& query);

/// Puts constants in the place of parameters. Errors: `error{invalid}` if there are more or fewer than values, or
/// one stands where a position could be meant.
void fill_parameters(statement& query, const std::vector<constant_value>& values);

}  // namespace oriel::detail

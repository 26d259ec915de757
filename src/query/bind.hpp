// SPDX-License-Identifier: Apache-2.0
// src/query/bind.hpp - statements to plans.
//
// Everything is first bound over the columns of the table, aggregates standing as
// nodes of their own. If the query groups, each expression of its output is then
// lifted over the groups: what was grouped by becomes a column, an aggregate
// becomes a column, and any other column left is an error. DISTINCT is the same once more, grouping
// by all outputs.
#pragma once

#include <string_view>

#include <oriel/core/time.hpp>
#include <oriel/query/statement.hpp>
#include <query/plan.hpp>
#include <query/scope.hpp>

namespace oriel::detail {

/// The plan of a query over these columns. Errors: `error{invalid}` or `error{unsupported}` with the position.
query_plan bind(const statement& query, const scope& columns, timestamp now);

}  // namespace oriel::detail

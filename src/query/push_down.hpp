// SPDX-License-Identifier: Apache-2.0
// src/query/push_down.hpp - conditions asked as early as the answer allows.
#pragma once

#include <query/plan.hpp>

namespace oriel::detail {

/// Moves conditions towards the tables, within a statement's plans:
///
///     HAVING over keys only              -> WHERE
///     WHERE over a query in FROM         -> a condition of that query, if nothing else reads it and it has no LIMIT
///     WHERE over one table of a JOIN     -> a condition of that table's rows, before they are matched
///
/// Not moved is what may fail: it would be asked of rows that it is not asked of now. Of a table that a JOIN
/// pads with nulls nothing is moved either, since the condition may hold for the nulls.
void push_down(query_plans& plans);

}  // namespace oriel::detail

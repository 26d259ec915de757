// SPDX-License-Identifier: Apache-2.0
// oriel/query/parser.hpp - SQL text to tree.
//
// The grammar is PostgreSQL's SELECT as far as docs/sql.md lists it. Keywords are
// contextual: a word is a keyword only where the grammar would otherwise end, so
// columns called value, ts, count, timestamp or date need no quotes. Expressions are
// read by precedence climbing (Pratt); statements by recursive descent.
//
// What the grammar knows but this version does not carry out (joins, subqueries,
// window functions, ...) is `error{unsupported}` naming the construct; anything else
// that does not fit is `error{invalid}`. Both carry the position and show the line.
#pragma once

#include <cstddef>
#include <string_view>

#include <oriel/core/export.hpp>
#include <oriel/query/statement.hpp>

namespace oriel {

/// How long a statement may be, in bytes.
inline constexpr std::size_t longest_statement = 64 * 1024;

/// How deep expressions may nest, in levels.
inline constexpr std::size_t deepest_nesting = 200;

/// Reads one SELECT statement.
///
/// Complexity: O(length).
/// Errors: throws `error{invalid}` or `error{unsupported}` with the position.
///
///     statement s = parse("SELECT org, COUNT(*) AS n FROM events GROUP BY org");
ORIEL_EXPORT statement parse(std::string_view sql);

/// Reads one expression.
ORIEL_EXPORT expression parse_expression(std::string_view sql);

}  // namespace oriel

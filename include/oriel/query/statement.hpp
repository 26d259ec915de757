// SPDX-License-Identifier: Apache-2.0
// oriel/query/statement.hpp - a query as a tree: what was asked, before any table is looked at.
//
// The parser makes this tree from SQL text, the typed builder from C++ and the
// printer turns it back into SQL. Names are not resolved and nothing has a type yet;
// that is the binder's work. Every part remembers where in the text it stands, so
// that whatever is found wrong with it later can be shown there.
//
// An expression is a plain value: one struct for all kinds, copied and compared as a
// whole. Comparing ignores the places, so `parse(to_sql(tree)) == tree` can be tested.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <oriel/core/export.hpp>
#include <oriel/core/join_kind.hpp>

namespace oriel {

/// The bytes `[begin, end)` of a query's text. Empty for a part that was not read from a text.
struct text_span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

enum class expression_kind : std::uint8_t {
  constant,     ///< `value`
  time_length,  ///< INTERVAL 'text': `value` holds the text
  name,         ///< a column or alias: `path` holds its dotted parts
  star,         ///< `*`, or `t.*` with the table in `path`
  operation,    ///< `operation` applied to `operands`
  choice,       ///< CASE: see `operands`
  cast,         ///< CAST(operand AS type): `path` holds the type's name
  call,         ///< a function, `path[0]`, applied to `operands`
  parameter,    ///< `?` or `$1`: `value` holds its number, from 1
};

/// What stands between or before operands. `in` has the list behind the first operand,
/// `between` the bounds; `conjunction` and `disjunction` have two or more operands.
enum class operation_kind : std::uint8_t {
  negate,
  add,
  subtract,
  multiply,
  divide,
  remainder,
  append,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  in,
  between,
  like,
  is_null,
  logical_not,
  conjunction,
  disjunction,
};

/// NULL, TRUE, 1, 1.5 or 'text'.
using constant_value = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

/// An expression as it was written.
struct expression {
  expression_kind kind = expression_kind::constant;
  operation_kind operation = operation_kind::negate;
  bool negated = false;        ///< NOT IN, NOT BETWEEN, NOT LIKE, IS NOT NULL
  bool distinct = false;       ///< call: COUNT(DISTINCT x)
  bool has_subject = false;    ///< choice: the first operand is what WHEN values are compared with
  bool has_otherwise = false;  ///< choice: the last operand is the ELSE value
  constant_value value;
  std::vector<std::string> path;

  /// In the order written. A choice has subject (if any), then pairs of WHEN and THEN, then ELSE (if any).
  std::vector<expression> operands;
  std::vector<expression> filter;  ///< call: the condition of FILTER (WHERE ...), or none
  text_span span;
};

ORIEL_EXPORT bool operator==(const expression& a, const expression& b);

/// An expression of the SELECT list.
struct select_item {
  expression value;
  std::string alias;  ///< empty when none was given
  std::string label;  ///< the expression as it was written, which labels the column when there is no alias
};

ORIEL_EXPORT bool operator==(const select_item& a, const select_item& b);

enum class null_order : std::uint8_t { unsaid, first, last };

/// An expression of the ORDER BY list. Unsaid, nulls are greater than every value, as in PostgreSQL.
struct order_item {
  expression value;
  bool descending = false;
  null_order nulls = null_order::unsaid;

  friend bool operator==(const order_item&, const order_item&) = default;
};

struct statement;

/// A table of the FROM clause, or a derived table: a query in parentheses.
struct table_reference {
  std::string name;              ///< of a table or of a query of WITH; empty for a derived table
  std::string alias;             ///< empty when none was given
  std::vector<statement> query;  ///< the derived table, or none
  text_span span;
};

ORIEL_EXPORT bool operator==(const table_reference& a, const table_reference& b);

/// A further table of the FROM clause and how its rows are matched: `on`, or equal `columns` (USING).
struct join_clause {
  join_kind kind = join_kind::inner;
  table_reference table;
  std::optional<expression> on;
  std::vector<std::string> columns;
  text_span span;
};

ORIEL_EXPORT bool operator==(const join_clause& a, const join_clause& b);

/// A query of WITH.
struct common_table {
  std::string name;
  std::vector<statement> query;  ///< one
  text_span span;
};

ORIEL_EXPORT bool operator==(const common_table& a, const common_table& b);

/// `SET key = value` or `OPTION(key = value)`. Settings are kept and have no effect.
struct query_setting {
  std::string key;
  constant_value value;

  friend bool operator==(const query_setting&, const query_setting&) = default;
};

/// A SELECT statement.
struct statement {
  bool explain = false;  ///< the answer is how the query was carried out
  std::vector<common_table> with;
  bool distinct = false;
  std::vector<select_item> items;
  std::optional<table_reference> from;
  std::vector<join_clause> joins;
  std::optional<expression> where;
  std::vector<expression> group_by;
  std::optional<expression> having;
  std::vector<order_item> order_by;
  std::optional<expression> limit;
  std::optional<expression> offset;
  std::vector<query_setting> settings;
  std::size_t parameters = 0;  ///< how many `?` there are, or the greatest number behind `$`
  std::string text;  ///< what was parsed; empty for a tree made otherwise, or for a query within. Not compared.
};

ORIEL_EXPORT bool operator==(const statement& a, const statement& b);

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// src/query/parser.cpp - statements, by recursive descent.
#include <oriel/query/parser.hpp>

#include <algorithm>
#include <utility>

#include <query/expression_parser.hpp>
#include <query/keywords.hpp>

namespace oriel {
namespace detail {
namespace {

constexpr std::size_t deepest_query = 30;
constexpr std::size_t most_tables = 32;

class statement_parser {
 public:
  explicit statement_parser(std::string_view text) : tokens_(text), expressions_(tokens_) {}

  statement run() {
    while (tokens_.at_word("SET") || tokens_.at_symbol(";")) {
      if (!tokens_.accept_symbol(";")) set();
    }
    const bool explain = tokens_.at_word("EXPLAIN");
    if (explain) take_explain();
    statement result = query();
    result.explain = explain;
    options();
    if (!at_end() && !tokens_.at_symbol(";")) refuse_rest();
    while (!at_end()) {
      if (tokens_.accept_symbol(";")) continue;
      if (!tokens_.at_word("SET"))
        tokens_.fail(tokens_.peek().span, "one statement at a time; only SET may follow ';'");
      set();
    }
    result.settings = std::move(settings_);
    result.parameters = expressions_.parameters();
    result.text = tokens_.text();
    return result;
  }

  expression run_expression() {
    expression e = expressions_.parse();
    if (!at_end()) tokens_.fail_expected("an operator or the end");
    return e;
  }

 private:
  bool at_end() const { return tokens_.peek().kind == token_kind::end; }

  // EXPLAIN [ANALYZE]: the query is carried out either way.
  void take_explain() {
    tokens_.take();
    if (tokens_.at_symbol("(")) tokens_.fail_unsupported(tokens_.peek().span, "EXPLAIN with options is");
    if (tokens_.at_word("VERBOSE")) tokens_.fail_unsupported(tokens_.peek().span, "EXPLAIN VERBOSE is");
    if (tokens_.at_word("PLAN")) tokens_.fail_unsupported(tokens_.peek().span, "EXPLAIN PLAN FOR is");
    tokens_.accept_word("ANALYZE");
  }

  // [WITH name AS (query), ...] SELECT ...
  statement query() {
    // Queries within queries are read by recursion, of which there is an end.
    if (++depth_ > deepest_query) {
      tokens_.fail(tokens_.peek().span, "queries nest deeper than " + std::to_string(deepest_query) + " levels");
    }
    statement s;
    if (tokens_.at_word("WITH")) with(s);
    select(s);
    --depth_;
    return s;
  }

  void with(statement& s) {
    tokens_.take();
    if (tokens_.at_word("RECURSIVE")) tokens_.fail_unsupported(tokens_.peek().span, "WITH RECURSIVE is");
    do {
      common_table t;
      t.span = tokens_.peek().span;
      t.name = table_name();
      if (tokens_.at_symbol("(")) tokens_.fail_unsupported(tokens_.peek().span, "renaming columns in WITH is");
      tokens_.expect_word("AS", " after the name of a query in WITH");
      tokens_.expect_symbol("(", " and a query after AS");
      t.query.push_back(query());
      tokens_.expect_symbol(")", " to close the query of " + t.name);
      s.with.push_back(std::move(t));
    } while (tokens_.accept_symbol(","));
  }

  void select(statement& s) {
    refuse_other_statements();
    if (!tokens_.accept_word("SELECT")) tokens_.fail_expected("SELECT");
    if (tokens_.accept_word("DISTINCT")) {
      s.distinct = true;
      if (tokens_.at_word("ON") && tokens_.at_symbol("(", 1)) {
        tokens_.fail_unsupported(tokens_.peek().span, "DISTINCT ON is");
      }
    } else if (tokens_.at_word("ALL")) {
      tokens_.take();
    }
    do {
      item(s);
    } while (tokens_.accept_symbol(","));
    if (tokens_.accept_word("FROM")) from(s);
    if (tokens_.accept_word("WHERE")) s.where = expressions_.parse();
    if (tokens_.accept_word("GROUP")) group_by(s);
    if (tokens_.accept_word("HAVING")) s.having = expressions_.parse();
    if (tokens_.accept_word("ORDER")) order_by(s);
    limit(s);
  }

  void item(statement& s) {
    const std::size_t begin = tokens_.peek().span.begin;
    select_item item;
    item.value = expressions_.parse();
    const text_span written = tokens_.span_from(begin);
    item.label = tokens_.text().substr(begin, written.end - begin);
    const text_span behind = tokens_.peek().span;
    item.alias = alias(true);
    if (item.value.kind == expression_kind::star && !item.alias.empty()) {
      tokens_.fail(behind, "'*' stands for several columns, which cannot all have one name");
    }
    s.items.push_back(std::move(item));
  }

  // AS anything, or a bare word that is not a keyword; empty when there is none.
  std::string alias(bool text_allowed) {
    const token& t = tokens_.peek();
    if (tokens_.accept_word("AS")) {
      const token_kind kind = tokens_.peek().kind;
      const bool fits =
          kind == token_kind::word || kind == token_kind::quoted || (kind == token_kind::text && text_allowed);
      if (!fits) tokens_.fail_expected("a name after AS");
      if (tokens_.peek().text.empty()) tokens_.fail(tokens_.peek().span, "a name may not be empty");
      return tokens_.take().text;
    }
    if (t.kind == token_kind::quoted || (t.kind == token_kind::word && !is_reserved_alias(t.text))) {
      return tokens_.take().text;
    }
    return {};
  }

  void from(statement& s) {
    s.from = table();
    for (;;) {
      const token& t = tokens_.peek();
      join_clause join;
      join.span = t.span;
      if (tokens_.at_any_word({"CROSS", "NATURAL"})) {
        tokens_.fail_unsupported(t.span, t.is_word("CROSS") ? "CROSS JOIN is" : "NATURAL JOIN is");
      }
      if (tokens_.accept_word("LEFT")) {
        join.kind = join_kind::left;
      } else if (tokens_.accept_word("RIGHT")) {
        join.kind = join_kind::right;
      } else if (tokens_.accept_word("FULL")) {
        join.kind = join_kind::full;
      } else if (!tokens_.accept_word("INNER") && !tokens_.at_word("JOIN")) {
        break;
      }
      if (join.kind != join_kind::inner) tokens_.accept_word("OUTER");
      tokens_.expect_word("JOIN", "");
      join.table = table();
      join_condition(join);
      if (s.joins.size() + 2 > most_tables) {
        tokens_.fail(join.span, "more than " + std::to_string(most_tables) + " tables in FROM");
      }
      s.joins.push_back(std::move(join));
    }
    const token& t = tokens_.peek();
    if (t.is_symbol(",")) tokens_.fail_unsupported(t.span, "several tables in FROM are");
    if (t.is_word("TABLESAMPLE")) tokens_.fail_unsupported(t.span, "TABLESAMPLE is");
  }

  // A table's name or a query in parentheses, and an alias.
  table_reference table() {
    const token& t = tokens_.peek();
    const std::size_t begin = t.span.begin;
    table_reference out;
    if (t.is_word("LATERAL") || t.is_word("UNNEST")) tokens_.fail_unsupported(t.span, "LATERAL and UNNEST are");
    if (tokens_.accept_symbol("(")) {
      if (!tokens_.at_any_word({"SELECT", "WITH"})) {
        if (tokens_.at_word("VALUES")) tokens_.fail_unsupported(tokens_.peek().span, "VALUES is");
        tokens_.fail_expected("SELECT after '(' in FROM");
      }
      out.query.push_back(query());
      tokens_.expect_symbol(")", " to close the query in FROM");
    } else {
      out.name = table_name();
      while (tokens_.accept_symbol(".")) out.name.append(".").append(table_name());
    }
    out.span = tokens_.span_from(begin);
    if (tokens_.at_symbol("(")) tokens_.fail_unsupported(tokens_.peek().span, "table functions are");
    out.alias = alias(false);
    if (tokens_.at_symbol("(")) tokens_.fail_unsupported(tokens_.peek().span, "renaming columns in FROM is");
    return out;
  }

  // ON condition, or USING (column, ...)
  void join_condition(join_clause& join) {
    if (tokens_.accept_word("ON")) {
      join.on = expressions_.parse();
    } else if (tokens_.accept_word("USING")) {
      tokens_.expect_symbol("(", " after USING");
      do {
        std::string column = table_name();
        while (tokens_.accept_symbol(".")) column.append(".").append(table_name());
        join.columns.push_back(std::move(column));
      } while (tokens_.accept_symbol(","));
      tokens_.expect_symbol(")", " to close USING (");
    } else {
      tokens_.fail_expected("ON or USING and what the tables are joined by");
    }
  }

  std::string table_name() {
    const token& t = tokens_.peek();
    if (t.kind != token_kind::quoted && (t.kind != token_kind::word || is_reserved_alias(t.text))) {
      tokens_.fail_expected("the name of a table");
    }
    return tokens_.take().text;
  }

  void group_by(statement& s) {
    tokens_.expect_word("BY", " after GROUP");
    do {
      const token& t = tokens_.peek();
      const bool call = tokens_.at_symbol("(", 1);
      if ((call && (t.is_word("ROLLUP") || t.is_word("CUBE"))) ||
          (t.is_word("GROUPING") && tokens_.at_word("SETS", 1))) {
        tokens_.fail_unsupported(t.span, "GROUPING SETS, ROLLUP and CUBE are");
      }
      s.group_by.push_back(expressions_.parse());
    } while (tokens_.accept_symbol(","));
  }

  void order_by(statement& s) {
    tokens_.expect_word("BY", " after ORDER");
    do {
      order_item item;
      item.value = expressions_.parse();
      if (tokens_.accept_word("DESC")) {
        item.descending = true;
      } else {
        tokens_.accept_word("ASC");
      }
      if (tokens_.accept_word("NULLS")) {
        if (!tokens_.at_word("FIRST") && !tokens_.at_word("LAST")) tokens_.fail_expected("FIRST or LAST after NULLS");
        item.nulls = tokens_.take().is_word("FIRST") ? null_order::first : null_order::last;
      }
      s.order_by.push_back(std::move(item));
    } while (tokens_.accept_symbol(","));
  }

  // LIMIT n, LIMIT offset, n, OFFSET n; in any order, each once.
  void limit(statement& s) {
    bool limit_all = false;
    for (;;) {
      const text_span span = tokens_.peek().span;
      if (tokens_.accept_word("LIMIT")) {
        if (s.limit || limit_all) tokens_.fail(span, "there is a LIMIT already");
        if (tokens_.at_word("ALL")) {
          tokens_.take();
          limit_all = true;
          continue;
        }
        s.limit = expressions_.parse();
        if (tokens_.at_symbol(",")) {
          if (s.offset) tokens_.fail(tokens_.peek().span, "there is an OFFSET already");
          tokens_.take();
          s.offset = std::exchange(s.limit, expressions_.parse());
        }
      } else if (tokens_.accept_word("OFFSET")) {
        if (s.offset) tokens_.fail(span, "there is an OFFSET already");
        s.offset = expressions_.parse();
        if (tokens_.at_word("ROW") || tokens_.at_word("ROWS")) tokens_.take();
      } else {
        return;
      }
    }
  }

  // OPTION(k = v, ...)
  void options() {
    while (tokens_.at_word("OPTION") && tokens_.at_symbol("(", 1)) {
      tokens_.take();
      tokens_.take();
      do {
        setting();
      } while (tokens_.accept_symbol(","));
      tokens_.expect_symbol(")", " to close OPTION(");
    }
  }

  // SET k = v;
  void set() {
    tokens_.expect_word("SET", "");
    setting();
    if (!tokens_.at_symbol(";") && !at_end()) tokens_.fail_expected("';' after SET");
  }

  void setting() {
    query_setting s;
    const auto is_name = [](token_kind k) {
      return k == token_kind::word || k == token_kind::quoted || k == token_kind::text;
    };
    do {
      if (!is_name(tokens_.peek().kind)) tokens_.fail_expected("the name of a setting");
      s.key.append(s.key.empty() ? "" : ".").append(tokens_.take().text);
    } while (tokens_.accept_symbol("."));
    tokens_.expect_symbol("=", " after the name of a setting");
    const token& t = tokens_.peek();
    if (is_name(t.kind) && !t.is_word("TRUE") && !t.is_word("FALSE") && !t.is_word("NULL")) {
      s.value = tokens_.take().text;
    } else {
      const text_span span = t.span;
      expression value = expressions_.parse();
      if (value.kind != expression_kind::constant)
        tokens_.fail(span, "a setting's value is a word, a text or a number");
      s.value = std::move(value.value);
    }
    settings_.push_back(std::move(s));
  }

  void refuse_other_statements() {
    const token& t = tokens_.peek();
    if (t.is_word("EXPLAIN")) tokens_.fail(t.span, "EXPLAIN stands at the beginning of a statement");
    if (t.is_symbol("(")) tokens_.fail_unsupported(t.span, "a SELECT in parentheses is");
    if (tokens_.at_any_word({"INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "DROP", "ALTER", "TRUNCATE", "VALUES",
                             "TABLE", "SHOW", "DESCRIBE", "BEGIN", "COMMIT"})) {
      tokens_.fail_unsupported(t.span, "statements other than SELECT are");
    }
  }

  [[noreturn]] void refuse_rest() {
    const token& t = tokens_.peek();
    if (tokens_.at_any_word({"UNION", "INTERSECT", "EXCEPT"})) {
      tokens_.fail_unsupported(t.span, "UNION, INTERSECT and EXCEPT are");
    }
    if (t.is_word("FETCH")) tokens_.fail_unsupported(t.span, "FETCH is");
    if (t.is_word("FOR")) tokens_.fail_unsupported(t.span, "FOR UPDATE is");
    if (t.is_word("WINDOW")) tokens_.fail_unsupported(t.span, "WINDOW is");
    for (const std::string_view clause : {"FROM", "WHERE", "GROUP", "HAVING", "ORDER"}) {
      if (t.is_word(clause)) {
        tokens_.fail(t.span, std::string(clause) +
                                 " stands in the wrong place; the order is FROM, WHERE, GROUP BY, HAVING, "
                                 "ORDER BY, LIMIT");
      }
    }
    tokens_.fail_expected("an operator, a clause or the end of the query");
  }

  token_stream tokens_;
  expression_parser expressions_;
  std::vector<query_setting> settings_;
  std::size_t depth_ = 0;
};

void check_length(std::string_view sql) {
  if (sql.empty()) throw error(error_kind::invalid, "the query is empty", text_position{});
  if (sql.size() <= longest_statement) return;
  throw error(error_kind::invalid, "the query has " + std::to_string(sql.size()) + " bytes; at most " +
                                       std::to_string(longest_statement) + " are read");
}

}  // namespace
}  // namespace detail

statement parse(std::string_view sql) {
  detail::check_length(sql);
  return detail::statement_parser(sql).run();
}

expression parse_expression(std::string_view sql) {
  detail::check_length(sql);
  return detail::statement_parser(sql).run_expression();
}

}  // namespace oriel

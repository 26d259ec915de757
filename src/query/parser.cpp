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

class statement_parser {
 public:
  explicit statement_parser(std::string_view text) : tokens_(text), expressions_(tokens_) {}

  statement run() {
    result_.text = tokens_.text();
    while (tokens_.at_word("SET") || tokens_.at_symbol(";")) {
      if (!tokens_.accept_symbol(";")) set();
    }
    select();
    if (!at_end() && !tokens_.at_symbol(";")) refuse_rest();
    while (!at_end()) {
      if (tokens_.accept_symbol(";")) continue;
      if (!tokens_.at_word("SET"))
        tokens_.fail(tokens_.peek().span, "one statement at a time; only SET may follow ';'");
      set();
    }
    return std::move(result_);
  }

  expression run_expression() {
    expression e = expressions_.parse();
    if (!at_end()) tokens_.fail_expected("an operator or the end");
    return e;
  }

 private:
  bool at_end() const { return tokens_.peek().kind == token_kind::end; }

  void select() {
    refuse_other_statements();
    if (!tokens_.accept_word("SELECT")) tokens_.fail_expected("SELECT");
    if (tokens_.accept_word("DISTINCT")) {
      result_.distinct = true;
      if (tokens_.at_word("ON") && tokens_.at_symbol("(", 1)) {
        tokens_.fail_unsupported(tokens_.peek().span, "DISTINCT ON is");
      }
    } else if (tokens_.at_word("ALL")) {
      tokens_.take();
    }
    do {
      item();
    } while (tokens_.accept_symbol(","));
    if (tokens_.accept_word("FROM")) from();
    if (tokens_.accept_word("WHERE")) result_.where = expressions_.parse();
    if (tokens_.accept_word("GROUP")) group_by();
    if (tokens_.accept_word("HAVING")) result_.having = expressions_.parse();
    if (tokens_.accept_word("ORDER")) order_by();
    limit();
    options();
  }

  void item() {
    const std::size_t begin = tokens_.peek().span.begin;
    select_item item;
    item.value = expressions_.parse();
    const text_span written = tokens_.span_from(begin);
    item.label = tokens_.text().substr(begin, written.end - begin);
    item.alias = alias(true);
    result_.items.push_back(std::move(item));
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

  void from() {
    const token& t = tokens_.peek();
    if (t.is_symbol("(")) tokens_.fail_unsupported(t.span, "derived tables (FROM (SELECT ...)) are");
    if (t.is_word("LATERAL") || t.is_word("UNNEST")) tokens_.fail_unsupported(t.span, "LATERAL and UNNEST are");
    const std::size_t begin = t.span.begin;
    table_reference table;
    table.name = table_name();
    while (tokens_.accept_symbol(".")) table.name.append(".").append(table_name());
    table.span = tokens_.span_from(begin);
    if (tokens_.at_symbol("(")) tokens_.fail_unsupported(tokens_.peek().span, "table functions are");
    refuse_joins();
    table.alias = alias(false);
    if (tokens_.at_symbol("(")) tokens_.fail_unsupported(tokens_.peek().span, "renaming columns in FROM is");
    refuse_joins();
    result_.from = std::move(table);
  }

  std::string table_name() {
    const token& t = tokens_.peek();
    if (t.kind != token_kind::quoted && (t.kind != token_kind::word || is_reserved_alias(t.text))) {
      tokens_.fail_expected("the name of a table");
    }
    return tokens_.take().text;
  }

  void refuse_joins() {
    const token& t = tokens_.peek();
    if (t.is_symbol(",")) tokens_.fail_unsupported(t.span, "several tables in FROM are");
    if (tokens_.at_any_word({"JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL"})) {
      tokens_.fail_unsupported(t.span, "JOIN is");
    }
    if (t.is_word("TABLESAMPLE")) tokens_.fail_unsupported(t.span, "TABLESAMPLE is");
  }

  void group_by() {
    tokens_.expect_word("BY", " after GROUP");
    do {
      const token& t = tokens_.peek();
      const bool call = tokens_.at_symbol("(", 1);
      if ((call && (t.is_word("ROLLUP") || t.is_word("CUBE"))) ||
          (t.is_word("GROUPING") && tokens_.at_word("SETS", 1))) {
        tokens_.fail_unsupported(t.span, "GROUPING SETS, ROLLUP and CUBE are");
      }
      result_.group_by.push_back(expressions_.parse());
    } while (tokens_.accept_symbol(","));
  }

  void order_by() {
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
      result_.order_by.push_back(std::move(item));
    } while (tokens_.accept_symbol(","));
  }

  // LIMIT n, LIMIT offset, n, OFFSET n; in any order, each once.
  void limit() {
    for (;;) {
      const text_span span = tokens_.peek().span;
      if (tokens_.accept_word("LIMIT")) {
        if (result_.limit || limit_all_) tokens_.fail(span, "there is a LIMIT already");
        if (tokens_.at_word("ALL")) {
          tokens_.take();
          limit_all_ = true;
          continue;
        }
        result_.limit = expressions_.parse();
        if (tokens_.at_symbol(",")) {
          if (result_.offset) tokens_.fail(tokens_.peek().span, "there is an OFFSET already");
          tokens_.take();
          result_.offset = std::exchange(result_.limit, expressions_.parse());
        }
      } else if (tokens_.accept_word("OFFSET")) {
        if (result_.offset) tokens_.fail(span, "there is an OFFSET already");
        result_.offset = expressions_.parse();
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
    result_.settings.push_back(std::move(s));
  }

  void refuse_other_statements() {
    const token& t = tokens_.peek();
    if (t.is_word("WITH")) tokens_.fail_unsupported(t.span, "WITH is");
    if (t.is_word("EXPLAIN")) tokens_.fail_unsupported(t.span, "EXPLAIN is");
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
  statement result_;
  bool limit_all_ = false;
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

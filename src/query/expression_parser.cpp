// SPDX-License-Identifier: Apache-2.0
// src/query/expression_parser.cpp - expressions, by precedence climbing.
#include <query/expression_parser.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <oriel/query/parser.hpp>
#include <query/keywords.hpp>

namespace oriel::detail {
namespace {

binding above(binding b) noexcept { return static_cast<binding>(static_cast<int>(b) + 1); }

std::optional<operation_kind> comparison_of(const token& t) noexcept {
  if (t.kind != token_kind::symbol) return std::nullopt;
  if (t.text == "=") return operation_kind::equal;
  if (t.text == "<>" || t.text == "!=") return operation_kind::not_equal;
  if (t.text == "<") return operation_kind::less;
  if (t.text == "<=") return operation_kind::less_equal;
  if (t.text == ">") return operation_kind::greater;
  if (t.text == ">=") return operation_kind::greater_equal;
  return std::nullopt;
}

bool is_type_word(const token& t) noexcept { return t.is_word("TIMESTAMP") || t.is_word("DATE") || t.is_word("TIME"); }

bool is_whole_number(std::string_view text) noexcept {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

}  // namespace

expression expression_parser::parse() { return parse(binding::none).tree; }

expression_parser::parsed expression_parser::node(expression_kind kind, std::size_t begin) const {
  parsed p;
  p.tree.kind = kind;
  p.tree.span = tokens_.span_from(begin);
  return p;
}

void expression_parser::check_depth(std::size_t levels, std::size_t begin, std::size_t most) const {
  if (levels <= most) return;
  tokens_.fail({begin, begin + 1}, "this nests deeper than " + std::to_string(deepest_nesting) +
                                       " levels; write it with fewer parentheses or split the query");
}

void expression_parser::add(parsed& parent, parsed child) {
  parent.height = std::max(parent.height, child.height + 1);
  check_depth(parent.height, parent.tree.span.begin, deepest_nesting);
  parent.tree.operands.push_back(std::move(child.tree));
  parent.tree.span = tokens_.span_from(parent.tree.span.begin);
}

expression_parser::parsed expression_parser::parse(binding least) {
  // Parentheses make no level of the tree: what the printer puts in must be read again.
  check_depth(++depth_, tokens_.peek().span.begin, 3 * deepest_nesting);
  parsed left = prefix(least);
  for (bool done = false; !done;) left = infix(std::move(left), least, done);
  --depth_;
  return left;
}

// ---- what may begin an expression

expression_parser::parsed expression_parser::prefix(binding least) {
  const token& t = tokens_.peek();
  switch (t.kind) {
    case token_kind::integer:
    case token_kind::decimal: return number(false);
    case token_kind::text: {
      const token text = tokens_.take();
      parsed p = node(expression_kind::constant, text.span.begin);
      p.tree.value = text.text;
      return p;
    }
    case token_kind::quoted: return name();
    case token_kind::parameter: return parameter();
    case token_kind::word:
      if (t.is_word("NOT") && least > binding::logical_not) {
        tokens_.fail(t.span, "NOT binds more weakly than what is before it; put it in parentheses");
      }
      return word();
    case token_kind::symbol:
      if (t.text == "(") return parentheses();
      if (t.text == "-") return negation();
      if (t.text == "+") {
        tokens_.take();
        return parse(binding::sign);
      }
      if (t.text == "*") {
        const std::size_t begin = tokens_.take().span.begin;
        return node(expression_kind::star, begin);
      }
      break;
    case token_kind::end: break;
  }
  tokens_.fail_expected("an expression");
}

// ? takes the next value, $n the n-th.
expression_parser::parsed expression_parser::parameter() {
  const token t = tokens_.take();
  constexpr std::size_t most = 65'535;
  if (parameter_style_ != '\0' && parameter_style_ != t.text[0]) {
    tokens_.fail(t.span, "a query has parameters of one kind, either ? or $1");
  }
  parameter_style_ = t.text[0];
  if (t.text[0] == '?' && t.text.size() > 1) tokens_.fail(t.span, "a parameter is ? alone, or $ and a number");
  std::size_t number = parameters_ + 1;
  if (t.text[0] == '$') {
    const auto [end, problem] = std::from_chars(t.text.data() + 1, t.text.data() + t.text.size(), number);
    if (problem != std::errc{} || end != t.text.data() + t.text.size() || number < 1 || number > most) {
      tokens_.fail(t.span, "parameters are counted from $1 to $" + std::to_string(most));
    }
  }
  parameters_ = std::max(parameters_, number);
  parsed p = node(expression_kind::parameter, t.span.begin);
  p.tree.value = static_cast<std::int64_t>(number);
  return p;
}

expression_parser::parsed expression_parser::parentheses() {
  const std::size_t begin = tokens_.take().span.begin;
  if (tokens_.at_any_word({"SELECT", "WITH", "VALUES"}))
    tokens_.fail_unsupported(tokens_.peek().span, "subqueries are");
  parsed inner = parse(binding::none);
  if (tokens_.at_symbol(",")) tokens_.fail_unsupported({begin, begin + 1}, "row values (a, b) are");
  tokens_.expect_symbol(")",
                        " to close the one at column " + std::to_string(position_of(tokens_.text(), begin).column));
  inner.tree.span = tokens_.span_from(begin);
  return inner;
}

// A minus before digits belongs to the number: the least LONG has no positive counterpart.
expression_parser::parsed expression_parser::negation() {
  const std::size_t begin = tokens_.take().span.begin;
  const token_kind next = tokens_.peek().kind;
  if (next == token_kind::integer || next == token_kind::decimal) {
    parsed p = number(true);
    p.tree.span.begin = begin;
    return p;
  }
  parsed p = node(expression_kind::operation, begin);
  p.tree.operation = operation_kind::negate;
  add(p, parse(binding::sign));
  return p;
}

expression_parser::parsed expression_parser::number(bool negative) {
  const token t = tokens_.take();
  const std::size_t begin = t.span.begin;
  parsed p = node(expression_kind::constant, begin);
  if (t.kind == token_kind::decimal) {
    double value = 0;
    const auto [end, problem] = std::from_chars(t.text.data(), t.text.data() + t.text.size(), value);
    if (problem != std::errc{}) tokens_.fail(t.span, "this number is beyond what a DOUBLE can hold");
    p.tree.value = negative ? -value : value;
    return p;
  }
  const std::string digits = negative ? "-" + t.text : t.text;
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem != std::errc{}) {
    tokens_.fail(t.span, "this number is beyond what a LONG can hold; write it with a point for a DOUBLE");
  }
  p.tree.value = value;
  return p;
}

expression_parser::parsed expression_parser::word() {
  const token& t = tokens_.peek();
  const std::size_t begin = t.span.begin;
  if (t.is_word("NULL") || t.is_word("TRUE") || t.is_word("FALSE")) {
    const token constant = tokens_.take();
    parsed p = node(expression_kind::constant, begin);
    if (!constant.is_word("NULL")) p.tree.value = constant.is_word("TRUE");
    return p;
  }
  if (t.is_word("NOT")) {
    tokens_.take();
    parsed p = node(expression_kind::operation, begin);
    p.tree.operation = operation_kind::logical_not;
    add(p, parse(binding::logical_not));
    return p;
  }
  if (t.is_word("CASE")) return choice();
  if (is_reserved_name(t.text)) refuse_prefix_word();
  if (tokens_.at_symbol("(", 1)) return t.is_word("CAST") ? cast_call() : call();
  if (tokens_.peek(1).kind == token_kind::text) {
    if (t.is_word("INTERVAL")) return time_length();
    if (is_type_word(t)) return typed_text();
  }
  if (t.is_word("ARRAY") && tokens_.at_symbol("[", 1)) tokens_.fail_unsupported(t.span, "ARRAY[...] is");
  return name();
}

void expression_parser::refuse_prefix_word() {
  const token& t = tokens_.peek();
  if (tokens_.at_symbol("(", 1)) {
    if (t.is_word("EXISTS")) tokens_.fail_unsupported(t.span, "EXISTS is");
    if (t.is_word("ANY") || t.is_word("ALL")) tokens_.fail_unsupported(t.span, "ANY and ALL are");
  }
  tokens_.fail_expected("an expression");
}

// a, a.b.c, "a".b, a.*
expression_parser::parsed expression_parser::name() {
  token part = tokens_.take();
  const std::size_t begin = part.span.begin;
  std::vector<std::string> path{std::move(part.text)};
  expression_kind kind = expression_kind::name;
  while (tokens_.accept_symbol(".")) {
    const token_kind next = tokens_.peek().kind;
    if (tokens_.accept_symbol("*")) {
      kind = expression_kind::star;
      break;
    }
    if (next != token_kind::word && next != token_kind::quoted) tokens_.fail_expected("a name after '.'");
    path.push_back(tokens_.take().text);
  }
  parsed p = node(kind, begin);
  p.tree.path = std::move(path);
  return p;
}

expression_parser::parsed expression_parser::time_length() {
  const std::size_t begin = tokens_.take().span.begin;
  std::string text = tokens_.take().text;
  const auto is_unit = [](const token& t) {
    for (const std::string_view unit : {"SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "YEAR"}) {
      if (t.is_word(unit) || t.is_word(std::string(unit) + "S")) return true;
    }
    return false;
  };
  if (is_whole_number(text) && is_unit(tokens_.peek())) text.append(" ").append(tokens_.take().text);
  parsed p = node(expression_kind::time_length, begin);
  p.tree.value = std::move(text);
  return p;
}

expression_parser::parsed expression_parser::typed_text() {
  token type = tokens_.take();
  parsed p = node(expression_kind::cast, type.span.begin);
  p.tree.path = {std::move(type.text)};
  add(p, prefix(binding::primary));
  return p;
}

// CASE [subject] WHEN a THEN b ... [ELSE c] END
expression_parser::parsed expression_parser::choice() {
  parsed p = node(expression_kind::choice, tokens_.take().span.begin);
  if (!tokens_.at_word("WHEN")) {
    p.tree.has_subject = true;
    add(p, parse(binding::none));
  }
  do {
    tokens_.expect_word("WHEN", " in CASE");
    add(p, parse(binding::none));
    tokens_.expect_word("THEN", " after the condition of WHEN");
    add(p, parse(binding::none));
  } while (tokens_.at_word("WHEN"));
  if (tokens_.accept_word("ELSE")) {
    p.tree.has_otherwise = true;
    add(p, parse(binding::none));
  }
  tokens_.expect_word("END", " to close CASE");
  p.tree.span = tokens_.span_from(p.tree.span.begin);
  return p;
}

// ---- calls and casts

expression_parser::parsed expression_parser::cast_call() {
  parsed p = node(expression_kind::cast, tokens_.take().span.begin);
  tokens_.take();
  add(p, parse(binding::none));
  tokens_.expect_word("AS", " and a type in CAST");
  p.tree.path = {type_name()};
  tokens_.expect_symbol(")", " to close CAST");
  p.tree.span = tokens_.span_from(p.tree.span.begin);
  return p;
}

expression_parser::parsed expression_parser::type_suffix(parsed operand) {
  tokens_.take();
  parsed p = node(expression_kind::cast, operand.tree.span.begin);
  add(p, std::move(operand));
  p.tree.path = {type_name()};
  p.tree.span = tokens_.span_from(p.tree.span.begin);
  return p;
}

// One word, or DOUBLE PRECISION and the like, of which the first word tells enough.
std::string expression_parser::type_name() {
  if (tokens_.peek().kind != token_kind::word && tokens_.peek().kind != token_kind::quoted) {
    tokens_.fail_expected("the name of a type");
  }
  const token type = tokens_.take();
  if (type.is_word("DOUBLE")) tokens_.accept_word("PRECISION");
  if (type.is_word("CHARACTER")) tokens_.accept_word("VARYING");
  if (type.is_word("TIMESTAMP") && (tokens_.at_word("WITH") || tokens_.at_word("WITHOUT")) &&
      tokens_.at_word("TIME", 1)) {
    tokens_.take();
    tokens_.take();
    tokens_.expect_word("ZONE", " after TIME");
  }
  if (tokens_.at_symbol("(")) tokens_.fail_unsupported(tokens_.peek().span, "the length or precision of a type is");
  if (tokens_.at_symbol("[")) tokens_.fail_unsupported(tokens_.peek().span, "array types are");
  return type.text;
}

expression_parser::parsed expression_parser::call() {
  token function = tokens_.take();
  const bool part_follows = tokens_.peek(1).kind == token_kind::word || tokens_.peek(1).kind == token_kind::text;
  const bool extract = function.is_word("EXTRACT") && part_follows && tokens_.at_word("FROM", 2);
  parsed p = node(expression_kind::call, function.span.begin);
  p.tree.path = {std::move(function.text)};
  return extract ? extract_arguments(std::move(p)) : call_arguments(std::move(p));
}

// EXTRACT(part FROM time)
expression_parser::parsed expression_parser::extract_arguments(parsed p) {
  const std::size_t begin = p.tree.span.begin;
  tokens_.take();
  token part = tokens_.take();
  parsed text = node(expression_kind::constant, part.span.begin);
  text.tree.value = std::move(part.text);
  add(p, std::move(text));
  tokens_.take();
  add(p, parse(binding::none));
  tokens_.expect_symbol(")", " to close EXTRACT(");
  p.tree.span = tokens_.span_from(begin);
  refuse_call_suffix(begin);
  return p;
}

expression_parser::parsed expression_parser::call_arguments(parsed p) {
  const std::size_t begin = p.tree.span.begin;
  tokens_.take();
  p.tree.distinct = tokens_.accept_word("DISTINCT");
  if (p.tree.distinct || !tokens_.at_symbol(")")) {
    do {
      add(p, parse(binding::none));
    } while (tokens_.accept_symbol(","));
  }
  if (tokens_.at_word("ORDER")) tokens_.fail_unsupported(tokens_.peek().span, "ORDER BY within a function is");
  tokens_.expect_symbol(")", " to close " + p.tree.path[0] + "(");
  p.tree.span = tokens_.span_from(begin);
  if (tokens_.at_word("FILTER") && tokens_.at_symbol("(", 1)) {
    tokens_.take();
    tokens_.take();
    tokens_.expect_word("WHERE", " in FILTER");
    parsed condition = parse(binding::none);
    tokens_.expect_symbol(")", " to close FILTER (");
    p.height = std::max(p.height, condition.height + 1);
    check_depth(p.height, begin, deepest_nesting);
    p.tree.filter.push_back(std::move(condition.tree));
    p.tree.span = tokens_.span_from(begin);
  }
  refuse_call_suffix(begin);
  return p;
}

void expression_parser::refuse_call_suffix(std::size_t begin) {
  const std::size_t end = tokens_.peek().span.end;
  if (tokens_.at_word("OVER") && (tokens_.at_symbol("(", 1) || tokens_.peek(1).kind == token_kind::word)) {
    tokens_.fail_unsupported({begin, end}, "window functions (OVER) are");
  }
  if (tokens_.at_word("WITHIN") && tokens_.at_word("GROUP", 1))
    tokens_.fail_unsupported({begin, end}, "WITHIN GROUP is");
}

// ---- what may follow an operand

expression_parser::parsed expression_parser::infix(parsed left, binding least, bool& done) {
  const token& t = tokens_.peek();
  const auto binds = [&](binding b) { return b >= least; };
  if (t.kind == token_kind::symbol) {
    if (t.text == "::" && binds(binding::cast)) return type_suffix(std::move(left));
    if (binds(binding::product)) {
      if (t.text == "*") return binary(std::move(left), operation_kind::multiply, binding::sign);
      if (t.text == "/") return binary(std::move(left), operation_kind::divide, binding::sign);
      if (t.text == "%") return binary(std::move(left), operation_kind::remainder, binding::sign);
    }
    if (binds(binding::sum)) {
      if (t.text == "+") return binary(std::move(left), operation_kind::add, binding::product);
      if (t.text == "-") return binary(std::move(left), operation_kind::subtract, binding::product);
    }
    if (t.text == "||" && binds(binding::append)) return binary(std::move(left), operation_kind::append, binding::sum);
    if (const auto operation = comparison_of(t); operation && binds(binding::comparison)) {
      return comparison(std::move(left), *operation);
    }
    if (t.text == "[") tokens_.fail_unsupported(t.span, "subscripts are");
    if (t.text == "^") tokens_.fail_unsupported(t.span, "the operator ^ is");
    if (t.text == "~" || t.text == "|" || t.text == "&") tokens_.fail_unsupported(t.span, "this operator is");
  } else if (t.kind == token_kind::word) {
    if (t.is_word("OR") && binds(binding::disjunction)) {
      return chain(std::move(left), operation_kind::disjunction, binding::disjunction);
    }
    if (t.is_word("AND") && binds(binding::conjunction)) {
      return chain(std::move(left), operation_kind::conjunction, binding::conjunction);
    }
    if (t.is_word("IS") && binds(binding::is)) return is_null(std::move(left));
    if (at_range() && binds(binding::range)) {
      parsed p = range(std::move(left));
      if (p.tree.operation != operation_kind::in && at_range()) {
        tokens_.fail(tokens_.peek().span, "BETWEEN and LIKE do not chain; put one of them in parentheses");
      }
      return p;
    }
    if (t.is_word("AT") && tokens_.at_word("TIME", 1)) tokens_.fail_unsupported(t.span, "AT TIME ZONE is");
    if (t.is_word("COLLATE")) tokens_.fail_unsupported(t.span, "COLLATE is");
  }
  done = true;
  return left;
}

bool expression_parser::at_range() {
  const std::size_t skip = tokens_.at_word("NOT") ? 1 : 0;
  for (const std::string_view word : {"BETWEEN", "IN", "LIKE", "ILIKE", "SIMILAR"}) {
    if (tokens_.at_word(word, skip)) return true;
  }
  return false;
}

expression_parser::parsed expression_parser::chain(parsed first, operation_kind operation, binding strength) {
  const std::string_view word = operation == operation_kind::conjunction ? "AND" : "OR";
  parsed p = node(expression_kind::operation, first.tree.span.begin);
  p.tree.operation = operation;
  add(p, std::move(first));
  while (tokens_.accept_word(word)) add(p, parse(above(strength)));
  return p;
}

expression_parser::parsed expression_parser::binary(parsed left, operation_kind operation, binding right) {
  tokens_.take();
  parsed p = node(expression_kind::operation, left.tree.span.begin);
  p.tree.operation = operation;
  add(p, std::move(left));
  add(p, parse(right));
  return p;
}

expression_parser::parsed expression_parser::comparison(parsed left, operation_kind operation) {
  parsed p = binary(std::move(left), operation, above(binding::comparison));
  if (comparison_of(tokens_.peek()))
    tokens_.fail(tokens_.peek().span, "comparisons do not chain; combine them with AND");
  return p;
}

expression_parser::parsed expression_parser::is_null(parsed operand) {
  const std::size_t word = tokens_.take().span.begin;
  parsed p = node(expression_kind::operation, operand.tree.span.begin);
  p.tree.operation = operation_kind::is_null;
  p.tree.negated = tokens_.accept_word("NOT");
  for (const std::string_view test : {"TRUE", "FALSE", "UNKNOWN", "DISTINCT"}) {
    if (tokens_.at_word(test)) {
      tokens_.fail_unsupported({word, tokens_.peek().span.end}, "IS " + std::string(test) + " is");
    }
  }
  tokens_.expect_word("NULL", " after IS");
  add(p, std::move(operand));
  return p;
}

expression_parser::parsed expression_parser::range(parsed operand) {
  const bool negated = tokens_.accept_word("NOT");
  const token word = tokens_.take();
  if (word.is_word("IN")) return in_list(std::move(operand), negated);
  if (word.is_word("ILIKE")) tokens_.fail_unsupported(word.span, "ILIKE is");
  if (word.is_word("SIMILAR")) tokens_.fail_unsupported(word.span, "SIMILAR TO is");
  parsed p = node(expression_kind::operation, operand.tree.span.begin);
  p.tree.negated = negated;
  add(p, std::move(operand));
  if (word.is_word("LIKE")) {
    p.tree.operation = operation_kind::like;
    add(p, parse(above(binding::range)));
    if (tokens_.at_word("ESCAPE")) tokens_.fail_unsupported(tokens_.peek().span, "ESCAPE is");
    return p;
  }
  if (tokens_.at_word("SYMMETRIC")) tokens_.fail_unsupported(tokens_.peek().span, "BETWEEN SYMMETRIC is");
  p.tree.operation = operation_kind::between;
  add(p, parse(above(binding::range)));
  tokens_.expect_word("AND", " and the upper bound of BETWEEN");
  add(p, parse(above(binding::range)));
  return p;
}

expression_parser::parsed expression_parser::in_list(parsed operand, bool negated) {
  parsed p = node(expression_kind::operation, operand.tree.span.begin);
  p.tree.operation = operation_kind::in;
  p.tree.negated = negated;
  add(p, std::move(operand));
  tokens_.expect_symbol("(", " and a list after IN");
  if (tokens_.at_any_word({"SELECT", "WITH", "VALUES"}))
    tokens_.fail_unsupported(tokens_.peek().span, "subqueries are");
  do {
    add(p, parse(binding::none));
  } while (tokens_.accept_symbol(","));
  tokens_.expect_symbol(")", " to close the list of IN");
  p.tree.span = tokens_.span_from(p.tree.span.begin);
  return p;
}

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/query/builder.cpp - queries written in C++ instead of text.
#include <oriel/query/builder.hpp>

#include <utility>

#include <oriel/query/parser.hpp>
#include <oriel/query/printer.hpp>

namespace oriel {
namespace {

expression constant_of(constant_value value) {
  expression e;
  e.value = std::move(value);
  return e;
}

expression operation_of(operation_kind operation, std::vector<expression> operands) {
  expression e;
  e.kind = expression_kind::operation;
  e.operation = operation;
  e.operands = std::move(operands);
  return e;
}

expression call_of(std::string function, std::vector<expression> arguments, bool distinct = false) {
  expression e;
  e.kind = expression_kind::call;
  e.path = {std::move(function)};
  e.operands = std::move(arguments);
  e.distinct = distinct;
  return e;
}

query_term binary(operation_kind operation, const query_term& a, const query_term& b) {
  return query_term(operation_of(operation, {a.tree(), b.tree()}));
}

// a AND b AND c is one node, as the parser makes it.
query_term chain(operation_kind operation, const query_term& a, const query_term& b) {
  const expression& first = a.tree();
  if (first.kind != expression_kind::operation || first.operation != operation) return binary(operation, a, b);
  expression e = first;
  e.operands.push_back(b.tree());
  return query_term(std::move(e));
}

void add_condition(std::optional<expression>& to, const query_term& condition) {
  to = to ? (query_term(*to) && condition).tree() : condition.tree();
}

}  // namespace

query_term::query_term(expression e) : tree_(std::move(e)) {}
query_term::query_term(std::nullptr_t) : tree_(constant_of({})) {}
query_term::query_term(double value) : tree_(constant_of(value)) {}
query_term::query_term(std::string value) : tree_(constant_of(std::move(value))) {}
query_term::query_term(timestamp value) {
  tree_.kind = expression_kind::cast;
  tree_.path = {"TIMESTAMP"};
  tree_.operands = {constant_of(to_ms(value))};
}

query_term query_term::as(std::string name) const {
  query_term out = *this;
  out.alias_ = std::move(name);
  return out;
}

query_term query_term::sum() const { return query_term(call_of("SUM", {tree_})); }
query_term query_term::mean() const { return query_term(call_of("AVG", {tree_})); }
query_term query_term::min() const { return query_term(call_of("MIN", {tree_})); }
query_term query_term::max() const { return query_term(call_of("MAX", {tree_})); }
query_term query_term::count() const { return query_term(call_of("COUNT", {tree_})); }
query_term query_term::count_distinct() const { return query_term(call_of("COUNT", {tree_}, true)); }
query_term query_term::sum_distinct() const { return query_term(call_of("SUM", {tree_}, true)); }

query_term query_term::where(query_term condition) const {
  query_term out = *this;
  out.tree_.filter = {std::move(condition.tree_)};
  return out;
}

query_term query_term::is_null() const { return query_term(operation_of(operation_kind::is_null, {tree_})); }

query_term query_term::is_not_null() const {
  query_term out = is_null();
  out.tree_.negated = true;
  return out;
}

query_term query_term::in(std::vector<query_term> values) const {
  std::vector<expression> operands{tree_};
  for (query_term& value : values) operands.push_back(std::move(value.tree_));
  return query_term(operation_of(operation_kind::in, std::move(operands)));
}

query_term query_term::between(query_term low, query_term high) const {
  return query_term(operation_of(operation_kind::between, {tree_, std::move(low.tree_), std::move(high.tree_)}));
}

query_term query_term::like(query_term pattern) const {
  return query_term(operation_of(operation_kind::like, {tree_, std::move(pattern.tree_)}));
}

query_term query_term::cast(std::string type) const {
  expression e;
  e.kind = expression_kind::cast;
  e.path = {std::move(type)};
  e.operands = {tree_};
  return query_term(std::move(e));
}

order_item query_term::ascending() const { return {tree_, false, null_order::unsaid}; }
order_item query_term::descending() const { return {tree_, true, null_order::unsaid}; }

query_term col(std::string name) {
  expression e;
  e.kind = expression_kind::name;
  e.path = {std::move(name)};
  return query_term(std::move(e));
}

query_term col(std::string table, std::string name) {
  expression e;
  e.kind = expression_kind::name;
  e.path = {std::move(table), std::move(name)};
  return query_term(std::move(e));
}

query_term count_all() {
  expression star;
  star.kind = expression_kind::star;
  return query_term(call_of("COUNT", {std::move(star)}));
}

query_term call(std::string function, const std::vector<query_term>& arguments) {
  std::vector<expression> operands;
  operands.reserve(arguments.size());
  for (const query_term& argument : arguments) operands.push_back(argument.tree());
  return query_term(call_of(std::move(function), std::move(operands)));
}

query_term choose(const std::vector<std::pair<query_term, query_term>>& cases, const query_term& otherwise) {
  expression e;
  e.kind = expression_kind::choice;
  e.has_otherwise = true;
  for (const auto& [condition, value] : cases) {
    e.operands.push_back(condition.tree());
    e.operands.push_back(value.tree());
  }
  e.operands.push_back(otherwise.tree());
  return query_term(std::move(e));
}

query_term operator+(const query_term& a, const query_term& b) { return binary(operation_kind::add, a, b); }
query_term operator-(const query_term& a, const query_term& b) { return binary(operation_kind::subtract, a, b); }
query_term operator*(const query_term& a, const query_term& b) { return binary(operation_kind::multiply, a, b); }
query_term operator/(const query_term& a, const query_term& b) { return binary(operation_kind::divide, a, b); }
query_term operator%(const query_term& a, const query_term& b) { return binary(operation_kind::remainder, a, b); }
query_term operator-(const query_term& a) { return query_term(operation_of(operation_kind::negate, {a.tree()})); }
query_term operator==(const query_term& a, const query_term& b) { return binary(operation_kind::equal, a, b); }
query_term operator!=(const query_term& a, const query_term& b) { return binary(operation_kind::not_equal, a, b); }
query_term operator<(const query_term& a, const query_term& b) { return binary(operation_kind::less, a, b); }
query_term operator<=(const query_term& a, const query_term& b) { return binary(operation_kind::less_equal, a, b); }
query_term operator>(const query_term& a, const query_term& b) { return binary(operation_kind::greater, a, b); }
query_term operator>=(const query_term& a, const query_term& b) { return binary(operation_kind::greater_equal, a, b); }
query_term operator&&(const query_term& a, const query_term& b) { return chain(operation_kind::conjunction, a, b); }
query_term operator||(const query_term& a, const query_term& b) { return chain(operation_kind::disjunction, a, b); }
query_term operator!(const query_term& a) { return query_term(operation_of(operation_kind::logical_not, {a.tree()})); }

select_query& select_query::distinct() {
  tree_.distinct = true;
  return *this;
}

select_query& select_query::from(std::string table, std::string alias) {
  tree_.from = table_reference{std::move(table), std::move(alias), {}, {}};
  return *this;
}

select_query& select_query::from(const select_query& query, std::string alias) {
  tree_.from = table_reference{{}, std::move(alias), {query.whole()}, {}};
  return *this;
}

select_query& select_query::join(std::string table, std::string alias, const query_term& on, join_kind kind) {
  tree_.joins.push_back({kind, {std::move(table), std::move(alias), {}, {}}, on.tree(), {}, {}});
  return *this;
}

select_query& select_query::where(const query_term& condition) {
  add_condition(tree_.where, condition);
  return *this;
}

select_query& select_query::having(const query_term& condition) {
  add_condition(tree_.having, condition);
  return *this;
}

select_query& select_query::limit(std::size_t rows, std::size_t skipped) {
  tree_.limit = constant_of(static_cast<std::int64_t>(rows));
  tree_.offset.reset();
  if (skipped > 0) tree_.offset = constant_of(static_cast<std::int64_t>(skipped));
  return *this;
}

void select_query::add_item(const query_term& term) { tree_.items.push_back({term.tree(), term.alias(), {}}); }

void select_query::add_group(const query_term& term) { tree_.group_by.push_back(term.tree()); }

void select_query::add_order(order_item item) { tree_.order_by.push_back(std::move(item)); }

// With `*` if nothing else has been selected.
statement select_query::whole() const {
  statement all = tree_;
  if (!all.items.empty()) return all;
  expression star;
  star.kind = expression_kind::star;
  all.items.push_back({std::move(star), {}, {}});
  return all;
}

std::string select_query::text() const { return to_sql(whole()); }

result_set select_query::run(const catalog& tables, const query_options& options) const {
  return sql(tables, text(), options);
}

result_set select_query::run(const catalog_snapshot& tables, const query_options& options) const {
  return sql(tables, text(), options);
}

}  // namespace oriel

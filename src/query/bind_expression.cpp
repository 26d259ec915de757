// SPDX-License-Identifier: Apache-2.0
// src/query/bind_expression.cpp - names and operators.
#include <query/bind_expression.hpp>

#include <algorithm>
#include <map>
#include <utility>

#include <oriel/core/near_names.hpp>
#include <query/diagnostic.hpp>
#include <query/lexer.hpp>
#include <query/relation.hpp>

namespace oriel::detail {
namespace {

struct named_type {
  std::string_view name;
  column_type type;
};

constexpr named_type types[] = {
    {"BOOLEAN", column_type::boolean},  {"BOOL", column_type::boolean},   {"LONG", column_type::int64},
    {"BIGINT", column_type::int64},     {"INT", column_type::int64},      {"INTEGER", column_type::int64},
    {"SMALLINT", column_type::int64},   {"INT2", column_type::int64},     {"INT4", column_type::int64},
    {"INT8", column_type::int64},       {"DOUBLE", column_type::float64}, {"FLOAT", column_type::float64},
    {"FLOAT8", column_type::float64},   {"REAL", column_type::float64},   {"TIMESTAMP", column_type::time},
    {"TIMESTAMPTZ", column_type::time}, {"STRING", column_type::string},  {"TEXT", column_type::string},
    {"VARCHAR", column_type::string},
};

opcode opcode_of(operation_kind operation) noexcept {
  switch (operation) {
    case operation_kind::add: return opcode::add;
    case operation_kind::subtract: return opcode::subtract;
    case operation_kind::multiply: return opcode::multiply;
    case operation_kind::divide: return opcode::divide;
    case operation_kind::remainder: return opcode::remainder;
    case operation_kind::equal: return opcode::equal;
    case operation_kind::not_equal: return opcode::not_equal;
    case operation_kind::less:
    case operation_kind::greater: return opcode::less;
    case operation_kind::conjunction: return opcode::logical_and;
    case operation_kind::disjunction: return opcode::logical_or;
    default: return opcode::less_equal;
  }
}

}  // namespace

std::optional<column_type> find_type(std::string_view name) noexcept {
  const auto found =
      std::find_if(std::begin(types), std::end(types), [&](const named_type& t) { return is_word(name, t.name); });
  if (found == std::end(types)) return std::nullopt;
  return found->type;
}

void expression_binder::fail(text_span span, std::string_view message) const {
  throw error_at(error_kind::invalid, text_, span, message);
}

void expression_binder::fail_unsupported(text_span span, std::string_view construct) const {
  throw error_at(error_kind::unsupported, text_, span, std::string(construct) + " not supported");
}

bound expression_binder::bind(const expression& e) {
  switch (e.kind) {
    case expression_kind::constant: return constant(e.value, e.span);
    case expression_kind::name: return name(e);
    case expression_kind::operation: return operation(e);
    case expression_kind::choice: return choice(e);
    case expression_kind::cast: return cast(e);
    case expression_kind::call: return call(e);
    case expression_kind::time_length:
      fail(e.span, "an INTERVAL has no value of its own; add it to a TIMESTAMP or subtract it from one");
    case expression_kind::parameter: fail(e.span, "this parameter has no value");
    case expression_kind::star: break;
  }
  fail(e.span, "'*' stands only in the SELECT list and in COUNT(*)");
}

node_id expression_binder::bind_condition(const expression& e, std::string_view clause) {
  const bound b = bind(e);
  if (b.literal == bound::literal_kind::none && type_of(b) != column_type::boolean) {
    fail(e.span, std::string(clause) + " needs a condition (BOOLEAN), this is " + std::string(to_string(type_of(b))));
  }
  return coerce(b, column_type::boolean, clause).node;
}

bound expression_binder::constant(const constant_value& value, text_span span) {
  plan_node node;
  node.op = opcode::constant;
  node.value = value;
  node.span = span;
  bound b;
  b.span = span;
  if (std::holds_alternative<std::monostate>(value)) {
    node.type = column_type::string;
    node.nullable = true;
    b.literal = bound::literal_kind::null;
  } else if (std::holds_alternative<bool>(value)) {
    node.type = column_type::boolean;
  } else if (std::holds_alternative<std::int64_t>(value)) {
    node.type = column_type::int64;
    b.literal = bound::literal_kind::integer;
  } else if (std::holds_alternative<double>(value)) {
    node.type = column_type::float64;
  } else {
    node.type = column_type::string;
    b.literal = bound::literal_kind::text;
  }
  b.node = nodes_.add(std::move(node));
  return b;
}

// ---- names

bound expression_binder::column(std::size_t position, text_span span) {
  const scope_column& c = scope_.columns()[position];
  plan_node node;
  node.op = opcode::column;
  node.type = c.type;
  node.nullable = c.nullable;
  node.column = position;
  node.span = span;
  return {nodes_.add(std::move(node)), bound::literal_kind::none, span};
}

std::pair<node_id, node_id> expression_binder::equality(bound a, bound b, text_span span) {
  unify_compared(a, b, span);
  return {a.node, b.node};
}

bound expression_binder::name(const expression& e) {
  if (const auto column = scope_.find(e.path)) {
    if (scope_.is_ambiguous(e.path)) {
      fail(e.span, "'" + joined(e.path) + "' is ambiguous: several tables have such a column; write table.column");
    }
    const bound found = this->column(*column, e.span);
    const bool one_by_one =
        std::find(element_columns_.begin(), element_columns_.end(), *column) != element_columns_.end();
    return one_by_one && !whole_lists_ ? each_element(found) : found;
  }
  if (aliases_ != nullptr) {
    if (auto found = find_alias(e)) {
      if (no_aggregates_in_ != nullptr && has_aggregate(found->node)) {
        fail(e.span, "'" + joined(e.path) + "' is an aggregate, which is not allowed in " + no_aggregates_in_);
      }
      found->span = e.span;
      return *found;
    }
  }
  fail_unknown_name(e);
}

std::optional<bound> expression_binder::find_alias(const expression& e) const {
  const std::string wanted = joined(e.path);
  const auto search = [&](const auto& fits) {
    const named_output* found = nullptr;
    for (const named_output& output : *aliases_) {
      if (output.alias.empty() || !fits(output.alias)) continue;
      if (found != nullptr && found->value.node != output.value.node) {
        fail(e.span, "'" + wanted + "' is ambiguous: several output columns have this name");
      }
      found = &output;
    }
    return found;
  };
  if (aliases_ == nullptr) return std::nullopt;
  const named_output* found = search([&](const std::string& alias) { return alias == wanted; });
  if (found == nullptr) found = search([&](const std::string& alias) { return equal_ignoring_case(alias, wanted); });
  if (found == nullptr) return std::nullopt;
  return found->value;
}

void expression_binder::fail_unknown_name(const expression& e) const {
  const std::string wanted = joined(e.path);
  std::string message = "no column '" + wanted + "'";
  std::vector<std::string> known = scope_.names();
  if (known.empty()) fail(e.span, message + "; the query has no FROM");
  if (unusable_aliases_ != nullptr) {
    for (const std::string& alias : *unusable_aliases_) {
      if (equal_ignoring_case(alias, wanted)) {
        fail(e.span, message + "; an alias of the SELECT list cannot be used in " + no_aggregates_in_);
      }
    }
  }
  if (aliases_ != nullptr) {
    for (const named_output& output : *aliases_) {
      if (!output.alias.empty()) known.push_back(output.alias);
    }
  }
  message += did_you_mean(wanted, known);
  if (e.path.size() > 1) {
    const auto& columns = scope_.columns();
    const auto of_table = std::find_if(columns.begin(), columns.end(), [&](const scope_column& c) {
      return equal_ignoring_case(c.table, e.path.front());
    });
    const std::string hint = did_you_mean(joined(e.path, 1), known);
    if (of_table != columns.end()) {
      message = "no column '" + joined(e.path, 1) + "' in '" + of_table->table + "'" + hint;
    }
  }
  fail(e.span, message);
}

bool expression_binder::has_aggregate(node_id id) const {
  const plan_node& node = nodes_[id];
  return node.op == opcode::aggregate ||
         std::any_of(node.operands.begin(), node.operands.end(), [&](node_id o) { return has_aggregate(o); });
}

// ---- operators

bound expression_binder::operation(const expression& e) {
  switch (e.operation) {
    case operation_kind::negate: {
      const bound a = as_number(bind(e.operands[0]), "the operator -");
      plan_node node;
      node.op = opcode::negate;
      node.type = type_of(a);
      node.operands = {a.node};
      return add(std::move(node), e.span);
    }
    case operation_kind::add:
    case operation_kind::subtract:
    case operation_kind::multiply:
    case operation_kind::divide:
    case operation_kind::remainder: return arithmetic(e);
    case operation_kind::append: {
      plan_node node;
      node.op = opcode::append;
      node.type = column_type::string;
      for (const expression& operand : e.operands) node.operands.push_back(as_text(bind(operand)).node);
      return add(std::move(node), e.span);
    }
    case operation_kind::equal:
    case operation_kind::not_equal:
    case operation_kind::less:
    case operation_kind::less_equal:
    case operation_kind::greater:
    case operation_kind::greater_equal: return comparison(e);
    case operation_kind::in: return in_list(e);
    case operation_kind::between: return between(e);
    case operation_kind::like: return like(e);
    case operation_kind::is_null: {
      plan_node node;
      node.op = opcode::is_null;
      node.type = column_type::boolean;
      node.operands = {bind(e.operands[0]).node};
      return negated(add(std::move(node), e.span), e.negated, e.span);
    }
    case operation_kind::logical_not:
      return negated(coerce(bind(e.operands[0]), column_type::boolean, "NOT"), true, e.span);
    case operation_kind::conjunction:
    case operation_kind::disjunction: return connective(e);
  }
  fail(e.span, "this operator is unknown");
}

bound expression_binder::arithmetic(const expression& e) {
  const opcode op = opcode_of(e.operation);
  for (const expression& operand : e.operands) {
    if (operand.kind == expression_kind::time_length) return move_time(e);
  }
  return number_or_time(op, bind(e.operands[0]), bind(e.operands[1]), e.span);
}

bound expression_binder::move_time(const expression& e) {
  const bool interval_first = e.operands[0].kind == expression_kind::time_length;
  const expression& interval = e.operands[interval_first ? 0 : 1];
  const expression& moved = e.operands[interval_first ? 1 : 0];
  const bool fits = e.operation == operation_kind::add || (e.operation == operation_kind::subtract && !interval_first);
  if (!fits || moved.kind == expression_kind::time_length) {
    fail(interval.span, "an INTERVAL can only be added to a TIMESTAMP or subtracted from one");
  }
  const auto length = parse_time_length(std::get<std::string>(interval.value));
  if (!length) fail(interval.span, "this is no length of time; write it as '5 minutes' or 'PT5M'");
  plan_node node;
  node.op = opcode::move_time;
  node.type = column_type::time;
  node.length = *length;
  node.sign = e.operation == operation_kind::add ? 1 : -1;
  node.operands = {coerce(bind(moved), column_type::time, "adding an INTERVAL").node};
  return add(std::move(node), e.span);
}

bound expression_binder::number_or_time(opcode op, bound a, bound b, text_span span) {
  const bool a_time = type_of(a) == column_type::time;
  const bool b_time = type_of(b) == column_type::time;
  const auto is_long = [&](const bound& x) {
    return type_of(x) == column_type::int64 || x.literal == bound::literal_kind::null;
  };
  plan_node node;
  node.op = op;
  if (a_time && b_time && op == opcode::subtract) {
    node.type = column_type::int64;
    node.operands = {convert(a, column_type::int64).node, convert(b, column_type::int64).node};
    return add(std::move(node), span);
  }
  if ((a_time && is_long(b) && (op == opcode::add || op == opcode::subtract)) ||
      (b_time && is_long(a) && op == opcode::add)) {
    node.type = column_type::time;
    node.operands = {a_time ? a.node : convert(a, column_type::time).node,
                     b_time ? b.node : convert(b, column_type::time).node};
    return add(std::move(node), span);
  }
  a = as_number(a, "arithmetic");
  b = as_number(b, "arithmetic");
  const bool whole = type_of(a) == column_type::int64 && type_of(b) == column_type::int64 && op != opcode::divide;
  node.type = whole ? column_type::int64 : column_type::float64;
  node.operands = {coerce(a, node.type, "arithmetic").node, coerce(b, node.type, "arithmetic").node};
  return add(std::move(node), span);
}

bound expression_binder::each_element(bound list) {
  plan_node node;
  node.op = opcode::each_element;
  node.type = element_of(type_of(list));
  node.operands = {list.node};
  return add(std::move(node), list.span);
}

// Whether any element compares so; <> is the opposite of =, as in Pinot.
bound expression_binder::compare_list(opcode op, bound list, bound value, text_span span) {
  const column_type element = element_of(type_of(list));
  if (value.literal == bound::literal_kind::integer && element == column_type::time) value = convert(value, element);
  plan_node node;
  node.op = op;
  node.type = column_type::boolean;
  node.operands = {list.node, coerce(value, element, "this comparison with a list").node};
  return add(std::move(node), span);
}

bound expression_binder::list_length(const expression& e) {
  const bound list = bind(e.operands[0]);
  if (!is_list(type_of(list)) && list.literal != bound::literal_kind::null) {
    fail(list.span, e.path[0] + " needs a list, this is " + std::string(to_string(type_of(list))));
  }
  if (list.literal == bound::literal_kind::null) return convert(list, column_type::int64);
  plan_node node;
  node.op = opcode::list_length;
  node.type = column_type::int64;
  node.operands = {list.node};
  return add(std::move(node), e.span);
}

bound expression_binder::compare(opcode op, bound a, bound b, text_span span) {
  if (is_list(type_of(a)) != is_list(type_of(b))) {
    const bool turned = is_list(type_of(b));
    switch (op) {
      case opcode::equal: op = opcode::any_equal; break;
      case opcode::not_equal: return negated(compare(opcode::equal, a, b, span), true, span);
      case opcode::less: op = turned ? opcode::any_greater : opcode::any_less; break;
      default: op = turned ? opcode::any_greater_equal : opcode::any_less_equal; break;
    }
    return turned ? compare_list(op, b, a, span) : compare_list(op, a, b, span);
  }
  unify_compared(a, b, span);
  plan_node node;
  node.op = op;
  node.type = column_type::boolean;
  node.operands = {a.node, b.node};
  return add(std::move(node), span);
}

bound expression_binder::comparison(const expression& e) {
  const bound a = bind(e.operands[0]);
  const bound b = bind(e.operands[1]);
  const bool turned = e.operation == operation_kind::greater || e.operation == operation_kind::greater_equal;
  return turned ? compare(opcode_of(e.operation), b, a, e.span) : compare(opcode_of(e.operation), a, b, e.span);
}

// The list is cut by the type in which its items are compared; constants of a type become one set.
bound expression_binder::in_list(const expression& e) {
  const bound subject = bind(e.operands[0]);
  std::map<node_id, std::vector<node_id>> sets;  // subject as compared -> constants
  plan_node any;
  any.op = opcode::logical_or;
  any.type = column_type::boolean;
  for (std::size_t i = 1; i < e.operands.size(); ++i) {
    bound a = subject;
    bound b = bind(e.operands[i]);
    if (is_list(type_of(a))) {
      any.operands.push_back(compare(opcode::equal, a, b, e.span).node);
      continue;
    }
    unify_compared(a, b, e.operands[i].span);
    if (is_constant(b.node)) {
      sets[a.node].push_back(b.node);
    } else {
      any.operands.push_back(compare(opcode::equal, a, b, e.span).node);
    }
  }
  for (auto& [compared, constants] : sets) {
    plan_node node;
    node.type = column_type::boolean;
    if (constants.size() == 1) {
      node.op = opcode::equal;
      node.operands = {compared, constants[0]};
    } else {
      node.op = opcode::in_set;
      node.operands = {compared};
      node.operands.insert(node.operands.end(), constants.begin(), constants.end());
    }
    any.operands.push_back(add(std::move(node), e.span).node);
  }
  if (any.operands.size() == 1) return negated({any.operands[0], bound::literal_kind::none, e.span}, e.negated, e.span);
  return negated(add(std::move(any), e.span), e.negated, e.span);
}

bound expression_binder::between(const expression& e) {
  const bound value = bind(e.operands[0]);
  if (is_list(type_of(value))) fail_unsupported(value.span, "BETWEEN with a list is");
  plan_node both;
  both.op = opcode::logical_and;
  both.type = column_type::boolean;
  both.operands = {compare(opcode::less_equal, bind(e.operands[1]), value, e.span).node,
                   compare(opcode::less_equal, value, bind(e.operands[2]), e.span).node};
  return negated(add(std::move(both), e.span), e.negated, e.span);
}

bound expression_binder::like(const expression& e) {
  plan_node node;
  node.op = opcode::like;
  node.type = column_type::boolean;
  for (const expression& operand : e.operands) {
    node.operands.push_back(coerce(bind(operand), column_type::string, "LIKE").node);
  }
  return negated(add(std::move(node), e.span), e.negated, e.span);
}

bound expression_binder::connective(const expression& e) {
  plan_node node;
  node.op = opcode_of(e.operation);
  node.type = column_type::boolean;
  const std::string_view word = e.operation == operation_kind::conjunction ? "AND" : "OR";
  for (const expression& operand : e.operands) {
    node.operands.push_back(coerce(bind(operand), column_type::boolean, word).node);
  }
  return add(std::move(node), e.span);
}

bound expression_binder::choice(const expression& e) {
  std::vector<node_id> conditions;
  std::vector<bound> values;
  std::size_t at = 0;
  bound subject;
  if (e.has_subject) subject = bind(e.operands[at++]);
  for (; at + 1 < e.operands.size(); at += 2) {
    const bound when = bind(e.operands[at]);
    const bound condition = e.has_subject ? compare(opcode::equal, subject, when, e.operands[at].span)
                                          : coerce(when, column_type::boolean, "WHEN");
    conditions.push_back(condition.node);
    values.push_back(bind(e.operands[at + 1]));
  }
  values.push_back(e.has_otherwise ? bind(e.operands[at]) : constant({}, e.span));
  plan_node node;
  node.op = opcode::choose;
  node.type = unify_values(values, "CASE");
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    node.operands.push_back(conditions[i]);
    node.operands.push_back(values[i].node);
  }
  node.operands.push_back(values.back().node);
  return add(std::move(node), e.span);
}

bound expression_binder::cast(const expression& e) {
  const std::string& wanted = e.path[0];
  const auto found = find_type(wanted);
  if (!found) {
    for (const std::string_view other :
         {"DATE", "TIME", "DECIMAL", "NUMERIC", "CHAR", "CHARACTER", "JSON", "BYTES", "UUID"}) {
      if (is_word(wanted, other)) fail_unsupported(e.span, "the type " + std::string(other) + " is");
    }
    std::vector<std::string> known;
    for (const named_type& t : types) known.emplace_back(t.name);
    fail(e.span, "no type '" + wanted + "'" + did_you_mean(wanted, known));
  }
  const bound operand = bind(e.operands[0]);
  const column_type from = type_of(operand);
  const column_type to = *found;
  using enum column_type;
  const bool impossible =
      operand.literal != bound::literal_kind::null && from != to &&
      ((from == time && (to == float64 || to == boolean)) || (from == float64 && (to == time || to == boolean)) ||
       (from == boolean && (to == time || to == float64)));
  if (impossible) {
    fail(e.span, "a " + std::string(to_string(from)) + " cannot be cast to " + std::string(to_string(to)));
  }
  const bool null = operand.literal == bound::literal_kind::null;
  const bound out = convert({operand.node, null ? bound::literal_kind::null : bound::literal_kind::none, e.span}, to);
  return {out.node, bound::literal_kind::none, e.span};  // what is cast keeps its type, null too
}

bound expression_binder::negated(bound b, bool yes, text_span span) {
  if (!yes) return b;
  plan_node node;
  node.op = opcode::logical_not;
  node.type = column_type::boolean;
  node.operands = {b.node};
  return add(std::move(node), span);
}

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/query/bind_conversions.cpp - making types agree, and evaluating what is constant.
#include <query/bind_expression.hpp>

#include <algorithm>
#include <utility>

#include <query/diagnostic.hpp>
#include <query/evaluator.hpp>
#include <query/text_values.hpp>

namespace oriel::detail {
namespace {

using literal_kind = bound::literal_kind;

std::string name_of(column_type type) { return std::string(to_string(type)); }

bool is_number(column_type type) noexcept { return type == column_type::int64 || type == column_type::float64; }

// Whether the operation itself may throw, whatever its operands are made of.
bool may_fail(const plan_node& node, const program& nodes) noexcept {
  switch (node.op) {
    case opcode::add:
    case opcode::subtract:
    case opcode::multiply:
    case opcode::negate:
    case opcode::absolute: return node.type != column_type::float64;
    case opcode::move_time:
    case opcode::truncate:
    case opcode::truncate_in_zone:
    case opcode::each_element:  // holds for one element only, so nothing may be kept
    case opcode::parse_time: return true;
    // A constant has been looked at by the binder.
    case opcode::split_part: return nodes[node.operands[2]].op != opcode::constant;
    case opcode::regexp_like: return nodes[node.operands[1]].op != opcode::constant;
    case opcode::convert: {
      const column_type from = nodes[node.operands[0]].type;
      return (from == column_type::string && node.type != column_type::string) ||
             (from == column_type::float64 && node.type == column_type::int64);
    }
    default: return false;
  }
}

bool may_be_null(const plan_node& node, const program& nodes) noexcept {
  const auto nullable = [&](node_id id) { return nodes[id].nullable; };
  const auto& o = node.operands;
  switch (node.op) {
    case opcode::each_element: return false;  // groups are made of those that are there
    case opcode::divide:
    case opcode::remainder:
    case opcode::null_if: return true;
    case opcode::is_null:
    case opcode::concat: return false;
    case opcode::coalesce: return std::all_of(o.begin(), o.end(), nullable);
    case opcode::choose: {
      for (std::size_t i = 1; i < o.size(); i += 2) {
        if (nullable(o[i])) return true;
      }
      return nullable(o.back());
    }
    default: return std::any_of(o.begin(), o.end(), nullable);
  }
}

}  // namespace

bound expression_binder::add(plan_node node, text_span span) {
  node.span = span;
  node.nullable = may_be_null(node, nodes_);
  node.fallible = may_fail(node, nodes_) || std::any_of(node.operands.begin(), node.operands.end(),
                                                        [&](node_id id) { return nodes_[id].fallible; });
  const bool constant =
      std::all_of(node.operands.begin(), node.operands.end(), [&](node_id id) { return is_constant(id); });
  if (constant) {
    plan_node folded;
    folded.type = node.type;
    folded.value = fold(node);
    folded.nullable = std::holds_alternative<std::monostate>(folded.value);
    folded.span = span;
    node = std::move(folded);
  }
  return {nodes_.add(std::move(node)), literal_kind::none, span};
}

// The value of an operation on constants. What is wrong with a constant is wrong with the query.
constant_value expression_binder::fold(const plan_node& node) const {
  program alone;
  plan_node copy = node;
  for (node_id& operand : copy.operands) operand = alone.add(nodes_[operand]);
  const node_id id = alone.add(std::move(copy));
  const one_row_relation row;
  evaluator e(alone, row, text_);
  e.load(0);
  column_vector v;
  try {
    v = e.evaluate(id, e.all_rows());
  } catch (const error& problem) {
    if (problem.kind() != error_kind::malformed || !problem.position()) throw;
    throw error(error_kind::invalid, problem.message(), *problem.position());
  }
  if (v.is_null(0)) return {};
  switch (v.type) {
    case column_type::boolean: return v.booleans()[0] != 0;
    case column_type::int64:
    case column_type::time: return v.int64s()[0];
    case column_type::float64: return v.float64s()[0];
    case column_type::string: break;
    default: break;
  }
  return std::string(v.text(0));
}

bound expression_binder::convert(bound b, column_type to) {
  if (is_list(type_of(b)) && type_of(b) != to) {
    fail(b.span, "a list cannot be used as " + name_of(to) + "; functions that end in MV take lists");
  }
  if (b.literal == literal_kind::null) {
    plan_node node;
    node.type = to;
    node.nullable = true;
    node.span = b.span;
    return {nodes_.add(std::move(node)), literal_kind::null, b.span};
  }
  if (type_of(b) == to) return b;
  plan_node node;
  node.op = opcode::convert;
  node.type = to;
  node.operands = {b.node};
  return add(std::move(node), b.span);
}

bound expression_binder::text_literal_as(bound b, column_type to) {
  const std::string& text = std::get<std::string>(nodes_[b.node].value);
  constant_value value;
  switch (to) {
    case column_type::time:
      if (const auto t = parse_timestamp(text)) value = to_ms(*t);
      break;
    case column_type::int64:
      if (const auto i = parse_int64(text)) {
        value = *i;
        break;
      }
      [[fallthrough]];
    case column_type::float64:
      if (const auto d = parse_float64(text)) {
        value = *d;
        to = column_type::float64;
      }
      break;
    case column_type::boolean:
      if (const auto t = parse_boolean(text)) value = *t;
      break;
    case column_type::string: value = text; break;
    default: break;
  }
  if (std::holds_alternative<std::monostate>(value)) {
    const char* const fix = to == column_type::time ? "; write it as 2025-10-04T14:12:08Z" : "";
    fail(b.span, "this text is not a " + name_of(to) + fix);
  }
  plan_node node;
  node.type = to;
  node.value = std::move(value);
  node.span = b.span;
  return {nodes_.add(std::move(node)), literal_kind::none, b.span};
}

bound expression_binder::coerce(bound b, column_type to, std::string_view where) {
  const column_type from = type_of(b);
  if (b.literal == literal_kind::null || (from == column_type::int64 && to == column_type::float64))
    return convert(b, to);
  if (from == to) return b;
  if (b.literal == literal_kind::text) return text_literal_as(b, to);
  std::string fix;
  const bool of_time = from == column_type::time && to == column_type::int64;
  if (to == column_type::time || to == column_type::string || of_time) fix = "; use CAST(... AS " + name_of(to) + ")";
  fail(b.span, std::string(where) + " needs " + name_of(to) + ", this is " + name_of(from) + fix);
}

bound expression_binder::as_text(bound b) { return convert(b, column_type::string); }

bound expression_binder::as_number(bound b, std::string_view where) {
  if (b.literal == literal_kind::null) return convert(b, column_type::int64);
  if (is_number(type_of(b))) return b;
  fail(b.span, std::string(where) + " needs a number, this is " + name_of(type_of(b)));
}

void expression_binder::unify_compared(bound& a, bound& b, text_span span) {
  if (a.literal == literal_kind::null) a = convert(a, type_of(b));
  if (b.literal == literal_kind::null) b = convert(b, type_of(a));
  const column_type x = type_of(a);
  const column_type y = type_of(b);
  if (is_list(x) || is_list(y)) {
    fail(span, "lists cannot be compared here; a list and a value can, by = <> < <= > >= and IN");
  }
  if (x == y) return;
  const auto are = [&](column_type one, column_type other) {
    return (x == one && y == other) || (x == other && y == one);
  };
  if (are(column_type::int64, column_type::float64)) {
    a = convert(a, column_type::float64);
    b = convert(b, column_type::float64);
  } else if (are(column_type::int64, column_type::time)) {
    // Both are milliseconds. A constant follows the column, so that bounds of chunks still say something.
    const column_type common = is_constant(a.node) ? y : is_constant(b.node) ? x : column_type::time;
    a = convert(a, common);
    b = convert(b, common);
  } else if (are(column_type::boolean, column_type::string)) {
    a = as_text(a);
    b = as_text(b);
  } else if (a.literal == literal_kind::text) {
    a = text_literal_as(a, y);
    unify_compared(a, b, span);
  } else if (b.literal == literal_kind::text) {
    b = text_literal_as(b, x);
    unify_compared(a, b, span);
  } else {
    const char* fix = "";
    if (are(column_type::string, column_type::time)) fix = "; CAST(... AS TIMESTAMP) reads a text as a time";
    if (are(column_type::string, column_type::int64) || are(column_type::string, column_type::float64)) {
      fix = "; put the number in quotes, or CAST the text";
    }
    fail(span, "a " + name_of(x) + " cannot be compared with a " + name_of(y) + fix);
  }
}

// The one type of the results of CASE or the arguments of COALESCE. Literals follow what is not one.
column_type expression_binder::unify_values(std::vector<bound>& values, std::string_view where) {
  std::optional<column_type> type;
  bool all_literals = true;
  for (const bound& b : values) {
    if (is_list(type_of(b))) fail(b.span, std::string(where) + " does not take lists");
    if (b.literal == literal_kind::null) continue;
    if (b.literal == literal_kind::none || b.literal == literal_kind::integer) all_literals = false;
  }
  for (const bound& b : values) {
    if (b.literal == literal_kind::null || (b.literal == literal_kind::text && !all_literals)) continue;
    const column_type t = type_of(b);
    if (!type || (*type == column_type::int64 && t == column_type::float64)) {
      type = t;
    } else if (*type == column_type::int64 && t == column_type::time) {
      type = t;  // integers before it must turn out to be literals
    }
  }
  const column_type common = type.value_or(column_type::string);
  for (bound& b : values) {
    const column_type t = type_of(b);
    if (b.literal == literal_kind::integer && common == column_type::time) {
      b = convert(b, common);
    } else if (b.literal == literal_kind::none && t != common && !(is_number(t) && is_number(common))) {
      fail(b.span, "the values of " + std::string(where) + " must have one type: this is " + name_of(t) +
                       ", others are " + name_of(common));
    } else {
      b = coerce(b, common, where);
    }
  }
  return common;
}

}  // namespace oriel::detail

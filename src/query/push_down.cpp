// SPDX-License-Identifier: Apache-2.0
// src/query/push_down.cpp - conditions asked as early as the answer allows.
#include <query/push_down.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

namespace oriel::detail {
namespace {

using columns_to_nodes = std::function<node_id(std::size_t column)>;

// A condition in terms of what its columns are made of.
node_id translate(const program& from, node_id id, program& to, const columns_to_nodes& column) {
  plan_node node = from[id];
  if (node.op == opcode::column) return column(node.column);
  for (node_id& operand : node.operands) {
    operand = translate(from, operand, to, column);
    node.fallible |= to[operand].fallible;
  }
  return to.add(std::move(node));
}

template <typename Allowed>
bool reads_only(const program& nodes, node_id id, Allowed allowed) {
  const plan_node& node = nodes[id];
  if (node.op == opcode::column) return allowed(node.column);
  return std::all_of(node.operands.begin(), node.operands.end(),
                     [&](node_id operand) { return reads_only(nodes, operand, allowed); });
}

bool reads_a_column(const program& nodes, node_id id) {
  return !reads_only(nodes, id, [](std::size_t) { return false; });
}

// Takes the conditions out of `filters` that `moved(condition)` says it has put elsewhere.
template <typename Moved>
void take(std::vector<node_id>& filters, Moved moved) {
  filters.erase(std::remove_if(filters.begin(), filters.end(), moved), filters.end());
}

// Whether operands that are equal, though not the same, are all one to an operation: -0.0 and 0.0, and every NaN.
bool goes_by_equality(opcode op) {
  switch (op) {
    case opcode::equal:
    case opcode::not_equal:
    case opcode::less:
    case opcode::less_equal:
    case opcode::in_set:
    case opcode::is_null: return true;
    default: return false;
  }
}

// Whether a condition may tell equal values of one column apart, as CAST(d AS VARCHAR) = '0' does.
bool tells_equals_apart(const program& nodes, node_id id) {
  const plan_node& node = nodes[id];
  return std::any_of(node.operands.begin(), node.operands.end(), [&](node_id operand) {
    const plan_node& read = nodes[operand];
    if (read.op != opcode::column) return tells_equals_apart(nodes, operand);
    const column_type type = is_list(read.type) ? element_of(read.type) : read.type;
    return type == column_type::float64 && !goes_by_equality(node.op);
  });
}

// From behind a grouping to before it: what reads its keys holds for all rows of a group or for none, unless it tells
// those apart that are one key.
void push_below_group(const program& nodes, std::vector<node_id>& filters, group_stage& stage) {
  take(filters, [&](node_id condition) {
    const bool only_keys = reads_a_column(nodes, condition) && !nodes[condition].fallible &&
                           !tells_equals_apart(nodes, condition) &&
                           reads_only(nodes, condition, [&](std::size_t column) {
                             return column < stage.keys.size() &&
                                    stage.expressions[stage.keys[column]].op != opcode::each_element;
                           });
    if (!only_keys) return false;
    stage.filters.push_back(translate(nodes, condition, stage.expressions,
                                      [&](std::size_t column) { return stage.keys[column]; }));
    return true;
  });
}

// Whether rows of an input are in the joined rows only as they are, never replaced by nulls.
bool is_never_padded(const query_plan& plan, std::size_t input) {
  for (std::size_t next = 1; next < plan.inputs.size(); ++next) {
    const join_kind kind = plan.joins[next - 1].kind;
    const bool pads = kind == join_kind::full || (next == input && kind == join_kind::left) ||
                      (next > input && kind == join_kind::right);
    if (next >= input && pads) return false;
  }
  return true;
}

void push_below_joins(query_plan& plan, const program& nodes, std::vector<node_id>& filters) {
  take(filters, [&](node_id condition) {
    if (nodes[condition].fallible || !reads_a_column(nodes, condition)) return false;
    for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
      input_plan& input = plan.inputs[i];
      const bool of_input = reads_only(nodes, condition, [&](std::size_t column) {
        return column >= input.first_column && column < input.first_column + input.columns;
      });
      if (!of_input) continue;
      if (is_never_padded(plan, i)) input.filters.push_back(condition);
      return is_never_padded(plan, i);
    }
    return false;
  });
}

void push_into_query(const program& nodes, std::vector<node_id>& filters, const input_plan& input,
                     output_stage& query) {
  if (query.limit != std::numeric_limits<std::size_t>::max() || query.offset != 0) return;
  take(filters, [&](node_id condition) {
    if (nodes[condition].fallible || !reads_a_column(nodes, condition)) return false;
    query.filters.push_back(translate(nodes, condition, query.expressions, [&](std::size_t column) {
      return query.outputs[column - input.first_column].node;
    }));
    return true;
  });
}

}  // namespace

void push_down(query_plans& plans) {
  std::vector<std::size_t> readers(plans.size(), 0);
  for (const query_plan& plan : plans) {
    for (const input_plan& input : plan.inputs) {
      if (input.query) ++readers[*input.query];
    }
  }
  // Queries read earlier ones only, so what has moved into one moves on.
  for (std::size_t p = plans.size(); p-- > 0;) {
    query_plan& plan = plans[p];
    for (std::size_t g = plan.groups.size(); g-- > 0;) {
      const bool last = g + 1 == plan.groups.size();
      push_below_group(last ? plan.output.expressions : plan.groups[g + 1].expressions,
                       last ? plan.output.filters : plan.groups[g + 1].filters, plan.groups[g]);
    }
    const program& nodes = plan.first_expressions();
    std::vector<node_id>& filters = plan.groups.empty() ? plan.output.filters : plan.groups.front().filters;
    if (plan.inputs.size() > 1) push_below_joins(plan, nodes, filters);
    for (input_plan& input : plan.inputs) {
      if (!input.query || readers[*input.query] > 1) continue;
      push_into_query(nodes, plan.inputs.size() > 1 ? input.filters : filters, input, plans[*input.query].output);
    }
  }
}

}  // namespace oriel::detail

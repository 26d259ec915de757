// SPDX-License-Identifier: Apache-2.0
// src/query/bind.cpp - statements to plans.
#include <query/bind.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <oriel/core/near_names.hpp>
#include <oriel/query/functions.hpp>
#include <oriel/query/printer.hpp>
#include <query/bind_expression.hpp>
#include <query/lift.hpp>

namespace oriel::detail {
namespace {

class statement_binder {
 public:
  statement_binder(const statement& query, const scope& columns, timestamp now)
      : query_(query), scope_(columns), binder_(rows_.expressions, columns, rows_.aggregates, query.text, now) {}

  query_plan run() {
    bind_items();
    bind_where();
    bind_group_by();
    bind_having();
    bind_order_by();
    bind_limit();

    query_plan plan;
    const bool grouped = !query_.group_by.empty() || query_.having || !rows_.aggregates.empty();
    if (grouped) {
      lift_over_groups();
      plan.groups.push_back(std::move(rows_));
    } else {
      output_.expressions = std::move(rows_.expressions);
      output_.filters = std::move(rows_.filters);
    }
    if (query_.distinct) {
      plan.groups.push_back(group_by_outputs());
    }
    plan.output = std::move(output_);
    return plan;
  }

 private:
  // ---- SELECT

  void bind_items() {
    for (const select_item& item : query_.items) {
      if (item.value.kind == expression_kind::star) {
        expand(item);
      } else {
        bind_item(item);
      }
    }
    for (const named_output& named : named_) {
      if (!named.alias.empty()) aliases_.push_back(named.alias);
    }
  }

  void bind_item(const select_item& item) {
    const bound b = binder_.bind(item.value);
    std::string name = item.alias;
    if (name.empty() && item.value.kind == expression_kind::name) {
      name = scope_.columns()[rows_.expressions[b.node].column].name;
    }
    if (name.empty()) name = item.label.empty() ? to_sql(item.value) : item.label;
    output_.outputs.push_back({b.node, std::move(name)});
    named_.push_back({item.alias, b});
    sources_.push_back(&item.value);
  }

  // * and t.*
  void expand(const select_item& item) {
    const std::string table = joined(item.value.path);
    bool any = false;
    for (const scope_column& c : scope_.columns()) {
      if (!table.empty() && !equal_ignoring_case(table, c.table)) continue;
      expression e;
      e.kind = expression_kind::name;
      e.path = {c.name};
      e.span = item.value.span;
      const bound b = binder_.bind(e);
      output_.outputs.push_back({b.node, c.name});
      named_.push_back({"", b});
      sources_.push_back(&item.value);
      any = true;
    }
    if (any) return;
    if (scope_.columns().empty()) binder_.fail(item.value.span, "'*' needs a table: the query has no FROM");
    binder_.fail(item.value.span, "no table '" + table + "' in FROM");
  }

  // ---- the other clauses

  void bind_where() {
    binder_.mention_aliases(&aliases_);
    binder_.refuse_aggregates("WHERE");
    if (query_.where) add_conjuncts(rows_.expressions, binder_.bind_condition(*query_.where, "WHERE"), rows_.filters);
    binder_.mention_aliases(nullptr);
  }

  // A column of the table has precedence over an alias, as in PostgreSQL.
  void bind_group_by() {
    binder_.use_aliases(&named_);
    binder_.refuse_aggregates("GROUP BY");
    for (const expression& e : query_.group_by) {
      const auto item = ordinal(e, "GROUP BY");
      const node_id node = item ? output_.outputs[*item].node : binder_.bind(e).node;
      if (item && has_aggregate(node)) binder_.fail(e.span, "this output is an aggregate; it cannot be grouped by");
      if (std::find(rows_.keys.begin(), rows_.keys.end(), node) == rows_.keys.end()) rows_.keys.push_back(node);
    }
  }

  void bind_having() {
    binder_.refuse_aggregates(nullptr);
    if (query_.having) having_ = binder_.bind_condition(*query_.having, "HAVING");
  }

  // A bare name is an alias first, as in PostgreSQL.
  void bind_order_by() {
    for (const order_item& item : query_.order_by) {
      sort_key key;
      key.descending = item.descending;
      key.nulls_first = item.nulls == null_order::unsaid ? item.descending : item.nulls == null_order::first;
      if (const auto output = ordinal(item.value, "ORDER BY")) {
        key.node = output_.outputs[*output].node;
      } else {
        const auto alias = item.value.kind == expression_kind::name ? binder_.find_alias(item.value) : std::nullopt;
        key.node = alias ? alias->node : binder_.bind(item.value).node;
      }
      output_.order.push_back(key);
    }
  }

  // 1 means the first output.
  std::optional<std::size_t> ordinal(const expression& e, std::string_view clause) {
    if (e.kind != expression_kind::constant) return std::nullopt;
    const std::int64_t* const position = std::get_if<std::int64_t>(&e.value);
    if (position == nullptr) return std::nullopt;
    if (*position >= 1 && static_cast<std::size_t>(*position) <= output_.outputs.size()) {
      return static_cast<std::size_t>(*position) - 1;
    }
    binder_.fail(e.span, std::string(clause) + " " + std::to_string(*position) +
                             " is not an output column; there are " + std::to_string(output_.outputs.size()));
  }

  void bind_limit() {
    output_.limit = row_number(query_.limit, "LIMIT", output_.limit);
    output_.offset = row_number(query_.offset, "OFFSET", 0);
  }

  // A constant; null is as if it were not there.
  std::size_t row_number(const std::optional<expression>& e, const char* clause, std::size_t otherwise) {
    if (!e) return otherwise;
    program nodes;
    const scope nothing;
    std::vector<aggregate_call> no_aggregates;
    expression_binder constants(nodes, nothing, no_aggregates, query_.text, timestamp{});
    constants.refuse_aggregates(clause);
    const plan_node& node = nodes[constants.bind(*e).node];
    if (std::holds_alternative<std::monostate>(node.value) && node.op == opcode::constant) return otherwise;
    const std::int64_t* const number = std::get_if<std::int64_t>(&node.value);
    if (number == nullptr || node.type != column_type::int64 || *number < 0) {
      binder_.fail(e->span, std::string(clause) + " needs a number of rows, 0 or more");
    }
    return static_cast<std::size_t>(*number);
  }

  // ---- stages

  static void add_conjuncts(const program& nodes, node_id condition, std::vector<node_id>& out) {
    const plan_node& node = nodes[condition];
    if (node.op == opcode::logical_and) {
      for (const node_id operand : node.operands) add_conjuncts(nodes, operand, out);
      return;
    }
    const bool* const constant = std::get_if<bool>(&node.value);
    if (constant == nullptr || !*constant) out.push_back(condition);
  }

  bool has_aggregate(node_id id) const {
    const plan_node& node = rows_.expressions[id];
    return node.op == opcode::aggregate ||
           std::any_of(node.operands.begin(), node.operands.end(), [&](node_id o) { return has_aggregate(o); });
  }

  void lift_over_groups() {
    lifter up(rows_.expressions, rows_.keys, output_.expressions);
    const auto lift = [&](node_id node, const expression& source) {
      const auto lifted = up.lift(node);
      if (!lifted) fail_ungrouped(up.missing(), source);
      return *lifted;
    };
    for (std::size_t i = 0; i < output_.outputs.size(); ++i) {
      output_.outputs[i].node = lift(output_.outputs[i].node, *sources_[i]);
    }
    if (having_) add_conjuncts(output_.expressions, lift(*having_, *query_.having), output_.filters);
    for (std::size_t i = 0; i < output_.order.size(); ++i) {
      output_.order[i].node = lift(output_.order[i].node, query_.order_by[i].value);
    }
  }

  [[noreturn]] void fail_ungrouped(std::size_t column, const expression& source) {
    const expression* const place = find_name(source, column);
    binder_.fail(place != nullptr ? place->span : source.span,
                 "column '" + scope_.columns()[column].name + "' must be in GROUP BY or inside an aggregate");
  }

  // The first mention of a column that is not inside an aggregate.
  const expression* find_name(const expression& e, std::size_t column) const {
    if (e.kind == expression_kind::name) return scope_.find(e.path) == column ? &e : nullptr;
    if (e.kind == expression_kind::call) {
      const auto function = find_function(e.path[0]);
      if (function && sql_functions()[static_cast<std::size_t>(*function)].aggregate) return nullptr;
    }
    for (const expression& operand : e.operands) {
      if (const expression* const found = find_name(operand, column)) return found;
    }
    return nullptr;
  }

  // SELECT DISTINCT: what the outputs are made of becomes a stage that groups by them.
  group_stage group_by_outputs() {
    group_stage stage;
    stage.expressions = std::move(output_.expressions);
    stage.filters = std::move(output_.filters);
    for (const output_column& output : output_.outputs) {
      if (std::find(stage.keys.begin(), stage.keys.end(), output.node) == stage.keys.end()) {
        stage.keys.push_back(output.node);
      }
    }
    output_.expressions = {};
    output_.filters = {};
    lifter up(stage.expressions, stage.keys, output_.expressions);
    for (output_column& output : output_.outputs) output.node = *up.lift(output.node);
    for (std::size_t i = 0; i < output_.order.size(); ++i) {
      const auto lifted = up.lift(output_.order[i].node);
      if (!lifted) {
        binder_.fail(query_.order_by[i].value.span, "with SELECT DISTINCT, ORDER BY can only use what is selected");
      }
      output_.order[i].node = *lifted;
    }
    return stage;
  }

  const statement& query_;
  const scope& scope_;
  group_stage rows_;  // over the table
  output_stage output_;
  expression_binder binder_;
  std::vector<named_output> named_;
  std::vector<std::string> aliases_;
  std::vector<const expression*> sources_;  // of each output
  std::optional<node_id> having_;
};

}  // namespace

query_plan bind(const statement& query, const scope& columns, timestamp now) {
  return statement_binder(query, columns, now).run();
}

}  // namespace oriel::detail

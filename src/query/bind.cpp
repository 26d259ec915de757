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
#include <query/diagnostic.hpp>
#include <query/lift.hpp>
#include <query/push_down.hpp>

namespace oriel::detail {
namespace {

class statement_binder {
 public:
  statement_binder(const statement& query, const scope& columns, std::string_view text, timestamp now)
      : query_(query),
        scope_(columns),
        text_(text),
        binder_(rows_.expressions, columns, rows_.aggregates, text, now) {}

  /// A condition of the FROM clause that is asked of the joined rows. Requires: before `run`.
  void add_filter(const expression& condition) {
    binder_.refuse_aggregates("ON");
    add_conjuncts(rows_.expressions, binder_.bind_condition(condition, "ON"), rows_.filters);
    binder_.refuse_aggregates(nullptr);
  }

  query_plan run() {
    find_grouped_lists();
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
  // Columns of lists in GROUP BY, by their name, an alias or an ordinal: outputs then see one element.
  void find_grouped_lists() {
    std::vector<std::size_t> found;
    const auto note = [&](const expression& e) {
      if (e.kind != expression_kind::name) return;
      const auto column = scope_.find(e.path);
      if (column && is_list(scope_.columns()[*column].type)) found.push_back(*column);
    };
    for (const expression& e : query_.group_by) {
      note(e);
      const auto* const position = std::get_if<std::int64_t>(&e.value);
      for (std::size_t i = 0; i < query_.items.size(); ++i) {
        const bool meant = e.kind == expression_kind::constant
                               ? position != nullptr && *position == static_cast<std::int64_t>(i) + 1
                               : e.kind == expression_kind::name && !scope_.find(e.path) &&
                                     equal_ignoring_case(joined(e.path), query_.items[i].alias);
        if (meant) note(query_.items[i].value);
      }
    }
    binder_.group_by_elements(std::move(found));
  }

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
    if (name.empty() && item.value.kind == expression_kind::name) {  // the column's name alone, in the case it was written in
      const std::string written = joined(item.value.path);
      name = written.substr(written.size() - scope_.columns()[*scope_.find(item.value.path)].name.size());
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
    const auto put = [&](std::size_t column) {
      const bound b = binder_.column(column, item.value.span);
      output_.outputs.push_back({b.node, scope_.columns()[column].name});
      named_.push_back({"", b});
      sources_.push_back(&item.value);
      any = true;
    };
    // What USING has made one comes first, as in PostgreSQL.
    for (const bool merged : {true, false}) {
      for (std::size_t i = 0; i < scope_.columns().size(); ++i) {
        const scope_column& c = scope_.columns()[i];
        const bool meant =
            table.empty() ? !c.hidden && c.merged == merged : !merged && equal_ignoring_case(table, c.table);
        if (meant) put(i);
      }
    }
    if (any) return;
    if (scope_.columns().empty()) binder_.fail(item.value.span, "'*' needs a table: the query has no FROM");
    binder_.fail(item.value.span, "no table '" + table + "' in FROM");
  }

  // ---- the other clauses

  void bind_where() {
    binder_.mention_aliases(&aliases_);
    binder_.refuse_aggregates("WHERE");
    binder_.use_whole_lists(true);
    if (query_.where) add_conjuncts(rows_.expressions, binder_.bind_condition(*query_.where, "WHERE"), rows_.filters);
    binder_.use_whole_lists(false);
    binder_.mention_aliases(nullptr);
  }

  // A column of the table has precedence over an alias, as in PostgreSQL.
  void bind_group_by() {
    binder_.use_aliases(&named_);
    binder_.refuse_aggregates("GROUP BY");
    for (const expression& e : query_.group_by) {
      const auto item = ordinal(e, "GROUP BY");
      const node_id node = item ? output_.outputs[*item].node : binder_.bind(e).node;
      if (is_list(rows_.expressions[node].type)) binder_.fail(e.span, "of lists, only a column can be grouped by");
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
      if (is_list(rows_.expressions[key.node].type)) binder_.fail(item.value.span, "lists have no order");
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
    expression_binder constants(nodes, nothing, no_aggregates, text_, timestamp{});
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
      if (is_list(stage.expressions[output.node].type)) {
        binder_.fail(query_.items.front().value.span, "SELECT DISTINCT does not take lists");
      }
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
  std::string_view text_;
  group_stage rows_;  // over the table
  output_stage output_;
  expression_binder binder_;
  std::vector<named_output> named_;
  std::vector<std::string> aliases_;
  std::vector<const expression*> sources_;  // of each output
  std::optional<node_id> having_;
};

// ---- FROM and WITH

// Names of queries that may be read, and their plans.
struct visible_query {
  std::string name;
  std::size_t plan;
};

class query_binder {
 public:
  explicit query_binder(const bind_context& context) : context_(context) {}

  query_plans run(const statement& query) && {
    plan(query);
    return std::move(plans_);
  }

 private:
  [[noreturn]] void fail(text_span span, const std::string& message, error_kind kind = error_kind::invalid) const {
    throw error_at(kind, context_.text, span, message);
  }

  // Adds the plan of a query behind those it reads.
  std::size_t plan(const statement& query) {
    if (query.items.empty()) throw error(error_kind::invalid, "a query needs something to SELECT");
    const std::size_t outside = visible_.size();
    const std::size_t first_own = visible_.size();
    for (const common_table& t : query.with) {
      for (std::size_t i = first_own; i < visible_.size(); ++i) {
        if (equal_ignoring_case(visible_[i].name, t.name)) {
          fail(t.span, "there is a query '" + t.name + "' in WITH already");
        }
      }
      const std::size_t at = plan(t.query.front());
      visible_.push_back({t.name, at});
    }
    query_plan out;
    std::vector<scope_column> columns;
    std::vector<const expression*> conditions;
    if (query.from) {
      add_input(*query.from, out, columns);
      for (const join_clause& join : query.joins) {
        const std::size_t before = columns.size();
        add_input(join.table, out, columns);
        if (join.on) {
          join_on(join, before, out, columns, conditions);
        } else {
          join_using(join, before, out, columns);
        }
        pad(join.kind, before, columns);
      }
    }
    const scope all(std::move(columns));
    statement_binder binder(query, all, context_.text, context_.now);
    for (const expression* condition : conditions) binder.add_filter(*condition);
    query_plan selected = binder.run();
    out.groups = std::move(selected.groups);
    out.output = std::move(selected.output);
    visible_.resize(outside);
    plans_.push_back(std::move(out));
    return plans_.size() - 1;
  }

  void add_input(const table_reference& from, query_plan& out, std::vector<scope_column>& columns) {
    input_plan input;
    input.name = from.alias.empty() ? from.name : from.alias;
    input.first_column = columns.size();
    for (const input_plan& other : out.inputs) {
      if (!input.name.empty() && equal_ignoring_case(other.name, input.name)) {
        fail(from.span, "two tables in FROM are called '" + input.name + "'; give one of them an alias");
      }
    }
    const std::string& name = from.name;
    const auto known = std::find_if(visible_.rbegin(), visible_.rend(),
                                    [&](const visible_query& q) { return equal_ignoring_case(q.name, name); });
    if (!from.query.empty()) {
      input.query = plan(from.query.front());
    } else if (known != visible_.rend()) {
      input.query = known->plan;
    } else {
      input.table = context_.tables.find(name);
      if (input.table == nullptr) fail_unknown_table(from);
    }
    if (input.query) {
      const output_stage& result = plans_[*input.query].output;
      for (const output_column& c : result.outputs) {
        const plan_node& node = result.expressions[c.node];
        columns.push_back({input.name, c.name, node.type, node.nullable, false, false});
      }
    } else {
      for (const column_description& c : input.table->schema().columns()) {
        columns.push_back({input.name, c.name, c.type, c.nullable, false, false});
      }
    }
    input.columns = columns.size() - input.first_column;
    out.inputs.push_back(std::move(input));
  }

  [[noreturn]] void fail_unknown_table(const table_reference& from) const {
    std::vector<std::string> known = context_.names;
    for (const visible_query& q : visible_) known.push_back(q.name);
    std::string message = "no table '" + from.name + "'" + did_you_mean(from.name, known);
    if (known.empty()) message += "; there are no tables";
    fail(from.span, message);
  }

  // An outer join has nulls where there is no match.
  static void pad(join_kind kind, std::size_t before, std::vector<scope_column>& columns) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const bool left = i < before;
      if (kind == join_kind::full || kind == (left ? join_kind::right : join_kind::left)) columns[i].nullable = true;
    }
  }

  // The input that an expression looks at; nothing if it looks at none or at several.
  static std::optional<std::size_t> input_of(const program& nodes, node_id id, const query_plan& plan) {
    std::optional<std::size_t> found;
    bool several = false;
    const auto visit = [&](const auto& self, node_id at) -> void {
      const plan_node& node = nodes[at];
      if (node.op == opcode::column) {
        std::size_t input = 0;
        while (node.column >= plan.inputs[input].first_column + plan.inputs[input].columns) ++input;
        several |= found && *found != input;
        found = input;
      }
      for (const node_id operand : node.operands) self(self, operand);
    };
    visit(visit, id);
    return several ? std::nullopt : found;
  }

  // Equalities between the new input and one before it are keys; of an inner join everything else is a filter.
  void join_on(const join_clause& join, std::size_t before, query_plan& out, const std::vector<scope_column>& columns,
               std::vector<const expression*>& conditions) {
    join_plan plan;
    plan.kind = join.kind;
    const scope all(columns);
    const auto visit = [&](const auto& self, const expression& e) -> void {
      if (e.kind == expression_kind::operation && e.operation == operation_kind::conjunction) {
        for (const expression& operand : e.operands) self(self, operand);
        return;
      }
      if (e.kind == expression_kind::operation && e.operation == operation_kind::equal && add_key(e, all, out, plan)) {
        return;
      }
      if (join.kind != join_kind::inner) {
        fail(e.span, "a condition of an outer JOIN other than equality of the two tables is not supported",
             error_kind::unsupported);
      }
      conditions.push_back(&e);
    };
    visit(visit, *join.on);
    if (plan.keys.empty()) {
      fail(join.on->span, "a JOIN without an equality between the tables is not supported", error_kind::unsupported);
    }
    static_cast<void>(before);
    out.joins.push_back(std::move(plan));
  }

  bool add_key(const expression& e, const scope& all, query_plan& out, join_plan& plan) {
    std::vector<aggregate_call> none;
    expression_binder binder(out.keys, all, none, context_.text, context_.now);
    binder.refuse_aggregates("ON");
    const auto [a, b] = binder.bind_equality(e);
    const auto of_a = input_of(out.keys, a, out);
    const auto of_b = input_of(out.keys, b, out);
    const std::size_t last = out.inputs.size() - 1;
    if (!of_a || !of_b || (*of_a == last) == (*of_b == last)) return false;
    if (*of_a == last) {
      plan.keys.push_back({b, *of_b, a});
    } else {
      plan.keys.push_back({a, *of_a, b});
    }
    return true;
  }

  void join_using(const join_clause& join, std::size_t before, query_plan& out, std::vector<scope_column>& columns) {
    join_plan plan;
    plan.kind = join.kind;
    if (join.kind == join_kind::full) {
      fail(join.span, "USING with FULL JOIN is not supported; write ON, and COALESCE in SELECT",
           error_kind::unsupported);
    }
    for (const std::string& name : join.columns) {
      const auto left = column_for_using(join, name, 0, before, columns);
      const auto right = column_for_using(join, name, before, columns.size(), columns);
      // Both as columns of one scope, so that their types are made to agree.
      expression e;
      e.kind = expression_kind::operation;
      e.operation = operation_kind::equal;
      e.span = join.span;
      std::vector<aggregate_call> none;
      const scope all(columns);
      expression_binder binder(out.keys, all, none, context_.text, context_.now);
      const auto [a, b] = binder.equality(binder.column(left, join.span), binder.column(right, join.span), join.span);
      std::size_t input = 0;
      while (left >= out.inputs[input].first_column + out.inputs[input].columns) ++input;
      plan.keys.push_back({a, input, b});
      const bool keeps_right = join.kind == join_kind::right;
      columns[keeps_right ? left : right].hidden = true;
      columns[keeps_right ? left : right].merged = false;
      columns[keeps_right ? right : left].merged = true;
    }
    out.joins.push_back(std::move(plan));
  }

  std::size_t column_for_using(const join_clause& join, const std::string& name, std::size_t first, std::size_t last,
                               const std::vector<scope_column>& columns) const {
    std::optional<std::size_t> found;
    std::vector<std::string> known;
    for (std::size_t i = first; i < last; ++i) {
      if (columns[i].hidden) continue;
      known.push_back(columns[i].name);
      if (!equal_ignoring_case(columns[i].name, name)) continue;
      if (found) fail(join.span, "'" + name + "' in USING is ambiguous: several tables before it have such a column");
      found = i;
    }
    if (!found) {
      fail(join.span, "no column '" + name + "' on the " + (first == 0 ? "left" : "right") + " of this JOIN" +
                          did_you_mean(name, known));
    }
    return *found;
  }

  const bind_context& context_;
  query_plans plans_;
  std::vector<visible_query> visible_;
};

void collect_names(const statement& query, std::vector<std::string>& out) {
  const auto visit = [&](const table_reference& t) {
    if (!t.name.empty()) out.push_back(t.name);
    for (const statement& inner : t.query) collect_names(inner, out);
  };
  for (const common_table& t : query.with) collect_names(t.query.front(), out);
  if (query.from) visit(*query.from);
  for (const join_clause& join : query.joins) visit(join.table);
}

}  // namespace

query_plans bind(const statement& query, const bind_context& context) {
  query_plans plans = query_binder(context).run(query);
  push_down(plans);
  return plans;
}

std::vector<std::string> names_in_from(const statement& query) {
  std::vector<std::string> out;
  collect_names(query, out);
  return out;
}

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/query/bind_expression.hpp - expressions: from names to columns, from words to operations, with types.
//
// Types are exact: a node's operands have the types its kernel works on, and where
// the language is more generous (LONG with DOUBLE, a text literal for a TIMESTAMP) a
// conversion is put in between. Expressions of constants are evaluated here, so that
// now() - INTERVAL '5 minutes' is a constant by the time the query runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <oriel/core/error.hpp>
#include <oriel/core/time.hpp>
#include <query/function_ids.hpp>
#include <query/plan.hpp>
#include <query/scope.hpp>

namespace oriel::detail {

/// A bound expression. A literal may still become another type: '2025-10-04' a TIMESTAMP, NULL anything.
struct bound {
  enum class literal_kind : std::uint8_t { none, null, text, integer };

  node_id node = 0;
  literal_kind literal = literal_kind::none;
  text_span span;
};

/// An expression that has a name: an output column, for clauses that may use its alias.
struct named_output {
  std::string alias;
  bound value;
};

/// The type of this name, whatever its case.
std::optional<column_type> find_type(std::string_view name) noexcept;

class expression_binder {
 public:
  /// Requires: all outlive the binder. `aggregates` receives the aggregate calls met.
  expression_binder(program& nodes, const scope& columns, std::vector<aggregate_call>& aggregates,
                    std::string_view text, timestamp now)
      : nodes_(nodes), scope_(columns), aggregates_(aggregates), text_(text), now_(now) {}

  /// Where aggregates are refused: the clause to name in the message; nullptr allows them.
  void refuse_aggregates(const char* clause) noexcept { no_aggregates_in_ = clause; }

  /// Outputs whose aliases may be used where no column has the name; nullptr for none.
  void use_aliases(const std::vector<named_output>* outputs) noexcept { aliases_ = outputs; }

  /// Columns of lists that are grouped by: outside of aggregates their names mean one element.
  void group_by_elements(std::vector<std::size_t> columns) { element_columns_ = std::move(columns); }

  /// One element after the other of a list. Requires: the node is a column of lists.
  bound each_element(bound list);

  /// Where names of such columns mean the whole list.
  void use_whole_lists(bool yes) noexcept { whole_lists_ = yes; }

  /// Aliases that a message should say cannot be used here; nullptr for none.
  void mention_aliases(const std::vector<std::string>* aliases) noexcept { unusable_aliases_ = aliases; }

  bound bind(const expression& e);

  /// A column of the scope by its position.
  bound column(std::size_t position, text_span span);

  /// Two values that are compared, in the one type in which they are.
  std::pair<node_id, node_id> equality(bound a, bound b, text_span span);
  std::pair<node_id, node_id> bind_equality(const expression& e) {
    const bound a = bind(e.operands[0]);
    return equality(a, bind(e.operands[1]), e.span);
  }

  /// An expression as a BOOLEAN.
  node_id bind_condition(const expression& e, std::string_view clause);

  /// The output of this alias: exact case first. Errors: when several different ones have it.
  std::optional<bound> find_alias(const expression& name) const;

  column_type type_of(const bound& b) const noexcept { return nodes_[b.node].type; }
  [[noreturn]] void fail(text_span span, std::string_view message) const;
  [[noreturn]] void fail_unsupported(text_span span, std::string_view construct) const;

 private:
  bound constant(const constant_value& value, text_span span);
  bound name(const expression& e);
  [[noreturn]] void fail_unknown_name(const expression& e) const;
  bound operation(const expression& e);
  bound arithmetic(const expression& e);
  bound move_time(const expression& e);
  bound number_or_time(opcode op, bound a, bound b, text_span span);
  bound comparison(const expression& e);
  bound in_list(const expression& e);
  bound between(const expression& e);
  bound like(const expression& e);
  bound connective(const expression& e);
  bound choice(const expression& e);
  bound cast(const expression& e);

  bound call(const expression& e);
  bound aggregate(const expression& e, function_id function);
  static std::optional<aggregate_kind> statistic_kind(function_id function);
  void bind_statistic(aggregate_kind kind, const expression& e, aggregate_call& call);
  bound scalar(const expression& e, function_id function);
  std::optional<bound> text_or_time(const expression& e, function_id function);
  bound ago(const expression& e);
  bound truncation(const expression& e);
  bound rounding(opcode op, const expression& e);
  bound concat(const expression& e);
  bound coalesce(const expression& e);
  bound null_if(const expression& e);
  bound text_function(opcode op, column_type result, const expression& e);
  bound trimming(const expression& e, int side);
  bound regexp(const expression& e);
  bound number_function(opcode op, const expression& e);
  bound time_part_of(time_part part, const expression& time, const expression* zone, text_span span);
  bound extract(const expression& e);
  bound time_text(opcode op, const expression& e);
  bound time_convert(const expression& e);
  bound scaled(bound value, std::int64_t from, std::int64_t to, text_span span);
  bound as_time(bound b, std::string_view where);
  std::string zone_name(const expression& e) const;
  std::int64_t unit_length(const expression& e) const;
  void check_arguments(const expression& e, function_id function) const;
  [[noreturn]] void fail_unknown_function(const expression& e) const;

  // Conversions.
  bound convert(bound b, column_type to);
  bound coerce(bound b, column_type to, std::string_view where);
  bound text_literal_as(bound b, column_type to);
  bound as_text(bound b);
  bound as_number(bound b, std::string_view where);
  void unify_compared(bound& a, bound& b, text_span span);
  column_type unify_values(std::vector<bound>& values, std::string_view where);
  bound compare(opcode op, bound a, bound b, text_span span);
  bound compare_list(opcode op, bound list, bound value, text_span span);
  bound list_length(const expression& e);
  funnel_options funnel_within(const expression& e) const;
  void bind_funnel(const expression& e, aggregate_call& call);
  void bind_funnel_max_step(const expression& e, aggregate_call& call);
  void bind_funnel_count(const expression& e, aggregate_call& call);
  void bind_steps(std::span<const expression> steps, aggregate_call& call);
  node_id aggregate_node(aggregate_call call, bool nullable, text_span span);
  function_id on_elements(function_id function, const expression& e, aggregate_call& call);

  bound add(plan_node node, text_span span);
  bound negated(bound b, bool yes, text_span span);
  constant_value fold(const plan_node& node) const;
  bool is_constant(node_id id) const noexcept { return nodes_[id].op == opcode::constant; }
  bool has_aggregate(node_id id) const;

  program& nodes_;
  const scope& scope_;
  std::vector<aggregate_call>& aggregates_;
  std::string_view text_;
  timestamp now_;
  std::vector<std::size_t> element_columns_;
  bool whole_lists_ = false;
  const char* no_aggregates_in_ = nullptr;
  const std::vector<named_output>* aliases_ = nullptr;
  const std::vector<std::string>* unusable_aliases_ = nullptr;
};

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/query/plan.hpp - a query ready to run: names are columns, everything has a type.
//
// Expressions of a stage live in one `program`: nodes that refer to earlier nodes. An
// expression that occurs twice is one node, so it is evaluated once, and "is this
// what was grouped by?" is a comparison of two numbers.
//
// A query is a chain of stages. Each reads a relation, keeps the rows its filters
// hold for, and either groups (making the relation of the next stage) or, the last
// one, makes the result:
//
//     table -> [group by keys] -> [group by all outputs, for DISTINCT] -> outputs, order, limit
//
// The plan is immutable while it runs; buffers belong to the evaluator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <oriel/aggregate/funnel_options.hpp>
#include <oriel/query/statement.hpp>
#include <oriel/table/schema.hpp>
#include <oriel/table/snapshot.hpp>
#include <query/time_part.hpp>
#include <query/time_units.hpp>

namespace oriel::detail {

using node_id = std::uint32_t;

enum class opcode : std::uint8_t {
  column,     ///< column `column` of the relation
  constant,   ///< `value`, null if it holds nothing
  aggregate,  ///< aggregate `column` of the stage; only while binding
  // Numbers. Operands have the node's type, except where said.
  add,
  subtract,
  multiply,
  divide,  ///< DOUBLE; null for division by zero
  remainder,
  negate,
  absolute,
  round_down,
  round_up,
  round_nearest,  ///< the second operand, if any, is a number of digits (LONG)
  floor_quotient,  ///< of a LONG and a positive constant
  power,
  natural_logarithm,
  square_root,
  // Time.
  move_time,  ///< operand + sign * `length`; `sign` is -1 or 1
  truncate,   ///< to `unit`; `length.milliseconds` is what 1 of the operand means
  truncate_in_zone,  ///< to `unit` in the zone `value`
  read_part,         ///< `part` of a TIMESTAMP in the zone `value`
  format_time,       ///< a TIMESTAMP by a constant pattern in the zone `value`
  parse_time,        ///< and back
  // Comparison: two operands of one type, BOOLEAN result.
  equal,
  not_equal,
  less,
  less_equal,
  in_set,  ///< first operand in the constants that follow
  like,
  // Lists. The first operand is one, the second a value of its element's type.
  each_element,  ///< one element after the other, for GROUP BY: the evaluator is told which
  list_length,
  any_equal,  ///< whether any element is
  any_less,
  any_less_equal,
  any_greater,
  any_greater_equal,
  // Logic.
  logical_and,
  logical_or,
  logical_not,
  is_null,
  // Choice.
  choose,  ///< condition, value, condition, value, ..., else
  coalesce,
  null_if,
  // Text.
  lower,
  upper,
  text_length,
  substring,  ///< from a position, the first being 1, and perhaps so many characters
  trim,       ///< of the characters of the second operand: `sign` -1 at the beginning, 1 at the end, 0 both
  replace,
  split_part,
  starts_with,
  regexp_like,  ///< `sign` -1: whatever the case
  append,   ///< null if any operand is
  concat,   ///< nulls are empty
  convert,  ///< from the operand's type to the node's
};

struct plan_node {
  opcode op = opcode::constant;
  column_type type = column_type::int64;
  bool nullable = false;  ///< may be null
  bool fallible = false;  ///< evaluating it, or what it is made of, may throw
  std::vector<node_id> operands;
  std::size_t column = 0;
  constant_value value;
  time_unit unit = time_unit::millisecond;
  time_length length;
  time_part part = time_part::millisecond;
  int sign = 1;
  text_span span;  ///< where in the query it was first met
};

/// The expressions of a stage, each different one once.
class program {
 public:
  /// The node equal to `node`, which is added if there is none. Equal means the same but for nullable, fallible and
  /// span.
  node_id add(plan_node node);

  const plan_node& operator[](node_id id) const noexcept { return nodes_[id]; }
  std::size_t size() const noexcept { return nodes_.size(); }

 private:
  std::vector<plan_node> nodes_;
  std::unordered_multimap<std::size_t, node_id> by_hash_;
};

enum class aggregate_kind : std::uint8_t {
  count_rows,
  count,
  sum,
  mean,
  minimum,
  maximum,
  variance,   ///< of a sample
  deviation,  ///< its root
  percentile,
  about_percentile,      ///< by a sketch
  about_distinct_count,  ///< by HyperLogLog, `parameter` its precision
  mode,
  first_by,  ///< the argument where `second` is least
  last_by,
  funnel,        ///< users by step, in order and within `length`
  funnel_count,  ///< users by step, in any order
  funnel_max_step,  ///< the level of a group
};

struct aggregate_call {
  aggregate_kind kind = aggregate_kind::count_rows;
  std::optional<node_id> argument;
  std::optional<node_id> second;
  std::optional<node_id> filter;
  bool distinct = false;
  double parameter = 0;          ///< percentile: 0 to 100
  bool elements = false;         ///< aggregates the elements of a list
  std::vector<node_id> steps;    ///< funnel: the conditions; `argument` is the user, `second` the time
  funnel_options funnel{};       ///< how it judges
  bool keeps_all = false;        ///< funnel: rows that match no step stand in between
  column_type type = column_type::int64;  ///< of the result
  text_span span;

  bool is_same(const aggregate_call& other) const noexcept {
    return kind == other.kind && argument == other.argument && second == other.second && filter == other.filter &&
           distinct == other.distinct && parameter == other.parameter && elements == other.elements &&
           steps == other.steps && funnel == other.funnel && keeps_all == other.keeps_all;
  }
};

/// Groups rows. Its output has the keys as columns, then the aggregates.
struct group_stage {
  program expressions;
  std::vector<node_id> filters;  ///< all must hold
  std::vector<node_id> keys;     ///< none: all rows are one group, which is there even when there is no row
  std::vector<aggregate_call> aggregates;
};

struct sort_key {
  node_id node = 0;
  bool descending = false;
  bool nulls_first = false;
};

struct output_column {
  node_id node = 0;
  std::string name;
};

/// Makes the result.
struct output_stage {
  program expressions;
  std::vector<node_id> filters;
  std::vector<output_column> outputs;
  std::vector<sort_key> order;
  std::size_t limit = std::numeric_limits<std::size_t>::max();
  std::size_t offset = 0;
};

/// One table of FROM, whose columns come behind those of the tables before it.
struct input_plan {
  const table_snapshot* table = nullptr;  ///< a table,
  std::optional<std::size_t> query;       ///< or the result of an earlier plan
  std::string name;
  std::size_t first_column = 0;
  std::size_t columns = 0;
  std::vector<node_id> filters;  ///< of a join: asked of its rows alone, in `first_expressions`
};

/// How the rows so far are matched with those of the next input: by equal keys.
struct join_plan {
  struct key {
    node_id left = 0;  ///< an expression of one input, `left_input`
    std::size_t left_input = 0;
    node_id right = 0;  ///< of the next input
  };
  join_kind kind = join_kind::inner;
  std::vector<key> keys;
};

/// One SELECT.
struct query_plan {
  std::vector<input_plan> inputs;  ///< none: one row without columns
  program keys;                    ///< of the joins, over the columns of all inputs
  std::vector<join_plan> joins;    ///< one less than inputs
  std::vector<group_stage> groups;
  output_stage output;

  /// The expressions that look at the inputs.
  const program& first_expressions() const noexcept {
    return groups.empty() ? output.expressions : groups.front().expressions;
  }
};

/// A statement: queries that only refer to earlier ones, the last of which is the answer.
using query_plans = std::vector<query_plan>;

}  // namespace oriel::detail

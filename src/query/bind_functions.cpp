// SPDX-License-Identifier: Apache-2.0
// src/query/bind_functions.cpp - calls of functions and aggregates.
#include <query/bind_expression.hpp>

#include <algorithm>
#include <utility>

#include <oriel/core/near_names.hpp>
#include <oriel/query/functions.hpp>
#include <query/lexer.hpp>

namespace oriel::detail {
namespace {

bool constant_is_null(const expression& e) noexcept {
  return e.kind == expression_kind::constant && std::holds_alternative<std::monostate>(e.value);
}

bool is_star(const expression& e) noexcept { return e.kind == expression_kind::star && e.path.empty(); }

// A text that must be known when the query is bound, such as a unit; nullptr if it is anything else.
const std::string* constant_text(const expression& e) noexcept {
  return e.kind == expression_kind::constant ? std::get_if<std::string>(&e.value) : nullptr;
}

}  // namespace

bound expression_binder::call(const expression& e) {
  const auto function = find_function(e.path[0]);
  if (!function) fail_unknown_function(e);
  check_arguments(e, *function);
  if (sql_functions()[static_cast<std::size_t>(*function)].aggregate) return aggregate(e, *function);
  if (e.distinct) fail(e.span, "DISTINCT belongs in aggregates; " + e.path[0] + " is none");
  if (!e.filter.empty()) fail(e.span, "FILTER belongs to aggregates; " + e.path[0] + " is none");
  return scalar(e, *function);
}

void expression_binder::fail_unknown_function(const expression& e) const {
  std::vector<std::string> known;
  for (const function_description& f : sql_functions()) known.emplace_back(f.name);
  fail(e.span, "no function '" + e.path[0] + "'" + did_you_mean(e.path[0], known));
}

void expression_binder::check_arguments(const expression& e, function_id function) const {
  const function_description& f = sql_functions()[static_cast<std::size_t>(function)];
  const std::size_t count = e.operands.size();
  if (count >= f.least && count <= f.most) return;
  if (function == function_id::count && e.distinct) fail_unsupported(e.span, "COUNT(DISTINCT) of several columns is");
  std::string wanted = std::to_string(f.least);
  if (f.most > f.least) {
    wanted += f.most == f.least + 1 ? " or " + std::to_string(f.most)
              : f.most < 100        ? " to " + std::to_string(f.most)
                                    : " or more";
  }
  fail(e.span, std::string(f.name) + " takes " + wanted + (wanted == "1" ? " argument" : " arguments") + ", not " +
                   std::to_string(count));
}

// ---- aggregates

std::optional<aggregate_kind> expression_binder::statistic_kind(function_id function) {
  switch (function) {
    case function_id::var:
    case function_id::variance:
    case function_id::var_samp: return aggregate_kind::variance;
    case function_id::stddev:
    case function_id::stddev_samp: return aggregate_kind::deviation;
    case function_id::percentile: return aggregate_kind::percentile;
    case function_id::percentile_tdigest: return aggregate_kind::about_percentile;
    case function_id::distinct_count_hll: return aggregate_kind::about_distinct_count;
    case function_id::mode: return aggregate_kind::mode;
    case function_id::first_with_time: return aggregate_kind::first_by;
    case function_id::last_with_time: return aggregate_kind::last_by;
    default: return std::nullopt;
  }
}

// SUMMV and the like are SUM of the elements of a list; no other aggregate but COUNT takes one.
function_id expression_binder::on_elements(function_id function, const expression& e, aggregate_call& call) {
  const auto base = [&]() -> std::optional<function_id> {
    switch (function) {
      case function_id::sum_mv: return function_id::sum;
      case function_id::avg_mv: return function_id::average;
      case function_id::min_mv: return function_id::minimum;
      case function_id::max_mv: return function_id::maximum;
      case function_id::count_mv: return function_id::count;
      case function_id::distinct_count_mv: return function_id::distinct_count;
      default: return std::nullopt;
    }
  }();
  const bool list = call.argument && is_list(nodes_[*call.argument].type);
  if (!base) {
    if (list && (function != function_id::count || e.distinct)) {
      fail(e.operands[0].span,
           e.path[0] + " does not take a list; SUMMV, COUNTMV, MINMV, MAXMV, AVGMV and DISTINCTCOUNTMV do");
    }
    return function;
  }
  if (!list) {
    fail(e.operands[0].span,
         e.path[0] + " needs a list; single values go to " + e.path[0].substr(0, e.path[0].size() - 2));
  }
  const column_type type = element_of(nodes_[*call.argument].type);
  if ((*base == function_id::sum || *base == function_id::average) && type != column_type::int64 &&
      type != column_type::float64) {
    fail(e.operands[0].span, e.path[0] + " needs a list of numbers, this is " +
                                 std::string(to_string(nodes_[*call.argument].type)));
  }
  call.elements = true;
  return *base;
}

// Arguments and type of an aggregate that is neither a count nor a sum nor an extremum.
void expression_binder::bind_statistic(aggregate_kind kind, const expression& e, aggregate_call& call) {
  call.kind = kind;
  bound argument{*call.argument, bound::literal_kind::none, e.operands[0].span};
  if (constant_is_null(e.operands[0])) argument.literal = bound::literal_kind::null;
  switch (kind) {
    case aggregate_kind::variance:
    case aggregate_kind::deviation:
    case aggregate_kind::percentile:
    case aggregate_kind::about_percentile:
      argument = coerce(as_number(argument, e.path[0]), column_type::float64, e.path[0]);
      break;
    case aggregate_kind::first_by:
    case aggregate_kind::last_by: {
      if (call.distinct) fail(e.span, e.path[0] + " looks at one row; DISTINCT means nothing in it");
      const std::string* const name = constant_text(e.operands[2]);
      const auto type = name != nullptr ? find_type(*name) : std::nullopt;
      if (!type) fail(e.operands[2].span, e.path[0] + " needs the type of its first argument, such as 'LONG'");
      argument = coerce(argument, *type, e.path[0]);
      call.second = as_time(bind(e.operands[1]), e.path[0]).node;
      break;
    }
    default: break;
  }
  if (kind == aggregate_kind::percentile || kind == aggregate_kind::about_percentile) {
    const plan_node& percent = nodes_[coerce(bind(e.operands[1]), column_type::float64, e.path[0]).node];
    const double* const value = percent.op == opcode::constant ? std::get_if<double>(&percent.value) : nullptr;
    if (value == nullptr || !(*value >= 0 && *value <= 100)) {
      fail(e.operands[1].span, e.path[0] + " needs a constant from 0 to 100");
    }
    call.parameter = *value;
  }
  call.argument = argument.node;
  call.type = nodes_[argument.node].type;
  if (kind != aggregate_kind::about_distinct_count) return;
  call.type = column_type::int64;
  call.parameter = 14;
  if (e.operands.size() > 1) {
    const auto* const precision = std::get_if<std::int64_t>(&e.operands[1].value);
    if (precision == nullptr || *precision < 4 || *precision > 18) {
      fail(e.operands[1].span, "the precision of " + e.path[0] + " is a number from 4 to 18");
    }
    call.parameter = static_cast<double>(*precision);
  }
}

// The second argument of FUNNEL and FUNNELMAXSTEP.
funnel_options expression_binder::funnel_within(const expression& e) const {
  const expression& within = e.operands[1];
  funnel_options options;
  if (const auto* const text = constant_text(within)) {
    const auto length = parse_time_length(*text);
    if (!length || length->months != 0 || length->milliseconds < 0) {
      fail(within.span, "this is no length of time for a funnel; write it as '1 hour' or 'PT1H'");
    }
    options.within = length_in_ms(length->milliseconds);
  } else {
    const auto* const ms =
        within.kind == expression_kind::constant ? std::get_if<std::int64_t>(&within.value) : nullptr;
    if (ms == nullptr || *ms < 0) {
      fail(within.span, e.path[0] + " needs a length of time, such as '1 hour' or milliseconds");
    }
    options.within = length_in_ms(*ms);
  }
  return options;
}

// FUNNEL(time, within, user, step, ...)
void expression_binder::bind_funnel(const expression& e, aggregate_call& call) {
  call.kind = aggregate_kind::funnel;
  call.type = column_type::int64_list;
  call.second = as_time(bind(e.operands[0]), "FUNNEL").node;
  call.funnel = funnel_within(e);
  call.argument = bind(e.operands[2]).node;
  bind_steps(std::span(e.operands).subspan(3), call);
}

// FUNNELMAXSTEP(time, within, number of steps, step, ... [, 'mode', ...])
void expression_binder::bind_funnel_max_step(const expression& e, aggregate_call& call) {
  call.kind = aggregate_kind::funnel_max_step;
  call.argument = as_time(bind(e.operands[0]), "FUNNELMAXSTEP").node;
  const expression& number = e.operands[2];
  const auto* const steps =
      number.kind == expression_kind::constant ? std::get_if<std::int64_t>(&number.value) : nullptr;
  if (steps == nullptr || *steps < 1 || *steps > static_cast<std::int64_t>(e.operands.size()) - 3) {
    fail(number.span, "FUNNELMAXSTEP needs the number of steps here, and as many conditions after it");
  }
  const auto first_mode = static_cast<std::size_t>(*steps) + 3;
  bind_steps(std::span(e.operands).subspan(3, first_mode - 3), call);

  call.funnel = like_pinot(funnel_within(e).within);
  for (std::size_t i = first_mode; i < e.operands.size(); ++i) {
    const expression& operand = e.operands[i];
    const auto* const mode = constant_text(operand);
    if (mode == nullptr) fail(operand.span, "behind its steps FUNNELMAXSTEP has modes, as texts");
    const bool strict = is_word(*mode, "STRICT_ORDER");
    if (is_word(*mode, "KEEP_ALL")) {
      call.keeps_all = true;
    } else if (strict || is_word(*mode, "STRICT_INCREASE")) {
      const funnel_order order = strict ? funnel_order::strict : funnel_order::increasing;
      if (call.funnel.order != funnel_order::loose && call.funnel.order != order) {
        fail_unsupported(operand.span, "STRICT_ORDER together with STRICT_INCREASE is");
      }
      call.funnel.order = order;
    } else {
      fail_unsupported(operand.span, "the mode '" + *mode + "' of FUNNELMAXSTEP is");
    }
  }
}

// FUNNELCOUNT(STEPS(condition, ...), CORRELATE_BY(user))
void expression_binder::bind_funnel_count(const expression& e, aggregate_call& call) {
  call.kind = aggregate_kind::funnel_count;
  call.type = column_type::int64_list;
  const auto part = [&](std::size_t i, std::string_view name) -> const expression& {
    const expression& operand = e.operands[i];
    if (operand.kind != expression_kind::call || !is_word(operand.path[0], name) || operand.operands.empty()) {
      fail(operand.span, "FUNNELCOUNT is written FUNNELCOUNT(STEPS(condition, ...), CORRELATE_BY(column))");
    }
    return operand;
  };
  const expression& steps = part(0, "STEPS");
  const expression& user = part(1, "CORRELATE_BY");
  if (user.operands.size() > 1) fail_unsupported(user.operands[1].span, "CORRELATE_BY of several columns is");
  call.argument = bind(user.operands[0]).node;
  bind_steps(steps.operands, call);
}

void expression_binder::bind_steps(std::span<const expression> steps, aggregate_call& call) {
  constexpr std::size_t most = 64;
  if (call.distinct) fail(call.span, "DISTINCT means nothing in a funnel");
  if (is_list(nodes_[*call.argument].type)) fail(call.span, "users of a funnel are not lists");
  if (steps.size() > most) fail(steps[most].span, "a funnel has at most 64 steps");
  for (const expression& step : steps) call.steps.push_back(bind_condition(step, "a step of a funnel"));
}

bound expression_binder::aggregate(const expression& e, function_id function) {
  if (no_aggregates_in_ != nullptr) {
    fail(e.span, "an aggregate such as " + e.path[0] + " is not allowed in " + no_aggregates_in_);
  }
  aggregate_call call;
  call.span = e.span;
  call.distinct = e.distinct;
  no_aggregates_in_ = "an aggregate";
  const bool whole_lists = std::exchange(whole_lists_, true);
  if (function == function_id::funnel) {
    bind_funnel(e, call);
  } else if (function == function_id::funnel_count) {
    bind_funnel_count(e, call);
  } else if (function == function_id::funnel_max_step) {
    bind_funnel_max_step(e, call);
  } else if (is_star(e.operands[0])) {
    if (function != function_id::count || e.distinct) fail(e.operands[0].span, "'*' stands only in COUNT(*)");
  } else {
    bound argument = bind(e.operands[0]);
    if (function == function_id::sum || function == function_id::average) argument = as_number(argument, e.path[0]);
    call.argument = argument.node;
  }
  const auto kind = statistic_kind(function);
  if (kind) bind_statistic(*kind, e, call);
  function = on_elements(function, e, call);
  no_aggregates_in_ = "FILTER";
  if (!e.filter.empty()) call.filter = bind_condition(e.filter[0], "FILTER");
  no_aggregates_in_ = nullptr;
  whole_lists_ = whole_lists;

  const column_type type = call.argument ? element_of(nodes_[*call.argument].type) : column_type::int64;
  bool nullable = call.kind != aggregate_kind::about_distinct_count && call.kind != aggregate_kind::funnel &&
                  call.kind != aggregate_kind::funnel_count && call.kind != aggregate_kind::funnel_max_step;
  if (function == function_id::distinct_count) {
    function = function_id::count;
    call.distinct = true;
  }
  switch (function) {
    case function_id::count:
      call.kind = aggregate_kind::count;
      if (!call.elements && (!call.argument || (!nodes_[*call.argument].nullable && !call.distinct))) {
        call.kind = aggregate_kind::count_rows;
        // A value that is never null need not be looked at, unless looking may fail.
        if (call.argument && !nodes_[*call.argument].fallible) call.argument.reset();
      }
      call.type = column_type::int64;
      nullable = false;
      break;
    case function_id::sum:
      call.kind = aggregate_kind::sum;
      call.type = type;
      nullable = false;
      break;
    case function_id::average:
      call.kind = aggregate_kind::mean;
      call.type = column_type::float64;
      break;
    case function_id::minimum:
    case function_id::maximum:
      call.kind = function == function_id::minimum ? aggregate_kind::minimum : aggregate_kind::maximum;
      call.type = type;
      call.distinct = false;  // repetitions change nothing
      break;
    default: break;
  }
  return {aggregate_node(std::move(call), nullable, e.span), bound::literal_kind::none, e.span};
}

// The node of a call, which is carried out once however often it is written.
node_id expression_binder::aggregate_node(aggregate_call call, bool nullable, text_span span) {
  const column_type type = call.type;
  const auto same = std::find_if(aggregates_.begin(), aggregates_.end(),
                                 [&](const aggregate_call& other) { return other.is_same(call); });
  const auto index = static_cast<std::size_t>(same - aggregates_.begin());
  if (same == aggregates_.end()) aggregates_.push_back(std::move(call));

  plan_node node;
  node.op = opcode::aggregate;
  node.type = type;
  node.nullable = nullable;
  node.column = index;
  node.span = span;
  return nodes_.add(std::move(node));
}

// ---- scalar functions

bound expression_binder::scalar(const expression& e, function_id function) {
  switch (function) {
    case function_id::absolute: {
      const bound a = as_number(bind(e.operands[0]), "ABS");
      plan_node node;
      node.op = opcode::absolute;
      node.type = type_of(a);
      node.operands = {a.node};
      return add(std::move(node), e.span);
    }
    case function_id::ago: return ago(e);
    case function_id::ceil:
    case function_id::ceiling: return rounding(opcode::round_up, e);
    case function_id::floor: return rounding(opcode::round_down, e);
    case function_id::round: return rounding(opcode::round_nearest, e);
    case function_id::cardinality:
    case function_id::array_length: return list_length(e);
    case function_id::power: return number_function(opcode::power, e);
    case function_id::natural_logarithm: return number_function(opcode::natural_logarithm, e);
    case function_id::square_root: return number_function(opcode::square_root, e);
    case function_id::coalesce: return coalesce(e);
    case function_id::concat: return concat(e);
    case function_id::date_trunc:
    case function_id::datetrunc: return truncation(e);
    case function_id::length: return text_function(opcode::text_length, column_type::int64, e);
    case function_id::lower: return text_function(opcode::lower, column_type::string, e);
    case function_id::upper: return text_function(opcode::upper, column_type::string, e);
    case function_id::null_if: return null_if(e);
    case function_id::now: {
      plan_node node;
      node.type = column_type::time;
      node.value = to_ms(now_);
      node.span = e.span;
      return {nodes_.add(std::move(node)), bound::literal_kind::none, e.span};
    }
    default: break;
  }
  if (const auto found = text_or_time(e, function)) return *found;
  fail_unsupported(e.span, "the function " + e.path[0] + " is");
}

bound expression_binder::ago(const expression& e) {
  const std::string* const text = constant_text(e.operands[0]);
  if (text == nullptr) fail(e.operands[0].span, "AGO needs a text such as 'PT1H' or '10 minutes'");
  const auto length = parse_time_length(*text);
  if (!length) fail(e.operands[0].span, "this is no length of time; write it as 'PT1H' or '10 minutes'");
  const auto then = detail::add(to_ms(now_), *length, -1);
  if (!then) fail(e.operands[0].span, "this is too long ago for a TIMESTAMP");
  plan_node node;
  node.type = column_type::time;
  node.value = *then;
  node.span = e.span;
  return {nodes_.add(std::move(node)), bound::literal_kind::none, e.span};
}

bound expression_binder::rounding(opcode op, const expression& e) {
  bound a = as_number(bind(e.operands[0]), e.path[0]);
  if (e.operands.size() == 1 && type_of(a) == column_type::int64) {
    a.literal = bound::literal_kind::none;
    return a;
  }
  plan_node node;
  node.op = op;
  node.type = column_type::float64;
  node.operands = {coerce(a, column_type::float64, e.path[0]).node};
  if (e.operands.size() == 2) node.operands.push_back(coerce(bind(e.operands[1]), column_type::int64, e.path[0]).node);
  return add(std::move(node), e.span);
}

bound expression_binder::concat(const expression& e) {
  plan_node node;
  node.op = opcode::concat;
  node.type = column_type::string;
  for (const expression& operand : e.operands) node.operands.push_back(as_text(bind(operand)).node);
  return add(std::move(node), e.span);
}

bound expression_binder::coalesce(const expression& e) {
  std::vector<bound> values;
  for (const expression& operand : e.operands) values.push_back(bind(operand));
  plan_node node;
  node.op = opcode::coalesce;
  node.type = unify_values(values, "COALESCE");
  for (const bound& value : values) node.operands.push_back(value.node);
  return add(std::move(node), e.span);
}

// NULLIF(a, b) keeps the type of a; b is only compared with it.
bound expression_binder::null_if(const expression& e) {
  const bound a = bind(e.operands[0]);
  const bound equal = compare(opcode::equal, a, bind(e.operands[1]), e.span);
  plan_node node;
  node.op = opcode::null_if;
  node.type = type_of(a);
  node.operands = {a.node, equal.node};
  return add(std::move(node), e.span);
}

bound expression_binder::text_function(opcode op, column_type result, const expression& e) {
  plan_node node;
  node.op = op;
  node.type = result;
  for (const expression& operand : e.operands) {
    node.operands.push_back(coerce(bind(operand), column_type::string, e.path[0]).node);
  }
  return add(std::move(node), e.span);
}

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/query/bind_texts_times.cpp - calls of functions that look into strings and read clocks and calendars.
#include <query/bind_expression.hpp>

#include <utility>

#include <oriel/core/time_zone.hpp>
#include <query/diagnostic.hpp>
#include <query/regex.hpp>
#include <query/time_pattern.hpp>

namespace oriel::detail {
namespace {

using literal_kind = bound::literal_kind;

// A text that must be known when the query is bound, such as a unit; nullptr if it is anything else.
const std::string* constant_text(const expression& e) noexcept {
  return e.kind == expression_kind::constant ? std::get_if<std::string>(&e.value) : nullptr;
}

}  // namespace

std::optional<bound> expression_binder::text_or_time(const expression& e, function_id function) {
  const auto part = [&](time_part p) {
    return time_part_of(p, e.operands[0], e.operands.size() > 1 ? &e.operands[1] : nullptr, e.span);
  };
  switch (function) {
    case function_id::substr:
    case function_id::substring: {
      plan_node node;
      node.op = opcode::substring;
      node.type = column_type::string;
      node.operands = {coerce(bind(e.operands[0]), column_type::string, e.path[0]).node};
      for (std::size_t i = 1; i < e.operands.size(); ++i) {
        node.operands.push_back(coerce(bind(e.operands[i]), column_type::int64, e.path[0]).node);
      }
      return add(std::move(node), e.span);
    }
    case function_id::trim: return trimming(e, 0);
    case function_id::ltrim: return trimming(e, -1);
    case function_id::rtrim: return trimming(e, 1);
    case function_id::replace: return text_function(opcode::replace, column_type::string, e);
    case function_id::starts_with: return text_function(opcode::starts_with, column_type::boolean, e);
    case function_id::split_part: {
      plan_node node;
      node.op = opcode::split_part;
      node.type = column_type::string;
      node.operands = {coerce(bind(e.operands[0]), column_type::string, e.path[0]).node,
                       coerce(bind(e.operands[1]), column_type::string, e.path[0]).node,
                       coerce(bind(e.operands[2]), column_type::int64, e.path[0]).node};
      if (nodes_[node.operands[2]].value == constant_value(std::int64_t{0})) {
        fail(e.operands[2].span, "SPLIT_PART counts from 1, or from -1 backwards");
      }
      return add(std::move(node), e.span);
    }
    case function_id::regexp_like: return regexp(e);
    case function_id::date_trunc:
    case function_id::datetrunc: return truncation(e);
    case function_id::time_convert: return time_convert(e);
    case function_id::to_date_time: return time_text(opcode::format_time, e);
    case function_id::from_date_time: return time_text(opcode::parse_time, e);
    case function_id::extract: return extract(e);
    case function_id::millisecond: return part(time_part::millisecond);
    case function_id::second: return part(time_part::second);
    case function_id::minute: return part(time_part::minute);
    case function_id::hour: return part(time_part::hour);
    case function_id::day:
    case function_id::day_of_month: return part(time_part::day);
    case function_id::day_of_week: return part(time_part::day_of_week);
    case function_id::day_of_year: return part(time_part::day_of_year);
    case function_id::week: return part(time_part::week);
    case function_id::month: return part(time_part::month);
    case function_id::quarter: return part(time_part::quarter);
    case function_id::year: return part(time_part::year);
    default: return std::nullopt;
  }
}

bound expression_binder::number_function(opcode op, const expression& e) {
  plan_node node;
  node.op = op;
  node.type = column_type::float64;
  for (const expression& operand : e.operands) {
    node.operands.push_back(coerce(as_number(bind(operand), e.path[0]), column_type::float64, e.path[0]).node);
  }
  return add(std::move(node), e.span);
}

bound expression_binder::trimming(const expression& e, int side) {
  plan_node node;
  node.op = opcode::trim;
  node.type = column_type::string;
  node.sign = side;
  node.operands = {coerce(bind(e.operands[0]), column_type::string, e.path[0]).node};
  const bound characters =
      e.operands.size() > 1 ? coerce(bind(e.operands[1]), column_type::string, e.path[0])
                            : constant(std::string(" "), e.span);
  node.operands.push_back(characters.node);
  return add(std::move(node), e.span);
}

bound expression_binder::regexp(const expression& e) {
  plan_node node;
  node.op = opcode::regexp_like;
  node.type = column_type::boolean;
  node.operands = {coerce(bind(e.operands[0]), column_type::string, e.path[0]).node,
                   coerce(bind(e.operands[1]), column_type::string, e.path[0]).node};
  if (e.operands.size() > 2) {
    const std::string* const flags = constant_text(e.operands[2]);
    if (flags == nullptr || (*flags != "i" && *flags != "c" && !flags->empty())) {
      fail(e.operands[2].span, "the flags of REGEXP_LIKE are 'i' (whatever the case) or 'c'");
    }
    if (*flags == "i") node.sign = -1;
  }
  const plan_node& pattern = nodes_[node.operands[1]];
  if (const auto* const text = std::get_if<std::string>(&pattern.value)) {
    try {
      const regex compiled(*text, node.sign < 0);
    } catch (const error& problem) {
      fail(e.operands[1].span, problem.message());
    }
  }
  return add(std::move(node), e.span);
}

// ---- times

std::string expression_binder::zone_name(const expression& e) const {
  const std::string* const name = constant_text(e);
  if (name == nullptr) fail(e.span, "a time zone is needed, such as 'America/New_York' or 'UTC'");
  const result<time_zone> found = time_zone::find(*name);
  if (!found) throw error_at(found.error().kind(), text_, e.span, found.error().message());
  return *name;
}

std::int64_t expression_binder::unit_length(const expression& e) const {
  const std::string* const text = constant_text(e);
  const auto unit = text != nullptr ? parse_time_unit(*text) : std::nullopt;
  const std::int64_t length = unit ? fixed_length_of(*unit) : 0;
  if (length == 0) {
    fail(e.span, "an input unit is needed: 'MILLISECONDS', 'SECONDS', 'MINUTES', 'HOURS' or 'DAYS'");
  }
  return length;
}

// TIMESTAMP, or LONG milliseconds since 1970.
bound expression_binder::as_time(bound b, std::string_view where) {
  if (b.literal == literal_kind::null || b.literal == literal_kind::text) return coerce(b, column_type::time, where);
  if (type_of(b) == column_type::time) return b;
  if (type_of(b) == column_type::int64) return convert({b.node, literal_kind::none, b.span}, column_type::time);
  fail(b.span, std::string(where) + " needs a TIMESTAMP or a LONG, this is " + std::string(to_string(type_of(b))));
}

// A LONG that counts units of `from` milliseconds, in units of `to`; rounded down.
bound expression_binder::scaled(bound value, std::int64_t from, std::int64_t to, text_span span) {
  if (from == to) return value;
  const bool finer = from > to;
  plan_node node;
  node.op = finer ? opcode::multiply : opcode::floor_quotient;
  node.type = column_type::int64;
  node.operands = {value.node, constant(finer ? from / to : to / from, span).node};
  return add(std::move(node), span);
}

bound expression_binder::truncation(const expression& e) {
  const std::string* const unit_text = constant_text(e.operands[0]);
  const auto unit = unit_text != nullptr ? parse_time_unit(*unit_text) : std::nullopt;
  if (!unit)
    fail(e.operands[0].span,
         "a unit is needed: 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter' or 'year'");
  bound operand = bind(e.operands[1]);
  if (operand.literal == literal_kind::null || operand.literal == literal_kind::text) {
    operand = coerce(operand, column_type::time, e.path[0]);
  }
  const column_type type = type_of(operand);
  if (type != column_type::time && type != column_type::int64) {
    fail(operand.span,
         e.path[0] + " needs a TIMESTAMP or a LONG, this is " + std::string(to_string(type)));
  }
  // Behind a TIMESTAMP the third argument may be the zone at once, as in PostgreSQL.
  std::size_t at = 2;
  std::int64_t scale = 1;
  if (at < e.operands.size()) {
    const std::string* const text = constant_text(e.operands[at]);
    const bool names_a_unit = text != nullptr && parse_time_unit(*text).has_value();
    if (type != column_type::time || names_a_unit || text == nullptr) {
      scale = unit_length(e.operands[at]);
      if (type == column_type::time && scale != 1) {
        fail(e.operands[at].span, "a TIMESTAMP is always in MILLISECONDS; input units are for LONG");
      }
      ++at;
    }
  }
  const std::string zone = at < e.operands.size() ? zone_name(e.operands[at++]) : std::string();
  std::int64_t output = scale;
  if (at < e.operands.size()) {
    if (type == column_type::time) {
      fail(e.operands[at].span, "a TIMESTAMP stays one; output units are for LONG");
    }
    output = unit_length(e.operands[at++]);
  }
  if (at < e.operands.size()) fail(e.operands[at].span, e.path[0] + " takes no argument behind the output unit");
  plan_node node;
  node.type = type;
  node.unit = *unit;
  if (zone.empty() || zone == "UTC") {
    node.op = opcode::truncate;
    node.length.milliseconds = scale;
    node.operands = {operand.node};
    const bound begin = add(std::move(node), e.span);
    return type == column_type::time ? begin : scaled(begin, scale, output, e.span);
  }
  node.op = opcode::truncate_in_zone;
  node.value = zone;
  node.operands = {type == column_type::time ? operand.node : scaled(operand, scale, 1, e.span).node};
  const bound begin = add(std::move(node), e.span);
  return type == column_type::time ? begin : scaled(begin, 1, output, e.span);
}

bound expression_binder::time_convert(const expression& e) {
  const bound value = coerce(bind(e.operands[0]), column_type::int64, e.path[0]);
  return scaled(value, unit_length(e.operands[1]), unit_length(e.operands[2]), e.span);
}

bound expression_binder::time_part_of(time_part part, const expression& time, const expression* zone, text_span span) {
  plan_node node;
  node.op = opcode::read_part;
  node.type = column_type::int64;
  node.part = part;
  node.operands = {as_time(bind(time), "a part of a time").node};
  if (zone != nullptr) {
    if (const std::string name = zone_name(*zone); name != "UTC") node.value = name;
  }
  return add(std::move(node), span);
}

bound expression_binder::extract(const expression& e) {
  const std::string* const text = constant_text(e.operands[0]);
  const auto part = text != nullptr ? parse_time_part(*text) : std::nullopt;
  if (!part) {
    fail(e.operands[0].span,
         "a part is needed: YEAR, QUARTER, MONTH, WEEK, DAY, DOW, ISODOW, DOY, HOUR, MINUTE, SECOND or MILLISECOND");
  }
  return time_part_of(*part, e.operands[1], nullptr, e.span);
}

// TODATETIME and FROMDATETIME.
bound expression_binder::time_text(opcode op, const expression& e) {
  const bool reads = op == opcode::parse_time;
  plan_node node;
  node.op = op;
  node.type = reads ? column_type::int64 : column_type::string;
  const bound operand = bind(e.operands[0]);
  node.operands = {reads ? coerce(operand, column_type::string, e.path[0]).node : as_time(operand, e.path[0]).node};
  const bound pattern = bind(e.operands[1]);
  const std::string* const text = constant_text(e.operands[1]);
  if (text == nullptr && pattern.literal != literal_kind::null) {
    fail(e.operands[1].span, "a pattern is needed, such as 'yyyy-MM-dd HH:mm:ss'");
  }
  if (text != nullptr) {
    try {
      if (!time_pattern(*text).is_readable() && reads) {
        fail(e.operands[1].span, "the name of a zone cannot be read; Z and ZZ are offsets");
      }
    } catch (const error& problem) {
      if (problem.position()) throw;
      fail(e.operands[1].span, problem.message());
    }
  }
  node.operands.push_back(pattern.node);
  if (e.operands.size() > 2) node.value = zone_name(e.operands[2]);
  return add(std::move(node), e.span);
}

}  // namespace oriel::detail

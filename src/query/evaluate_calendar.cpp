// SPDX-License-Identifier: Apache-2.0
// src/query/evaluate_calendar.cpp - times on the clocks and calendars of zones.
//
// A kernel makes its zone and pattern once. Times of neighbouring rows are often the
// same or in the same unit, so the last answer is kept.
#include <query/evaluator.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include <oriel/core/time_zone.hpp>
#include <query/time_pattern.hpp>

namespace oriel::detail {
namespace {

constexpr std::int64_t farthest = std::int64_t{1} << 60;

struct prepared_calendar {
  time_zone zone;
  std::optional<time_pattern> pattern;
};

prepared_calendar& prepare(kernel_call& call, const evaluator& self) {
  if (!call.prepared) {
    auto made = std::make_shared<prepared_calendar>();
    if (const auto* const zone = std::get_if<std::string>(&call.node.value)) made->zone = time_zone(*zone);
    if (call.node.op == opcode::format_time || call.node.op == opcode::parse_time) {
      const constant_value& pattern = self.expressions()[call.node.operands[1]].value;
      if (const auto* const text = std::get_if<std::string>(&pattern)) made->pattern.emplace(*text);
    }
    call.prepared = std::move(made);
  }
  return *static_cast<prepared_calendar*>(call.prepared.get());
}

calendar_unit calendar_unit_of(time_unit unit) noexcept {
  switch (unit) {
    case time_unit::millisecond:
    case time_unit::second: return calendar_unit::second;
    case time_unit::minute: return calendar_unit::minute;
    case time_unit::hour: return calendar_unit::hour;
    case time_unit::day: return calendar_unit::day;
    case time_unit::week: return calendar_unit::week;
    case time_unit::month: return calendar_unit::month;
    case time_unit::quarter: return calendar_unit::quarter;
    case time_unit::year: break;
  }
  return calendar_unit::year;
}

void truncate_kernel(kernel_call& call, const evaluator& self) {
  const time_zone& zone = prepare(call, self).zone;
  const calendar_unit unit = calendar_unit_of(call.node.unit);
  const std::int64_t* const in = call.operands[0].int64s();
  std::int64_t* const out = call.values<std::int64_t>();
  if (!call.rows.all()) std::fill_n(out, vector_rows, std::int64_t{0});
  interval last{at_ms(0), at_ms(0)};
  for_each_selected(call.rows, [&](std::size_t i) {
    out[i] = in[i];
    if (call.is_null(i) || call.node.unit == time_unit::millisecond) return;
    if (in[i] > farthest || in[i] < -farthest) {
      self.fail(call.node, error_kind::exhausted, "this time is beyond the calendar of a zone");
    }
    const timestamp t = at_ms(in[i]);
    if (t < last.start || t >= last.end) last = zone.span(unit, t);
    out[i] = oriel::to_ms(last.start);
  });
}

void part_kernel(kernel_call& call, const evaluator& self) {
  const time_zone& zone = prepare(call, self).zone;
  const bool local = std::holds_alternative<std::string>(call.node.value);
  const std::int64_t* const in = call.operands[0].int64s();
  std::int64_t* const out = call.values<std::int64_t>();
  for_each_row(call.rows, [&](std::size_t i) {
    const std::int64_t t = std::clamp(in[i], -farthest, farthest);
    out[i] = part_of(local ? zone.to_local(at_ms(t)).time_since_epoch().count() : in[i], call.node.part);
  });
}

void format_kernel(kernel_call& call, const evaluator& self) {
  const prepared_calendar& made = prepare(call, self);
  const std::int64_t* const in = call.operands[0].int64s();
  std::string_view* const out = call.values<std::string_view>();
  std::string text;
  std::optional<std::int64_t> last;
  std::string_view last_text;
  for_each_row(call.rows, [&](std::size_t i) {
    out[i] = {};
    if (call.is_null(i)) return;
    if (last != in[i]) {
      text.clear();
      made.pattern->append(text, std::clamp(in[i], -farthest, farthest), made.zone);
      last = in[i];
      last_text = call.text.store(text);
    }
    out[i] = last_text;
  });
}

void parse_kernel(kernel_call& call, const evaluator& self) {
  const prepared_calendar& made = prepare(call, self);
  std::int64_t* const out = call.values<std::int64_t>();
  if (!call.rows.all()) std::fill_n(out, vector_rows, std::int64_t{0});
  for_each_selected(call.rows, [&](std::size_t i) {
    out[i] = 0;
    if (call.is_null(i)) return;
    const std::string_view text = call.operands[0].text(i);
    const auto t = made.pattern->read(text, made.zone);
    if (!t) {
      self.fail(call.node, error_kind::malformed,
                "'" + std::string(text.substr(0, 40)) + "' does not fit the pattern '" +
                    std::string(call.operands[1].text(i)) + "'");
    }
    out[i] = *t;
  });
}

}  // namespace

void calendar_kernel(kernel_call& call, const evaluator& self) {
  switch (call.node.op) {
    case opcode::truncate_in_zone: return truncate_kernel(call, self);
    case opcode::read_part: return part_kernel(call, self);
    case opcode::format_time: return format_kernel(call, self);
    default: return parse_kernel(call, self);
  }
}

}  // namespace oriel::detail

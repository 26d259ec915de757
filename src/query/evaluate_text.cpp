// SPDX-License-Identifier: Apache-2.0
// src/query/evaluate_text.cpp - functions of strings, and casts.
#include <query/evaluator.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include <oriel/core/time.hpp>
#include <query/text_values.hpp>

namespace oriel::detail {
namespace {

constexpr bool continues(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }
constexpr char to_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr char to_upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

template <typename Change>
void change_letters(kernel_call& call, Change change) {
  const column_vector& v = call.operands[0];
  std::string_view* const out = call.values<std::string_view>();
  for_each_row(call.rows, [&](std::size_t i) {
    out[i] = {};
    if (call.is_null(i)) return;
    const std::string_view text = v.text(i);
    char* const to = call.text.reserve(text.size());
    std::transform(text.begin(), text.end(), to, change);
    call.text.commit(text.size());
    out[i] = {to, text.size()};
  });
}

// The result type's name and the text that is not one, shortened.
std::string cannot_convert(std::string_view text, column_type type) {
  constexpr std::size_t most = 40;
  std::string shown(text.substr(0, most));
  if (text.size() > most) shown += "...";
  return "'" + shown + "' is not a " + std::string(to_string(type));
}

template <typename T, typename Parse>
void parse_texts(kernel_call& call, const evaluator& self, Parse parse) {
  const column_vector& v = call.operands[0];
  T* const out = call.values<T>();
  if (!call.rows.all()) std::fill_n(out, vector_rows, T{});
  for_each_selected(call.rows, [&](std::size_t i) {
    out[i] = T{};
    if (call.is_null(i)) return;
    const auto value = parse(v.text(i));
    if (!value) self.fail(call.node, error_kind::malformed, cannot_convert(v.text(i), call.node.type));
    out[i] = static_cast<T>(*value);
  });
}

void convert_from_text(kernel_call& call, const evaluator& self) {
  switch (call.node.type) {
    case column_type::boolean: return parse_texts<std::uint8_t>(call, self, parse_boolean);
    case column_type::int64: return parse_texts<std::int64_t>(call, self, parse_int64);
    case column_type::float64: return parse_texts<double>(call, self, parse_float64);
    case column_type::time:
      return parse_texts<std::int64_t>(call, self, [](std::string_view text) -> std::optional<std::int64_t> {
        const auto t = parse_timestamp(text);
        if (!t) return std::nullopt;
        return to_ms(*t);
      });
    case column_type::string: break;
    default: break;
  }
}

void convert_to_text(kernel_call& call) {
  const column_vector& v = call.operands[0];
  std::string_view* const out = call.values<std::string_view>();
  std::string text;
  for_each_row(call.rows, [&](std::size_t i) {
    out[i] = {};
    if (call.is_null(i)) return;
    text.clear();
    switch (v.type) {
      case column_type::boolean: out[i] = boolean_text(v.booleans()[i] != 0); return;
      case column_type::int64: append_number(text, v.int64s()[i]); break;
      case column_type::float64: append_number(text, v.float64s()[i]); break;
      case column_type::time: text = format_timestamp(at_ms(v.int64s()[i])); break;
      case column_type::string: break;
      default: break;
    }
    out[i] = call.text.store(text);
  });
}

void round_to_int64(kernel_call& call, const evaluator& self) {
  const double* const in = call.operands[0].float64s();
  std::int64_t* const out = call.values<std::int64_t>();
  constexpr double limit = 9'223'372'036'854'775'808.0;
  if (!call.rows.all()) std::fill_n(out, vector_rows, std::int64_t{0});
  for_each_selected(call.rows, [&](std::size_t i) {
    out[i] = 0;
    if (call.is_null(i)) return;
    const double rounded = std::round(in[i]);
    if (!(rounded >= -limit && rounded < limit)) {
      std::string message;
      append_number(message, in[i]);
      self.fail(call.node, error_kind::exhausted, message + " does not fit LONG");
    }
    out[i] = static_cast<std::int64_t>(rounded);
  });
}

}  // namespace

void text_kernel(kernel_call& call) {
  const column_vector& v = call.operands[0];
  switch (call.node.op) {
    case opcode::lower: return change_letters(call, to_lower);
    case opcode::upper: return change_letters(call, to_upper);
    case opcode::text_length: {
      std::int64_t* const out = call.values<std::int64_t>();
      return for_each_row(call.rows, [&](std::size_t i) {
        out[i] = 0;
        if (call.is_null(i)) return;
        const std::string_view text = v.text(i);
        out[i] = std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); });
      });
    }
    default: break;
  }
  std::string_view* const out = call.values<std::string_view>();
  for_each_row(call.rows, [&](std::size_t i) {
    out[i] = {};
    if (call.is_null(i)) return;
    const std::string_view a = v.text(i);
    const std::string_view b = call.operands[1].text(i);
    char* const to = call.text.reserve(a.size() + b.size());
    std::copy(b.begin(), b.end(), std::copy(a.begin(), a.end(), to));
    call.text.commit(a.size() + b.size());
    out[i] = {to, a.size() + b.size()};
  });
}

void convert_kernel(kernel_call& call, const evaluator& self) {
  const column_vector& v = call.operands[0];
  const column_type to = call.node.type;
  if (v.type == column_type::string) return convert_from_text(call, self);
  if (to == column_type::string) return convert_to_text(call);
  if (v.type == column_type::float64) return round_to_int64(call, self);
  if (v.type == column_type::boolean) {
    const std::uint8_t* const in = v.booleans();
    std::int64_t* const out = call.values<std::int64_t>();
    return for_each_row(call.rows, [&](std::size_t i) { out[i] = in[i] != 0; });
  }
  const std::int64_t* const in = v.int64s();
  if (to == column_type::float64) {
    double* const out = call.values<double>();
    return for_each_row(call.rows, [&](std::size_t i) { out[i] = static_cast<double>(in[i]); });
  }
  if (to == column_type::boolean) {
    std::uint8_t* const out = call.values<std::uint8_t>();
    return for_each_row(call.rows, [&](std::size_t i) { out[i] = in[i] != 0; });
  }
  std::int64_t* const out = call.values<std::int64_t>();
  for_each_row(call.rows, [&](std::size_t i) { out[i] = in[i]; });
}

}  // namespace oriel::detail

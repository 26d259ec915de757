// SPDX-License-Identifier: Apache-2.0
// src/query/evaluate_numbers.cpp - arithmetic and time.
//
// LONG arithmetic wraps while it runs and notes whether it ever overflowed; only then
// are the rows looked at one by one, since an overflow counts only where a row is
// selected and not null. So the loops have no branches.
#include <query/evaluator.hpp>

#include <cmath>
#include <string>

#include <query/civil_date.hpp>

namespace oriel::detail {
namespace {

// Runs `operation(i, result) -> overflowed`, and throws if that happened where it counts.
template <typename Operation>
void checked(kernel_call& call, const evaluator& self, std::string_view what, Operation operation) {
  std::int64_t* const out = call.values<std::int64_t>();
  bool overflowed = false;
  for_each_row(call.rows, [&](std::size_t i) { overflowed |= operation(i, out[i]); });
  if (!overflowed) return;
  for_each_selected(call.rows, [&](std::size_t i) {
    std::int64_t ignored = 0;
    if (call.is_null(i) || !operation(i, ignored)) return;
    std::string message = "the " + std::string(what) + " does not fit ";
    message += call.node.type == column_type::time ? "TIMESTAMP" : "LONG";
    for (std::size_t k = 0; k < call.operands.size(); ++k) {
      message += (k == 0 ? ": " : " and ") + std::to_string(call.operands[k].int64s()[i]);
    }
    self.fail(call.node, error_kind::exhausted, message);
  });
}

template <typename Operation>
void plain(kernel_call& call, Operation operation) {
  double* const out = call.values<double>();
  for_each_row(call.rows, [&](std::size_t i) { out[i] = operation(i); });
}

// Makes rows null for which `test` holds, dividing by zero for one.
template <typename Test>
void null_where(kernel_call& call, Test test) {
  bool found = false;
  for_each_row(call.rows, [&](std::size_t i) { found |= test(i); });
  if (!found) return;
  if (!call.has_nulls) {
    for (std::size_t w = 0; w < validity_words; ++w) call.validity[w] = ~std::uint64_t{0};
    call.has_nulls = true;
  }
  for_each_row(call.rows, [&](std::size_t i) {
    if (test(i)) clear_bit(call.validity, i);
  });
}

void int64_kernel(kernel_call& call, const evaluator& self) {
  const std::int64_t* const a = call.operands[0].int64s();
  const std::int64_t* const b = call.operands.back().int64s();
  std::int64_t* const out = call.values<std::int64_t>();
  switch (call.node.op) {
    case opcode::add:
      return checked(call, self, "sum",
                     [&](std::size_t i, std::int64_t& r) { return __builtin_add_overflow(a[i], b[i], &r); });
    case opcode::subtract:
      return checked(call, self, "difference",
                     [&](std::size_t i, std::int64_t& r) { return __builtin_sub_overflow(a[i], b[i], &r); });
    case opcode::multiply:
      return checked(call, self, "product",
                     [&](std::size_t i, std::int64_t& r) { return __builtin_mul_overflow(a[i], b[i], &r); });
    case opcode::negate:
      return checked(call, self, "negative",
                     [&](std::size_t i, std::int64_t& r) { return __builtin_sub_overflow(0, a[i], &r); });
    case opcode::absolute:
      return checked(call, self, "absolute value", [&](std::size_t i, std::int64_t& r) {
        r = a[i];
        return a[i] < 0 && __builtin_sub_overflow(0, a[i], &r);
      });
    case opcode::remainder:
      // -1 apart: the least LONG has no counterpart, and anything leaves 0.
      for_each_row(call.rows, [&](std::size_t i) { out[i] = b[i] == 0 || b[i] == -1 ? 0 : a[i] % b[i]; });
      return null_where(call, [&](std::size_t i) { return b[i] == 0; });
    case opcode::floor_quotient:
      return for_each_row(call.rows, [&](std::size_t i) { out[i] = b[i] <= 0 ? 0 : floor_divide(a[i], b[i]); });
    default: break;
  }
}

// To `digits` places after the point, or before it if negative; halves away from zero.
double round_to(double value, std::int64_t digits) noexcept {
  if (digits > 300) return value;
  if (digits < -308) return std::copysign(0.0, value);
  // Powers of ten up to 22 are exact, and only divisions by exact ones give the nearest double.
  const double scale = std::pow(10.0, static_cast<double>(digits < 0 ? -digits : digits));
  const double scaled = digits < 0 ? value / scale : value * scale;
  if (!std::isfinite(scaled)) return value;
  const double rounded = std::round(scaled);
  return digits < 0 ? rounded * scale : rounded / scale;
}

void float64_kernel(kernel_call& call) {
  const double* const a = call.operands[0].float64s();
  const double* const b = call.operands.back().float64s();
  switch (call.node.op) {
    case opcode::add: return plain(call, [&](std::size_t i) { return a[i] + b[i]; });
    case opcode::subtract: return plain(call, [&](std::size_t i) { return a[i] - b[i]; });
    case opcode::multiply: return plain(call, [&](std::size_t i) { return a[i] * b[i]; });
    case opcode::divide:
      plain(call, [&](std::size_t i) { return a[i] / b[i]; });
      return null_where(call, [&](std::size_t i) { return b[i] == 0; });
    case opcode::remainder:
      plain(call, [&](std::size_t i) { return std::fmod(a[i], b[i]); });
      return null_where(call, [&](std::size_t i) { return b[i] == 0; });
    case opcode::negate: return plain(call, [&](std::size_t i) { return -a[i]; });
    case opcode::power: return plain(call, [&](std::size_t i) { return std::pow(a[i], b[i]); });
    case opcode::natural_logarithm: return plain(call, [&](std::size_t i) { return std::log(a[i]); });
    case opcode::square_root: return plain(call, [&](std::size_t i) { return std::sqrt(a[i]); });
    case opcode::absolute: return plain(call, [&](std::size_t i) { return std::fabs(a[i]); });
    case opcode::round_down: return plain(call, [&](std::size_t i) { return std::floor(a[i]); });
    case opcode::round_up: return plain(call, [&](std::size_t i) { return std::ceil(a[i]); });
    case opcode::round_nearest: {
      if (call.operands.size() == 1) return plain(call, [&](std::size_t i) { return std::round(a[i]); });
      const std::int64_t* const digits = call.operands[1].int64s();
      return plain(call, [&](std::size_t i) { return round_to(a[i], digits[i]); });
    }
    default: break;
  }
}

// `t` units of `scale` milliseconds, truncated and in the same units again.
bool truncate_scaled(std::int64_t t, std::int64_t scale, time_unit unit, std::int64_t& out) noexcept {
  std::int64_t ms = 0;
  if (__builtin_mul_overflow(t, scale, &ms)) return true;
  const auto begin = truncate(ms, unit);
  if (!begin) return true;
  out = *begin / scale - (*begin % scale < 0 ? 1 : 0);
  return false;
}

// Truncation to a unit of fixed length. The length is a constant of the code, so that there is no division.
template <time_unit Unit>
void truncate_fixed(kernel_call& call, const evaluator& self) {
  constexpr std::int64_t length = fixed_length_of(Unit);
  constexpr std::int64_t origin = origin_of(Unit) % length;  // NOLINT: not zero, or it would not compile
  const std::int64_t* const in = call.operands[0].int64s();
  checked(call, self, "beginning of the unit", [&](std::size_t i, std::int64_t& r) {
    std::int64_t remainder = in[i] % length - origin;
    remainder += remainder < 0 ? length : 0;
    remainder -= remainder >= length ? length : 0;
    return __builtin_sub_overflow(in[i], remainder, &r);
  });
}

void truncate_kernel(kernel_call& call, const evaluator& self) {
  const plan_node& node = call.node;
  if (node.length.milliseconds == 1) {
    switch (node.unit) {
      case time_unit::second: return truncate_fixed<time_unit::second>(call, self);
      case time_unit::minute: return truncate_fixed<time_unit::minute>(call, self);
      case time_unit::hour: return truncate_fixed<time_unit::hour>(call, self);
      case time_unit::day: return truncate_fixed<time_unit::day>(call, self);
      case time_unit::week: return truncate_fixed<time_unit::week>(call, self);
      default: break;
    }
  }
  const std::int64_t* const in = call.operands[0].int64s();
  checked(call, self, "beginning of the unit", [&](std::size_t i, std::int64_t& r) {
    return truncate_scaled(in[i], node.length.milliseconds, node.unit, r);
  });
}

}  // namespace

void arithmetic_kernel(kernel_call& call, const evaluator& self) {
  if (call.node.type == column_type::float64) return float64_kernel(call);
  int64_kernel(call, self);
}

void time_kernel(kernel_call& call, const evaluator& self) {
  if (call.node.op == opcode::truncate) return truncate_kernel(call, self);
  const std::int64_t* const in = call.operands[0].int64s();
  const time_length length = call.node.length;
  const int sign = call.node.sign;
  checked(call, self, "moved time", [&](std::size_t i, std::int64_t& r) {
    const auto moved = add(in[i], length, sign);
    r = moved.value_or(0);
    return !moved;
  });
}

}  // namespace oriel::detail

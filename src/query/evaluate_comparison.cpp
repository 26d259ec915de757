// SPDX-License-Identifier: Apache-2.0
// src/query/evaluate_comparison.cpp - =, <>, <, <=, IN and LIKE.
#include <query/evaluator.hpp>

#include <query/constant_set.hpp>
#include <query/like_pattern.hpp>
#include <query/total_order.hpp>

namespace oriel::detail {
namespace {

template <typename Test>
void fill(kernel_call& call, Test test) {
  std::uint8_t* const out = call.values<std::uint8_t>();
  for_each_row(call.rows, [&](std::size_t i) { out[i] = static_cast<std::uint8_t>(test(i)); });
}

template <typename T>
void compare_plain(kernel_call& call, const T* a, const T* b) {
  switch (call.node.op) {
    case opcode::equal: return fill(call, [&](std::size_t i) { return a[i] == b[i]; });
    case opcode::not_equal: return fill(call, [&](std::size_t i) { return a[i] != b[i]; });
    case opcode::less: return fill(call, [&](std::size_t i) { return a[i] < b[i]; });
    default: return fill(call, [&](std::size_t i) { return a[i] <= b[i]; });
  }
}

void compare_float64(kernel_call& call, const double* a, const double* b) {
  switch (call.node.op) {
    case opcode::equal: return fill(call, [&](std::size_t i) { return equal_total(a[i], b[i]); });
    case opcode::not_equal: return fill(call, [&](std::size_t i) { return !equal_total(a[i], b[i]); });
    case opcode::less: return fill(call, [&](std::size_t i) { return less_total(a[i], b[i]); });
    default: return fill(call, [&](std::size_t i) { return less_equal_total(a[i], b[i]); });
  }
}

// Strings must not be read where they are null.
void compare_texts(kernel_call& call, const column_vector& a, const column_vector& b) {
  const auto test = [&](auto compare) {
    fill(call, [&](std::size_t i) { return !call.is_null(i) && compare(a.text(i), b.text(i)); });
  };
  const bool same_dictionary = a.dictionary != nullptr && a.dictionary == b.dictionary;
  switch (call.node.op) {
    case opcode::equal:
      if (same_dictionary) return compare_plain(call, a.ids(), b.ids());
      return test([](std::string_view x, std::string_view y) { return x == y; });
    case opcode::not_equal:
      if (same_dictionary) return compare_plain(call, a.ids(), b.ids());
      return test([](std::string_view x, std::string_view y) { return x != y; });
    case opcode::less: return test([](std::string_view x, std::string_view y) { return x < y; });
    default: return test([](std::string_view x, std::string_view y) { return x <= y; });
  }
}

}  // namespace

void comparison_kernel(kernel_call& call) {
  const column_vector& a = call.operands[0];
  const column_vector& b = call.operands[1];
  switch (a.type) {
    case column_type::boolean: return compare_plain(call, a.booleans(), b.booleans());
    case column_type::int64:
    case column_type::time: return compare_plain(call, a.int64s(), b.int64s());
    case column_type::float64: return compare_float64(call, a.float64s(), b.float64s());
    case column_type::string: return compare_texts(call, a, b);
    default: break;
  }
}

void in_set_kernel(kernel_call& call, const constant_set& set) {
  const column_vector& v = call.operands[0];
  switch (v.type) {
    case column_type::boolean:
      fill(call, [&](std::size_t i) { return set.contains(std::uint64_t{v.booleans()[i]}); });
      break;
    case column_type::int64:
    case column_type::time: fill(call, [&](std::size_t i) { return set.contains(ordered_bits(v.int64s()[i])); }); break;
    case column_type::float64:
      fill(call, [&](std::size_t i) { return set.contains(ordered_bits(v.float64s()[i])); });
      break;
    case column_type::string:
      fill(call, [&](std::size_t i) { return !call.is_null(i) && set.contains(v.text(i)); });
      break;
    default: break;
  }
  if (!set.has_null()) return;
  // Whether a value that is not in the list equals the null in it is unknown.
  if (!call.has_nulls) {
    for (std::size_t w = 0; w < validity_words; ++w) call.validity[w] = ~std::uint64_t{0};
    call.has_nulls = true;
  }
  const std::uint8_t* const found = call.values<std::uint8_t>();
  for_each_row(call.rows, [&](std::size_t i) {
    if (found[i] == 0) clear_bit(call.validity, i);
  });
}

void like_kernel(kernel_call& call, const like_pattern* pattern) {
  const column_vector& text = call.operands[0];
  const column_vector& patterns = call.operands[1];
  fill(call, [&](std::size_t i) {
    if (call.is_null(i)) return false;
    return pattern != nullptr ? pattern->matches(text.text(i)) : like_pattern(patterns.text(i)).matches(text.text(i));
  });
}

}  // namespace oriel::detail

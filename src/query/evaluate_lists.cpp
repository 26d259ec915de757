// SPDX-License-Identifier: Apache-2.0
// src/query/evaluate_lists.cpp - lengths of lists, comparisons of any element, and one element after the other.
#include <query/evaluator.hpp>

#include <algorithm>
#include <cstring>

#include <query/evaluator_state.hpp>
#include <query/total_order.hpp>

namespace oriel::detail {
namespace {

template <typename T>
bool equal(const T& a, const T& b) noexcept {
  if constexpr (std::is_same_v<T, double>) return equal_total(a, b);
  return a == b;
}
template <typename T>
bool less(const T& a, const T& b) noexcept {
  if constexpr (std::is_same_v<T, double>) return less_total(a, b);
  return a < b;
}

template <typename T>
bool compares(opcode op, const T& element, const T& value) noexcept {
  switch (op) {
    case opcode::any_equal: return equal(element, value);
    case opcode::any_less: return less(element, value);
    case opcode::any_less_equal: return !less(value, element);
    case opcode::any_greater: return less(value, element);
    default: return !less(element, value);
  }
}

template <typename T>
void any_number(kernel_call& call) {
  const column_vector& lists = call.operands[0];
  const T* const values = static_cast<const T*>(call.operands[1].data);
  std::uint8_t* const out = call.values<std::uint8_t>();
  for_each_row(call.rows, [&](std::size_t i) {
    out[i] = 0;
    if (call.is_null(i)) return;
    const T* const first = lists.list<T>(i);
    out[i] = std::any_of(first, first + lists.length(i),
                         [&](const T& element) { return compares(call.node.op, element, values[i]); });
  });
}

void any_text(kernel_call& call) {
  const column_vector& lists = call.operands[0];
  std::uint8_t* const out = call.values<std::uint8_t>();
  for_each_row(call.rows, [&](std::size_t i) {
    out[i] = 0;
    if (call.is_null(i)) return;
    const std::string_view value = call.operands[1].text(i);
    const std::uint32_t* const first = lists.list<std::uint32_t>(i);
    out[i] = std::any_of(first, first + lists.length(i), [&](std::uint32_t id) {
      return compares(call.node.op, (*lists.dictionary)[id], value);
    });
  });
}

}  // namespace

void list_kernel(kernel_call& call) {
  const column_vector& lists = call.operands[0];
  if (call.node.op == opcode::list_length) {
    std::int64_t* const out = call.values<std::int64_t>();
    return for_each_row(call.rows, [&](std::size_t i) { out[i] = static_cast<std::int64_t>(lists.length(i)); });
  }
  switch (element_of(lists.type)) {
    case column_type::boolean: return any_number<std::uint8_t>(call);
    case column_type::float64: return any_number<double>(call);
    case column_type::string: return any_text(call);
    default: return any_number<std::int64_t>(call);
  }
}

void evaluator::compute_each_element(node_id id, const row_set& rows, node_state& state) {
  const column_vector lists = evaluate(program_[id].operands[0], rows);
  const plan_node& node = program_[id];
  const std::size_t at = elements_[id];
  prepare_storage(node, state);
  std::memset(state.validity, 0xFF, sizeof state.validity);
  bool has_nulls = false;
  const auto take = [&](auto* out) {
    using T = std::remove_pointer_t<decltype(out)>;
    for_each_row(rows, [&](std::size_t i) {
      const bool there = at < lists.length(i);
      out[i] = there ? lists.list<T>(i)[at] : T{};
      if (there) return;
      clear_bit(state.validity, i);
      has_nulls = true;
    });
  };
  std::byte* const out = state.storage.get();
  switch (node.type) {
    case column_type::boolean: take(reinterpret_cast<std::uint8_t*>(out)); break;
    case column_type::float64: take(reinterpret_cast<double*>(out)); break;
    case column_type::string: take(reinterpret_cast<std::uint32_t*>(out)); break;
    default: take(reinterpret_cast<std::int64_t*>(out)); break;
  }
  finish(node, state, has_nulls);
  state.result.dictionary = lists.dictionary;
}

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/query/evaluate_logic.cpp - AND, OR, CASE, COALESCE and the others with their own rule for nulls.
//
// What cannot fail is evaluated for all rows and put together afterwards. What can
// fail is evaluated only for the rows that need it, so that
// CASE WHEN x <> '' THEN CAST(x AS LONG) END does what it says.
#include <query/evaluator.hpp>

#include <cstring>
#include <string>
#include <type_traits>

#include <query/evaluator_state.hpp>

namespace oriel::detail {
namespace {

struct bit_set {
  std::uint64_t words[validity_words] = {};

  bool has(std::size_t i) const noexcept { return bit_at(words, i); }
  void set(std::size_t i, bool on) noexcept { words[i / 64] |= std::uint64_t{on} << (i % 64); }
};

// Copies the values of `from` at some rows.
void copy_values(const column_vector& from, const row_set& rows, void* out) {
  const auto copy = [&](const auto* values) {
    using T = std::remove_cvref_t<decltype(*values)>;
    T* const to = static_cast<T*>(out);
    for_each_row(rows, [&](std::size_t i) { to[i] = values[i]; });
  };
  switch (from.type) {
    case column_type::boolean: return copy(from.booleans());
    case column_type::int64:
    case column_type::time: return copy(from.int64s());
    case column_type::float64: return copy(from.float64s());
    case column_type::string: break;
    default: break;
  }
  auto* const to = static_cast<std::string_view*>(out);
  for_each_row(rows, [&](std::size_t i) { to[i] = from.is_null(i) ? std::string_view{} : from.text(i); });
}

bool is_valid_or_absent(const column_vector& v, std::size_t i) noexcept { return !v.is_null(i); }

// Positions in `rows` (all to be worked on, if dense) for which `test` holds.
template <typename Test>
selection positions(const row_set& rows, Test test) {
  selection out;
  for_each_row(rows, [&](std::size_t i) {
    out.index[out.count] = static_cast<row_index>(i);
    out.count += test(i) ? 1 : 0;
  });
  return out;
}

}  // namespace

// Operands that can neither fail nor be null: octets, combined as they are. False if these are not such.
bool evaluator::compute_plain_connective(const plan_node& node, const row_set& rows, node_state& state) {
  if (node.fallible) return false;
  prepare_storage(node, state);
  auto* const out = reinterpret_cast<std::uint8_t*>(state.storage.get());
  bool first = true;
  for (const node_id operand : node.operands) {
    const column_vector v = evaluate(operand, rows);
    if (v.validity != nullptr) return false;
    const std::uint8_t* const truth = v.booleans();
    if (first) {
      for_each_row(rows, [&](std::size_t i) { out[i] = truth[i]; });
    } else if (node.op == opcode::logical_and) {
      for_each_row(rows, [&](std::size_t i) { out[i] &= truth[i]; });
    } else {
      for_each_row(rows, [&](std::size_t i) { out[i] |= truth[i]; });
    }
    first = false;
  }
  finish(node, state, false);
  return true;
}

void evaluator::compute_connective(const plan_node& node, const row_set& rows, node_state& state) {
  if (compute_plain_connective(node, rows, state)) return;
  const bool is_and = node.op == opcode::logical_and;
  bit_set decided;  // false for AND, true for OR
  bit_set unknown;
  for (const node_id operand : node.operands) {
    selection open;
    row_set asked = rows;
    if (program_[operand].fallible && operand != node.operands.front()) {
      for_each_selected(rows, [&](std::size_t i) {
        open.index[open.count] = static_cast<row_index>(i);
        open.count += decided.has(i) ? 0 : 1;
      });
      asked = select(open);
      if (open.count == 0) continue;
    }
    const column_vector v = evaluate(operand, asked);
    const std::uint8_t* const truth = v.booleans();
    const auto note = [&](std::size_t i) {
      const bool null = v.is_null(i);
      unknown.set(i, null);
      decided.set(i, !null && (truth[i] != 0) != is_and);
    };
    // Of an operand that was asked about some rows only, no others are known.
    if (open.count > 0) {
      for_each_selected(asked, note);
    } else {
      for_each_row(asked, note);
    }
  }
  prepare_storage(node, state);
  auto* const out = reinterpret_cast<std::uint8_t*>(state.storage.get());
  for_each_row(rows, [&](std::size_t i) { out[i] = decided.has(i) != is_and; });
  std::uint64_t nulls = 0;
  for (std::size_t w = 0; w < validity_words; ++w) {
    state.validity[w] = decided.words[w] | ~unknown.words[w];
    nulls |= ~state.validity[w];
  }
  finish(node, state, nulls != 0);
}

// CASE whose values are all constant strings gives ids, so that grouping by it costs nothing extra.
void evaluator::make_choice_texts(const plan_node& node, node_state& state) {
  if (state.choice_considered) return;
  state.choice_considered = true;
  const auto is_value = [&](std::size_t i) { return i % 2 == 1 || i + 1 == node.operands.size(); };
  for (std::size_t i = 0; i < node.operands.size(); ++i) {
    if (is_value(i) && program_[node.operands[i]].op != opcode::constant) return;
  }
  state.choice_texts = std::make_unique<text_dictionary>();
  for (std::size_t i = 0; i < node.operands.size(); ++i) {
    const auto* const text = is_value(i) ? std::get_if<std::string>(&program_[node.operands[i]].value) : nullptr;
    state.choice_ids.push_back(state.choice_texts->intern(text != nullptr ? *text : std::string()));
  }
}

// Nothing can fail: from the last condition to the first, each puts its value where it holds. No branches.
void evaluator::compute_plain_choose(const plan_node& node, const row_set& rows, node_state& state) {
  const std::size_t otherwise = node.operands.size() - 1;
  bool has_nulls = false;
  std::vector<column_vector> values(node.operands.size());
  for (std::size_t i = 0; i < node.operands.size(); ++i) {
    values[i] = evaluate(node.operands[i], rows);
    has_nulls |= (i % 2 == 1 || i == otherwise) && values[i].validity != nullptr;
  }
  std::uint8_t valid[vector_rows] = {};
  // `from(v)` gives a function of rows for the values of an operand; both sides are read, so that choosing is a move.
  const auto blend = [&](auto* out, auto from) {
    using T = std::remove_pointer_t<decltype(out)>;
    const auto last = from(otherwise);
    for_each_row(rows, [&](std::size_t i) { out[i] = last(i); });
    if (has_nulls) for_each_row(rows, [&](std::size_t i) { valid[i] = !values[otherwise].is_null(i); });
    for (std::size_t at = otherwise; at >= 2; at -= 2) {
      const column_vector& condition = values[at - 2];
      const std::uint8_t* const truth = condition.booleans();
      const auto put = [&](auto holds) {
        const auto value = from(at - 1);
        for_each_row(rows, [&](std::size_t i) {
          const T taken = value(i);
          const T left = out[i];
          out[i] = holds(i) ? taken : left;
        });
        if (!has_nulls) return;
        for_each_row(rows, [&](std::size_t i) { valid[i] = holds(i) ? !values[at - 1].is_null(i) : valid[i]; });
      };
      if (condition.validity == nullptr) {
        put([truth](std::size_t i) { return truth[i] != 0; });
      } else {
        put([truth, bits = condition.validity](std::size_t i) { return (truth[i] != 0) & bit_at(bits, i); });
      }
    }
  };
  const auto array = [&](auto* out) {
    using T = std::remove_pointer_t<decltype(out)>;
    blend(out, [&](std::size_t v) {
      return [from = static_cast<const T*>(values[v].data)](std::size_t i) { return from[i]; };
    });
  };
  std::byte* const storage = state.storage.get();
  switch (node.type) {
    case column_type::boolean: array(reinterpret_cast<std::uint8_t*>(storage)); break;
    case column_type::int64:
    case column_type::time: array(reinterpret_cast<std::int64_t*>(storage)); break;
    case column_type::float64: array(reinterpret_cast<double*>(storage)); break;
    case column_type::string:
      if (state.choice_texts) {
        blend(reinterpret_cast<std::uint32_t*>(storage),
              [&](std::size_t v) { return [id = state.choice_ids[v]](std::size_t) { return id; }; });
      } else {
        blend(reinterpret_cast<std::string_view*>(storage), [&](std::size_t v) {
          return [&from = values[v]](std::size_t i) { return from.is_null(i) ? std::string_view{} : from.text(i); };
        });
      }
      break;
    default: break;
  }
  if (has_nulls) {
    for_each_row(rows, [&](std::size_t i) {
      if (valid[i] == 0) clear_bit(state.validity, i);
    });
  }
  finish(node, state, has_nulls);
}

// Operands: condition, value, condition, value, ..., else.
void evaluator::compute_choose(const plan_node& node, const row_set& rows, node_state& state) {
  if (node.type == column_type::string) make_choice_texts(node, state);
  prepare_storage(node, state);
  std::memset(state.validity, 0xFF, sizeof state.validity);
  if (!node.fallible) {
    compute_plain_choose(node, rows, state);
    if (state.choice_texts) state.result.dictionary = state.choice_texts.get();
    return;
  }
  std::memset(state.storage.get(), 0, node.type == column_type::string ? 16 * vector_rows : 8 * vector_rows);
  bool has_nulls = false;
  selection open;
  for_each_selected(rows, [&](std::size_t i) { open.index[open.count++] = static_cast<row_index>(i); });
  const auto some = [&](const selection& s) {
    row_set r = select(s);
    r.dense = false;
    return r;
  };
  const auto take = [&](std::size_t operand, const selection& taken) {
    if (taken.count == 0) return;
    const node_id value = node.operands[operand];
    const row_set target = some(taken);
    const column_vector v = evaluate(value, program_[value].fallible ? target : rows);
    if (state.choice_texts) {
      auto* const out = reinterpret_cast<std::uint32_t*>(state.storage.get());
      for_each_row(target, [&](std::size_t i) { out[i] = state.choice_ids[operand]; });
    } else {
      copy_values(v, target, state.storage.get());
    }
    if (v.validity == nullptr) return;
    for_each_row(target, [&](std::size_t i) {
      if (is_valid_or_absent(v, i)) return;
      clear_bit(state.validity, i);
      has_nulls = true;
    });
  };

  std::size_t at = 0;
  for (; at + 1 < node.operands.size() && open.count > 0; at += 2) {
    const node_id condition = node.operands[at];
    const column_vector c = evaluate(condition, program_[condition].fallible ? some(open) : rows);
    selection taken;
    selection rest;
    for (std::size_t k = 0; k < open.count; ++k) {
      const row_index i = open.index[k];
      const bool holds = !c.is_null(i) && c.booleans()[i] != 0;
      taken.index[taken.count] = i;
      rest.index[rest.count] = i;
      (holds ? taken.count : rest.count) += 1;
    }
    take(at + 1, taken);
    open = rest;
  }
  if (at + 1 == node.operands.size()) take(at, open);
  finish(node, state, has_nulls);
  if (state.choice_texts) state.result.dictionary = state.choice_texts.get();
}

void evaluator::compute_coalesce(const plan_node& node, const row_set& rows, node_state& state) {
  prepare_storage(node, state);
  if (node.fallible)
    std::memset(state.storage.get(), 0, node.type == column_type::string ? 16 * vector_rows : 8 * vector_rows);
  std::memset(state.validity, 0xFF, sizeof state.validity);
  selection open;
  if (node.fallible) {
    for_each_selected(rows, [&](std::size_t i) { open.index[open.count++] = static_cast<row_index>(i); });
  } else {
    open = positions(rows, [](std::size_t) { return true; });
  }
  for (const node_id operand : node.operands) {
    if (open.count == 0) break;
    row_set target = select(open);
    target.dense = false;
    const column_vector v = evaluate(operand, program_[operand].fallible ? target : rows);
    copy_values(v, target, state.storage.get());
    selection rest;
    for (std::size_t k = 0; k < open.count; ++k) {
      rest.index[rest.count] = open.index[k];
      rest.count += v.is_null(open.index[k]) ? 1 : 0;
    }
    open = rest;
  }
  for (std::size_t k = 0; k < open.count; ++k) clear_bit(state.validity, open.index[k]);
  finish(node, state, open.count > 0);
}

// Operands: the value, and whether to make it null.
void evaluator::compute_null_if(const plan_node& node, const row_set& rows, node_state& state) {
  const column_vector value = evaluate(node.operands[0], rows);
  const column_vector condition = evaluate(node.operands[1], rows);
  prepare_storage(node, state);
  copy_values(value, rows, state.storage.get());
  std::memset(state.validity, 0xFF, sizeof state.validity);
  bool has_nulls = false;
  for_each_row(rows, [&](std::size_t i) {
    const bool null = value.is_null(i) || (!condition.is_null(i) && condition.booleans()[i] != 0);
    if (null) clear_bit(state.validity, i);
    has_nulls |= null;
  });
  finish(node, state, has_nulls);
}

void evaluator::compute_is_null(const plan_node& node, const row_set& rows, node_state& state) {
  const column_vector v = evaluate(node.operands[0], rows);
  prepare_storage(node, state);
  auto* const out = reinterpret_cast<std::uint8_t*>(state.storage.get());
  for_each_row(rows, [&](std::size_t i) { out[i] = v.is_null(i); });
  finish(node, state, false);
}

void evaluator::compute_concat(const plan_node& node, const row_set& rows, node_state& state) {
  std::vector<column_vector> operands;
  for (const node_id operand : node.operands) operands.push_back(evaluate(operand, rows));
  prepare_storage(node, state);
  auto* const out = reinterpret_cast<std::string_view*>(state.storage.get());
  std::string joined;
  for_each_row(rows, [&](std::size_t i) {
    joined.clear();
    for (const column_vector& v : operands) {
      if (!v.is_null(i)) joined += v.text(i);
    }
    out[i] = state.text.store(joined);
  });
  finish(node, state, false);
}

}  // namespace oriel::detail

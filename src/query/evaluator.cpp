// SPDX-License-Identifier: Apache-2.0
// src/query/evaluator.cpp - what is evaluated when, and what is kept.
#include <query/evaluator.hpp>

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include <query/diagnostic.hpp>
#include <query/evaluator_state.hpp>

namespace oriel::detail {
namespace {

constexpr node_id no_column = ~node_id{0};       // looks at no column
constexpr node_id many_columns = no_column - 1;  // looks at several, or at one that is not a string

// A dictionary as a relation: each string once, then null.
class dictionary_relation final : public relation {
 public:
  explicit dictionary_relation(const text_dictionary& dictionary) : dictionary_(dictionary) {
    for (std::size_t i = 0; i < vector_rows; ++i) ids_[i] = static_cast<std::uint32_t>(i);
  }

  std::size_t row_count() const noexcept override { return dictionary_.size() + 1; }
  const text_dictionary* dictionary(std::size_t) const noexcept override { return &dictionary_; }
  column_vector column(std::size_t batch, std::size_t) const noexcept override {
    const std::size_t first = batch * vector_rows;
    const std::size_t count = batch_size(batch);
    for (std::size_t i = 0; i < count; ++i) ids_[i] = static_cast<std::uint32_t>(first + i);
    std::memset(validity_, 0xFF, sizeof validity_);
    const bool last = first + count == row_count();
    if (last) {
      clear_bit(validity_, count - 1);
      ids_[count - 1] = 0;
    }
    return {column_type::string, ids_, last ? validity_ : nullptr, &dictionary_};
  }

 private:
  const text_dictionary& dictionary_;
  mutable std::uint32_t ids_[vector_rows];
  mutable std::uint64_t validity_[validity_words];
};

}  // namespace

evaluator::evaluator(const program& expressions, const relation& input, std::string_view text, bool may_map)
    : program_(expressions),
      input_(input),
      text_(text),
      may_map_(may_map),
      states_(expressions.size()),
      elements_(expressions.size(), 0),
      only_column_(expressions.size(), many_columns) {
  for (node_id id = 0; id < program_.size(); ++id) only_column_[id] = only_text_column(id);
}

evaluator::~evaluator() = default;

// The one string column that is all an expression looks at.
node_id evaluator::only_text_column(node_id id) {
  const plan_node& node = program_[id];
  if (node.op == opcode::constant) return no_column;
  if (node.op == opcode::column) return node.type == column_type::string ? id : many_columns;
  node_id only = no_column;
  for (const node_id operand : node.operands) {
    const node_id of_operand = only_column_[operand];
    if (of_operand == no_column) continue;
    if (only != no_column && only != of_operand) return many_columns;
    only = of_operand;
  }
  return only;
}

void evaluator::load(std::size_t batch) {
  batch_ = batch;
  ++batch_stamp_;
  const std::size_t size = input_.batch_size(batch);
  all_ = {nullptr, size, size, next_id_++, true};
}

void evaluator::prefetch(std::size_t batch) const noexcept {
  constexpr std::size_t line = 64;
  for (node_id id = 0; id < program_.size(); ++id) {
    const plan_node& node = program_[id];
    // Only what the batches before have used.
    if (node.op != opcode::column || states_[id] == nullptr || is_list(node.type)) continue;
    const std::size_t width = node.type == column_type::boolean ? 1
                              : node.type == column_type::string ? sizeof(std::uint32_t)
                                                                 : sizeof(std::int64_t);
    const auto* const data = static_cast<const std::byte*>(input_.column(batch, node.column).data);
    const std::size_t bytes = input_.batch_size(batch) * width;
    for (std::size_t at = 0; at < bytes; at += line) __builtin_prefetch(data + at, 0, 2);
  }
}

row_set evaluator::select(const selection& rows) noexcept {
  return {rows.index.data(), rows.count, all_.size, next_id_++, rows.count * 4 >= all_.size};
}

void evaluator::fail(const plan_node& node, error_kind kind, const std::string& message) const {
  throw error_at(kind, text_, node.span, message);
}

column_vector evaluator::evaluate(node_id id, const row_set& rows) {
  if (!states_[id]) states_[id] = std::make_unique<node_state>();
  node_state& state = *states_[id];
  const plan_node& node = program_[id];
  if (state.constant || state.valid_batch == batch_stamp_ || state.valid_for == rows.id) return state.result;
  if (node.op == opcode::column) {
    state.result = input_.column(batch_, node.column);
    state.valid_batch = batch_stamp_;
    return state.result;
  }
  if (node.op == opcode::constant) {
    make_constant(node, state);
    return state.result;
  }
  if (map_of(id) != nullptr) {
    look_up_map(id, rows, state);
  } else {
    compute(id, rows, state);
  }
  if (rows.dense && !node.fallible) state.valid_batch = batch_stamp_;
  state.valid_for = rows.id;
  return state.result;
}

void evaluator::compute(node_id id, const row_set& rows, node_state& state) {
  const plan_node& node = program_[id];
  state.text.clear();
  switch (node.op) {
    case opcode::logical_and:
    case opcode::logical_or: return compute_connective(node, rows, state);
    case opcode::choose: return compute_choose(node, rows, state);
    case opcode::coalesce: return compute_coalesce(node, rows, state);
    case opcode::null_if: return compute_null_if(node, rows, state);
    case opcode::is_null: return compute_is_null(node, rows, state);
    case opcode::concat: return compute_concat(node, rows, state);
    case opcode::each_element: return compute_each_element(id, rows, state);
    default: return compute_strict(node, rows, state);
  }
}

// Operations that give null if any operand is null.
void evaluator::compute_strict(const plan_node& node, const row_set& rows, node_state& state) {
  // The constants of IN are in its set.
  const std::size_t count = node.op == opcode::in_set ? 1 : node.operands.size();
  column_vector operands[3];
  for (std::size_t i = 0; i < count; ++i) operands[i] = evaluate(node.operands[i], rows);

  prepare_storage(node, state);
  bool has_nulls = false;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t* const validity = operands[i].validity;
    if (validity == nullptr) continue;
    for (std::size_t w = 0; w * 64 < rows.size; ++w) {
      state.validity[w] = has_nulls ? state.validity[w] & validity[w] : validity[w];
    }
    has_nulls = true;
  }
  kernel_call call{node, {operands, count}, rows, state.storage.get(), state.validity, has_nulls, state.text,
                   state.prepared};
  run_kernel(call, state);
  finish(node, state, has_nulls);
}

void evaluator::run_kernel(kernel_call& call, node_state& state) {
  const plan_node& node = call.node;
  switch (node.op) {
    case opcode::add:
    case opcode::subtract:
    case opcode::multiply:
    case opcode::divide:
    case opcode::remainder:
    case opcode::negate:
    case opcode::absolute:
    case opcode::round_down:
    case opcode::round_up:
    case opcode::round_nearest:
    case opcode::floor_quotient:
    case opcode::power:
    case opcode::natural_logarithm:
    case opcode::square_root: return arithmetic_kernel(call, *this);
    case opcode::move_time:
    case opcode::truncate: return time_kernel(call, *this);
    case opcode::list_length:
    case opcode::any_equal:
    case opcode::any_less:
    case opcode::any_less_equal:
    case opcode::any_greater:
    case opcode::any_greater_equal: return list_kernel(call);
    case opcode::truncate_in_zone:
    case opcode::read_part:
    case opcode::format_time:
    case opcode::parse_time: return calendar_kernel(call, *this);
    case opcode::substring:
    case opcode::trim:
    case opcode::replace:
    case opcode::split_part:
    case opcode::starts_with:
    case opcode::regexp_like: return search_kernel(call, *this);
    case opcode::equal:
    case opcode::not_equal:
    case opcode::less:
    case opcode::less_equal: return comparison_kernel(call);
    case opcode::in_set:
      if (!state.set) state.set = std::make_unique<constant_set>(program_, std::span(node.operands).subspan(1));
      return in_set_kernel(call, *state.set);
    case opcode::like: {
      const plan_node& pattern = program_[node.operands[1]];
      const auto* const text = std::get_if<std::string>(&pattern.value);
      if (pattern.op == opcode::constant && text != nullptr && !state.pattern) {
        state.pattern = std::make_unique<like_pattern>(*text);
      }
      return like_kernel(call, state.pattern.get());
    }
    case opcode::logical_not: {
      const std::uint8_t* const in = call.operands[0].booleans();
      std::uint8_t* const out = call.values<std::uint8_t>();
      return for_each_row(call.rows, [&](std::size_t i) { out[i] = in[i] == 0; });
    }
    case opcode::lower:
    case opcode::upper:
    case opcode::text_length:
    case opcode::append: return text_kernel(call);
    case opcode::convert: return convert_kernel(call, *this);
    default: break;
  }
  fail(node, error_kind::unsupported, "this expression cannot be evaluated");
}

void evaluator::prepare_storage(const plan_node& node, node_state& state) {
  if (state.storage) return;
  const std::size_t width = node.type == column_type::string ? sizeof(std::string_view) : sizeof(std::int64_t);
  state.storage = std::make_unique<std::byte[]>(width * vector_rows);
  std::memset(state.storage.get(), 0, width * vector_rows);
}

void evaluator::finish(const plan_node& node, node_state& state, bool has_nulls) {
  state.result = {node.type, state.storage.get(), has_nulls ? state.validity : nullptr, nullptr};
}

void evaluator::make_constant(const plan_node& node, node_state& state) {
  prepare_storage(node, state);
  void* const out = state.storage.get();
  const auto fill = [&](auto value) {
    using T = decltype(value);
    std::fill_n(static_cast<T*>(out), vector_rows, value);
  };
  bool null = false;
  if (const auto* const b = std::get_if<bool>(&node.value)) {
    fill(static_cast<std::uint8_t>(*b));
  } else if (const auto* const i = std::get_if<std::int64_t>(&node.value)) {
    fill(*i);
  } else if (const auto* const d = std::get_if<double>(&node.value)) {
    fill(*d);
  } else if (const auto* const s = std::get_if<std::string>(&node.value)) {
    fill(std::string_view(*s));
  } else {
    null = true;
    std::memset(state.validity, 0, sizeof state.validity);
  }
  finish(node, state, null);
  state.constant = true;
}

// ---- conditions

// A LONG or TIMESTAMP compared with a constant: the truth of each row need not be written down.
template <typename Keep>
bool evaluator::filter_by_constant(const plan_node& node, const row_set& rows, Keep keep) {
  const bool compares = node.op == opcode::equal || node.op == opcode::not_equal || node.op == opcode::less ||
                        node.op == opcode::less_equal;
  if (!compares) return false;
  const bool constant_first = program_[node.operands[0]].op == opcode::constant;
  const plan_node& constant = program_[node.operands[constant_first ? 0 : 1]];
  const node_id other = node.operands[constant_first ? 1 : 0];
  const auto* const value = std::get_if<std::int64_t>(&constant.value);
  const column_type type = program_[other].type;
  if (constant.op != opcode::constant || value == nullptr || program_[other].op == opcode::constant) return false;
  if (type != column_type::int64 && type != column_type::time) return false;

  const column_vector v = evaluate(other, rows);
  const std::int64_t* const in = v.int64s();
  const auto keep_if = [&, c = *value](auto test) {
    if (v.validity == nullptr) {
      keep([&](std::size_t i) { return test(in[i], c); });
    } else {
      keep([&](std::size_t i) { return test(in[i], c) && bit_at(v.validity, i); });
    }
  };
  using number = std::int64_t;
  switch (node.op) {
    case opcode::equal: keep_if([](number x, number c) { return x == c; }); break;
    case opcode::not_equal: keep_if([](number x, number c) { return x != c; }); break;
    case opcode::less:
      constant_first ? keep_if([](number x, number c) { return c < x; })
                     : keep_if([](number x, number c) { return x < c; });
      break;
    default:
      constant_first ? keep_if([](number x, number c) { return c <= x; })
                     : keep_if([](number x, number c) { return x <= c; });
      break;
  }
  return true;
}

row_set evaluator::filter(node_id condition, const row_set& rows, selection& storage) {
  const plan_node& node = program_[condition];
  if (node.op == opcode::logical_and && map_of(condition) == nullptr) {
    row_set left = rows;
    for (const node_id operand : node.operands) {
      if (left.count == 0) break;
      left = filter(operand, left, storage);
    }
    return left;
  }
  row_index* const out = storage.index.data();
  std::size_t n = 0;
  const auto keep = [&](auto is_true) {
    for_each_selected(rows, [&](std::size_t i) {
      out[n] = static_cast<row_index>(i);
      n += is_true(i) ? 1 : 0;
    });
  };
  if (const dictionary_map* const map = map_of(condition)) {
    const column_vector column = evaluate(only_column_[condition], rows);
    const std::uint32_t* const ids = column.ids();
    const std::uint8_t* const table = map->booleans.data();
    if (column.validity == nullptr) {
      keep([&](std::size_t i) { return table[ids[i]] != 0; });
    } else {
      const std::size_t null = map->booleans.size() - 1;
      keep([&](std::size_t i) { return table[bit_at(column.validity, i) ? ids[i] : null] != 0; });
    }
  } else if (!filter_by_constant(node, rows, keep)) {
    const column_vector v = evaluate(condition, rows);
    const std::uint8_t* const truth = v.booleans();
    if (v.validity == nullptr) {
      keep([&](std::size_t i) { return truth[i] != 0; });
    } else {
      keep([&](std::size_t i) { return truth[i] != 0 && bit_at(v.validity, i); });
    }
  }
  if (n == rows.count) return rows;
  storage.count = n;
  return select(storage);
}

// ---- dictionary maps

const text_dictionary* evaluator::dictionary(node_id id) {
  const plan_node& node = program_[id];
  if (!has_dictionary(node.type)) return nullptr;
  if (node.op == opcode::column) return input_.dictionary(node.column);
  if (node.op == opcode::each_element) return input_.dictionary(program_[node.operands[0]].column);
  if (const dictionary_map* const map = map_of(id)) return &map->texts;
  if (node.op != opcode::choose) return nullptr;
  if (!states_[id]) states_[id] = std::make_unique<node_state>();
  make_choice_texts(node, *states_[id]);
  return states_[id]->choice_texts.get();
}

const dictionary_map* evaluator::map_of(node_id id) {
  const plan_node& node = program_[id];
  const node_id column = only_column_[id];
  if (!may_map_ || node.fallible || column == no_column || column == many_columns || column == id) return nullptr;
  if (!states_[id]) states_[id] = std::make_unique<node_state>();
  node_state& state = *states_[id];
  if (!state.map_considered) {
    state.map_considered = true;
    const text_dictionary* const strings = input_.dictionary(program_[column].column);
    if (strings != nullptr && strings->size() < input_.row_count()) state.map = build_map(id, column);
  }
  return state.map.get();
}

std::unique_ptr<dictionary_map> evaluator::build_map(node_id id, node_id column) {
  const dictionary_relation strings(*input_.dictionary(program_[column].column));
  evaluator inner(program_, strings, text_, false);
  auto map = std::make_unique<dictionary_map>();
  for (std::size_t batch = 0; batch < strings.batch_count(); ++batch) {
    inner.load(batch);
    const column_vector v = inner.evaluate(id, inner.all_rows());
    for (std::size_t i = 0; i < inner.all_rows().size; ++i) {
      const bool null = v.is_null(i);
      const bool behind_the_last = map->valid.size() == strings.row_count() - 1;
      map->makes_nulls |= null && !behind_the_last;
      map->valid.push_back(null ? 0 : 1);
      switch (v.type) {
        case column_type::boolean: map->booleans.push_back(!null && v.booleans()[i] != 0 ? 1 : 0); break;
        case column_type::int64:
        case column_type::time: map->int64s.push_back(v.int64s()[i]); break;
        case column_type::float64: map->float64s.push_back(v.float64s()[i]); break;
        case column_type::string: map->ids.push_back(null ? 0 : map->texts.intern(v.text(i))); break;
        default: break;
      }
    }
  }
  return map;
}

void evaluator::look_up_map(node_id id, const row_set& rows, node_state& state) {
  const plan_node& node = program_[id];
  const dictionary_map& map = *state.map;
  const column_vector column = evaluate(only_column_[id], rows);
  prepare_storage(node, state);
  const std::uint32_t* const ids = column.ids();
  const auto look_up = [&](const auto& table) {
    using T = typename std::decay_t<decltype(table)>::value_type;
    T* const out = reinterpret_cast<T*>(state.storage.get());
    if (column.validity == nullptr) {
      for_each_row(rows, [&](std::size_t i) { out[i] = table[ids[i]]; });
    } else {
      const std::size_t null = table.size() - 1;
      for_each_row(rows, [&](std::size_t i) { out[i] = table[bit_at(column.validity, i) ? ids[i] : null]; });
    }
  };
  switch (node.type) {
    case column_type::boolean: look_up(map.booleans); break;
    case column_type::int64:
    case column_type::time: look_up(map.int64s); break;
    case column_type::float64: look_up(map.float64s); break;
    case column_type::string: look_up(map.ids); break;
    default: break;
  }
  const bool has_nulls = map.makes_nulls || column.validity != nullptr;
  if (has_nulls) {
    std::memset(state.validity, 0xFF, sizeof state.validity);
    const std::size_t null = map.valid.size() - 1;
    for_each_row(rows, [&](std::size_t i) {
      if (map.valid[column.is_null(i) ? null : ids[i]] == 0) clear_bit(state.validity, i);
    });
  }
  finish(node, state, has_nulls);
  if (node.type == column_type::string) state.result.dictionary = &map.texts;
}

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/query/prune.cpp - what the bounds of a batch say about a condition.
#include <query/prune.hpp>

#include <algorithm>

#include <query/total_order.hpp>

namespace oriel::detail {
namespace {

// For how many rows a condition is true.
enum class match : std::uint8_t { none, some, all };

// Bounds as bits that order as the values do; NaN is the greatest.
struct bit_bounds {
  std::uint64_t least;
  std::uint64_t greatest;
};

// What is known of a batch, or of a block of them.
struct known {
  const relation& input;
  std::size_t place = 0;  // of the batch or the block
  bool is_block = false;

  zone bounds(std::size_t column) const noexcept {
    return is_block ? input.block_bounds(place, column) : input.bounds(place, column);
  }
  bool may_be_null(std::size_t column) const noexcept {
    return is_block || input.column(place, column).validity != nullptr;
  }
};

std::optional<bit_bounds> bounds_of(const plan_node& column, const known& rows) {
  const zone z = rows.bounds(column.column);
  if (!z.bounded) return std::nullopt;
  if (column.type != column_type::float64) return bit_bounds{ordered_bits(z.min_int64), ordered_bits(z.max_int64)};
  return bit_bounds{ordered_bits(z.min_float64), z.has_nan ? ~std::uint64_t{0} : ordered_bits(z.max_float64)};
}

std::optional<std::uint64_t> bits_of(const plan_node& constant) {
  if (const auto* const i = std::get_if<std::int64_t>(&constant.value)) return ordered_bits(*i);
  if (const auto* const d = std::get_if<double>(&constant.value)) return ordered_bits(*d);
  return std::nullopt;
}

// How a comparison with any value in [a.least, a.greatest] on the left and [b.least, b.greatest] on the right ends.
match compare(opcode op, bit_bounds a, bit_bounds b) {
  const bool never_equal = a.greatest < b.least || b.greatest < a.least;
  const bool always_equal = a.least == a.greatest && b.least == b.greatest && a.least == b.least;
  switch (op) {
    case opcode::equal: return never_equal ? match::none : always_equal ? match::all : match::some;
    case opcode::not_equal: return never_equal ? match::all : always_equal ? match::none : match::some;
    case opcode::less: return a.greatest < b.least ? match::all : a.least >= b.greatest ? match::none : match::some;
    default: return a.greatest <= b.least ? match::all : a.least > b.greatest ? match::none : match::some;
  }
}

bool is_number(column_type type) noexcept { return type != column_type::string && type != column_type::boolean; }

match match_comparison(const program& nodes, const plan_node& node, const known& rows) {
  bit_bounds sides[2];
  bool nulls = false;
  for (std::size_t k = 0; k < 2; ++k) {
    const plan_node& side = nodes[node.operands[k]];
    if (!is_number(side.type)) return match::some;
    if (side.op == opcode::constant) {
      if (std::holds_alternative<std::monostate>(side.value)) return match::none;
      const auto bits = bits_of(side);
      if (!bits) return match::some;
      sides[k] = {*bits, *bits};
    } else if (side.op == opcode::column) {
      const auto bounds = bounds_of(side, rows);
      if (!bounds) return match::some;
      sides[k] = *bounds;
      nulls |= side.nullable && rows.may_be_null(side.column);
    } else {
      return match::some;
    }
  }
  const match m = compare(node.op, sides[0], sides[1]);
  return m == match::all && nulls ? match::some : m;
}

match match_in_set(const program& nodes, const plan_node& node, const known& rows) {
  const plan_node& column = nodes[node.operands[0]];
  constexpr std::size_t most = 64;
  if (column.op != opcode::column || !is_number(column.type) || node.operands.size() > most) return match::some;
  const auto bounds = bounds_of(column, rows);
  if (!bounds) return match::some;
  for (std::size_t i = 1; i < node.operands.size(); ++i) {
    const auto bits = bits_of(nodes[node.operands[i]]);
    if (bits && *bits >= bounds->least && *bits <= bounds->greatest) return match::some;
  }
  return match::none;
}

// For how many rows a condition is true, as far as bounds tell.
match match_of(const program& nodes, node_id condition, const known& rows) {
  const plan_node& node = nodes[condition];
  switch (node.op) {
    case opcode::constant: {
      const bool* const value = std::get_if<bool>(&node.value);
      return value != nullptr && *value ? match::all : match::none;
    }
    case opcode::equal:
    case opcode::not_equal:
    case opcode::less:
    case opcode::less_equal: return match_comparison(nodes, node, rows);
    case opcode::in_set: return match_in_set(nodes, node, rows);
    case opcode::is_null: {
      const plan_node& operand = nodes[node.operands[0]];
      const bool never = operand.op == opcode::column && !rows.may_be_null(operand.column);
      return never ? match::none : match::some;
    }
    case opcode::logical_not:
      // IS NULL is never null itself, so where it never holds, its opposite does.
      if (nodes[node.operands[0]].op != opcode::is_null) return match::some;
      return match_of(nodes, node.operands[0], rows) == match::none ? match::all : match::some;
    case opcode::logical_and:
    case opcode::logical_or: {
      const bool is_and = node.op == opcode::logical_and;
      match combined = is_and ? match::all : match::none;
      for (const node_id operand : node.operands) {
        const match m = match_of(nodes, operand, rows);
        combined = is_and ? std::min(combined, m) : std::max(combined, m);
      }
      return combined;
    }
    default: return match::some;
  }
}

}  // namespace

std::vector<scanned_batch> plan_scan(const program& nodes, std::span<const node_id> filters, const relation& input) {
  std::vector<scanned_batch> out;
  const std::size_t batches = input.batch_count();
  if (filters.empty()) out.reserve(batches);
  for (std::size_t batch = 0; batch < batches; ++batch) {
    if (batch % block_chunks == 0) {
      const known block{input, batch / block_chunks, true};
      const auto rules_out = [&](node_id filter) { return match_of(nodes, filter, block) == match::none; };
      if (std::any_of(filters.begin(), filters.end(), rules_out)) {
        batch += block_chunks - 1;
        continue;
      }
    }
    scanned_batch scanned{batch, {}};
    bool worth = input.batch_size(batch) > 0;
    for (const node_id filter : filters) {
      const match m = worth ? match_of(nodes, filter, {input, batch, false}) : match::none;
      if (m == match::none) {
        worth = false;
        break;
      }
      if (m == match::some) scanned.filters.push_back(filter);
    }
    if (worth) out.push_back(std::move(scanned));
  }
  return out;
}

std::optional<int64_range> range_of(const relation& input, std::size_t column, std::span<const scanned_batch> batches) {
  std::optional<int64_range> range;
  for (const scanned_batch& scanned : batches) {
    const zone z = input.bounds(scanned.batch, column);
    if (!z.bounded) {
      const std::uint64_t* const validity = input.column(scanned.batch, column).validity;
      const std::size_t size = input.batch_size(scanned.batch);
      if (validity == nullptr) return std::nullopt;
      for (std::size_t i = 0; i < size; ++i) {
        if (bit_at(validity, i)) return std::nullopt;
      }
      continue;
    }
    if (!range) range = {z.min_int64, z.max_int64};
    range->least = std::min(range->least, z.min_int64);
    range->greatest = std::max(range->greatest, z.max_int64);
  }
  return range;
}

}  // namespace oriel::detail

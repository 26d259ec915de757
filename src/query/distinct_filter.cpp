// SPDX-License-Identifier: Apache-2.0
// src/query/distinct_filter.cpp - each value once per group.
#include <query/distinct_filter.hpp>

#include <algorithm>
#include <bit>

#include <query/total_order.hpp>

namespace oriel::detail {
namespace {

// Bits of all groups together take as much memory as a hash table of the rows' values might, or less.
constexpr std::size_t least_bytes_of_bits = std::size_t{1} << 20;
constexpr std::size_t bytes_of_bits_per_row = 8;
constexpr std::size_t widest_in_bits = std::size_t{1} << 26;  // values of one group

}  // namespace

distinct_filter::distinct_filter(evaluator& values, node_id argument, std::span<const scanned_batch> batches)
    : values_(values), places_(vector_rows), groups_(vector_rows), digits_(vector_rows) {
  const plan_node& node = values.expressions()[argument];
  const column_type type = element_of(node.type);
  if (type == column_type::boolean) {
    width_ = 2;
  } else if (type == column_type::string) {
    const text_dictionary* const dictionary = values.dictionary(argument);
    by_id_ = dictionary != nullptr;
    width_ = by_id_ ? dictionary->size() : 0;
  } else if (node.op == opcode::column && !is_list(node.type) && type != column_type::float64) {
    range_ = range_of(values.input(), node.column, batches);
    const std::uint64_t span =
        range_ ? static_cast<std::uint64_t>(range_->greatest) - static_cast<std::uint64_t>(range_->least) : 0;
    if (range_ && span < number_dictionary::most) {
      width_ = span + 1;
    } else {
      range_.reset();
    }
  }
  words_ = (width_ + 63) / 64;
  std::size_t rows = 0;
  for (const scanned_batch& scanned : batches) rows += values.input().batch_size(scanned.batch);
  most_bytes_ = std::max(least_bytes_of_bits, rows * bytes_of_bits_per_row);
  in_bits_ = width_ > 0 && width_ <= widest_in_bits && words_ * sizeof(std::uint64_t) <= most_bytes_;
}

// Fills digits_[k] for the rows at places_[k].
void distinct_filter::number_values(const column_vector& v) {
  const std::size_t n = places_.size();
  const auto each = [&](auto digit) {
    for (std::size_t k = 0; k < n; ++k) digits_[k] = digit(static_cast<std::size_t>(places_[k]));
  };
  switch (v.type) {
    case column_type::boolean: return each([&](std::size_t i) { return v.booleans()[i] != 0 ? 1U : 0U; });
    case column_type::string:
      if (by_id_) return each([&, ids = v.ids()](std::size_t i) { return ids[i]; });
      return each([&](std::size_t i) { return texts_.intern(v.text(i)); });
    case column_type::int64:
    case column_type::time:
      if (range_) {
        const auto least = static_cast<std::uint64_t>(range_->least);
        return each([&, in = v.int64s()](std::size_t i) {
          return static_cast<std::uint32_t>(static_cast<std::uint64_t>(in[i]) - least);
        });
      }
      break;
    case column_type::float64: break;
    default: break;
  }
  std::uint64_t bits[vector_rows] = {};
  for (std::size_t k = 0; k < n; ++k) {
    bits[k] =
        v.type == column_type::float64 ? ordered_bits(v.float64s()[places_[k]]) : ordered_bits(v.int64s()[places_[k]]);
  }
  numbers_.intern(bits, n, digits_.data());
}

grouped_rows distinct_filter::keep_new(const column_vector& v, const grouped_rows& in, selection& rows,
                                       std::uint32_t* groups) {
  places_.resize(vector_rows);
  std::size_t n = 0;
  std::size_t k = 0;
  for_each_selected(in.rows, [&](std::size_t i) {
    places_[n] = static_cast<row_index>(i);
    groups_[n] = in.groups != nullptr ? in.groups[k] : 0;
    ++k;
    n += v.is_null(i) ? 0 : 1;
  });
  places_.resize(n);
  number_values(v);
  rows.count = in_bits_ ? keep_in_bits(n, rows, groups) : keep_in_pairs(n, rows, groups);
  return {values_.select(rows), in.groups != nullptr ? groups : nullptr};
}

std::size_t distinct_filter::keep_in_bits(std::size_t count, selection& rows, std::uint32_t* groups) {
  std::uint32_t last = 0;
  for (std::size_t k = 0; k < count; ++k) last = std::max(last, groups_[k]);
  const std::size_t needed = (std::size_t{last} + 1) * words_;
  if (needed > bits_.size()) {
    if (needed * sizeof(std::uint64_t) > most_bytes_) {
      move_to_pairs();
      return keep_in_pairs(count, rows, groups);
    }
    bits_.resize(needed);
  }
  std::size_t n = 0;
  std::uint64_t* const bits = bits_.data();
  for (std::size_t k = 0; k < count; ++k) {
    std::uint64_t& word = bits[groups_[k] * words_ + digits_[k] / 64];
    const std::uint64_t bit = std::uint64_t{1} << (digits_[k] % 64);
    rows.index[n] = places_[k];
    groups[n] = groups_[k];
    n += (word & bit) == 0 ? 1 : 0;
    word |= bit;
  }
  return n;
}

std::size_t distinct_filter::keep_in_pairs(std::size_t count, selection& rows, std::uint32_t* groups) {
  std::uint64_t pairs[vector_rows] = {};
  std::uint32_t ids[vector_rows] = {};
  for (std::size_t k = 0; k < count; ++k) pairs[k] = std::uint64_t{groups_[k]} << 32 | digits_[k];
  // New pairs get the next ids, one after another.
  std::size_t next = pairs_.size();
  pairs_.intern(pairs, count, ids);
  std::size_t n = 0;
  for (std::size_t k = 0; k < count; ++k) {
    if (ids[k] != next) continue;
    ++next;
    rows.index[n] = places_[k];
    groups[n++] = groups_[k];
  }
  return n;
}

void distinct_filter::move_to_pairs() {
  std::uint64_t pairs[vector_rows] = {};
  std::uint32_t ids[vector_rows] = {};
  std::size_t n = 0;
  for (std::size_t w = 0; w < bits_.size(); ++w) {
    for (std::uint64_t word = bits_[w]; word != 0; word &= word - 1) {
      const std::uint64_t digit = (w % words_) * 64 + static_cast<std::uint64_t>(std::countr_zero(word));
      pairs[n++] = std::uint64_t{w / words_} << 32 | digit;
      if (n < vector_rows) continue;
      pairs_.intern(pairs, n, ids);
      n = 0;
    }
  }
  pairs_.intern(pairs, n, ids);
  bits_ = {};
  in_bits_ = false;
}

}  // namespace oriel::detail

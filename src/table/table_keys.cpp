// SPDX-License-Identifier: Apache-2.0
// src/table/table_keys.cpp - finding the rows of a block's keys.
//
// A key's parts are brought to 64 bits each, such that equal bits mean equal values:
// numbers as they are, -0.0 as 0.0 and every NaN as the same one, strings as their ids.
// Where a part may be null, one more part says which are; null equals null.
#include <table/table_store.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace oriel::detail {
namespace {

std::uint64_t bits_of(double value) noexcept {
  if (std::isnan(value)) return 0x7FF8'0000'0000'0000;
  return std::bit_cast<std::uint64_t>(value + 0.0);  // -0.0 + 0.0 is 0.0
}

/// Both halves of a 128-bit product depend on all bits of both factors.
std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using wide = unsigned __int128;
  const wide product = static_cast<wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

constexpr std::uint64_t seed = 0x2D35'8DCC'AA6C'78A5;

std::uint64_t extend(std::uint64_t hash, std::uint64_t bits) noexcept {
  return mix(hash ^ bits, 0x8BB8'4B93'962E'ACC9);
}

std::uint32_t to_tag(std::uint64_t hash) noexcept { return static_cast<std::uint32_t>(hash >> 32); }

}  // namespace

void table_store::find_rows(const block& rows) {
  hash_keys(rows);
  index_.reserve(index_.size() + rows.count);
  scratch& s = *scratch_;
  for (std::size_t i = 0; i < rows.count; ++i) index_.prefetch_slot(s.tags[i]);
  for (std::size_t i = 0; i < rows.count; ++i) {
    s.guesses[i] = index_.guess(s.tags[i]);
    if (s.guesses[i] == no_row) continue;
    for (const std::size_t column : schema().key()) prefetch(store_.cell(column, s.guesses[i]));
    if (options_.comparison) prefetch(store_.cell(schema().size(), s.guesses[i]));
  }
}

void table_store::hash_keys(const block& rows) {
  const std::span<const std::size_t> key = schema().key();
  scratch& s = *scratch_;
  for (std::size_t k = 0; k < key.size(); ++k) {
    const column_values& values = rows.columns[rows.key[k]];
    of_block<std::uint64_t>& bits = s.key_bits[k];
    const auto fill = [&](auto&& read) {
      for (std::size_t i = 0; i < rows.count; ++i) bits[i] = read(i);
    };
    switch (schema()[key[k]].type) {
      default: fill([&](std::size_t i) { return values.read<std::uint64_t>(rows.first + i); }); break;
      case column_type::float64:
        fill([&](std::size_t i) { return bits_of(values.read<double>(rows.first + i)); });
        break;
      case column_type::boolean:
        fill([&](std::size_t i) { return std::uint64_t{values.read<std::uint8_t>(rows.first + i) != 0}; });
        break;
      case column_type::string: fill([&](std::size_t i) { return std::uint64_t{s.ids[key[k]][i]}; }); break;
    }
  }
  if (s.key_bits.size() > key.size()) mark_nulls(rows);
  for (std::size_t i = 0; i < rows.count; ++i) {
    std::uint64_t hash = seed;
    for (const of_block<std::uint64_t>& bits : s.key_bits) hash = extend(hash, bits[i]);
    s.tags[i] = to_tag(hash);
  }
}

/// Null parts become 0, and the part behind the last says which they are.
void table_store::mark_nulls(const block& rows) {
  const std::span<const std::size_t> key = schema().key();
  std::vector<of_block<std::uint64_t>>& bits = scratch_->key_bits;
  for (std::size_t i = 0; i < rows.count; ++i) {
    std::uint64_t nulls = 0;
    for (std::size_t k = 0; k < key.size(); ++k) {
      if (!rows.columns[rows.key[k]].is_null(rows.first + i)) continue;
      nulls |= std::uint64_t{1} << k % 64;
      bits[k][i] = 0;
    }
    bits[key.size()][i] = nulls;
  }
}

void table_store::find(const column_batch& keys, std::span<std::uint32_t> rows) const noexcept {
  scratch& s = *scratch_;
  for (std::size_t first = 0; first < keys.size; first += block_rows) {
    const std::size_t count = std::min(block_rows, keys.size - first);
    for (std::size_t i = 0; i < count; ++i) {
      rows[first + i] = no_row;
      s.guesses[i] = read_key(keys, first + i, i);
      std::uint64_t hash = seed;
      for (const of_block<std::uint64_t>& bits : s.key_bits) hash = extend(hash, bits[i]);
      s.tags[i] = to_tag(hash);
      index_.prefetch_slot(s.tags[i]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (s.guesses[i] == 0) continue;
      rows[first + i] = index_.find(s.tags[i], [&](std::uint32_t row) { return has_key(row, i); });
    }
  }
}

/// Reads a key without nulls to place `i` of the scratch; false when a string of it is none the table knows.
bool table_store::read_key(const column_batch& keys, std::size_t from, std::size_t i) const noexcept {
  const std::span<const std::size_t> key = schema().key();
  std::vector<of_block<std::uint64_t>>& bits = scratch_->key_bits;
  if (bits.size() > key.size()) bits[key.size()][i] = 0;  // no part is null
  for (std::size_t k = 0; k < key.size(); ++k) {
    const column_values& values = keys.columns[k];
    switch (schema()[key[k]].type) {
      default: bits[k][i] = values.read<std::uint64_t>(from); break;
      case column_type::float64: bits[k][i] = bits_of(values.read<double>(from)); break;
      case column_type::boolean: bits[k][i] = values.read<std::uint8_t>(from) != 0; break;
      case column_type::string:
        bits[k][i] = dictionaries_[key[k]]->find(values.read<std::string_view>(from));
        if (bits[k][i] == hash_index::none) return false;
        break;
    }
  }
  return true;
}

std::uint32_t table_store::row_of(std::size_t i) const noexcept {
  const std::uint32_t guess = scratch_->guesses[i];
  // The guess may be of before this block's rows: no longer there, or another row by now.
  if (guess < store_.rows() && has_key(guess, i)) return guess;
  return index_.find(scratch_->tags[i], [&](std::uint32_t row) { return has_key(row, i); });
}

bool table_store::has_key(std::uint32_t row, std::size_t i) const noexcept {
  for (std::size_t k = 0; k < scratch_->key_bits.size(); ++k) {
    if (stored_key(k, row) != scratch_->key_bits[k][i]) return false;
  }
  return true;
}

std::uint64_t table_store::stored_key(std::size_t part, std::uint32_t row) const noexcept {
  const std::span<const std::size_t> key = schema().key();
  if (part == key.size()) {
    std::uint64_t nulls = 0;
    for (std::size_t k = 0; k < key.size(); ++k) nulls |= std::uint64_t{store_.is_null(key[k], row)} << k % 64;
    return nulls;
  }
  if (schema()[key[part]].nullable && store_.is_null(key[part], row)) return 0;
  const auto load = [&]<typename T>(T value) {
    std::memcpy(&value, store_.cell(schema().key()[part], row), sizeof value);
    return value;
  };
  switch (schema()[schema().key()[part]].type) {
    case column_type::float64: return bits_of(load(double{}));
    case column_type::boolean: return load(std::uint8_t{});
    case column_type::string: return load(std::uint32_t{});
    default: break;
  }
  return load(std::uint64_t{});
}

std::uint32_t table_store::tag_of(std::uint32_t row) const noexcept {
  std::uint64_t hash = seed;
  for (std::size_t k = 0; k < scratch_->key_bits.size(); ++k) hash = extend(hash, stored_key(k, row));
  return to_tag(hash);
}

std::string table_store::key_text(std::size_t i) const {
  std::string text;
  text.reserve(scratch_->key_bits.size() * sizeof(std::uint64_t));
  for (const of_block<std::uint64_t>& bits : scratch_->key_bits) {
    text.append(reinterpret_cast<const char*>(&bits[i]), sizeof(std::uint64_t));
  }
  return text;
}

}  // namespace oriel::detail

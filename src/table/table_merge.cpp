// SPDX-License-Identifier: Apache-2.0
// src/table/table_merge.cpp - partial upserts: the old value and the new one by the column's strategy.
//
// Goes row by row. Lists are merged into buffers and room is made for them before anything is
// written, so that a row is merged whole or not at all.
#include <table/table_store.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include <oriel/core/near_names.hpp>

namespace oriel::detail {
namespace {

template <typename T>
T load(const std::byte* cell) noexcept {
  T value;
  std::memcpy(&value, cell, sizeof value);
  return value;
}

/// NaN is the greatest number, and one number.
template <typename T>
bool is_less(T a, T b) noexcept {
  if constexpr (std::is_floating_point_v<T>) {
    return a < b || (std::isnan(b) && !std::isnan(a));
  } else {
    return a < b;
  }
}

std::int64_t add(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
}

template <typename T>
T merge(merge_strategy strategy, T old, T given) noexcept {
  if (strategy == merge_strategy::min) return is_less(given, old) ? given : old;
  if (strategy == merge_strategy::max) return is_less(old, given) ? given : old;
  if constexpr (std::is_integral_v<T>) {
    return add(old, given);
  } else {
    return old + given;
  }
}

bool fits(merge_strategy strategy, column_type type) noexcept {
  switch (strategy) {
    case merge_strategy::increment: return type == column_type::int64 || type == column_type::float64;
    case merge_strategy::min:
    case merge_strategy::max: return !is_list(type) && type != column_type::boolean;
    case merge_strategy::append:
    case merge_strategy::union_: return is_list(type);
    default: return true;
  }
}

const char* wanted(merge_strategy strategy) noexcept {
  if (strategy == merge_strategy::increment) return "LONG and DOUBLE columns";
  return strategy == merge_strategy::append || strategy == merge_strategy::union_
             ? "list columns"
             : "LONG, DOUBLE, TIMESTAMP and STRING columns";
}

/// The table of strategies, as far as it says whether anything is written.
bool takes(merge_strategy strategy, bool old_null, bool given_null, bool is_late) noexcept {
  if (is_late && !is_commutative(strategy)) return false;
  if (given_null) return strategy == merge_strategy::force_overwrite;
  return strategy != merge_strategy::ignore || old_null;
}

bool is_combined(merge_strategy strategy) noexcept {
  return strategy == merge_strategy::increment || strategy == merge_strategy::min || strategy == merge_strategy::max;
}

/// Sorts the elements and leaves each once; `less` is their order.
template <typename T, typename Less>
void make_set(std::vector<std::byte>& bytes, Less&& less) {
  std::vector<T> elements(bytes.size() / sizeof(T));
  if (!bytes.empty()) std::memcpy(elements.data(), bytes.data(), bytes.size());
  std::sort(elements.begin(), elements.end(), less);
  const auto is_same = [&](const T& a, const T& b) { return !less(a, b) && !less(b, a); };
  elements.erase(std::unique(elements.begin(), elements.end(), is_same), elements.end());
  bytes.resize(elements.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), elements.data(), bytes.size());
}

}  // namespace

void table_store::set_strategies() {
  const bool is_full = options_.mode == upsert_mode::full;
  strategies_.assign(schema().size(), is_full ? merge_strategy::force_overwrite : merge_strategy::overwrite);
  if (is_full) {
    if (!options_.strategies.empty()) {
      fail("column '" + options_.strategies.front().column +
           "' has a strategy, but rows are replaced whole; set .mode = upsert_mode::partial");
    }
    return;
  }
  if (schema().key().empty()) fail("a partial upsert has no meaning without a key; give the schema a key");
  std::vector<bool> named(schema().size(), false);
  for (const column_strategy& s : options_.strategies) {
    const std::string as = "strategy " + std::string(to_string(s.strategy));
    const auto column = schema().find(s.column);
    if (!column) {
      std::vector<std::string> known;
      for (const column_description& c : schema().columns()) known.push_back(c.name);
      fail(as + " is for column '" + s.column + "', which does not exist" + did_you_mean(s.column, known));
    }
    const column_description& described = schema()[*column];
    const std::span<const std::size_t> key = schema().key();
    if (std::find(key.begin(), key.end(), *column) != key.end()) {
      fail(as + " is for column '" + described.name + "', which belongs to the key and never changes; leave it out");
    }
    if (named[*column]) fail("column '" + described.name + "' has two strategies; leave one out");
    if (!fits(s.strategy, described.type)) {
      fail(as + " does not fit column '" + described.name + "', which is " + std::string(to_string(described.type)) +
           "; it is for " + wanted(s.strategy) + ": choose another, or change the column's type");
    }
    named[*column] = true;
    strategies_[*column] = s.strategy;
    has_commutative_ = has_commutative_ || is_commutative(s.strategy);
  }
}

// What the list of a row becomes, and whether it is written at all, into `list_writes`.
void table_store::merge_lists(const block& rows, std::size_t i, std::uint32_t row, bool is_new, bool is_late) {
  for (std::size_t l = 0; l < list_columns_.size(); ++l) {
    const std::size_t column = list_columns_[l];
    const merge_strategy strategy = strategies_[column];
    const bool given_null = rows.columns[column].is_null(rows.first + i);
    const bool old_null = is_new || store_.is_null(column, row);
    list_write& w = scratch_->list_writes[l];
    w.elements = list_of(column, rows.columns[column], rows.first, i);
    w.is_null = given_null;
    w.skip = !takes(strategy, old_null, given_null, is_late);
    if (w.skip || given_null) continue;
    if (strategy == merge_strategy::append && old_null) continue;
    if (strategy == merge_strategy::append || strategy == merge_strategy::union_) {
      join_lists(column, old_null ? list_elements{} : store_.list(column, row), w);
    }
  }
}

void table_store::join_lists(std::size_t column, list_elements old, list_write& w) {
  const std::size_t width = store_.layout().columns[column].element;
  const auto add = [&](list_elements list) {
    const auto* const first = static_cast<const std::byte*>(list.first);
    w.joined.insert(w.joined.end(), first, first + list.size * width);
  };
  w.joined.clear();
  if (old.size > 0) add(old);
  if (w.elements.size > 0) add(w.elements);
  if (strategies_[column] == merge_strategy::union_) {
    switch (element_of(schema()[column].type)) {
      case column_type::float64: make_set<double>(w.joined, is_less<double>); break;
      case column_type::boolean:
        for (std::byte& b : w.joined) b = b == std::byte{0} ? b : std::byte{1};
        make_set<std::uint8_t>(w.joined, is_less<std::uint8_t>);
        break;
      case column_type::string: {
        const dictionary& texts = *dictionaries_[column];
        make_set<std::uint32_t>(w.joined, [&](std::uint32_t a, std::uint32_t b) { return texts[a] < texts[b]; });
        break;
      }
      default: make_set<std::int64_t>(w.joined, is_less<std::int64_t>); break;
    }
  }
  w.elements = {w.joined.data(), w.joined.size() / width};
}

// Requires: lists have been merged and room made for them.
void table_store::merge_cells(const block& rows, std::size_t i, std::uint32_t row, bool is_new, bool is_late) noexcept {
  for (const std::size_t column : value_columns_) {
    const column_values& values = rows.columns[column];
    const merge_strategy strategy = strategies_[column];
    const bool given_null = values.is_null(rows.first + i);
    const bool old_null = is_new || store_.is_null(column, row);
    if (!is_new && !takes(strategy, old_null, given_null, is_late)) continue;
    if (!old_null && !given_null && is_combined(strategy)) {
      merge_cell(column, values, rows.first, i, row);
    } else {
      write_cell(column, values, rows.first, i, row);
    }
    if (schema()[column].nullable) set_null(column, row, given_null);
  }
}

void table_store::merge_cell(std::size_t column, const column_values& values, std::size_t first, std::size_t i,
                             std::uint32_t row) noexcept {
  std::byte* const cell = store_.cell(column, row);
  const merge_strategy strategy = strategies_[column];
  switch (schema()[column].type) {
    case column_type::float64: {
      const double merged = merge(strategy, load<double>(cell), values.read<double>(first + i));
      std::memcpy(cell, &merged, sizeof merged);
      break;
    }
    case column_type::string: {
      const auto old = load<std::uint32_t>(cell);
      const std::uint32_t given = scratch_->ids[column][i];
      const dictionary& texts = *dictionaries_[column];
      const bool replaces = strategy == merge_strategy::min ? texts[given] < texts[old] : texts[old] < texts[given];
      if (replaces) std::memcpy(cell, &given, sizeof given);
      break;
    }
    default: {
      const std::int64_t merged = merge(strategy, load<std::int64_t>(cell), values.read<std::int64_t>(first + i));
      std::memcpy(cell, &merged, sizeof merged);
      break;
    }
  }
}

}  // namespace oriel::detail

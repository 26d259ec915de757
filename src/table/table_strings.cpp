// SPDX-License-Identifier: Apache-2.0
// src/table/table_strings.cpp - strings that no row has any more, and strings that need no dictionary.
//
// A column's strings are reviewed when the dictionary has twice as many as were in use the last
// time. Two things may come of it.
//
// Rows that are replaced, erased or expire leave their strings behind. If much of the dictionary
// is such leftovers, another one, of the strings in use and by the same ids, takes its place: no
// cell is written, no chunk is cloned, and snapshots keep the one they know.
//
// If nearly every row has a string of its own, ids save nothing: the address and the index of a
// string cost more than its bytes once again. Then the rows move to chunks that hold the bytes
// themselves, for good. The first thousands of strings say little, since those of a million users
// are all different too at first.
//
// Both cost a look at each row, which is made up for by the strings that have come since.
#include <table/table_store.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <exception>

namespace oriel::detail {
namespace {

/// Fewer strings than this are not worth a look.
constexpr std::size_t few_strings = 4096;

/// With that many, of which at most one in a hundred came twice, there are millions of them.
constexpr std::size_t many_strings = 65'536;

void mark(std::vector<std::uint64_t>& bits, std::uint32_t id) noexcept { bits[id / 64] |= std::uint64_t{1} << id % 64; }

}  // namespace

void table_store::review_strings() noexcept {
  for (const std::size_t column : all_columns_) {
    if (!dictionaries_[column] || dictionaries_[column]->count() < std::max(next_review_[column], few_strings)) continue;
    try {
      review_strings(column);
    } catch (const std::exception&) {  // no memory for it: everything stays as it was
      next_review_[column] = 2 * dictionaries_[column]->count();
    }
  }
}

void table_store::review_strings(std::size_t column) {
  const dictionary& all = *dictionaries_[column];
  std::vector<std::uint64_t> used;
  const std::size_t in_use = count_used(column, used);
  if (is_smaller_without_dictionary(column, in_use)) return store_without_dictionary(column);
  if (in_use < all.count() / 4 * 3) replace_dictionary(column, all.keep(used));
  next_review_[column] = std::max(2 * in_use, in_use + store_.rows() / 16);
  if (dictionaries_[column]->count() < many_strings) {
    next_review_[column] = std::min(next_review_[column], many_strings);
  }
}

void table_store::replace_dictionary(std::size_t column, std::shared_ptr<dictionary> by) {
  std::erase_if(replaced_, [](const auto& old) { return old.expired(); });
  replaced_.push_back(dictionaries_[column]);
  dictionaries_[column] = std::move(by);
}

// ---- which are in use

std::size_t table_store::count_used(std::size_t column, std::vector<std::uint64_t>& used) const {
  if (schema().key().empty()) return dictionaries_[column]->count();  // rows never go
  used.resize((dictionaries_[column]->size() + 63) / 64);
  mark_rows(column, used);
  mark_remembered(column, used);
  std::size_t count = 0;
  for (const std::uint64_t word : used) count += static_cast<std::size_t>(std::popcount(word));
  return count;
}

void table_store::mark_rows(std::size_t column, std::vector<std::uint64_t>& used) const noexcept {
  if (is_list(schema()[column].type)) {
    for (std::uint32_t row = 0; row < store_.rows(); ++row) {
      const list_elements list = store_.list(column, row);
      const auto* const ids = static_cast<const std::uint32_t*>(list.first);
      for (std::size_t i = 0; i < list.size; ++i) mark(used, ids[i]);
    }
    return;
  }
  for (std::size_t first = 0; first < store_.rows(); first += chunk_rows) {
    const auto* const ids =
        reinterpret_cast<const std::uint32_t*>(store_.cell(column, static_cast<std::uint32_t>(first)));
    const std::size_t rows = std::min(chunk_rows, store_.rows() - first);
    for (std::size_t i = 0; i < rows; ++i) mark(used, ids[i]);
  }
}

// The keys that are remembered are the bits `key_text` makes, strings as their ids.
void table_store::mark_remembered(std::size_t column, std::vector<std::uint64_t>& used) const noexcept {
  const std::span<const std::size_t> key = schema().key();
  const auto part = static_cast<std::size_t>(std::find(key.begin(), key.end(), column) - key.begin());
  if (part == key.size()) return;
  const bool has_nulls = scratch_->key_bits.size() > key.size();
  const auto bits_of = [](const std::string& text, std::size_t k) {
    std::uint64_t value;
    std::memcpy(&value, text.data() + k * sizeof value, sizeof value);
    return value;
  };
  for (const auto* const keys : {&erased_, &shared_}) {
    for (const auto& entry : *keys) {
      const bool is_null = has_nulls && (bits_of(entry.first, key.size()) >> part % 64 & 1) != 0;
      if (!is_null) mark(used, static_cast<std::uint32_t>(bits_of(entry.first, part)));
    }
  }
}

// ---- without dictionary

bool table_store::is_smaller_without_dictionary(std::size_t column, std::size_t in_use) const noexcept {
  const std::span<const std::size_t> key = schema().key();
  if (is_list(schema()[column].type) || std::find(key.begin(), key.end(), column) != key.end()) return false;
  if (strategies_[column] == merge_strategy::min || strategies_[column] == merge_strategy::max) return false;
  std::size_t texts = store_.rows();  // that are not null
  for (std::uint32_t row = 0; row < store_.rows() && store_.has_nulls(column); ++row) texts -= store_.is_null(column, row);
  if (in_use < many_strings || in_use < texts / 100 * 99) return false;
  const std::size_t rows = store_.rows();
  const std::size_t length = dictionaries_[column]->mean_length();
  const std::size_t with = rows * sizeof(std::uint32_t) + in_use * (dictionary::beside_text + length);
  const std::size_t without = rows * 2 * sizeof(std::uint32_t) + texts * (length + length / 4);
  return without < with;
}

void table_store::store_without_dictionary(std::size_t column) {
  std::vector<std::size_t> texts{column};
  for (const std::size_t i : list_columns_) {
    if (store_.layout().columns[i].is_text()) texts.push_back(i);
  }
  column_store moved(
      std::make_shared<table_description>(name(), schema(), options_.comparison ? 1 : 0, texts));
  for (std::size_t first = 0; first < store_.rows(); first += chunk_rows) {
    const std::size_t rows = moved.add(std::min(chunk_rows, store_.rows() - first));
    for (std::size_t i = 0; i < moved.layout().columns.size(); ++i) {
      move_cells(i, static_cast<std::uint32_t>(first), rows, moved);
    }
  }
  const auto lists = moved.layout().lists.size();
  list_columns_.reserve(lists);
  scratch_->list_starts.reserve(lists);
  scratch_->list_ids.reserve(lists);
  scratch_->list_writes.reserve(lists);
  std::erase_if(former_memory_, [](const auto& memory) { return memory.expired(); });
  former_memory_.reserve(former_memory_.size() + 1);
  replace_dictionary(column, nullptr);  // the last that may throw: before it has changed anything
  former_memory_.push_back(store_.memory());
  store_.swap(moved);
  sort_columns();
}

/// Copies some values of a column, from `first` on and within one chunk, to a store where they lie as its layout says.
void table_store::move_cells(std::size_t column, std::uint32_t first, std::size_t rows, column_store& to) const {
  const chunk_layout::column& from = store_.layout().columns[column];
  if (to.layout().columns[column].element == 0) {
    std::memcpy(to.cell(column, first), store_.cell(column, first), rows * from.width);
  } else {
    const auto list_of = [&](std::uint32_t row) -> list_elements {
      if (from.element != 0) return store_.list(column, row);
      std::uint32_t id;
      std::memcpy(&id, store_.cell(column, row), sizeof id);
      const std::string_view text = (*dictionaries_[column])[id];
      return {text.data(), text.size()};
    };
    std::size_t total = 0;
    for (std::uint32_t i = 0; i < rows; ++i) total += list_of(first + i).size;
    to.reserve_list(column, first, total);
    for (std::uint32_t i = 0; i < rows; ++i) {
      const list_elements list = list_of(first + i);
      std::byte* const written = to.write_list(column, first + i, list.size);
      if (list.size > 0) std::memcpy(written, list.first, list.size * to.layout().columns[column].element);
    }
  }
  if (!store_.has_nulls(column)) return;
  for (std::uint32_t i = 0; i < rows; ++i) to.set_validity(column, first + i, !store_.is_null(column, first + i));
}

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/table/table_strings.cpp - strings that no row has any more.
//
// Rows that are replaced, erased or expire leave their strings in the dictionary. When it has
// twice as many strings as were in use the last time anybody looked, the ids that rows and
// remembered keys have are marked, and a dictionary of those takes its place, with the same
// ids: no cell is written, no chunk is cloned, and snapshots keep the dictionary they know.
//
// So a dictionary holds at most about twice the strings that were in use at once, and looking
// costs a few cells for each string that has come since.
#include <table/table_store.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace oriel::detail {
namespace {

/// Fewer strings than this are not worth looking for.
constexpr std::size_t few_strings = 4096;

void mark(std::vector<std::uint64_t>& bits, std::uint32_t id) noexcept { bits[id / 64] |= std::uint64_t{1} << id % 64; }

}  // namespace

void table_store::reclaim_strings() noexcept {
  for (const std::size_t column : all_columns_) {
    if (!dictionaries_[column] || dictionaries_[column]->count() < std::max(look_again_[column], few_strings)) continue;
    try {
      reclaim_strings(column);
    } catch (const std::bad_alloc&) {  // then with the next write
    }
  }
}

void table_store::reclaim_strings(std::size_t column) {
  const dictionary& all = *dictionaries_[column];
  std::vector<std::uint64_t> used((all.size() + 63) / 64);
  mark_rows(column, used);
  mark_erased(column, used);
  std::size_t in_use = 0;
  for (const std::uint64_t word : used) in_use += static_cast<std::size_t>(std::popcount(word));
  if (in_use < all.count() / 4 * 3) {
    replaced_.reserve(replaced_.size() + 1);
    std::shared_ptr<dictionary> kept = all.keep(used);
    std::erase_if(replaced_, [](const auto& old) { return old.expired(); });
    replaced_.push_back(std::exchange(dictionaries_[column], std::move(kept)));
  }
  look_again_[column] = std::max(2 * in_use, in_use + store_.rows() / 16);
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

// The keys of `erased_` are the bits `key_text` makes, strings as their ids.
void table_store::mark_erased(std::size_t column, std::vector<std::uint64_t>& used) const noexcept {
  const std::span<const std::size_t> key = schema().key();
  const auto part = static_cast<std::size_t>(std::find(key.begin(), key.end(), column) - key.begin());
  if (part == key.size()) return;
  const bool has_nulls = scratch_->key_bits.size() > key.size();
  for (const auto& [text, when] : erased_) {
    const auto bits = [&text = text](std::size_t k) {
      std::uint64_t value;
      std::memcpy(&value, text.data() + k * sizeof value, sizeof value);
      return value;
    };
    const bool is_null = has_nulls && (bits(key.size()) >> part % 64 & 1) != 0;
    if (!is_null) mark(used, static_cast<std::uint32_t>(bits(part)));
  }
}

}  // namespace oriel::detail

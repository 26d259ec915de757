// SPDX-License-Identifier: Apache-2.0
// src/query/row_sorter.cpp - ORDER BY.
#include <query/row_sorter.hpp>

#include <algorithm>
#include <cstring>

#include <query/total_order.hpp>

namespace oriel::detail {
namespace {

// The first eight bytes, as a number that orders as they do.
std::uint64_t prefix_of(std::string_view text) noexcept {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    bits = bits << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0);
  }
  return bits;
}

}  // namespace

row_sorter::part row_sorter::make_part(const sort_key& key, const column_vector& v, std::size_t row) const {
  if (v.is_null(row)) return {static_cast<std::uint8_t>(key.nulls_first ? 0 : 2), 0, {}};
  part p{1, 0, {}};
  switch (v.type) {
    case column_type::boolean: p.bits = v.booleans()[row] != 0 ? 1 : 0; break;
    case column_type::int64:
    case column_type::time: p.bits = ordered_bits(v.int64s()[row]); break;
    case column_type::float64: p.bits = ordered_bits(v.float64s()[row]); break;
    case column_type::string:
      p.text = v.text(row);
      p.bits = prefix_of(p.text);
      break;
  }
  if (key.descending) p.bits = ~p.bits;
  return p;
}

int row_sorter::compare_parts(const sort_key& key, const part& a, const part& b) const noexcept {
  if (a.null_class != b.null_class) return a.null_class < b.null_class ? -1 : 1;
  if (a.bits != b.bits) return a.bits < b.bits ? -1 : 1;
  const int order = a.text.compare(b.text);
  return key.descending ? -order : order;
}

bool row_sorter::comes_before(const entry& a, const entry& b) const noexcept {
  for (std::size_t k = 0; k < keys_.size(); ++k) {
    const int order = compare_parts(keys_[k], parts_[a.first_part + k], parts_[b.first_part + k]);
    if (order != 0) return order < 0;
  }
  return a.place.batch != b.place.batch ? a.place.batch < b.place.batch : a.place.row < b.place.row;
}

void row_sorter::add(std::size_t batch, const row_set& rows, std::span<const column_vector> values) {
  if (limit_ == 0) return;
  constexpr std::size_t at_least = 1024;
  const bool limited = limit_ < no_limit / 4;
  for_each_selected(rows, [&](std::size_t i) {
    if (has_bar_) {
      // Rows come in order: one that equals the bar comes after it.
      int order = 0;
      for (std::size_t k = 0; k < keys_.size() && order == 0; ++k) {
        order = compare_parts(keys_[k], make_part(keys_[k], values[k], i), bar_[k]);
      }
      if (order >= 0) return;
    }
    entries_.push_back({parts_.size(), {static_cast<std::uint32_t>(batch), static_cast<row_index>(i)}});
    for (std::size_t k = 0; k < keys_.size(); ++k) {
      part p = make_part(keys_[k], values[k], i);
      if (values[k].dictionary == nullptr) p.text = texts_.store(p.text);  // others stay where they are
      parts_.push_back(p);
    }
    if (limited && entries_.size() >= std::max(at_least, 2 * limit_)) shrink();
  });
}

// Keeps the `limit_` first rows and what belongs to them.
void row_sorter::shrink() {
  const auto less = [&](const entry& a, const entry& b) { return comes_before(a, b); };
  const auto last = entries_.begin() + static_cast<std::ptrdiff_t>(limit_ - 1);
  std::nth_element(entries_.begin(), last, entries_.end(), less);
  entries_.resize(limit_);
  std::vector<part> kept;
  arena texts;
  for (entry& e : entries_) {
    const std::size_t first = kept.size();
    for (std::size_t k = 0; k < keys_.size(); ++k) {
      part p = parts_[e.first_part + k];
      p.text = texts.store(p.text);
      kept.push_back(p);
    }
    e.first_part = first;
  }
  parts_ = std::move(kept);
  texts_ = std::move(texts);
  const auto bar = parts_.begin() + static_cast<std::ptrdiff_t>(entries_.back().first_part);
  bar_.assign(bar, bar + static_cast<std::ptrdiff_t>(keys_.size()));
  has_bar_ = true;
}

std::vector<row_place> row_sorter::finish() {
  const std::size_t n = std::min(limit_, entries_.size());
  const auto less = [&](const entry& a, const entry& b) { return comes_before(a, b); };
  const auto middle = entries_.begin() + static_cast<std::ptrdiff_t>(n);
  if (n < entries_.size()) std::nth_element(entries_.begin(), middle, entries_.end(), less);
  std::sort(entries_.begin(), middle, less);
  std::vector<row_place> out;
  out.reserve(n);
  for (std::size_t i = 0; i < n; ++i) out.push_back(entries_[i].place);
  return out;
}

}  // namespace oriel::detail

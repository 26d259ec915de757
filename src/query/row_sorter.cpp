// SPDX-License-Identifier: Apache-2.0
// src/query/row_sorter.cpp - ORDER BY.
#include <query/row_sorter.hpp>

#include <algorithm>
#include <utility>

#include <oriel/core/error.hpp>
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

row_sorter::part row_sorter::make_part(const sort_key& key, const column_vector& v, std::size_t row) {
  if (v.is_null(row)) return {0, static_cast<std::uint8_t>(key.nulls_first ? 0 : 2), {}};
  part p;
  switch (v.type) {
    case column_type::boolean: p.bits = v.booleans()[row] != 0 ? 1 : 0; break;
    case column_type::int64:
    case column_type::time: p.bits = ordered_bits(v.int64s()[row]); break;
    case column_type::float64: p.bits = ordered_bits(v.float64s()[row]); break;
    case column_type::string:
      p.text = v.text(row);
      p.bits = prefix_of(p.text);
      break;
    default: break;
  }
  p.bits = number_of(key, p.bits);
  return p;
}

// The keys from `first` on.
int row_sorter::compare_parts(std::size_t first, const part* a, const part* b) const noexcept {
  for (std::size_t k = first; k < keys_.size(); ++k) {
    if (a[k].null_class != b[k].null_class) return a[k].null_class < b[k].null_class ? -1 : 1;
    if (a[k].bits != b[k].bits) return a[k].bits < b[k].bits ? -1 : 1;
    const int order = a[k].text.compare(b[k].text);
    if (order != 0) return keys_[k].descending ? -order : order;
  }
  return 0;
}

bool row_sorter::comes_before(const entry& a, const entry& b) const noexcept {
  if (a.null_class != b.null_class) return a.null_class < b.null_class;
  if (a.bits != b.bits) return a.bits < b.bits;
  if (has_parts_) {
    const int order = compare_parts(0, &parts_[a.parts], &parts_[b.parts]);
    if (order != 0) return order < 0;
  }
  return a.place < b.place;
}

bool row_sorter::passes_bar(const part& first, std::span<const column_vector> values, std::size_t row,
                            row_place place) const {
  if (first.null_class != bar_->null_class) return first.null_class < bar_->null_class;
  if (first.bits != bar_->bits) return first.bits < bar_->bits;
  for (std::size_t k = 0; has_parts_ && k < keys_.size(); ++k) {
    const part p = make_part(keys_[k], values[k], row);
    const part& other = bar_parts_[k];
    if (p.null_class != other.null_class) return p.null_class < other.null_class;
    if (p.bits != other.bits) return p.bits < other.bits;
    const int order = p.text.compare(other.text);
    if (order != 0) return (order < 0) != keys_[k].descending;
  }
  return place < bar_->place;
}

void row_sorter::add(std::size_t batch, const row_set& rows, std::span<const column_vector> values) {
  if (limit_ == 0) return;
  constexpr std::size_t at_least = 1024;
  const bool limited = limit_ < no_limit / 4;
  has_parts_ = keys_.size() > 1 || values[0].type == column_type::string;
  for_each_selected(rows, [&](std::size_t i) {
    const row_place place{static_cast<std::uint32_t>(batch), static_cast<row_index>(i)};
    const part first = make_part(keys_[0], values[0], i);
    if (bar_ && !passes_bar(first, values, i, place)) return;
    if (parts_.size() + keys_.size() > std::numeric_limits<std::uint32_t>::max()) {
      throw error(error_kind::exhausted, "too many rows to sort; add a LIMIT");
    }
    entries_.push_back({first.bits, static_cast<std::uint32_t>(parts_.size()), place, first.null_class});
    for (std::size_t k = 0; has_parts_ && k < keys_.size(); ++k) {
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
  bar_ = entries_.back();
  if (!has_parts_) return;

  std::vector<part> kept;
  arena texts;
  for (entry& e : entries_) {
    const std::size_t first = kept.size();
    for (std::size_t k = 0; k < keys_.size(); ++k) {
      part p = parts_[e.parts + k];
      p.text = texts.store(p.text);
      kept.push_back(p);
    }
    e.parts = static_cast<std::uint32_t>(first);
  }
  parts_ = std::move(kept);
  texts_ = std::move(texts);
  const auto bar = parts_.begin() + static_cast<std::ptrdiff_t>(entries_.back().parts);
  bar_parts_.assign(bar, bar + static_cast<std::ptrdiff_t>(keys_.size()));
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

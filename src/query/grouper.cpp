// SPDX-License-Identifier: Apache-2.0
// src/query/grouper.cpp - codes and the numbers of groups.
#include <query/grouper.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <type_traits>

#include <oriel/core/int128.hpp>
#include <query/number_table.hpp>

namespace oriel::detail {
namespace {

constexpr std::size_t dense_always = 1U << 12;  // codes below this index an array,
constexpr std::size_t dense_per_row = 4;        // or below so many times the rows there are to read
constexpr std::size_t dense_at_most = 1U << 25;

bool are_runs(std::size_t changes, std::size_t rows) noexcept { return changes * 16 < rows; }

}  // namespace

/// Digits that fit into one code together, the first one changing fastest.
struct grouper::level {
  std::size_t first_digit = 0;
  std::size_t last_digit = 0;     // one behind
  bool continues = false;         // the level before is a digit as well, the first
  std::vector<key_code> strides;  // of the digits
  key_code codes = 1;             // how many there may be; 0: 2 to the 64
  number_table numbers;           // unless dense
};

grouper::grouper(evaluator& values, std::span<const node_id> keys, std::span<const scanned_batch> batches)
    : values_(values) {
  for (const node_id key : keys) digits_.push_back(make_key_digit(values, key, batches));
  std::size_t rows = 0;
  for (const scanned_batch& scanned : batches) rows += values.input().batch_size(scanned.batch);
  make_levels(rows);
}

grouper::~grouper() = default;

void grouper::make_levels(std::size_t rows) {
  if (digits_.empty()) return;
  for (std::size_t d = 0; d < digits_.size();) {
    auto l = std::make_unique<level>();
    l->first_digit = d;
    l->continues = !levels_.empty();
    uint128 product = l->continues ? most_digits : 1;
    constexpr uint128 most = uint128{1} << 64;
    // At least one digit fits behind the level before: each has at most 2 to the 32 values.
    for (; d < digits_.size(); ++d) {
      const uint128 next = product * std::max<key_code>(digits_[d]->radix(), 1);
      if ((next > most || product == most) && d > l->first_digit) break;
      l->strides.push_back(static_cast<key_code>(product));
      product = next;
    }
    l->last_digit = d;
    l->codes = product >= most ? 0 : static_cast<key_code>(product);
    levels_.push_back(std::move(l));
  }
  const key_code codes = levels_.back()->codes;
  const std::size_t limit = std::min(std::max(dense_always, rows * dense_per_row), dense_at_most);
  // A single digit that is numbered as it comes is dense whatever it may grow to.
  const bool few = codes != 0 && codes <= limit;
  is_dense_ = levels_.size() == 1 && (few || (digits_.size() == 1 && digits_[0]->count_so_far()));
  if (is_dense_ && few) dense_.assign(codes, 0);
}

void grouper::encode(const level& l, const row_set& rows, row_codes codes) {
  codes.are_new = !l.continues;
  std::uint64_t same = 0;  // what digits that all rows share add up to
  for (std::size_t d = l.first_digit; d < l.last_digit; ++d) {
    const key_code stride = l.strides[d - l.first_digit];
    if (const auto one = digits_[d]->only_one(values_)) {
      same += *one * stride;
    } else {
      digits_[d]->encode(values_, rows, stride, codes);
      codes.are_new = false;
    }
  }
  const auto add_same = [&](auto* out) {
    using C = std::remove_pointer_t<decltype(out)>;
    if (codes.are_new) {
      std::fill_n(out, rows.count, static_cast<C>(same));
    } else if (same != 0) {
      for (std::size_t k = 0; k < rows.count; ++k) out[k] = static_cast<C>(out[k] + same);
    }
  };
  codes.narrow != nullptr ? add_same(codes.narrow) : add_same(codes.wide);
}

bool grouper::look_up_dense(const std::uint32_t* codes, std::size_t offset, std::size_t count, std::uint32_t* groups) {
  const std::optional<key_code> needed = digits_[0]->count_so_far();
  if (digits_.size() == 1 && needed && *needed > dense_.size()) dense_.resize(*needed, 0);
  std::uint32_t* const entries = dense_.data() + offset;
  std::uint32_t before = 0;
  std::size_t changes = 0;
  for (std::size_t k = 0; k < count; ++k) {
    std::uint32_t& entry = entries[codes[k]];
    if (entry == 0) [[unlikely]] {
      codes_.push_back(codes[k] + offset);
      entry = static_cast<std::uint32_t>(++count_);
    }
    changes += entry != before ? 1 : 0;
    before = entry;
    groups[k] = entry - 1;
  }
  return are_runs(changes, count);
}

bool grouper::assign(const row_set& rows, std::uint32_t* groups) {
  if (digits_.empty()) {
    std::fill_n(groups, rows.count, 0U);
    count_ = 1;
    return true;
  }
  if (is_dense_) {
    if (digits_.size() == 1) {
      const std::uint32_t* const codes = digits_[0]->in_place(values_, rows);
      if (codes != nullptr) return look_up_dense(codes, digits_[0]->null_digits(), rows.count, groups);
    }
    std::array<std::uint32_t, vector_rows> codes;
    encode(*levels_[0], rows, {nullptr, codes.data()});
    return look_up_dense(codes.data(), 0, rows.count, groups);
  }
  std::array<std::uint64_t, vector_rows> codes;
  for (const auto& l : levels_) {
    encode(*l, rows, {codes.data(), nullptr});
    l->numbers.intern(codes.data(), rows.count, groups);
    for (std::size_t k = 0; k < rows.count; ++k) codes[k] = groups[k];
  }
  count_ = levels_.back()->numbers.size();
  std::size_t changes = 0;
  for (std::size_t k = 1; k < rows.count; ++k) changes += groups[k] != groups[k - 1] ? 1 : 0;
  return are_runs(changes, rows.count);
}

std::size_t grouper::bytes() const noexcept {
  std::size_t out = dense_.size() * sizeof(std::uint32_t);
  for (const auto& d : digits_) out += d->bytes();
  return out;
}

std::vector<column_data> grouper::key_columns() const {
  std::vector<column_data> out;
  for (const auto& d : digits_) out.push_back(d->column());
  for (std::size_t group = 0; group < count_ && !digits_.empty(); ++group) {
    key_code c = !is_dense_ ? levels_.back()->numbers[static_cast<std::uint32_t>(group)] : codes_[group];
    for (std::size_t at = levels_.size(); at-- > 0;) {
      const level& l = *levels_[at];
      for (std::size_t d = l.last_digit; d-- > l.first_digit;) {
        const key_code stride = l.strides[d - l.first_digit];
        digits_[d]->decode(c / stride, out[d]);
        c %= stride;
      }
      if (l.continues) c = levels_[at - 1]->numbers[static_cast<std::uint32_t>(c)];
    }
  }
  return out;
}

}  // namespace oriel::detail

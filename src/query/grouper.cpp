// SPDX-License-Identifier: Apache-2.0
// src/query/grouper.cpp - codes and the numbers of groups.
#include <query/grouper.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <type_traits>

#include <oriel/core/int128.hpp>
#include <query/number_dictionary.hpp>

namespace oriel::detail {
namespace {

constexpr std::size_t dense_always = 1U << 12;  // codes below this index an array,
constexpr std::size_t dense_per_row = 4;        // or below so many times the rows there are to read
constexpr std::size_t dense_at_most = 1U << 25;

/// Whether numbers are mostly the one before.
template <typename Number>
bool are_runs(const Number* numbers, std::size_t count) noexcept {
  std::uint32_t changes = 0;
  for (std::size_t k = 1; k < count; ++k) changes += numbers[k] != numbers[k - 1] ? 1 : 0;
  return changes * 16 < count;
}

/// Calls `body(number, end)` for each run.
template <typename Number, typename Body>
void for_each_run(const Number* numbers, std::size_t count, Body body) {
  for (std::size_t k = 1; k <= count; ++k) {
    if (k == count || numbers[k] != numbers[k - 1]) body(numbers[k - 1], static_cast<std::uint32_t>(k));
  }
}

}  // namespace

/// Digits that fit into one code together, the first one changing fastest.
struct grouper::level {
  std::size_t first_digit = 0;
  std::size_t last_digit = 0;     // one behind
  bool continues = false;         // the level before is a digit as well, the first
  std::vector<key_code> strides;  // of the digits
  key_code codes = 1;             // how many there may be; 0: 2 to the 64
  number_dictionary numbers;           // unless dense
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
      // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): codes are narrow or wide, and `out` is those they are
      for (std::size_t k = 0; k < rows.count; ++k) out[k] = static_cast<C>(out[k] + same);
    }
  };
  codes.narrow != nullptr ? add_same(codes.narrow) : add_same(codes.wide);
}

// The batch as code_runs_, without reading all of it.
bool grouper::search_runs(const row_set& rows) {
  if (!rows.all() || levels_.size() != 1) return false;
  key_code same = 0;  // as in `encode`
  key_code stride_of_runs = 0;
  code_runs_.assign(1, {0, static_cast<std::uint32_t>(rows.count)});
  for (std::size_t d = 0; d < digits_.size(); ++d) {
    const key_code stride = levels_[0]->strides[d];
    if (const auto one = digits_[d]->only_one(values_)) {
      same += *one * stride;
    } else if (stride_of_runs == 0 && digits_[d]->find_runs(values_, code_runs_)) {
      stride_of_runs = stride;
    } else {
      return false;
    }
  }
  for (code_run& run : code_runs_) run.code = run.code * stride_of_runs + same;
  return true;
}

std::uint32_t grouper::look_up_dense(key_code code) {
  std::uint32_t& entry = dense_[code];
  if (entry == 0) [[unlikely]] {
    codes_.push_back(code);
    entry = static_cast<std::uint32_t>(++count_);
  }
  return entry - 1;
}

// The group of a code, whatever finds it.
std::uint32_t grouper::look_up(key_code code) {
  if (is_dense_) return look_up_dense(code);
  std::uint32_t group = 0;
  levels_[0]->numbers.intern(&code, 1, &group);
  count_ = levels_[0]->numbers.size();
  return group;
}

// Groups for code_runs_.
void grouper::assign_runs(std::uint32_t* groups) {
  std::uint32_t first = 0;
  for (const code_run& run : code_runs_) {
    const std::uint32_t group = look_up(run.code);
    std::fill(groups + first, groups + run.end, group);
    runs_.push_back({group, run.end});
    first = run.end;
  }
}

// Where most keys have one value in the batch, as times have, and the others make few codes: those index an array that
// is good for the batch. False, and nothing done, where that is not so.
bool grouper::assign_few(const row_set& rows, std::uint32_t* groups) {
  if (levels_.size() != 1) return false;
  constexpr key_code most_codes = 256;
  key_code same = 0;  // as in `encode`
  key_code few = 1;
  std::vector<std::size_t> others;
  for (std::size_t d = 0; d < digits_.size(); ++d) {
    if (const auto one = digits_[d]->only_one(values_)) {
      same += *one * levels_[0]->strides[d];
      continue;
    }
    if (digits_[d]->radix() > most_codes / few) return false;
    few *= digits_[d]->radix();
    others.push_back(d);
  }
  std::array<std::uint32_t, vector_rows> codes;
  row_codes into{nullptr, codes.data()};
  key_code stride = 1;
  for (const std::size_t d : others) {
    digits_[d]->encode(values_, rows, stride, into);
    into.are_new = false;
    stride *= digits_[d]->radix();
  }
  std::array<std::uint32_t, most_codes> group_of{};  // and one
  for (std::size_t k = 0; k < rows.count; ++k) {
    std::uint32_t& entry = group_of[codes[k]];
    if (entry == 0) [[unlikely]] {
      key_code code = same;
      key_code rest = codes[k];
      for (const std::size_t d : others) {
        code += rest % digits_[d]->radix() * levels_[0]->strides[d];
        rest /= digits_[d]->radix();
      }
      entry = look_up(code) + 1;
    }
    groups[k] = entry - 1;
  }
  return true;
}

void grouper::assign_dense(const row_set& rows, std::uint32_t* groups) {
  std::array<std::uint32_t, vector_rows> made;
  const std::uint32_t* codes = digits_.size() == 1 ? digits_[0]->in_place(values_, rows) : nullptr;
  const key_code offset = codes != nullptr ? digits_[0]->null_digits() : 0;
  if (codes == nullptr) {
    encode(*levels_[0], rows, {nullptr, made.data()});
    codes = made.data();
  }
  const std::optional<key_code> needed = digits_[0]->count_so_far();
  if (digits_.size() == 1 && needed && *needed > dense_.size()) dense_.resize(*needed, 0);
  const std::uint32_t* const entries = dense_.data() + offset;
  const auto group_of = [&](std::uint32_t code) {
    const std::uint32_t entry = entries[code];
    return entry != 0 ? entry - 1 : look_up_dense(code + offset);
  };
  if (codes != made.data() && !rows.all()) {  // they are those of the whole batch
    for (std::size_t k = 0; k < rows.count; ++k) groups[k] = group_of(codes[rows.index[k]]);
  } else if (are_runs(codes, rows.count)) {
    code_runs_.clear();
    const auto add = [&](key_code code, std::uint32_t end) { code_runs_.push_back({code + offset, end}); };
    for_each_run(codes, rows.count, add);
    assign_runs(groups);
  } else {
    for (std::size_t k = 0; k < rows.count; ++k) groups[k] = group_of(codes[k]);
  }
}

std::span<const row_run> grouper::assign(const row_set& rows, std::uint32_t* groups) {
  runs_.clear();
  if (search_runs(rows)) {
    assign_runs(groups);
    return runs_;
  }
  if (is_dense_) {
    assign_dense(rows, groups);
    return runs_;
  }
  if (assign_few(rows, groups)) return runs_;
  std::array<std::uint64_t, vector_rows> codes;
  for (const auto& l : levels_) {
    encode(*l, rows, {codes.data(), nullptr});
    l->numbers.intern(codes.data(), rows.count, groups);
    for (std::size_t k = 0; k < rows.count; ++k) codes[k] = groups[k];
  }
  count_ = levels_.back()->numbers.size();
  if (are_runs(groups, rows.count)) {
    for_each_run(groups, rows.count, [&](std::uint32_t group, std::uint32_t end) { runs_.push_back({group, end}); });
  }
  return runs_;
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

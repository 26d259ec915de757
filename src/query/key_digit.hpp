// SPDX-License-Identifier: Apache-2.0
// src/query/key_digit.hpp - one key of the rows to be grouped, as a small integer.
//
// What kind of digit a key has is decided when a query begins: the id of a string in its
// dictionary, the distance from the least number of a column, the number of the minute a time
// lies in; and where there is none of these, numbers given out as values come (query/grouper.hpp
// says what is made of them).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include <query/evaluator.hpp>
#include <query/number_dictionary.hpp>
#include <query/prune.hpp>

namespace oriel::detail {

/// Digits of a row, put together.
using key_code = std::uint64_t;

constexpr key_code most_digits = number_dictionary::most + 1;  // of one key; with null they are 2 to the 32

/// Codes of the rows of a batch, of as many bits as they need.
struct row_codes {
  std::uint64_t* wide = nullptr;    ///< one of the two is there
  std::uint32_t* narrow = nullptr;  ///< when they index an array
  bool are_new = true;              ///< nothing has been added yet
};

/// Rows of a batch that follow each other and have the same code; they end in front of row `end`.
struct code_run {
  key_code code = 0;
  std::uint32_t end = 0;
};

/// One key of the rows, as a small integer.
class key_digit {
 public:
  key_digit(node_id key, column_type type, key_code values, bool nullable)
      : key_(key), type_(type), values_(values), shift_(nullable ? 1 : 0) {}
  key_digit(const key_digit&) = delete;
  key_digit& operator=(const key_digit&) = delete;
  virtual ~key_digit() = default;

  /// Digits are below this.
  key_code radix() const noexcept { return values_ + shift_; }

  /// For digits that are numbered as they come: how many there are so far.
  virtual std::optional<key_code> count_so_far() const noexcept { return std::nullopt; }

  /// Adds `stride` times the digit of each row to its code.
  virtual void encode(evaluator& values, const row_set& rows, key_code stride, const row_codes& codes) = 0;

  /// The digits of all rows of the batch where they lie in memory already, but for `null_digits()`; or nullptr.
  virtual const std::uint32_t* in_place(evaluator& /*values*/, const row_set& /*rows*/) { return nullptr; }

  /// The digit of every row of the batch, if its bounds say that there is only one.
  virtual std::optional<key_code> only_one(const evaluator& /*values*/) const { return std::nullopt; }

  /// The digits of all rows of the batch as a few runs, if its bounds say that the column ascends: it is searched for
  /// where they end, and the rest is not read. False, and nothing said, if there is no such way.
  virtual bool find_runs(const evaluator& /*values*/, std::vector<code_run>& /*runs*/) const { return false; }

  /// By how much null moves the other digits.
  key_code null_digits() const noexcept { return shift_; }

  /// The bytes of memory that grow with the values, but for a fixed part per group.
  virtual std::size_t bytes() const noexcept { return 0; }

  /// An empty column for the values of the key.
  virtual column_data column() const { return column_data(type_); }

  /// Puts the value a digit stands for into the column.
  void decode(key_code value, column_data& out) const {
    if (value < shift_) {
      out.push_null();
    } else {
      push(value - shift_, out);
    }
  }

 protected:
  virtual void push(key_code value, column_data& out) const = 0;

  // Adds the digits that `of(i)` gives for rows that are not null.
  template <typename Of>
  void add(const row_set& rows, const std::uint64_t* validity, key_code stride, const row_codes& codes, Of of) const {
    const key_code shift = shift_ * stride;
    if (validity == nullptr || shift_ == 0) {
      add_codes(rows, codes, [&](std::size_t i) { return of(i) * stride + shift; });
    } else {
      add_codes(rows, codes, [&](std::size_t i) { return bit_at(validity, i) ? of(i) * stride + shift : 0; });
    }
  }

  // Adds what `of(i)` gives.
  template <typename Of>
  static void add_codes(const row_set& rows, const row_codes& codes, Of of) {
    const auto write = [&](auto* out) {
      using C = std::remove_pointer_t<decltype(out)>;
      std::size_t k = 0;
      if (codes.are_new) {
        for_each_selected(rows, [&](std::size_t i) { out[k++] = static_cast<C>(of(i)); });
      } else {
        for_each_selected(rows, [&](std::size_t i) { out[k] = static_cast<C>(out[k] + of(i)), ++k; });
      }
    };
    codes.narrow != nullptr ? write(codes.narrow) : write(codes.wide);
  }

  node_id key_;
  column_type type_;
  key_code values_;
  key_code shift_;  // 1 if null is the digit 0
};

/// The digit of a key over the rows of `batches`. Requires: `values` outlives it.
std::unique_ptr<key_digit> make_key_digit(evaluator& values, node_id key, std::span<const scanned_batch> batches);

}  // namespace oriel::detail

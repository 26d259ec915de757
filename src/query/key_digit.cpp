// SPDX-License-Identifier: Apache-2.0
// src/query/key_digit.cpp - the kinds of digits.
#include <query/key_digit.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <query/total_order.hpp>

namespace oriel::detail {
namespace {

/// Strings of a dictionary: the id.
class id_digit final : public key_digit {
 public:
  id_digit(node_id key, const text_dictionary& dictionary, bool nullable)
      : key_digit(key, column_type::string, dictionary.size(), nullable), dictionary_(dictionary) {}

  void encode(evaluator& values, const row_set& rows, key_code stride, const row_codes& codes) override {
    const column_vector v = values.evaluate(key_, rows);
    const std::uint32_t* const ids = v.ids();
    add(rows, v.validity, stride, codes, [&](std::size_t i) { return key_code{ids[i]}; });
  }
  const std::uint32_t* in_place(evaluator& values, const row_set& rows) override {
    const column_vector v = values.evaluate(key_, rows);
    return v.validity == nullptr || shift_ == 0 ? v.ids() : nullptr;
  }
  column_data column() const override { return column_data(type_, &dictionary_); }

 private:
  void push(key_code value, column_data& out) const override { out.push_id(static_cast<std::uint32_t>(value)); }

  const text_dictionary& dictionary_;
};

class boolean_digit final : public key_digit {
 public:
  boolean_digit(node_id key, bool nullable) : key_digit(key, column_type::boolean, 2, nullable) {}

  void encode(evaluator& values, const row_set& rows, key_code stride, const row_codes& codes) override {
    const column_vector v = values.evaluate(key_, rows);
    const std::uint8_t* const truth = v.booleans();
    add(rows, v.validity, stride, codes, [&](std::size_t i) { return key_code{truth[i] != 0}; });
  }

 private:
  void push(key_code value, column_data& out) const override { out.push_boolean(value != 0); }
};

/// The bounds of a column of a batch that has no nulls, if they are known.
std::optional<int64_range> bounds_of(const evaluator& values, node_id column) {
  const std::size_t number = values.expressions()[column].column;
  const zone z = values.input().bounds(values.batch(), number);
  if (!z.bounded || values.input().column(values.batch(), number).validity != nullptr) return std::nullopt;
  return int64_range{z.min_int64, z.max_int64};
}

/// The runs of a batch in which a LONG or TIMESTAMP column ascends, `digit_of` keeping the order.
template <typename Digit>
bool search_runs(const evaluator& values, node_id column, Digit digit_of, std::vector<code_run>& runs) {
  constexpr std::size_t most_runs = 16;  // more are found faster by reading them
  const std::size_t number = values.expressions()[column].column;
  const std::size_t size = values.input().batch_size(values.batch());
  if (!values.input().bounds(values.batch(), number).ascending) return false;
  const std::int64_t* const in = values.input().column(values.batch(), number).int64s();
  if (digit_of(in[0]) != digit_of(in[size / (2 * most_runs)])) return false;
  runs.clear();
  for (const std::int64_t *first = in, *const end = in + size; first != end && runs.size() <= most_runs;) {
    const key_code digit = digit_of(*first);
    first = std::partition_point(first, end, [&](std::int64_t value) { return digit_of(value) == digit; });
    runs.push_back({digit, static_cast<std::uint32_t>(first - in)});
  }
  return runs.size() <= most_runs;
}

/// Integers and times of a column with known bounds: the distance from the least one.
class range_digit final : public key_digit {
 public:
  range_digit(node_id key, column_type type, int64_range range, bool nullable)
      : key_digit(key, type, static_cast<key_code>(range.greatest) - static_cast<key_code>(range.least) + 1, nullable),
        least_(range.least) {}

  void encode(evaluator& values, const row_set& rows, key_code stride, const row_codes& codes) override {
    const column_vector v = values.evaluate(key_, rows);
    const std::int64_t* const in = v.int64s();
    const key_code least = static_cast<key_code>(least_);
    add(rows, v.validity, stride, codes, [&](std::size_t i) { return static_cast<key_code>(in[i]) - least; });
  }
  std::optional<key_code> only_one(const evaluator& values) const override {
    const auto bounds = bounds_of(values, key_);
    if (!bounds || bounds->least != bounds->greatest) return std::nullopt;
    return digit_of(bounds->least);
  }
  bool find_runs(const evaluator& values, std::vector<code_run>& runs) const override {
    return search_runs(values, key_, [this](std::int64_t value) { return digit_of(value); }, runs);
  }

 private:
  key_code digit_of(std::int64_t value) const noexcept {
    return static_cast<key_code>(value) - static_cast<key_code>(least_) + shift_;
  }
  void push(key_code value, column_data& out) const override {
    out.push_int64(static_cast<std::int64_t>(value + static_cast<key_code>(least_)));
  }

  std::int64_t least_;
};

/// Times of a column with known bounds, truncated: the number of units since the first. The truncated time itself is
/// never made.
class truncated_digit final : public key_digit {
 public:
  truncated_digit(node_id key, node_id column, time_unit unit, std::int64_t first, key_code units, bool nullable)
      : key_digit(key, column_type::time, units, nullable), column_(column), unit_(unit), first_(first) {}

  void encode(evaluator& values, const row_set& rows, key_code stride, const row_codes& codes) override {
    switch (unit_) {
      case time_unit::second: return encode_unit<time_unit::second>(values, rows, stride, codes);
      case time_unit::minute: return encode_unit<time_unit::minute>(values, rows, stride, codes);
      case time_unit::hour: return encode_unit<time_unit::hour>(values, rows, stride, codes);
      case time_unit::day: return encode_unit<time_unit::day>(values, rows, stride, codes);
      case time_unit::week: return encode_unit<time_unit::week>(values, rows, stride, codes);
      default: return encode_unit<time_unit::millisecond>(values, rows, stride, codes);
    }
  }
  std::optional<key_code> only_one(const evaluator& values) const override {
    const auto bounds = bounds_of(values, column_);
    if (!bounds) return std::nullopt;
    if (digit_of(bounds->least) != digit_of(bounds->greatest)) return std::nullopt;
    return digit_of(bounds->least);
  }
  bool find_runs(const evaluator& values, std::vector<code_run>& runs) const override {
    return search_runs(values, column_, [this](std::int64_t ms) { return digit_of(ms); }, runs);
  }

 private:
  key_code digit_of(std::int64_t ms) const noexcept {
    // NOLINTNEXTLINE(clang-analyzer-core.DivideZero): a unit of no fixed length has no such digit
    return static_cast<key_code>(ms - first_) / static_cast<key_code>(fixed_length_of(unit_)) + shift_;
  }

  // The length is a constant of the code, so that dividing is multiplying; nothing is negative.
  template <time_unit Unit>
  void encode_unit(evaluator& values, const row_set& rows, key_code stride, const row_codes& codes) {
    const column_vector v = values.evaluate(column_, rows);
    const std::int64_t* const in = v.int64s();
    const key_code first = static_cast<key_code>(first_);
    constexpr key_code length = static_cast<key_code>(fixed_length_of(Unit));
    add(rows, v.validity, stride, codes, [&](std::size_t i) { return (static_cast<key_code>(in[i]) - first) / length; });
  }

  void push(key_code value, column_data& out) const override {
    out.push_int64(first_ + static_cast<std::int64_t>(value) * fixed_length_of(unit_));
  }

  node_id column_;
  time_unit unit_;
  std::int64_t first_;
};

/// Any numbers: numbered as they come.
class number_digit final : public key_digit {
 public:
  number_digit(node_id key, column_type type, bool nullable) : key_digit(key, type, most_digits, nullable) {}

  std::optional<key_code> count_so_far() const noexcept override { return table_.size() + shift_; }

  void encode(evaluator& values, const row_set& rows, key_code stride, const row_codes& codes) override {
    const column_vector v = values.evaluate(key_, rows);
    std::size_t n = 0;
    const auto collect = [&](const auto* in) {
      for_each_selected(rows, [&](std::size_t i) {
        bits_[n] = ordered_bits(in[i]);
        places_[n] = static_cast<row_index>(i);
        n += v.is_null(i) ? 0 : 1;
      });
    };
    type_ == column_type::float64 ? collect(v.float64s()) : collect(v.int64s());
    table_.intern(bits_.data(), n, ids_.data());
    for (std::size_t j = n; j-- > 0;) id_at_[places_[j]] = ids_[j];
    add(rows, v.validity, stride, codes, [&](std::size_t i) { return key_code{id_at_[i]}; });
  }

 private:
  void push(key_code value, column_data& out) const override {
    const std::uint64_t bits = table_[static_cast<std::uint32_t>(value)];
    if (type_ == column_type::float64) {
      out.push_float64(float64_of_ordered_bits(bits));
    } else {
      out.push_int64(int64_of_ordered_bits(bits));
    }
  }

  number_dictionary table_;
  std::array<std::uint64_t, vector_rows> bits_{};
  std::array<std::uint32_t, vector_rows> ids_{};
  std::array<row_index, vector_rows> places_{};  // of rows that are not null
  std::array<std::uint32_t, vector_rows> id_at_{};
};

/// Strings that are in no dictionary: put into one.
///
/// A string made of two columns with dictionaries, such as a first and a last name, is made once for each pair of ids
/// that occurs, as long as there are not too many; one made of a number, such as a minute as text, once for each.
class text_digit final : public key_digit {
 public:
  text_digit(node_id key, bool nullable, evaluator& values) : key_digit(key, column_type::string, most_digits, nullable) {
    const program& nodes = values.expressions();
    std::vector<node_id> columns;
    if (nodes[key].fallible) return;
    number_ = find_number(nodes, key);
    if (number_ || !find_columns(nodes, key, columns) || columns.size() != 2) return;
    const text_dictionary* const first = values.dictionary(columns[0]);
    const text_dictionary* const second = values.dictionary(columns[1]);
    if (first == nullptr || second == nullptr) return;
    constexpr std::size_t most_pairs = 1U << 20;
    if (first->size() >= most_pairs || (first->size() + 1) * (second->size() + 1) > most_pairs) return;
    columns_ = std::move(columns);
    null_of_first_ = first->size();
    null_of_second_ = second->size();
    digit_of_.resize((null_of_first_ + 1) * (null_of_second_ + 1));
  }

  std::optional<key_code> count_so_far() const noexcept override { return dictionary_.size() + shift_; }

  void encode(evaluator& values, const row_set& rows, key_code stride, const row_codes& codes) override {
    if (number_ || !columns_.empty()) {
      number_ ? find_numbers(values, rows) : find_pairs(values, rows);
      make_new(values);
      return add_codes(rows, codes, [&](std::size_t i) { return key_code{digit_of_[place_[i]] - 1} * stride; });
    }
    const column_vector v = values.evaluate(key_, rows);
    add(rows, v.validity, stride, codes, [&](std::size_t i) { return key_code{dictionary_.intern(v.text(i))}; });
  }
  std::size_t bytes() const noexcept override {
    return dictionary_.bytes() + digit_of_.size() * sizeof(std::uint32_t) + numbers_.size() * 40;
  }
  column_data column() const override { return column_data(type_, &dictionary_); }

 private:
  // The string columns it is made of; whether there are no others.
  static bool find_columns(const program& nodes, node_id id, std::vector<node_id>& out) {
    const plan_node& node = nodes[id];
    if (node.op == opcode::column) {
      if (std::find(out.begin(), out.end(), id) == out.end()) out.push_back(id);
      return node.type == column_type::string;
    }
    return std::all_of(node.operands.begin(), node.operands.end(),
                       [&](node_id operand) { return find_columns(nodes, operand, out); });
  }

  // The LONG or TIMESTAMP that is all it is made of, the one nearest to it.
  static std::optional<node_id> find_number(const program& nodes, node_id id) {
    const plan_node& node = nodes[id];
    if (node.type == column_type::int64 || node.type == column_type::time) return id;
    std::optional<node_id> only;
    for (const node_id operand : node.operands) {
      if (nodes[operand].op == opcode::constant || operand == only) continue;
      if (only) return std::nullopt;
      only = operand;
    }
    return only ? find_number(nodes, *only) : std::nullopt;
  }

  // Puts into place_[i] where the digit of row i is kept, and into new_ the rows where there is none yet.
  void find_pairs(evaluator& values, const row_set& rows) {
    const column_vector first = values.evaluate(columns_[0], rows);
    const column_vector second = values.evaluate(columns_[1], rows);
    find(rows, [&](std::size_t i) {
      const std::size_t a = first.is_null(i) ? null_of_first_ : first.ids()[i];
      const std::size_t b = second.is_null(i) ? null_of_second_ : second.ids()[i];
      return static_cast<std::uint32_t>(a * (null_of_second_ + 1) + b);
    });
  }
  void find_numbers(evaluator& values, const row_set& rows) {
    const column_vector v = values.evaluate(*number_, rows);
    std::size_t n = 0;
    for_each_selected(rows, [&](std::size_t i) { bits_[n++] = v.is_null(i) ? 0 : ordered_bits(v.int64s()[i]); });
    numbers_.intern(bits_.data(), n, ids_.data());
    digit_of_.resize(numbers_.size() + 1);
    n = 0;
    find(rows, [&](std::size_t i) {
      const std::uint32_t id = ids_[n++];
      return v.is_null(i) ? 0 : id + 1;
    });
  }
  template <typename Place>
  void find(const row_set& rows, Place place) {
    new_.count = 0;
    for_each_selected(rows, [&](std::size_t i) {
      place_[i] = place(i);
      new_.index[new_.count] = static_cast<row_index>(i);
      new_.count += digit_of_[place_[i]] == 0 ? 1 : 0;
    });
  }

  void make_new(evaluator& values) {
    if (new_.count == 0) return;
    const row_set rows = values.select(new_);
    const column_vector v = values.evaluate(key_, rows);
    for_each_selected(rows, [&](std::size_t i) {
      const key_code of_text = v.is_null(i) ? 0 : dictionary_.intern(v.text(i)) + shift_;
      digit_of_[place_[i]] = static_cast<std::uint32_t>(of_text + 1);
    });
  }

  void push(key_code value, column_data& out) const override { out.push_id(static_cast<std::uint32_t>(value)); }

  text_dictionary dictionary_;
  std::vector<std::uint32_t> digit_of_;  // and one, by place; 0 if there is none yet
  std::array<std::uint32_t, vector_rows> place_{};
  selection new_;

  std::vector<node_id> columns_;  // two, or none
  std::size_t null_of_first_ = 0;
  std::size_t null_of_second_ = 0;

  std::optional<node_id> number_;
  number_dictionary numbers_;
  std::array<std::uint64_t, vector_rows> bits_{};
  std::array<std::uint32_t, vector_rows> ids_{};
};

}  // namespace

std::unique_ptr<key_digit> make_key_digit(evaluator& values, node_id key, std::span<const scanned_batch> batches) {
  const program& nodes = values.expressions();
  const plan_node& node = nodes[key];
  if (node.type == column_type::boolean) return std::make_unique<boolean_digit>(key, node.nullable);
  if (node.type == column_type::string) {
    const text_dictionary* const dictionary = values.dictionary(key);
    if (dictionary != nullptr) return std::make_unique<id_digit>(key, *dictionary, node.nullable);
    return std::make_unique<text_digit>(key, node.nullable, values);
  }
  if (node.op == opcode::column && node.type != column_type::float64) {
    const auto range = range_of(values.input(), node.column, batches);
    if (range && static_cast<key_code>(range->greatest) - static_cast<key_code>(range->least) < most_digits - 1) {
      return std::make_unique<range_digit>(key, node.type, *range, node.nullable);
    }
  }
  if (node.op == opcode::truncate && node.type == column_type::time && fixed_length_of(node.unit) != 0) {
    const plan_node& column = nodes[node.operands[0]];
    const auto range = column.op == opcode::column ? range_of(values.input(), column.column, batches) : std::nullopt;
    const auto first = range ? truncate(range->least, node.unit) : std::nullopt;
    const auto last = range ? truncate(range->greatest, node.unit) : std::nullopt;
    if (first && last) {
      const key_code units =
          (static_cast<key_code>(*last) - static_cast<key_code>(*first)) / static_cast<key_code>(fixed_length_of(node.unit)) + 1;
      if (units <= most_digits) {
        return std::make_unique<truncated_digit>(key, node.operands[0], node.unit, *first, units, node.nullable);
      }
    }
  }
  return std::make_unique<number_digit>(key, node.type, node.nullable);
}

}  // namespace oriel::detail

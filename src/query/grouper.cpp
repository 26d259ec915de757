// SPDX-License-Identifier: Apache-2.0
// src/query/grouper.cpp - digits, codes and the numbers of groups.
#include <query/grouper.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <type_traits>

#include <oriel/core/int128.hpp>
#include <query/number_table.hpp>
#include <query/total_order.hpp>

namespace oriel::detail {
namespace {

using code = std::uint64_t;

constexpr code most_digits = number_table::most + 1;  // of one digit; with null they are 2 to the 32
constexpr std::size_t dense_always = 1U << 12;        // codes below this index an array,
constexpr std::size_t dense_per_row = 4;              // or below so many times the rows there are to read
constexpr std::size_t dense_at_most = 1U << 25;

bool are_runs(std::size_t changes, std::size_t rows) noexcept { return changes * 16 < rows; }

}  // namespace

/// Codes of the rows of a batch, of as many bits as they need.
struct grouper::row_codes {
  std::uint64_t* wide = nullptr;    ///< one of the two is there
  std::uint32_t* narrow = nullptr;  ///< when they index an array
  bool are_new = true;              ///< nothing has been added yet
};

/// One key of the rows, as a small integer.
class grouper::digit {
 public:
  digit(node_id key, column_type type, code values, bool nullable)
      : key_(key), type_(type), values_(values), shift_(nullable ? 1 : 0) {}
  digit(const digit&) = delete;
  digit& operator=(const digit&) = delete;
  virtual ~digit() = default;

  /// Digits are below this.
  code radix() const noexcept { return values_ + shift_; }

  /// For digits that are numbered as they come: how many there are so far.
  virtual std::optional<code> count_so_far() const noexcept { return std::nullopt; }

  /// Adds `stride` times the digit of each row to its code.
  virtual void encode(evaluator& values, const row_set& rows, code stride, const row_codes& codes) = 0;

  /// The digits of all rows of a batch where they lie in memory already, but for `null_digits()`; or nullptr.
  virtual const std::uint32_t* in_place(evaluator& /*values*/, const row_set& /*rows*/) { return nullptr; }

  /// The digit of every row of the batch, if its bounds say that there is only one.
  virtual std::optional<code> only_one(const evaluator& /*values*/) const { return std::nullopt; }

  /// By how much null moves the other digits.
  code null_digits() const noexcept { return shift_; }

  /// The bytes of memory that grow with the values, but for a fixed part per group.
  virtual std::size_t bytes() const noexcept { return 0; }

  /// An empty column for the values of the key.
  virtual column_data column() const { return column_data(type_); }

  /// Puts the value a digit stands for into the column.
  void decode(code value, column_data& out) const {
    if (value < shift_) {
      out.push_null();
    } else {
      push(value - shift_, out);
    }
  }

 protected:
  virtual void push(code value, column_data& out) const = 0;

  // Adds the digits that `of(i)` gives for rows that are not null.
  template <typename Of>
  void add(const row_set& rows, const std::uint64_t* validity, code stride, const row_codes& codes, Of of) const {
    const code shift = shift_ * stride;
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
  code values_;
  code shift_;  // 1 if null is the digit 0
};

/// Strings of a dictionary: the id.
class grouper::id_digit final : public digit {
 public:
  id_digit(node_id key, const text_dictionary& dictionary, bool nullable)
      : digit(key, column_type::string, dictionary.size(), nullable), dictionary_(dictionary) {}

  void encode(evaluator& values, const row_set& rows, code stride, const row_codes& codes) override {
    const column_vector v = values.evaluate(key_, rows);
    const std::uint32_t* const ids = v.ids();
    add(rows, v.validity, stride, codes, [&](std::size_t i) { return code{ids[i]}; });
  }
  const std::uint32_t* in_place(evaluator& values, const row_set& rows) override {
    const column_vector v = values.evaluate(key_, rows);
    return rows.all() && (v.validity == nullptr || shift_ == 0) ? v.ids() : nullptr;
  }
  column_data column() const override { return column_data(type_, &dictionary_); }

 private:
  void push(code value, column_data& out) const override { out.push_id(static_cast<std::uint32_t>(value)); }

  const text_dictionary& dictionary_;
};

class grouper::boolean_digit final : public digit {
 public:
  boolean_digit(node_id key, bool nullable) : digit(key, column_type::boolean, 2, nullable) {}

  void encode(evaluator& values, const row_set& rows, code stride, const row_codes& codes) override {
    const column_vector v = values.evaluate(key_, rows);
    const std::uint8_t* const truth = v.booleans();
    add(rows, v.validity, stride, codes, [&](std::size_t i) { return code{truth[i] != 0}; });
  }

 private:
  void push(code value, column_data& out) const override { out.push_boolean(value != 0); }
};

/// The bounds of a column of a batch that has no nulls, if they are known.
std::optional<int64_range> bounds_of(const evaluator& values, node_id column) {
  const std::size_t number = values.expressions()[column].column;
  const zone z = values.input().bounds(values.batch(), number);
  if (!z.bounded || values.input().column(values.batch(), number).validity != nullptr) return std::nullopt;
  return int64_range{z.min_int64, z.max_int64};
}

/// Integers and times of a column with known bounds: the distance from the least one.
class grouper::range_digit final : public digit {
 public:
  range_digit(node_id key, column_type type, int64_range range, bool nullable)
      : digit(key, type, static_cast<code>(range.greatest) - static_cast<code>(range.least) + 1, nullable),
        least_(range.least) {}

  void encode(evaluator& values, const row_set& rows, code stride, const row_codes& codes) override {
    const column_vector v = values.evaluate(key_, rows);
    const std::int64_t* const in = v.int64s();
    const code least = static_cast<code>(least_);
    add(rows, v.validity, stride, codes, [&](std::size_t i) { return static_cast<code>(in[i]) - least; });
  }
  std::optional<code> only_one(const evaluator& values) const override {
    const auto bounds = bounds_of(values, key_);
    if (!bounds || bounds->least != bounds->greatest) return std::nullopt;
    return static_cast<code>(bounds->least) - static_cast<code>(least_) + shift_;
  }

 private:
  void push(code value, column_data& out) const override {
    out.push_int64(static_cast<std::int64_t>(value + static_cast<code>(least_)));
  }

  std::int64_t least_;
};

/// Times of a column with known bounds, truncated: the number of units since the first. The truncated time itself is
/// never made.
class grouper::truncated_digit final : public digit {
 public:
  truncated_digit(node_id key, node_id column, time_unit unit, std::int64_t first, code units, bool nullable)
      : digit(key, column_type::time, units, nullable), column_(column), unit_(unit), first_(first) {}

  void encode(evaluator& values, const row_set& rows, code stride, const row_codes& codes) override {
    switch (unit_) {
      case time_unit::second: return encode_unit<time_unit::second>(values, rows, stride, codes);
      case time_unit::minute: return encode_unit<time_unit::minute>(values, rows, stride, codes);
      case time_unit::hour: return encode_unit<time_unit::hour>(values, rows, stride, codes);
      case time_unit::day: return encode_unit<time_unit::day>(values, rows, stride, codes);
      case time_unit::week: return encode_unit<time_unit::week>(values, rows, stride, codes);
      default: return encode_unit<time_unit::millisecond>(values, rows, stride, codes);
    }
  }
  std::optional<code> only_one(const evaluator& values) const override {
    const auto bounds = bounds_of(values, column_);
    if (!bounds) return std::nullopt;
    const auto unit_of = [&](std::int64_t ms) {
      return static_cast<code>(ms - first_) / static_cast<code>(fixed_length_of(unit_));
    };
    if (unit_of(bounds->least) != unit_of(bounds->greatest)) return std::nullopt;
    return unit_of(bounds->least) + shift_;
  }

 private:
  // The length is a constant of the code, so that dividing is multiplying; nothing is negative.
  template <time_unit Unit>
  void encode_unit(evaluator& values, const row_set& rows, code stride, const row_codes& codes) {
    const column_vector v = values.evaluate(column_, rows);
    const std::int64_t* const in = v.int64s();
    const code first = static_cast<code>(first_);
    constexpr code length = static_cast<code>(fixed_length_of(Unit));
    add(rows, v.validity, stride, codes, [&](std::size_t i) { return (static_cast<code>(in[i]) - first) / length; });
  }

  void push(code value, column_data& out) const override {
    out.push_int64(first_ + static_cast<std::int64_t>(value) * fixed_length_of(unit_));
  }

  node_id column_;
  time_unit unit_;
  std::int64_t first_;
};

/// Any numbers: numbered as they come.
class grouper::number_digit final : public digit {
 public:
  number_digit(node_id key, column_type type, bool nullable) : digit(key, type, most_digits, nullable) {}

  std::optional<code> count_so_far() const noexcept override { return table_.size() + shift_; }

  void encode(evaluator& values, const row_set& rows, code stride, const row_codes& codes) override {
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
    add(rows, v.validity, stride, codes, [&](std::size_t i) { return code{id_at_[i]}; });
  }

 private:
  void push(code value, column_data& out) const override {
    const std::uint64_t bits = table_[static_cast<std::uint32_t>(value)];
    if (type_ == column_type::float64) {
      out.push_float64(float64_of_ordered_bits(bits));
    } else {
      out.push_int64(int64_of_ordered_bits(bits));
    }
  }

  number_table table_;
  std::array<std::uint64_t, vector_rows> bits_{};
  std::array<std::uint32_t, vector_rows> ids_{};
  std::array<row_index, vector_rows> places_{};  // of rows that are not null
  std::array<std::uint32_t, vector_rows> id_at_{};
};

/// Strings that are in no dictionary: put into one.
///
/// A string made of two columns with dictionaries, such as a first and a last name, is made once for each pair of ids
/// that occurs, as long as there are not too many; one made of a number, such as a minute as text, once for each number.
class grouper::text_digit final : public digit {
 public:
  text_digit(node_id key, bool nullable, evaluator& values) : digit(key, column_type::string, most_digits, nullable) {
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

  std::optional<code> count_so_far() const noexcept override { return dictionary_.size() + shift_; }

  void encode(evaluator& values, const row_set& rows, code stride, const row_codes& codes) override {
    if (number_ || !columns_.empty()) {
      number_ ? find_numbers(values, rows) : find_pairs(values, rows);
      make_new(values);
      return add_codes(rows, codes, [&](std::size_t i) { return code{digit_of_[place_[i]] - 1} * stride; });
    }
    const column_vector v = values.evaluate(key_, rows);
    add(rows, v.validity, stride, codes, [&](std::size_t i) { return code{dictionary_.intern(v.text(i))}; });
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
      const code of_text = v.is_null(i) ? 0 : dictionary_.intern(v.text(i)) + shift_;
      digit_of_[place_[i]] = static_cast<std::uint32_t>(of_text + 1);
    });
  }

  void push(code value, column_data& out) const override { out.push_id(static_cast<std::uint32_t>(value)); }

  text_dictionary dictionary_;
  std::vector<std::uint32_t> digit_of_;  // and one, by place; 0 if there is none yet
  std::array<std::uint32_t, vector_rows> place_{};
  selection new_;

  std::vector<node_id> columns_;  // two, or none
  std::size_t null_of_first_ = 0;
  std::size_t null_of_second_ = 0;

  std::optional<node_id> number_;
  number_table numbers_;
  std::array<std::uint64_t, vector_rows> bits_{};
  std::array<std::uint32_t, vector_rows> ids_{};
};

/// Digits that fit into one code together, the first one changing fastest.
struct grouper::level {
  std::size_t first_digit = 0;
  std::size_t last_digit = 0;  // one behind
  bool continues = false;      // the level before is a digit as well, the first
  std::vector<code> strides;   // of the digits
  code codes = 1;              // how many there may be; 0: 2 to the 64
  number_table numbers;        // unless dense
};

grouper::grouper(evaluator& values, std::span<const node_id> keys, std::span<const scanned_batch> batches)
    : values_(values) {
  for (const node_id key : keys) digits_.push_back(make_digit(key, batches));
  std::size_t rows = 0;
  for (const scanned_batch& scanned : batches) rows += values.input().batch_size(scanned.batch);
  make_levels(rows);
}

grouper::~grouper() = default;

std::unique_ptr<grouper::digit> grouper::make_digit(node_id key, std::span<const scanned_batch> batches) {
  const program& nodes = values_.expressions();
  const plan_node& node = nodes[key];
  if (node.type == column_type::boolean) return std::make_unique<boolean_digit>(key, node.nullable);
  if (node.type == column_type::string) {
    const text_dictionary* const dictionary = values_.dictionary(key);
    if (dictionary != nullptr) return std::make_unique<id_digit>(key, *dictionary, node.nullable);
    return std::make_unique<text_digit>(key, node.nullable, values_);
  }
  if (node.op == opcode::column && node.type != column_type::float64) {
    const auto range = range_of(values_.input(), node.column, batches);
    if (range && static_cast<code>(range->greatest) - static_cast<code>(range->least) < most_digits - 1) {
      return std::make_unique<range_digit>(key, node.type, *range, node.nullable);
    }
  }
  if (node.op == opcode::truncate && node.type == column_type::time && fixed_length_of(node.unit) != 0) {
    const plan_node& column = nodes[node.operands[0]];
    const auto range = column.op == opcode::column ? range_of(values_.input(), column.column, batches) : std::nullopt;
    const auto first = range ? truncate(range->least, node.unit) : std::nullopt;
    const auto last = range ? truncate(range->greatest, node.unit) : std::nullopt;
    if (first && last) {
      const code units =
          (static_cast<code>(*last) - static_cast<code>(*first)) / static_cast<code>(fixed_length_of(node.unit)) + 1;
      if (units <= most_digits) {
        return std::make_unique<truncated_digit>(key, node.operands[0], node.unit, *first, units, node.nullable);
      }
    }
  }
  return std::make_unique<number_digit>(key, node.type, node.nullable);
}

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
      const uint128 next = product * std::max<code>(digits_[d]->radix(), 1);
      if ((next > most || product == most) && d > l->first_digit) break;
      l->strides.push_back(static_cast<code>(product));
      product = next;
    }
    l->last_digit = d;
    l->codes = product >= most ? 0 : static_cast<code>(product);
    levels_.push_back(std::move(l));
  }
  const code codes = levels_.back()->codes;
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
    const code stride = l.strides[d - l.first_digit];
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
  const std::optional<code> needed = digits_[0]->count_so_far();
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
    code c = !is_dense_ ? levels_.back()->numbers[static_cast<std::uint32_t>(group)] : codes_[group];
    for (std::size_t at = levels_.size(); at-- > 0;) {
      const level& l = *levels_[at];
      for (std::size_t d = l.last_digit; d-- > l.first_digit;) {
        const code stride = l.strides[d - l.first_digit];
        digits_[d]->decode(c / stride, out[d]);
        c %= stride;
      }
      if (l.continues) c = levels_[at - 1]->numbers[static_cast<std::uint32_t>(c)];
    }
  }
  return out;
}

}  // namespace oriel::detail

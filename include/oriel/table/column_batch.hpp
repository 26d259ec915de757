// SPDX-License-Identifier: Apache-2.0
// oriel/table/column_batch.hpp - rows on their way into a table, as columns.
//
// A table is written a batch at a time and a column at a time. What it is given are
// views: where the first value is, how many bytes lie between one value and the
// next, and which values are null. With the distance free, an array of structs needs
// no transposing: each column points at its member in the first struct.
//
//     struct reading { std::int64_t sensor; double celsius; };
//     std::span<const reading> rows = ...;
//     const column_values columns[] = {{&rows[0].sensor, sizeof(reading)}, {&rows[0].celsius, sizeof(reading)}};
//     temperatures.upsert({rows.size(), columns});
//
// Where values must be converted or made first, a `batch_buffer` holds them.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include <oriel/core/time.hpp>
#include <oriel/table/schema.hpp>

namespace oriel {

/// The type of column that stores a `T` as it is.
template <typename T>
concept column_value = std::is_same_v<T, std::int64_t> || std::is_same_v<T, double> || std::is_same_v<T, bool> ||
    std::is_same_v<T, std::uint8_t> || std::is_same_v<T, timestamp> || std::is_same_v<T, std::string_view>;

template <column_value T>
inline constexpr column_type column_type_of = std::is_same_v<T, std::int64_t>       ? column_type::int64
                                              : std::is_same_v<T, double>           ? column_type::float64
                                              : std::is_same_v<T, timestamp>        ? column_type::time
                                              : std::is_same_v<T, std::string_view> ? column_type::string
                                                                                    : column_type::boolean;

/// A view of one column's values. The default one views nothing.
///
/// `stride` is the distance in bytes from one value to the next; 0 gives every row the same value. `validity` is
/// a bitmap as Arrow has it: bit i % 64 of word i / 64 is 1 for a value and 0 for null; nullptr when no value is null.
/// A LONG view may be written to a TIMESTAMP column and the other way round; otherwise types must agree.
class column_values {
 public:
  column_values() = default;

  template <column_value T>
  column_values(const T* first, std::size_t stride = sizeof(T), const std::uint64_t* validity = nullptr)  // NOLINT
      : first_(reinterpret_cast<const std::byte*>(first)),
        validity_(validity),
        stride_(stride),
        type_(column_type_of<T>) {}

  column_type type() const noexcept { return type_; }
  std::size_t stride() const noexcept { return stride_; }
  const std::byte* first() const noexcept { return first_; }
  const std::uint64_t* validity() const noexcept { return validity_; }
  explicit operator bool() const noexcept { return first_ != nullptr; }

  bool is_null(std::size_t row) const noexcept {
    return validity_ != nullptr && (validity_[row / 64] >> (row % 64) & 1) == 0;
  }

  /// The value at `row`. Requires: `T` has the width of the column's type.
  template <typename T>
  T read(std::size_t row) const noexcept {
    T value;
    std::memcpy(&value, first_ + row * stride_, sizeof(T));
    return value;
  }

 private:
  const std::byte* first_ = nullptr;
  const std::uint64_t* validity_ = nullptr;
  std::size_t stride_ = 0;
  column_type type_ = column_type::int64;
};

/// A view of rows: for each column of a schema, in its order, `size` values.
struct column_batch {
  std::size_t size = 0;
  std::span<const column_values> columns;
};

/// Values of one column, pushed one by one; reused from one batch to the next.
///
/// Strings are viewed, not copied: their bytes must live until the batch is written.
class column_buffer {
 public:
  explicit column_buffer(column_type type) : type_(type) {}

  column_type type() const noexcept { return type_; }
  std::size_t size() const noexcept { return size_; }

  /// Adds a value. Requires: it is of the column's type; a timestamp and an integer may stand for each other.
  void push_back(std::int64_t value);
  void push_back(timestamp value);
  void push_back(double value);
  void push_back(bool value);
  void push_back(std::string_view value);
  void push_back(const char* value) { push_back(std::string_view(value)); }
  template <std::integral T>
    requires(!std::is_same_v<T, bool> && !std::is_same_v<T, std::int64_t>)
  void push_back(T value) {
    push_back(static_cast<std::int64_t>(value));
  }
  void push_null();

  void clear() noexcept;

  /// A view of the values, good until the next push.
  column_values view() const noexcept;

 private:
  void count();

  column_type type_;
  std::size_t size_ = 0;
  std::vector<std::int64_t> int64s_;
  std::vector<double> float64s_;
  std::vector<std::uint8_t> booleans_;
  std::vector<std::string_view> strings_;
  std::vector<std::uint64_t> validity_;
};

/// A batch being made: one buffer for each column of a schema.
///
///     batch_buffer batch(pages.schema());
///     batch[0].push_back("/home");
///     batch[1].push_back(3);
///     pages.upsert(batch.view());
class batch_buffer {
 public:
  explicit batch_buffer(const schema& columns);

  column_buffer& operator[](std::size_t column) noexcept { return buffers_[column]; }
  std::size_t size() const noexcept { return buffers_.empty() ? 0 : buffers_.front().size(); }
  void clear() noexcept;

  /// A view of the rows, good until the next change. Requires: all columns have the same size.
  column_batch view();

 private:
  std::vector<column_buffer> buffers_;
  std::vector<column_values> views_;
};

}  // namespace oriel

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

#include <oriel/core/export.hpp>
#include <oriel/core/time.hpp>
#include <oriel/table/schema.hpp>

namespace oriel {

namespace detail {

template <typename T>
inline constexpr bool is_column_scalar =
    std::is_same_v<T, std::int64_t> || std::is_same_v<T, double> || std::is_same_v<T, bool> ||
    std::is_same_v<T, std::uint8_t> || std::is_same_v<T, timestamp> || std::is_same_v<T, std::string_view>;

template <typename T>
inline constexpr column_type column_type_storing = std::is_same_v<T, std::int64_t>       ? column_type::int64
                                               : std::is_same_v<T, double>           ? column_type::float64
                                               : std::is_same_v<T, timestamp>        ? column_type::time
                                               : std::is_same_v<T, std::string_view> ? column_type::string
                                                                                     : column_type::boolean;

template <typename T>
inline constexpr bool is_column_list = false;
template <typename T>
inline constexpr bool is_column_list<std::span<const T>> = is_column_scalar<T>;
template <typename T>
inline constexpr column_type column_type_storing<std::span<const T>> = list_of(column_type_storing<T>);

}  // namespace detail

/// A type that a column stores as it is: a scalar, or a span of them for a list.
template <typename T>
concept column_value = detail::is_column_scalar<T> || detail::is_column_list<T>;

template <column_value T>
inline constexpr column_type column_type_of = detail::column_type_storing<T>;

/// A list on its way into a column: where its elements are, and how many.
struct list_elements {
  const void* first = nullptr;
  std::size_t size = 0;
};

/// A view of one column's values. The default one views nothing.
///
/// `stride` is the distance in bytes from one value to the next; 0 gives every row the same value. `validity` is
/// a bitmap as Arrow has it: bit i % 64 of word i / 64 is 1 for a value and 0 for null; nullptr when no value is null.
/// A LONG view may be written to a TIMESTAMP column and the other way round, lists likewise; otherwise types
/// must agree. Lists are viewed as spans: `column_values(&lists[0])` of a `std::span<const T> lists[]`.
class ORIEL_EXPORT column_values {
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

  /// The list at `row`. Requires: a list type.
  list_elements read_list(std::size_t row) const noexcept;

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
/// Strings are viewed, not copied: their bytes must live until the batch is written. Lists are copied,
/// strings within them viewed.
class ORIEL_EXPORT column_buffer {
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

  /// Adds a list. Requires: the column is of lists of such elements.
  template <typename T>
    requires(detail::is_column_scalar<T>)
  void push_back(std::span<const T> list) {
    begin_list(column_type_for_list<T>);
    for (const T& element : list) push_element(element);
    end_list();
  }

  /// Adds a list element by element: `begin_list`, any number of `push_element`, `end_list`.
  void begin_list() { begin_list(type_); }
  void push_element(std::int64_t value) { int64s_.push_back(value); }
  void push_element(timestamp value) { int64s_.push_back(to_ms(value)); }
  void push_element(double value) { float64s_.push_back(value); }
  void push_element(bool value) { booleans_.push_back(value ? 1 : 0); }
  void push_element(std::uint8_t value) { booleans_.push_back(value != 0 ? 1 : 0); }
  void push_element(std::string_view value) { strings_.push_back(value); }
  void end_list();

  void clear() noexcept;

  /// A view of the values, good until the next push.
  column_values view() const;

 private:
  template <typename T>
  static constexpr column_type column_type_for_list = list_of(detail::column_type_storing<T>);

  void push_null_value();
  void begin_list(column_type given);
  std::size_t elements() const noexcept;
  void count();
  template <typename T>
  column_values view_lists(const std::vector<T>& elements, std::vector<std::span<const T>>& lists) const;

  column_type type_;
  std::size_t size_ = 0;
  std::vector<std::int64_t> int64s_;
  std::vector<double> float64s_;
  std::vector<std::uint8_t> booleans_;
  std::vector<std::string_view> strings_;
  std::vector<std::size_t> list_ends_;  // within the elements
  std::vector<std::uint64_t> validity_;

  // What a view of lists looks at, made when it is asked for.
  mutable std::vector<std::span<const std::int64_t>> int64_lists_;
  mutable std::vector<std::span<const double>> float64_lists_;
  mutable std::vector<std::span<const std::uint8_t>> boolean_lists_;
  mutable std::vector<std::span<const std::string_view>> string_lists_;
};

/// A batch being made: one buffer for each column of a schema.
///
///     batch_buffer batch(pages.schema());
///     batch[0].push_back("/home");
///     batch[1].push_back(3);
///     pages.upsert(batch.view());
class ORIEL_EXPORT batch_buffer {
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

// SPDX-License-Identifier: Apache-2.0
// src/table/chunk.cpp - layout, bitmaps, zones and the pool.
#include <table/chunk.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <new>
#include <type_traits>

namespace oriel::detail {
namespace {

constexpr std::size_t width_of(column_type type) noexcept {
  switch (type) {
    case column_type::boolean: return 1;
    case column_type::string: return 4;
    case column_type::int64:
    case column_type::time:
    case column_type::float64: break;
  }
  return 8;
}

constexpr std::size_t to_line(std::size_t bytes) noexcept { return (bytes + cache_line - 1) / cache_line * cache_line; }

bool is_valid(const std::uint64_t* validity, std::size_t row) noexcept {
  return validity == nullptr || (validity[row / 64] >> (row % 64) & 1) != 0;
}

// The state of a zone: bits of an octet.
constexpr std::uint8_t known = 1;
constexpr std::uint8_t bounded = 2;
constexpr std::uint8_t nan_seen = 4;

template <typename T>
struct found_bounds {
  T least = std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
  T greatest =
      std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::min();
  bool has_nan = false;

  void add(T value) noexcept {
    least = value < least ? value : least;  // false for NaN, which is thus left out
    greatest = value > greatest ? value : greatest;
    if constexpr (std::is_floating_point_v<T>) has_nan = has_nan || value != value;
  }
};

template <typename T>
found_bounds<T> find_bounds(const T* values, std::size_t rows, const std::uint64_t* validity) noexcept {
  found_bounds<T> found;
  if (validity == nullptr) {
    for (std::size_t i = 0; i < rows; ++i) found.add(values[i]);
  } else {
    for (std::size_t i = 0; i < rows; ++i) {
      if (is_valid(validity, i)) found.add(values[i]);
    }
  }
  return found;
}

template <typename T>
zone to_zone(column_type type, std::uint8_t state, T least, T greatest) noexcept {
  zone z;
  z.bounded = (state & bounded) != 0;
  z.has_nan = (state & nan_seen) != 0;
  if (!z.bounded) return z;
  if (type == column_type::float64) {
    z.min_float64 = static_cast<double>(least);
    z.max_float64 = static_cast<double>(greatest);
  } else {
    z.min_int64 = static_cast<std::int64_t>(least);
    z.max_int64 = static_cast<std::int64_t>(greatest);
  }
  return z;
}

}  // namespace

chunk_layout::chunk_layout(const schema& described, std::size_t hidden) {
  for (const column_description& c : described.columns()) columns.push_back({c.type, width_of(c.type), 0, 0});
  columns.insert(columns.end(), hidden, column{});

  bytes = to_line(sizeof(chunk) + columns.size() * sizeof(chunk::column_state));
  for (std::size_t i = 0; i < described.size(); ++i) {
    if (!described[i].nullable) continue;
    columns[i].bitmap = bytes;
    bytes += bitmap_words * sizeof(std::uint64_t);
  }
  for (column& c : columns) {
    c.cells = bytes;
    bytes += to_line(c.width * chunk_rows) + cache_line;
  }
}

chunk::chunk(const chunk_layout& layout) noexcept : layout_(&layout) {
  for (std::size_t i = 0; i < layout.columns.size(); ++i) new (zones() + i) column_state;
}

void chunk::set_validity(std::size_t column, std::size_t row, bool valid) noexcept {
  if (!zones()[column].has_nulls) {
    if (valid) return;
    std::memset(bitmap(column), 0xFF, bitmap_words * sizeof(std::uint64_t));
    zones()[column].has_nulls = true;
  }
  const std::uint64_t bit = std::uint64_t{1} << (row % 64);
  std::uint64_t& word = bitmap(column)[row / 64];
  word = valid ? word | bit : word & ~bit;
}

zone chunk::bounds(std::size_t column, std::size_t rows, const std::uint64_t* validity) const noexcept {
  const column_type type = layout_->columns[column].type;
  if (type == column_type::string || type == column_type::boolean) return {};

  const auto answer = [&]<typename T>(const T* values) {
    const column_state& kept = zones()[column];
    std::uint8_t state = kept.state.load(std::memory_order_acquire);
    if (state != 0) {
      return to_zone(type, state, std::bit_cast<T>(kept.least.load(std::memory_order_relaxed)),
                     std::bit_cast<T>(kept.greatest.load(std::memory_order_relaxed)));
    }
    const found_bounds<T> found = find_bounds(values, rows, validity);
    state = known;
    if (found.least <= found.greatest) state |= bounded;
    if (found.has_nan) state |= nan_seen;
    if (rows == chunk_rows) {  // otherwise it would not hold for snapshots that know more rows
      kept.least.store(std::bit_cast<std::uint64_t>(found.least), std::memory_order_relaxed);
      kept.greatest.store(std::bit_cast<std::uint64_t>(found.greatest), std::memory_order_relaxed);
      kept.state.store(state, std::memory_order_release);
    }
    return to_zone(type, state, found.least, found.greatest);
  };
  if (type == column_type::float64) return answer(reinterpret_cast<const double*>(cells(column)));
  return answer(reinterpret_cast<const std::int64_t*>(cells(column)));
}

void chunk::copy(const chunk& other, std::size_t rows) noexcept {
  for (std::size_t i = 0; i < layout_->columns.size(); ++i) {
    const chunk_layout::column& column = layout_->columns[i];
    std::memcpy(cells(i), other.cells(i), rows * column.width);
    const column_state& from = other.zones()[i];
    column_state& to = zones()[i];
    to.has_nulls = false;
    if (from.has_nulls) {
      std::memcpy(bitmap(i), other.bitmap(i), bitmap_words * sizeof(std::uint64_t));
      const std::uint64_t* const words = bitmap(i);  // a column without nulls any more goes without bitmap again
      to.has_nulls = std::any_of(words, words + bitmap_words, [](std::uint64_t word) { return ~word != 0; });
    }
    const std::uint8_t state = from.state.load(std::memory_order_acquire);
    to.least.store(from.least.load(std::memory_order_relaxed), std::memory_order_relaxed);
    to.greatest.store(from.greatest.load(std::memory_order_relaxed), std::memory_order_relaxed);
    to.state.store(state, std::memory_order_relaxed);
  }
}

chunk* chunk_pool::make() {
  const std::lock_guard guard(mutex_);
  if (free_.empty() && unused_ < layout_->bytes) {
    // As much again as there is, up to some huge pages at a time.
    const std::size_t wanted = std::min(bytes_, 2 * huge_page);
    const std::size_t count = std::max<std::size_t>((wanted + layout_->bytes - 1) / layout_->bytes, 1);
    free_.reserve(chunks_ + count);
    blocks_.emplace_back(count * layout_->bytes);
    unused_ = blocks_.back().size();
    bytes_ += unused_;
    chunks_ += count;
  }
  std::byte* place = nullptr;
  if (!free_.empty()) {
    place = free_.back()->begin();
    free_.pop_back();
  } else {
    place = blocks_.back().data() + (blocks_.back().size() - unused_);
    unused_ -= layout_->bytes;
  }
  return new (place) chunk(*layout_);
}

void chunk_pool::release(std::span<chunk* const> chunks) noexcept {
  const std::lock_guard guard(mutex_);
  for (chunk* c : chunks) {
    if (c->release()) free_.push_back(c);
  }
}

std::size_t chunk_pool::bytes() const {
  const std::lock_guard guard(mutex_);
  return bytes_;
}

}  // namespace oriel::detail

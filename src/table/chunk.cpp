// SPDX-License-Identifier: Apache-2.0
// src/table/chunk.cpp - layout, bitmaps, zones and the pool.
#include <table/chunk.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <new>
#include <type_traits>
#include <utility>

#include <oriel/core/error.hpp>
#include <table/sum_of.hpp>

namespace oriel::detail {
namespace {

constexpr std::size_t width_of(column_type type) noexcept {
  return type == column_type::boolean ? 1 : type == column_type::string ? 4 : 8;  // of a list: offset and length
}

/// As Arrow's offsets, which are signed.
constexpr std::size_t most_elements = 0x7FFF'FFFF;

void check_elements(std::size_t count) {
  if (count <= most_elements) return;
  throw error(error_kind::exhausted,
              "1 024 rows of a column have lists of more than 2 147 483 647 elements, or strings of as many bytes");
}

/// A pool this small is left alone however much of it is garbage.
constexpr std::uint32_t small_pool = 1024;

/// How many elements ahead to make room for when `rows` rows of a chunk need `needed`: as the rows so far let
/// expect, and not more than once again.
std::size_t ahead_of(std::size_t needed, std::size_t rows) noexcept {
  const std::size_t expected = needed * (chunk_rows - rows) / std::max<std::size_t>(rows, 1);
  return std::min(needed, expected + needed / 16) + 16;
}

constexpr std::size_t to_line(std::size_t bytes) noexcept { return (bytes + cache_line - 1) / cache_line * cache_line; }

bool is_valid(const std::uint64_t* validity, std::size_t row) noexcept {
  return validity == nullptr || (validity[row / 64] >> (row % 64) & 1) != 0;
}

// The state of a zone: bits of an octet.
constexpr std::uint8_t known = 1;
constexpr std::uint8_t bounded = 2;
constexpr std::uint8_t nan_seen = 4;
constexpr std::uint8_t ascending = 8;
constexpr std::uint8_t summed = 16;

template <typename T>
struct found_zone {
  T least = std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
  T greatest =
      std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::min();
  T sum = 0;
  std::uint8_t state = known;
};

// `valid(i)` says whether a value counts.
template <typename T, typename Valid>
found_zone<T> find_zone(const T* values, std::size_t rows, Valid valid) noexcept {
  found_zone<T> found;
  bool has_nan = false;
  for (std::size_t i = 0; i < rows; ++i) {
    if (!valid(i)) continue;
    found.least = values[i] < found.least ? values[i] : found.least;  // false for NaN, which is thus left out
    found.greatest = values[i] > found.greatest ? values[i] : found.greatest;
    has_nan |= values[i] != values[i];
  }
  if (found.least <= found.greatest) found.state |= bounded;
  if (has_nan) found.state |= nan_seen;
  return found;
}

template <typename T, typename Valid>
found_zone<T> find_zone_and_sum(const T* values, std::size_t rows, Valid valid) noexcept {
  found_zone<T> found = find_zone(values, rows, valid);
  bool may_sum = rows == chunk_rows;
  if constexpr (std::is_same_v<T, std::int64_t>) {
    constexpr std::int64_t most = std::int64_t{1} << 52;  // times 1 024 rows does not overflow
    may_sum = may_sum && ((found.state & bounded) == 0 || (found.least > -most && found.greatest < most));
  }
  if (may_sum) {
    found.sum = sum_of<T>(rows, [=](std::size_t i) { return valid(i) ? values[i] : T{0}; });
    found.state |= summed;
  }
  return found;
}

template <typename T>
found_zone<T> find_zone(const T* values, std::size_t rows, const std::uint64_t* validity) noexcept {
  if (validity != nullptr) return find_zone_and_sum(values, rows, [=](std::size_t i) { return is_valid(validity, i); });
  found_zone<T> found = find_zone_and_sum(values, rows, [](std::size_t) { return true; });
  if (std::is_same_v<T, std::int64_t> && std::is_sorted(values, values + rows)) found.state |= ascending;
  return found;
}

template <typename T>
zone to_zone(const found_zone<T>& found) noexcept {
  zone z;
  z.bounded = (found.state & bounded) != 0;
  z.has_nan = (found.state & nan_seen) != 0;
  z.ascending = (found.state & ascending) != 0;
  z.summed = (found.state & summed) != 0;
  if constexpr (std::is_same_v<T, double>) {
    if (z.bounded) z.min_float64 = found.least, z.max_float64 = found.greatest;
    z.sum_float64 = found.sum;
  } else {
    if (z.bounded) z.min_int64 = found.least, z.max_int64 = found.greatest;
    z.sum_int64 = found.sum;
  }
  return z;
}

}  // namespace

chunk_layout::chunk_layout(const schema& described, std::size_t hidden, std::span<const std::size_t> texts) {
  for (std::size_t i = 0; i < described.size(); ++i) {
    const column_type type = described[i].type;
    const bool is_text = std::find(texts.begin(), texts.end(), i) != texts.end();
    columns.push_back({.type = type, .width = is_text ? 8 : width_of(type)});
    if (!is_list(type) && !is_text) continue;
    columns.back().element = is_text ? 1 : width_of(element_of(type));
    columns.back().list = lists.size();
    lists.push_back(i);
  }
  columns.insert(columns.end(), hidden, column{});

  bytes = to_line(sizeof(chunk) + columns.size() * sizeof(chunk::column_state) +
                  lists.size() * sizeof(chunk::list_state));
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
  for (std::size_t i = 0; i < layout.lists.size(); ++i) new (lists() + i) list_state;
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
  if (type == column_type::string || type == column_type::boolean || is_list(type)) return {};

  const auto answer = [&]<typename T>(const T* values) {
    const column_state& kept = zones()[column];
    found_zone<T> found;
    if (const std::uint8_t state = kept.state.load(std::memory_order_acquire); state != 0) {
      found = {std::bit_cast<T>(kept.least.load(std::memory_order_relaxed)),
               std::bit_cast<T>(kept.greatest.load(std::memory_order_relaxed)),
               std::bit_cast<T>(kept.sum.load(std::memory_order_relaxed)), state};
      if (rows < chunk_rows) found.state &= static_cast<std::uint8_t>(~summed);  // of rows that were dropped as well
      return to_zone(found);
    }
    found = find_zone(values, rows, validity);
    if (rows == chunk_rows) {  // otherwise it would not hold for snapshots that know more rows
      kept.least.store(std::bit_cast<std::uint64_t>(found.least), std::memory_order_relaxed);
      kept.greatest.store(std::bit_cast<std::uint64_t>(found.greatest), std::memory_order_relaxed);
      kept.sum.store(std::bit_cast<std::uint64_t>(found.sum), std::memory_order_relaxed);
      kept.state.store(found.state, std::memory_order_release);
    }
    return to_zone(found);
  };
  if (type == column_type::float64) return answer(reinterpret_cast<const double*>(cells(column)));
  return answer(reinterpret_cast<const std::int64_t*>(cells(column)));
}

void chunk::copy(const chunk& other, std::size_t rows, chunk_pool& memory) {
  for (const std::size_t column : layout_->lists) move_lists(other, column, rows, 0, memory);
  for (std::size_t i = 0; i < layout_->columns.size(); ++i) {
    const chunk_layout::column& column = layout_->columns[i];
    if (column.element == 0) std::memcpy(cells(i), other.cells(i), rows * column.width);
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
    to.sum.store(from.sum.load(std::memory_order_relaxed), std::memory_order_relaxed);
    to.state.store(state, std::memory_order_relaxed);
  }
}

void chunk::begin_list(std::size_t column, std::size_t row) noexcept {  // NOLINT: it writes, so it is not const
  list_offsets(column)[row] = 0;
  list_lengths(column)[row] = 0;
}

void chunk::end_list(std::size_t column, std::size_t row) noexcept {
  lists()[list_of(column)].live -= list_lengths(column)[row];
}

void chunk::reserve_list(std::size_t column, std::size_t rows, std::size_t added, chunk_pool& memory) {
  const list_state& s = lists()[list_of(column)];
  const std::size_t capacity = s.pool == nullptr ? 0 : s.pool->capacity;
  const bool is_full = s.used + added > capacity;
  const bool is_garbage = s.used > small_pool && s.live < s.used / 2;
  if (!is_full && !is_garbage) return;
  if (is_exclusive()) return move_lists(*this, column, rows, added, memory);
  if (is_full) extend_lists(column, rows, added, memory);
}

// With more room and nothing else changed: a snapshot reads offsets, and has the old pool.
void chunk::extend_lists(std::size_t column, std::size_t rows, std::size_t added, chunk_pool& memory) {
  list_state& s = lists()[list_of(column)];
  const std::size_t needed = s.used + added;
  check_elements(needed);
  const std::size_t width = layout_->columns[column].element;
  list_pool* const pool = memory.make_list_pool(std::min(needed + ahead_of(needed, rows), most_elements), width);
  if (s.used > 0) std::memcpy(pool->elements(), s.pool->elements(), s.used * width);
  if (s.pool != nullptr) memory.release(s.pool);
  s.pool = pool;
}

std::byte* chunk::write_list(std::size_t column, std::size_t row, std::uint32_t size) noexcept {
  list_state& s = lists()[list_of(column)];
  std::uint32_t& offset = list_offsets(column)[row];
  std::uint32_t& length = list_lengths(column)[row];
  if (size > length) {
    offset = s.used;
    s.used += size;
  }
  s.live += size - length;
  length = size;
  return size == 0 ? nullptr : s.pool->elements() + offset * layout_->columns[column].element;
}

// The lists of the first `rows` rows of `from`, which may be this chunk, one behind the other into a new pool.
void chunk::move_lists(const chunk& from, std::size_t column, std::size_t rows, std::size_t added,
                       chunk_pool& memory) {
  const list_state& old = from.lists()[list_of(column)];
  const std::uint32_t* const lengths = from.list_lengths(column);
  const std::uint32_t* const offsets = from.list_offsets(column);
  const std::size_t live = old.live;
  check_elements(live + added);
  list_pool* pool = nullptr;
  const std::size_t width = layout_->columns[column].element;
  if (live + added > 0) {
    // A clone is not written to that often; where lists are replaced, the rows do not say what is to come.
    const std::size_t some_ahead = &from != this            ? live / 4
                                   : live == old.used ? ahead_of(live + added, rows)
                                                      : live + added;
    pool = memory.make_list_pool(std::min(live + added + some_ahead, most_elements), width);
  }
  std::uint32_t used = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint32_t length = lengths[row];
    if (length > 0) {  // then some lists are live, and there is a pool
      // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage)
      std::memcpy(pool->elements() + used * width, old.pool->elements() + offsets[row] * width, length * width);
    }
    list_offsets(column)[row] = used;
    list_lengths(column)[row] = length;
    used += length;
  }
  list_state& s = lists()[list_of(column)];
  if (s.pool != nullptr) memory.release(s.pool);
  s = {pool, used, used};
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
    if (!c->release()) continue;
    for (std::size_t i = 0; i < layout_->lists.size(); ++i) {
      if (list_pool* const elements = std::exchange(c->lists()[i].pool, nullptr)) release(elements);
    }
    free_.push_back(c);
  }
}

list_pool* chunk_pool::make_list_pool(std::size_t capacity, std::size_t width) {
  const std::size_t bytes = sizeof(list_pool) + capacity * width;
  auto* const pool = new (::operator new(bytes)) list_pool;
  pool->capacity = static_cast<std::uint32_t>(capacity);
  pool->bytes = bytes;
  list_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  return pool;
}

void chunk_pool::release(list_pool* pool) noexcept {
  if (pool->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  list_bytes_.fetch_sub(pool->bytes, std::memory_order_relaxed);
  pool->~list_pool();
  ::operator delete(pool);
}

std::size_t chunk_pool::bytes() const {
  const std::lock_guard guard(mutex_);
  return bytes_ + list_bytes_.load(std::memory_order_relaxed);
}

}  // namespace oriel::detail

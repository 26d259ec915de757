// SPDX-License-Identifier: Apache-2.0
// src/table/chunk.hpp - 1 024 rows of all columns in one piece of memory.
//
//   [ chunk | zones | lists | bitmaps of nullable columns | column 0 | column 1 | ... ]
//
// Where each part begins is the same for all chunks of a table: a `chunk_layout`. Each
// column begins a cache line further than the size of the one before it would have it:
// without that, the cells of one row would lie 8 KB apart, all in one set of the L1 cache.
//
// Who may touch what. The writer and any number of blocks, which are what snapshots share
// (chunk_block.hpp), hold references. With one reference a chunk is the writer's alone. With
// more, the writer only fills rows that no snapshot knows. Cells are bytes of their own, but
// validity bits share words; hence a snapshot that knows only part of a chunk brings its own copy of the bitmaps (see
// snapshot_state), and reads the chunk's own only when it knows all rows, in which case
// nobody writes them any more.
//
// Zones (least and greatest value, sum) are found out by the reader that first asks for the
// zone of a full chunk, and kept in the chunk for others: atomically, since two readers
// may come at once; both write the same. A write never computes a zone. It forgets those
// a reader may have left, which costs nothing per row: only a chunk that a snapshot has
// shared can have any, and such a chunk is looked at before it is written anyway.
//
// Lists, and strings without dictionary, which are lists of bytes. Such a column's cells are two
// arrays, where each list begins and how long it is, as Arrow's list view has them. The elements
// lie in a `list_pool` of the chunk's own: new lists go behind those that are there; a list that
// is replaced by one that is not longer stays where it is. What is no longer in use is left
// lying until the pool is full, or more than half of it is such garbage; then the lists in use
// move to a new pool. So a pool holds at most about twice what was in use when it was made, and
// a write is O(its elements) on the whole. A snapshot of part of a chunk holds the pools it
// knows itself, since the chunk may go over to others while it is read; elements behind those it
// knows may be written.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include <oriel/table/schema.hpp>
#include <oriel/table/snapshot.hpp>
#include <table/large_block.hpp>

namespace oriel::detail {

/// Words of a bitmap over a chunk.
inline constexpr std::size_t bitmap_words = chunk_rows / 64;

/// Where a chunk's parts begin, in bytes.
struct chunk_layout {
  struct column {
    column_type type = column_type::int64;
    std::size_t width = 8;
    std::size_t cells = 0;
    std::size_t bitmap = 0;  ///< 0: not nullable
    std::size_t element = 0;  ///< width of a list's element, 1 for a string without dictionary; 0: no list
    std::size_t list = 0;     ///< which of the list columns it is

    /// Whether it holds the bytes of strings, not their ids.
    bool is_text() const noexcept { return type == column_type::string && element != 0; }

    /// Where a list column's lengths are; its offsets are the first half of its cells.
    std::size_t lengths() const noexcept { return cells + sizeof(std::uint32_t) * chunk_rows; }
  };

  /// `hidden` further LONG columns follow those of the schema. STRING columns in `texts` hold bytes, others ids.
  chunk_layout(const schema& columns, std::size_t hidden, std::span<const std::size_t> texts);

  std::vector<column> columns;
  std::vector<std::size_t> lists;  ///< which columns are of lists, or of strings without dictionary
  std::size_t bytes = 0;
};

/// The elements of one column's lists in one chunk.
struct list_pool {
  std::atomic<std::uint32_t> references{1};
  std::uint32_t capacity = 0;  ///< in elements
  std::size_t bytes = 0;       ///< of the pool in all

  std::byte* elements() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
  const std::byte* elements() const noexcept { return reinterpret_cast<const std::byte*>(this + 1); }
};

class chunk_pool;

class chunk {
 public:
  explicit chunk(const chunk_layout& layout) noexcept;

  std::byte* cells(std::size_t column) noexcept { return begin() + layout_->columns[column].cells; }
  const std::byte* cells(std::size_t column) const noexcept { return begin() + layout_->columns[column].cells; }
  std::byte* begin() noexcept { return reinterpret_cast<std::byte*>(this); }
  const std::byte* begin() const noexcept { return reinterpret_cast<const std::byte*>(this); }

  /// The bitmap, or nullptr while no null was ever put into the column.
  const std::uint64_t* validity(std::size_t column) const noexcept {
    return zones()[column].has_nulls ? bitmap(column) : nullptr;
  }

  /// Requires: a nullable column.
  void set_validity(std::size_t column, std::size_t row, bool valid) noexcept;

  /// Bounds of the first `rows` values, perhaps wider. `validity` is the bitmap to go by.
  /// Threads: any number of readers.
  zone bounds(std::size_t column, std::size_t rows, const std::uint64_t* validity) const noexcept;

  /// Forgets the zone of a column. Requires: one reference.
  void forget_zone(std::size_t column) noexcept { zones()[column].state.store(0, std::memory_order_relaxed); }

  /// Takes over the first `rows` rows of another chunk of the same layout, and zones that are known.
  /// Requires: a new chunk. Errors: memory may run out for its lists; then it has none.
  void copy(const chunk& other, std::size_t rows, chunk_pool& memory);

  // Lists of a column. What writes them requires one reference, or a row no snapshot knows.

  const list_pool* elements(std::size_t column) const noexcept { return lists()[list_of(column)].pool; }
  list_pool* elements(std::size_t column) noexcept { return lists()[list_of(column)].pool; }
  std::uint32_t* list_offsets(std::size_t column) const noexcept {
    return reinterpret_cast<std::uint32_t*>(const_cast<chunk*>(this)->cells(column));
  }
  std::uint32_t* list_lengths(std::size_t column) const noexcept { return list_offsets(column) + chunk_rows; }

  /// Makes a new row's list empty.
  void begin_list(std::size_t column, std::size_t row) noexcept;

  /// Makes room, so that `write_list` may write `added` elements more than it has. `rows` is how many the chunk has.
  void reserve_list(std::size_t column, std::size_t rows, std::size_t added, chunk_pool& memory);

  /// Gives a row's list `size` elements, to be written to what is returned. Requires: room.
  std::byte* write_list(std::size_t column, std::size_t row, std::uint32_t size) noexcept;

  /// Counts a row's list as garbage: the row is dropped.
  void end_list(std::size_t column, std::size_t row) noexcept;

  void share() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }

  /// Gives a reference back; true when it was the last one.
  bool release() noexcept { return references_.fetch_sub(1, std::memory_order_acq_rel) == 1; }

  /// Whether nobody else holds a reference. What others read, they have read before.
  bool is_exclusive() const noexcept { return references_.load(std::memory_order_acquire) == 1; }

 private:
  friend struct chunk_layout;

  // What is known of one column. Least, greatest and sum are the bits of an int64 or a double.
  struct column_state {
    mutable std::atomic<std::uint64_t> least{0};
    mutable std::atomic<std::uint64_t> greatest{0};
    mutable std::atomic<std::uint64_t> sum{0};
    mutable std::atomic<std::uint8_t> state{0};
    bool has_nulls = false;
  };

  // The lists of one column. `used` elements of the pool are taken, `live` of them by lists that are there.
  struct list_state {
    list_pool* pool = nullptr;
    std::uint32_t used = 0;
    std::uint32_t live = 0;
  };

  friend class chunk_pool;
  std::size_t list_of(std::size_t column) const noexcept { return layout_->columns[column].list; }
  list_state* lists() noexcept { return reinterpret_cast<list_state*>(zones() + layout_->columns.size()); }
  const list_state* lists() const noexcept {
    return reinterpret_cast<const list_state*>(zones() + layout_->columns.size());
  }
  void move_lists(const chunk& from, std::size_t column, std::size_t rows, std::size_t added, chunk_pool& memory);
  void extend_lists(std::size_t column, std::size_t rows, std::size_t added, chunk_pool& memory);

  column_state* zones() noexcept { return reinterpret_cast<column_state*>(this + 1); }
  const column_state* zones() const noexcept { return reinterpret_cast<const column_state*>(this + 1); }
  std::uint64_t* bitmap(std::size_t column) noexcept {
    return reinterpret_cast<std::uint64_t*>(begin() + layout_->columns[column].bitmap);
  }
  const std::uint64_t* bitmap(std::size_t column) const noexcept {
    return reinterpret_cast<const std::uint64_t*>(begin() + layout_->columns[column].bitmap);
  }

  const chunk_layout* layout_;
  std::atomic<std::uint32_t> references_{1};
};

/// The memory of a table's chunks, which its snapshots share.
///
/// Chunks are cut from blocks that grow with the table up to a huge page. A chunk that is given
/// back is used again for the next clone; blocks are freed when the last owner of the pool goes.
/// Threads: safe.
class chunk_pool {
 public:
  explicit chunk_pool(std::shared_ptr<const chunk_layout> layout) : layout_(std::move(layout)) {}

  /// A chunk with one reference.
  chunk* make();

  /// Drops one reference of each, and takes back those that nobody else holds.
  void release(std::span<chunk* const> chunks) noexcept;

  /// A pool for `capacity` elements of some bytes each.
  list_pool* make_list_pool(std::size_t capacity, std::size_t width);

  /// Drops one reference, and frees the pool if it was the last.
  void release(list_pool* pool) noexcept;

  std::size_t bytes() const;

 private:
  std::shared_ptr<const chunk_layout> layout_;
  std::atomic<std::size_t> list_bytes_{0};
  mutable std::mutex mutex_;
  std::vector<large_block> blocks_;
  std::vector<chunk*> free_;  // room for all chunks, so that giving back does not fail
  std::size_t unused_ = 0;    // bytes left in the last block
  std::size_t chunks_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace oriel::detail

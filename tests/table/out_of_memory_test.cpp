// SPDX-License-Identifier: Apache-2.0
// tests/table/out_of_memory_test.cpp - what is in a table when a write runs out of memory.
//
// Chunks and index slots are the only things allocated with an alignment, so that failing the
// n-th such allocation, for every n, goes through all places where a write may have to stop.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>
#include <vector>

#include <oriel/table/table.hpp>

namespace {

constexpr std::size_t never = std::numeric_limits<std::size_t>::max();
thread_local std::size_t allocations_left = never;

}  // namespace

void* operator new(std::size_t size, std::align_val_t alignment) {
  if (allocations_left != never && allocations_left-- == 0) {
    allocations_left = never;
    throw std::bad_alloc();
  }
  const auto step = static_cast<std::size_t>(alignment);
  void* const bytes = std::aligned_alloc(step, (size + step - 1) / step * step);
  if (bytes == nullptr) throw std::bad_alloc();
  return bytes;
}
void operator delete(void* bytes, std::align_val_t) noexcept { std::free(bytes); }
void operator delete(void* bytes, std::size_t, std::align_val_t) noexcept { std::free(bytes); }

using namespace oriel;

namespace {

constexpr std::int64_t rows = 6000;

/// Writes rows (key, generation, key + generation).
class writer {
 public:
  explicit writer(table& t) : table_(t) {
    for (std::int64_t i = 0; i < rows; ++i) keys_.push_back(i);
  }
  void put(std::int64_t generation) {
    const std::vector<std::int64_t> generations(rows, generation);
    std::vector<std::int64_t> sums;
    for (const std::int64_t key : keys_) sums.push_back(key + generation);
    constexpr std::size_t step = 100;  // so that chunks begin in the middle of a batch
    for (std::size_t i = 0; i < keys_.size(); i += step) {
      const column_values columns[] = {&keys_[i], &generations[i], &sums[i]};
      table_.upsert({step, columns});
    }
  }

 private:
  table& table_;
  std::vector<std::int64_t> keys_;
};

/// Whether the rows are keys 0, 1, ... each whole, and those of `generation` come first.
bool is_whole(const table_snapshot& s, std::int64_t generation) {
  std::int64_t key = 0;
  bool newer = true;
  for (std::size_t c = 0; c < s.chunk_count(); ++c) {
    const chunk_view chunk = s.chunk(c);
    for (std::size_t i = 0; i < chunk.size(); ++i, ++key) {
      const std::int64_t found = chunk.int64s(1)[i];
      newer = newer && found == generation;
      if (chunk.int64s(0)[i] != key || chunk.int64s(2)[i] != key + found) return false;
      if (found != generation && (newer || found != generation - 1)) return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("a write that runs out of memory leaves the rows before it whole, and can be done again") {
  const schema numbers({{"key", column_type::int64}, {"generation", column_type::int64}, {"sum", column_type::int64}},
                       {"key"});
  std::size_t failures = 0;
  for (std::size_t allowed = 0; allowed < 40; ++allowed) {
    CAPTURE(allowed);
    table t("t", numbers);
    writer w(t);
    std::vector<table_snapshot> kept;
    for (std::int64_t generation = 1; generation <= 3; ++generation) {  // puts in, then updates what snapshots share
      allocations_left = allowed;
      try {
        w.put(generation);
      } catch (const std::bad_alloc&) {
        ++failures;
        REQUIRE(is_whole(t.snapshot(), generation));
        w.put(generation);
      }
      allocations_left = never;
      kept.push_back(t.snapshot());
      REQUIRE(kept.back().row_count() == rows);
      REQUIRE(is_whole(kept.back(), generation));
    }
    for (std::size_t i = 0; i < kept.size(); ++i) REQUIRE(is_whole(kept[i], static_cast<std::int64_t>(i) + 1));
  }
  CHECK(failures > 10);
}

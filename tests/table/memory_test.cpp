// SPDX-License-Identifier: Apache-2.0
// tests/table/memory_test.cpp - what a table takes, and what is in it when a write runs out of memory.
//
// What is allocated is counted, and `bytes()` has to agree. Chunks and index slots are the only things allocated with an alignment, so that failing the
// n-th such allocation, for every n, goes through all places where a write may have to stop.
#include <doctest/doctest.h>

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <oriel/table/table.hpp>
#include <table/rows.hpp>

namespace {

constexpr std::size_t never = std::numeric_limits<std::size_t>::max();
thread_local std::size_t allocations_left = never;  // of those with an alignment, which chunks have
thread_local std::size_t small_left = never;        // of the others
std::atomic<std::size_t> allocated = 0;  // bytes

void* counted(void* bytes) {
  if (bytes == nullptr) throw std::bad_alloc();
  allocated += malloc_usable_size(bytes);
  return bytes;
}

void give_back(void* bytes) noexcept {
  if (bytes != nullptr) allocated -= malloc_usable_size(bytes);
  std::free(bytes);
}

}  // namespace

void* operator new(std::size_t size) {
  if (small_left != never && small_left-- == 0) {
    small_left = never;
    throw std::bad_alloc();
  }
  return counted(std::malloc(size == 0 ? 1 : size));
}
void operator delete(void* bytes) noexcept { give_back(bytes); }
void operator delete(void* bytes, std::size_t) noexcept { give_back(bytes); }
// A sanitizer has the following of its own, and they would not fit the others.
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void* operator new[](std::size_t size, const std::nothrow_t& tag) noexcept { return operator new(size, tag); }
void operator delete(void* bytes, const std::nothrow_t&) noexcept { give_back(bytes); }
void operator delete[](void* bytes, const std::nothrow_t&) noexcept { give_back(bytes); }
void operator delete[](void* bytes) noexcept { give_back(bytes); }
void operator delete[](void* bytes, std::size_t) noexcept { give_back(bytes); }

void* operator new(std::size_t size, std::align_val_t alignment) {
  if (allocations_left != never && allocations_left-- == 0) {
    allocations_left = never;
    throw std::bad_alloc();
  }
  const auto step = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(step, (size + step - 1) / step * step));
}
void operator delete(void* bytes, std::align_val_t) noexcept { give_back(bytes); }
void operator delete(void* bytes, std::size_t, std::align_val_t) noexcept { give_back(bytes); }

using namespace oriel;

namespace {

constexpr std::int64_t keys = 6000;

/// Writes rows (key, generation, key + generation).
class writer {
 public:
  explicit writer(table& t) : table_(t) {
    for (std::int64_t i = 0; i < keys; ++i) keys_.push_back(i);
  }
  void put(std::int64_t generation) {
    const std::vector<std::int64_t> generations(keys, generation);
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
      REQUIRE(kept.back().row_count() == keys);
      REQUIRE(is_whole(kept.back(), generation));
    }
    for (std::size_t i = 0; i < kept.size(); ++i) REQUIRE(is_whole(kept[i], static_cast<std::int64_t>(i) + 1));
  }
  CHECK(failures > 10);
}

namespace {

using oriel_test::batch_of;
using oriel_test::cell;
using oriel_test::row;

const std::vector<column_description> described{{"id", column_type::string},       {"n", column_type::int64, true},
                                                {"page", column_type::string},     {"event", column_type::string, true},
                                                {"prices", column_type::float64_list}, {"tags", column_type::string_list}};

std::vector<row> random_rows(std::size_t ids, std::int64_t& next, std::mt19937& random) {
  std::vector<row> rows;
  for (int i = 0; i < 500; ++i) {
    cell::list prices;
    cell::list tags;
    for (std::size_t k = random() % 4; k > 0; --k) prices.emplace_back(static_cast<double>(k));
    for (std::size_t k = random() % 3; k > 0; --k) tags.emplace_back("tag" + std::to_string(random() % 9000));
    rows.push_back({"id" + std::to_string(random() % ids), random() % 3 == 0 ? cell() : cell(7),
                    "page" + std::to_string(random() % 50), "event-" + std::to_string(next++), prices, tags});
  }
  return rows;
}

}  // namespace

TEST_CASE("strings stay what they are when memory runs out while their column gives up its dictionary") {
  constexpr std::size_t many = 66'000;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < many; ++i) texts.push_back("text " + std::to_string(i));
  const schema one({{"text", column_type::string}});
  batch_buffer first(one);
  batch_buffer last(one);  // after which the dictionary is not worth its memory
  for (std::size_t i = 0; i < many; ++i) (i < 65'000 ? first : last)[0].push_back(texts[i]);

  std::size_t needed = 0;  // by the last write, when nothing fails
  std::size_t failures = 0;
  for (std::size_t before_end = 0; before_end < 12; ++before_end) {
    CAPTURE(before_end);
    table t("t", one);
    t.append(first.view());
    const column_batch rows = last.view();
    const std::size_t allowed = before_end == 0 ? 1'000'000 : needed - before_end;
    small_left = allowed;
    t.append(rows);
    if (before_end == 0) needed = allowed - small_left;
    failures += small_left == never;
    small_left = never;
    const table_snapshot now = t.snapshot();
    REQUIRE(now.row_count() == many);
    std::size_t next = 0;
    for (std::size_t c = 0; c < now.chunk_count(); ++c) {
      const chunk_view chunk = now.chunk(c);
      for (std::size_t i = 0; i < chunk.size(); ++i, ++next) {
        if (now.text(chunk, 0, i) != texts[next]) FAIL("row " << next);
      }
    }
  }
  CHECK(needed > 20);
  CHECK(failures == 11);
}

TEST_CASE("bytes() says what a table and its snapshots have allocated") {
  using enum upsert_mode;
  for (const table_options& options :
       {table_options{}, table_options{.comparison = true}, table_options{.comparison = true, .ttl = duration(20'000)},
        table_options{.mode = partial, .strategies = {{"tags", merge_strategy::union_}}}}) {
    CAPTURE(options.comparison);
    CAPTURE(options.ttl.count());
    std::mt19937 random(20241101);
    const std::size_t before = allocated;
    table t("t", schema(described, {"id"}), options);
    std::optional<table_snapshot> kept;
    std::int64_t now = 0;
    std::int64_t next = 0;
    for (int step = 0; step < 60; ++step) {
      CAPTURE(step);
      {
        std::vector<row> rows = random_rows(20'000, next, random);
        std::vector<std::int64_t> times;
        std::vector<change_kind> kinds;
        for (std::size_t i = 0; i < rows.size(); ++i) {
          times.push_back(now += 1);
          kinds.push_back(random() % 5 == 0 ? change_kind::erase : change_kind::update);
        }
        t.upsert(batch_of(t.schema(), rows).view(),
                 {.kinds = kinds, .comparison = options.comparison ? column_values(times.data()) : column_values()});
      }
      if (step == 30) kept = t.snapshot();
      if (step == 45) kept.reset();
      if (step % 4 != 0) continue;
      const auto found = static_cast<double>(t.bytes());
      const auto expected = static_cast<double>(allocated - before);
      REQUIRE(found > 0.93 * expected);
      REQUIRE(found < 1.07 * expected);
    }
  }
}

TEST_CASE("the memory a snapshot keeps from being written is used again when the last reader is gone") {
  table t("t", schema({{"id", column_type::int64}, {"n", column_type::int64}}, {"id"}));
  const auto write = [&](std::int64_t n) {
    std::vector<row> rows;
    for (std::int64_t id = 0; id < 20'000; ++id) rows.push_back({id, n});
    t.upsert(batch_of(t.schema(), rows).view());
  };
  write(0);
  const std::size_t alone = t.bytes();
  std::size_t most = 0;
  for (std::int64_t n = 1; n < 20; ++n) {
    const table_snapshot kept = t.snapshot();
    const table_snapshot other = kept;
    write(n);
    most = std::max(most, t.bytes());
  }
  CHECK(most < 3 * alone);  // the table, and once again what the snapshot has; chunks come in blocks
  CHECK(t.bytes() == most);
}

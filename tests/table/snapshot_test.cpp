// SPDX-License-Identifier: Apache-2.0
#include <oriel/table/snapshot.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <thread>
#include <vector>

#include <oriel/table/table.hpp>

using namespace oriel;

namespace {

const schema accounts({{"id", column_type::int64},
                       {"balance", column_type::int64},
                       {"owner", column_type::string},
                       {"limit", column_type::float64, true}},
                      {"id"});

/// Moves money between accounts and returns how much there is in all.
class bank {
 public:
  explicit bank(std::size_t size) : balances_(size, 100) {}

  void open(table& t) {
    for (std::size_t i = 0; i < balances_.size(); ++i) add(i);
    write(t);
  }
  void move(table& t, std::uint64_t random) {
    for (int i = 0; i < 40; ++i) {
      random = random * 6364136223846793005 + 1442695040888963407;
      const std::size_t from = (random >> 33) % balances_.size();
      const std::size_t to = (random >> 13) % balances_.size();
      balances_[from] -= 3;
      balances_[to] += 3;
      add(from);
      add(to);
    }
    write(t);
  }
  /// Takes the last account out, its money going to the first, or puts it back.
  void close_or_open_last(table& t) {
    const std::size_t last = balances_.size() - 1;
    if (!is_open_) {
      balances_[last] = 0;
      add(last);
      is_open_ = true;
      return write(t);
    }
    balances_[0] += balances_[last];
    add(0);
    add(last);
    std::vector<change_kind> kinds{change_kind::update, change_kind::erase};
    t.upsert(rows_.view(), {.kinds = kinds});
    rows_.clear();
    balances_[last] = 0;
    is_open_ = false;
  }
  bool is_open(std::size_t account) const { return is_open_ || account + 1 < balances_.size(); }

 private:
  void add(std::size_t account) {
    if (!is_open(account)) is_open_ = true;
    rows_[0].push_back(static_cast<std::int64_t>(account));
    rows_[1].push_back(balances_[account]);
    rows_[2].push_back(account % 2 == 0 ? "even" : "odd");
    if (account % 3 == 0) {
      rows_[3].push_null();
    } else {
      rows_[3].push_back(0.5);
    }
  }
  void write(table& t) {
    t.upsert(rows_.view());
    rows_.clear();
  }

  std::vector<std::int64_t> balances_;
  batch_buffer rows_{accounts};
  bool is_open_ = true;
};

/// The sum of all balances, and some reading of everything else.
std::int64_t total(const table_snapshot& s, bool& sound) {
  std::int64_t sum = 0;
  for (std::size_t c = 0; c < s.chunk_count(); ++c) {
    const chunk_view chunk = s.chunk(c);
    const std::uint64_t* const validity = chunk.validity(3);
    const zone balances = chunk.bounds(1);
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      const std::int64_t id = chunk.int64s(0)[i];
      const std::int64_t balance = chunk.int64s(1)[i];
      sum += balance;
      const bool is_null = validity != nullptr && (validity[i / 64] >> (i % 64) & 1) == 0;
      sound = sound && is_null == (id % 3 == 0) && balances.min_int64 <= balance && balance <= balances.max_int64 &&
              s.dictionary(2)[chunk.string_ids(2)[i]] == (id % 2 == 0 ? "even" : "odd");
    }
  }
  return sum;
}

}  // namespace

TEST_CASE("readers always see all the money while a writer moves it about") {
  constexpr std::size_t size = 2500;  // the last chunk is not full
  constexpr std::int64_t money = 100 * size;
  table t("accounts", accounts);
  bank b(size);
  b.open(t);

  std::atomic<bool> stop{false};
  std::atomic<int> torn{0};
  std::atomic<std::size_t> seen{0};
  const auto read = [&](std::size_t keep) {
    std::vector<table_snapshot> kept;  // some are held while many writes go by
    while (!stop) {
      kept.push_back(t.snapshot());
      bool sound = true;
      for (const table_snapshot& s : kept) {
        if (total(s, sound) != money || !sound) ++torn;
        ++seen;
      }
      if (kept.size() > keep) kept.erase(kept.begin());
    }
  };
  std::vector<std::thread> readers;
  for (const std::size_t keep : {0U, 0U, 3U}) readers.emplace_back(read, keep);
  for (std::uint64_t i = 0; i < 1500 || seen < 100; ++i) {
    b.move(t, i);
    if (i % 5 == 0) b.close_or_open_last(t);
  }
  stop = true;
  for (std::thread& r : readers) r.join();
  CHECK(torn == 0);
  CHECK(seen >= 100);
}

TEST_CASE("readers of a growing table see a prefix of what was appended") {
  table t("log",
          schema({{"n", column_type::int64}, {"text", column_type::string}, {"maybe", column_type::int64, true}}));
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::atomic<int> seen{0};
  const auto read = [&] {
    while (!stop) {
      const table_snapshot s = t.snapshot();
      std::int64_t n = 0;
      for (std::size_t c = 0; c < s.chunk_count(); ++c) {
        const chunk_view chunk = s.chunk(c);
        const std::uint64_t* const validity = chunk.validity(2);
        for (std::size_t i = 0; i < chunk.size(); ++i, ++n) {
          const bool is_null = validity != nullptr && (validity[i / 64] >> (i % 64) & 1) == 0;
          const std::string_view text = s.text(chunk, 1, i);
          if (chunk.int64s(0)[i] != n || is_null != (n % 97 == 0) || text != std::to_string(n / 3)) ++wrong;
        }
      }
      if (static_cast<std::size_t>(n) != s.row_count()) ++wrong;
      ++seen;
    }
  };
  std::thread first(read);
  std::thread second(read);
  std::int64_t n = 0;
  while (n < 6000 || (seen < 50 && n < 200'000)) {
    batch_buffer rows(t.schema());
    std::vector<std::string> texts;
    for (int i = 0; i < 7; ++i) texts.push_back(std::to_string((n + i) / 3));
    for (int i = 0; i < 7; ++i, ++n) {
      rows[0].push_back(n);
      rows[1].push_back(texts[static_cast<std::size_t>(i)]);
      n % 97 == 0 ? rows[2].push_null() : rows[2].push_back(n);
    }
    t.append(rows.view());
  }
  stop = true;
  first.join();
  second.join();
  CHECK(wrong == 0);
}

TEST_CASE("chunks of a full block have bounds in common, of every snapshot its own") {
  table t("t",
          schema({{"k", column_type::int64}, {"x", column_type::float64, true}, {"s", column_type::string}}, {"k"}));
  constexpr std::int64_t block = block_chunks * chunk_rows;
  const auto put = [&](std::int64_t first, std::int64_t last, double x) {
    batch_buffer batch(t.schema());
    for (std::int64_t k = first; k < last; ++k) {
      batch[0].push_back(k);
      k % 3 == 0 ? batch[1].push_null() : batch[1].push_back(x);
      batch[2].push_back("s");
    }
    t.upsert(batch.view());
  };
  put(0, block - 2, 1.5);
  CHECK_FALSE(t.snapshot().block_bounds(0, 0).bounded);
  put(block - 2, block + 5, 2.5);
  const table_snapshot before = t.snapshot();
  for (int again = 0; again < 2; ++again) {
    CHECK(before.block_bounds(0, 0).bounded);
    CHECK(before.block_bounds(0, 0).max_int64 == block - 1);
    CHECK(before.block_bounds(0, 1).min_float64 == 1.5);
    CHECK(before.block_bounds(0, 1).max_float64 == 2.5);
    CHECK_FALSE(before.block_bounds(0, 1).has_nan);
    CHECK_FALSE(before.block_bounds(0, 2).bounded);
    CHECK_FALSE(before.block_bounds(1, 0).bounded);
  }
  put(7, 8, -3);
  put(8, 9, std::nan(""));
  CHECK(t.snapshot().block_bounds(0, 1).min_float64 == -3);
  CHECK(t.snapshot().block_bounds(0, 1).has_nan);
  CHECK(before.block_bounds(0, 1).min_float64 == 1.5);
  const std::int64_t gone = 0;  // the last row of the table comes to its place
  const column_values keys[] = {&gone};
  t.erase({1, keys});
  CHECK(t.snapshot().block_bounds(0, 0).min_int64 == 1);
  CHECK(t.snapshot().block_bounds(0, 0).max_int64 == block + 4);
  CHECK(before.block_bounds(0, 0).min_int64 == 0);
}

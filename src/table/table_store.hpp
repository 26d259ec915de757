// SPDX-License-Identifier: Apache-2.0
// src/table/table_store.hpp - a table without its lock: keys over a column store.
//
// A batch is worked off in blocks of some hundred rows, and a block in passes, so that
// the waits for memory overlap instead of following one another:
//
//   1. strings become ids, keys become hashes; the index slots are prefetched
//   2. slots give guesses of rows; the guessed rows' keys are prefetched
//   3. row after row it is decided which row of the table it becomes, if any
//   4. column by column the values are written, the cells of rows ahead prefetched
//
// Pass 3 goes strictly in order and keeps index, keys and comparison values up to date, so
// equal keys within a block find each other; the order within pass 4 makes the last one
// win. A key's cells are written once, when its row is made.
//
// A batch of mixed changes is cut into runs of puts and runs of erases.
//
// A table with partial updates merges in pass 3, row after row, since the next row of a key
// must find what the last one left; it has no pass 4.
//
// Erased keys of a table with comparison are remembered (`erased_`) with the value they
// were erased at, until a row that is not older brings them back; where late rows count,
// also after that, or what the erase has taken out would come back in with them.
//
// A changelog may give a row the key of another before it takes that one out. Such keys are
// counted (`shared_`), and as many erases of them leave the key to the row that is there.
//
// Time to live is as if every key that is not there had been erased at the horizon, the
// greatest time seen - ttl: what is not after it does not come in. A row that a block finds
// past the horizon is begun anew in its place, since rows do not move while a block is put
// in; the others are swept out at the end of the write.
//
// Invariant: with a key, index_ has one entry for each row, under the hash of its key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include <oriel/table/table.hpp>
#include <table/change_log.hpp>
#include <table/column_store.hpp>
#include <table/dictionary.hpp>
#include <table/expiry.hpp>
#include <table/hash_index.hpp>
#include <table/snapshot_state.hpp>

namespace oriel::detail {

class table_store {
 public:
  table_store(std::string name, oriel::schema columns, table_options options);

  const std::string& name() const noexcept { return description_->name; }
  const oriel::schema& schema() const noexcept { return description_->schema; }
  const table_options& options() const noexcept { return options_; }

  void append(const column_batch& rows);
  write_result upsert(const column_batch& rows, const upsert_details& details);
  write_result erase(const column_batch& keys, const column_values& comparison);

  write_result advance(timestamp watermark);

  // table_changes.cpp
  void subscribe(std::shared_ptr<change_log> log);
  void unsubscribe(const std::shared_ptr<change_log>& log) noexcept;

  /// The rows of keys, `hash_index::none` where there is none. Requires: the key's columns only, of its types,
  /// without nulls; nobody writes.
  void find(const column_batch& keys, std::span<std::uint32_t> rows) const noexcept;

  bool is_null(std::size_t column, std::uint32_t row) const noexcept { return store_.is_null(column, row); }
  const std::byte* cell(std::size_t column, std::uint32_t row) const noexcept { return store_.cell(column, row); }

  /// The string of a row, for as long as nobody writes. Requires: a STRING column.
  std::string_view text(std::size_t column, std::uint32_t row) const noexcept;

  std::size_t row_count() const noexcept { return store_.rows(); }
  std::uint64_t version() const noexcept { return version_; }
  std::uint64_t out_of_order() const noexcept { return out_of_order_; }
  std::uint64_t expired() const noexcept { return expired_; }
  std::size_t bytes() const;
  table_snapshot snapshot();

 private:
  /// Rows worked on at once: the cells they touch should stay in the second-level cache.
  static constexpr std::size_t block_rows = 256;
  static constexpr std::uint32_t no_row = hash_index::none;
  static constexpr std::size_t no_column = static_cast<std::size_t>(-1);

  /// A part of the batch that is being written.
  struct block {
    std::span<const column_values> columns;
    std::span<const std::size_t> key;  // where the key's parts are within `columns`
    const column_values& comparison;
    std::size_t first = 0;
    std::size_t count = 0;
    bool changelog = false;
  };

  template <typename T>
  using of_block = std::array<T, block_rows>;

  /// What the list of a row becomes.
  struct list_write {
    list_elements elements;
    bool is_null = false;
    bool skip = false;  // it stays as it is, unless the row is new
    std::vector<std::byte> joined{};
  };

  /// What one pass hands to the next, by row of the block.
  struct scratch {
    of_block<std::uint32_t> tags;
    of_block<std::uint32_t> guesses;
    std::vector<of_block<std::uint64_t>> key_bits;  // by part of the key
    std::vector<of_block<std::uint32_t>> ids;       // by column of the schema
    of_block<std::uint32_t> sources;                // of the writes to be done: row of the block ...
    of_block<std::uint32_t> targets;                // ... and row of the table
    of_block<std::byte*> chunks;                    // ... whose chunk begins here
    std::size_t writes = 0;

    std::vector<of_block<std::uint32_t>> list_starts;       // by list column of strings: where a row's ids begin ...
    std::vector<std::vector<std::uint32_t>> list_ids;       // ... among these
    std::vector<std::string_view> texts;                    // of the column whose ids are looked up
    std::vector<list_write> list_writes;                    // by list column, of one row
  };

  class version_step;

  // table_store.cpp: what becomes of the rows
  void put(const block& rows, write_result& result);
  void put_plain_row(const block& rows, std::size_t i, write_result& result);
  void put_row(const block& rows, std::size_t i, write_result& result);
  std::uint32_t add_row(const block& rows, std::size_t i);
  void remove(const block& rows, write_result& result);
  void remove_row(std::uint32_t row, std::uint32_t tag);
  void drop(const block& rows, std::size_t i);
  void check_options();
  void sort_columns();
  std::int64_t newest(std::uint32_t row) const noexcept;
  bool stays_away(std::size_t i, std::int64_t when);
  void share_key(const block& rows, std::size_t i, bool is_there);
  bool is_left_to_another(const block& rows, std::size_t i, bool is_there);
  void count_expired(write_result& result) noexcept;

  // table_expiry.cpp: what is past its time
  bool has_ttl() const noexcept { return options_.ttl.count() > 0; }
  void observe(std::int64_t time) noexcept;
  bool is_past(std::int64_t time) const noexcept { return has_horizon_ && time <= horizon_; }
  void sweep(write_result& result);

  // table_keys.cpp: where the rows are
  void find_rows(const block& rows);
  void hash_keys(const block& rows);
  void mark_nulls(const block& rows);
  std::uint32_t row_of(std::size_t i) const noexcept;
  bool has_key(std::uint32_t row, std::size_t i) const noexcept;
  bool read_key(const column_batch& keys, std::size_t from, std::size_t i) const noexcept;
  std::uint64_t stored_key(std::size_t part, std::uint32_t row) const noexcept;
  std::uint32_t tag_of(std::uint32_t row) const noexcept;
  std::string key_text(std::size_t i) const;

  // table_cells.cpp: values into cells
  void intern(std::size_t column, const column_values& values, std::size_t first, std::size_t count);
  void write_cell(std::size_t column, const column_values& values, std::size_t first, std::size_t i,
                  std::uint32_t row) noexcept;
  void write_columns(const block& rows) noexcept;
  void write_column(std::size_t column, const column_values& values, std::size_t first) noexcept;
  template <typename T, typename Read>
  void write_cells(std::size_t column, Read&& read) noexcept;
  void append_column(std::size_t column, const column_values& values, std::size_t first, std::size_t count,
                     std::uint32_t row) noexcept;

  // table_lists.cpp: lists into pools
  void intern_lists(std::size_t column, const column_values& values, std::size_t first, std::size_t count);
  list_elements list_of(std::size_t column, const column_values& values, std::size_t first, std::size_t i) const noexcept;
  void append_lists(const column_batch& rows, std::size_t first, std::size_t count, std::uint32_t row);
  void reserve_lists(std::uint32_t row);
  void write_lists(std::uint32_t row, bool is_new) noexcept;
  void write_list(std::size_t column, std::uint32_t row, list_elements elements) noexcept;
  void set_null(std::size_t column, std::uint32_t row, bool null) noexcept;

  // table_strings.cpp: strings no row has any more, and those that need no dictionary
  void review_strings() noexcept;
  void review_strings(std::size_t column);
  std::size_t count_used(std::size_t column, std::vector<std::uint64_t>& used) const;
  bool is_smaller_without_dictionary(std::size_t column, std::size_t in_use) const noexcept;
  void store_without_dictionary(std::size_t column);
  void move_cells(std::size_t column, std::uint32_t first, std::size_t rows, column_store& to) const;
  void replace_dictionary(std::size_t column, std::shared_ptr<dictionary> by);
  void mark_rows(std::size_t column, std::vector<std::uint64_t>& used) const noexcept;
  void mark_remembered(std::size_t column, std::vector<std::uint64_t>& used) const noexcept;

  // table_merge.cpp: partial upserts
  void set_strategies();
  void merge_lists(const block& rows, std::size_t i, std::uint32_t row, bool is_new, bool is_late);
  void join_lists(std::size_t column, list_elements old, list_write& w);
  void merge_cells(const block& rows, std::size_t i, std::uint32_t row, bool is_new, bool is_late) noexcept;
  void merge_cell(std::size_t column, const column_values& values, std::size_t first, std::size_t i,
                  std::uint32_t row) noexcept;

  // table_changes.cpp: what subscriptions are told
  table_row read_row(std::uint32_t row) const;
  void note_write(std::uint32_t row, bool is_new) noexcept;
  void note_erase(std::uint32_t row) noexcept;
  void note_appended(std::uint32_t first, std::size_t count) noexcept;
  void publish_notes() noexcept;
  void publish(const change<table_row>& c);
  void lose_notes() noexcept;

  // table_checks.cpp: whether a batch fits
  void check(const column_batch& rows, std::span<const std::size_t> columns) const;
  void check(const column_values& comparison) const;
  [[noreturn]] void fail(const std::string& message) const;

  std::shared_ptr<const table_description> description_;  // the first: others differ in layout
  table_options options_;
  column_store store_;
  std::vector<std::shared_ptr<dictionary>> dictionaries_;  // by column; null unless of strings
  std::vector<std::size_t> next_review_;                   // by column, at how many strings
  std::vector<std::weak_ptr<const dictionary>> replaced_;        // that snapshots may still have ...
  std::vector<std::weak_ptr<const chunk_pool>> former_memory_;  // ... and where the chunks of those lie
  std::vector<std::size_t> all_columns_;                   // 0, 1, ...
  std::vector<std::size_t> value_columns_;                 // those outside the key whose values are cells
  std::vector<std::size_t> list_columns_;                  // those whose values lie in pools
  hash_index index_;
  boost::unordered_flat_map<std::string, std::int64_t> erased_;
  boost::unordered_flat_map<std::string, std::int64_t> shared_;  // keys of several rows of a changelog: how many others
  std::unique_ptr<scratch> scratch_;
  std::vector<std::uint32_t> dropped_;
  std::uint64_t version_ = 0;
  std::uint64_t out_of_order_ = 0;
  std::weak_ptr<const snapshot_state> latest_;

  std::vector<merge_strategy> strategies_;  // by column
  bool has_commutative_ = false;
  std::size_t delete_column_ = no_column;

  expiry expiry_;  // with a time to live
  std::int64_t greatest_ = 0;
  std::int64_t horizon_ = 0;  // what is not after it is past
  bool has_horizon_ = false;
  std::size_t next_erased_sweep_ = 1024;
  std::uint64_t expired_ = 0;

  std::vector<std::shared_ptr<change_log>> logs_;
  std::vector<std::pair<std::uint32_t, change<table_row>>> notes_;  // of the block being put in
  boost::unordered_flat_map<std::uint32_t, std::size_t> noted_;     // where a row's note is
};

}  // namespace oriel::detail

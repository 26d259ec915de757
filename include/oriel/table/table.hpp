// SPDX-License-Identifier: Apache-2.0
// oriel/table/table.hpp - a stream remembered: rows in columns, replaced by key.
//
// A table without a key only grows: `append`. A table with a primary key holds one
// row for each key: `upsert` puts rows in or replaces them, `erase` takes them out.
//
// Rows lie in chunks of 1 024, each column an array. `snapshot()` shares the chunks;
// a write changes a chunk in place unless a snapshot shares it, and clones it first
// if one does. New rows go behind the rows a snapshot knows and never clone.
// Erasing moves the last row into the hole: a table has no gaps, and no row order.
//
// Which row of a key is the newer one? By default the one that arrived later. With
// `table_options::comparison` every row brings a value to compare (usually its event
// time) and a row older than the one that is there is dropped and counted. An
// erase brings one too: what is older than the erase stays away, however late.
// What becomes of the columns of a row that is replaced, and for how long a key is
// kept, is said in table_options.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <oriel/core/change.hpp>
#include <oriel/core/export.hpp>
#include <oriel/table/column_batch.hpp>
#include <oriel/table/schema.hpp>
#include <oriel/table/snapshot.hpp>
#include <oriel/table/subscription.hpp>
#include <oriel/table/table_options.hpp>

namespace oriel {

namespace detail {
class change_signal;
class fair_lock;
class table_store;
}  // namespace detail

/// What is said of the rows of an upsert besides their columns. What is left empty says nothing.
struct upsert_details {
  std::span<const change_kind> kinds{};  ///< `erase` takes the row's key out; insert and update put the row in
  column_values comparison{};            ///< LONG or TIMESTAMP values, without nulls: which row is newer

  /// The rows are those of a changelog, which may give one row the key of another before that one has left it: a
  /// key that was put in twice is there until it was erased twice, and the last row put in is the one that is seen.
  bool changelog = false;
};

/// What a write did to the table.
struct write_result {
  std::size_t inserted = 0;
  std::size_t updated = 0;
  std::size_t erased = 0;
  std::size_t expired = 0;  ///< keys that came to the end of their time
  std::size_t merged = 0;   ///< of the updated: rows that were older, of which commutative columns took their part

  /// Positions within the batch of the rows dropped because they were older; good until the next write.
  std::span<const std::uint32_t> out_of_order{};
};

/// Rows in columns, appended to or replaced by primary key.
///
/// Complexity: a write is O(rows), in batches of some hundred rows about two lookups in a hash map
/// each; the first write to a chunk after a snapshot copies it; a snapshot is O(chunks).
/// Memory: the columns, 10-20 bytes per key of index, 8 with a comparison value; distinct strings
/// once, those no row has any more for a while; see docs/table.md.
/// Threads: every function may be called from any thread; each call is one unit, as is everything
/// written under one `catalog::write()`. Snapshots never wait longer than for the unit being written.
/// Errors: writes throw `error{invalid}` and change nothing when the batch does not fit the schema
/// (number and types of columns, null in a column that is not nullable, append with a key, upsert or
/// erase without one, comparison missing or unasked for); `error{exhausted}` at 4 294 967 295 rows or
/// distinct strings of a column, in which case the rows before the one that failed are in.
///
///     table pages("pages", schema({{"page", column_type::string}, {"views", column_type::int64}}, {"page"}));
///     batch_buffer rows(pages.schema());
///     rows[0].push_back("/home");
///     rows[1].push_back(3);
///     pages.upsert(rows.view());
///     pages.snapshot().row_count();  // 1
class ORIEL_EXPORT table {
 public:
  /// Errors: throws `error{invalid}` for an empty name, a schema without columns, and options that do not fit it:
  /// a comparison without a key, a strategy that is not for its column's type, a time to live without comparison.
  table(std::string name, oriel::schema columns, table_options options = {});
  ~table();
  table(const table&) = delete;
  table& operator=(const table&) = delete;

  const std::string& name() const noexcept;
  const oriel::schema& schema() const noexcept;
  const table_options& options() const noexcept;

  /// Adds rows at the end. Requires: no primary key.
  void append(const column_batch& rows);

  /// Puts rows in, replacing those with equal keys, exactly as if one after another.
  ///
  /// Keys are equal by value; NaN equals NaN and -0.0 equals 0.0. A replaced row keeps its place.
  write_result upsert(const column_batch& rows, const upsert_details& details = {});

  /// Takes rows out by key. `keys` has the key's columns only, in the key's order. Keys that are not there
  /// are passed over, but with a comparison they are remembered.
  write_result erase(const column_batch& keys, const column_values& comparison = {});

  /// Lets event time go on without a row: keys whose time to live has passed are gone.
  write_result advance(timestamp watermark);

  std::size_t row_count() const;

  /// How many writes have changed the table: equal versions mean equal rows.
  std::uint64_t version() const;

  /// The version once it is another than `known`; nothing when `timeout` passes first.
  std::optional<std::uint64_t> wait_for_change(std::uint64_t known, std::chrono::milliseconds timeout) const;

  /// Follows the table. Requires: the subscription ends before the table.
  table_subscription subscribe(subscription_options options = {});

  /// Rows so far that came when a newer one was there: dropped, or merged as far as order makes no difference.
  std::uint64_t out_of_order() const;

  /// Keys so far that came to the end of their time.
  std::uint64_t expired() const;

  /// Memory taken: chunks (also those that only snapshots still use), index and dictionaries.
  std::size_t bytes() const;

  /// The table as it is now.
  table_snapshot snapshot() const;

 private:
  friend class catalog;
  friend class table_lookup;
  friend class table_subscription;
  table(std::string name, oriel::schema columns, table_options options, std::shared_ptr<detail::fair_lock> lock);

  std::shared_ptr<detail::fair_lock> lock_;
  std::unique_ptr<detail::table_store> store_;
  std::unique_ptr<detail::change_signal> changed_;
};

}  // namespace oriel

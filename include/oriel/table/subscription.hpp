// SPDX-License-Identifier: Apache-2.0
// oriel/table/subscription.hpp - following a table as it changes.
//
// A subscriber first gets a snapshot, then what has changed since, in order, each change
// with the row before and after: replayed on the snapshot, they are the table. Only
// whole units are handed out. Changes wait in a buffer that is bounded, so that a slow
// reader cannot hold memory: when it overflows they are thrown away, and the subscriber
// gets a new snapshot in place of them. Nobody waits for a subscriber.
//
//     table_subscription follow = pages.subscribe();
//     send_all(*follow.take().snapshot);
//     while (running) {
//       const std::optional<table_changes> news = follow.wait(std::chrono::seconds(1));
//       if (!news) continue;
//       news->snapshot ? send_all(*news->snapshot) : send(news->changes);
//     }
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <oriel/core/change.hpp>
#include <oriel/core/export.hpp>
#include <oriel/core/time.hpp>
#include <oriel/table/snapshot.hpp>

namespace oriel {

class table;

namespace detail {
struct change_log;
class fair_lock;
}  // namespace detail

/// A value of a row by itself, null as monostate. Booleans in lists are 0 and 1.
using table_value = std::variant<std::monostate, bool, std::int64_t, double, timestamp, std::string,
                                 std::vector<std::uint8_t>, std::vector<std::int64_t>, std::vector<double>,
                                 std::vector<timestamp>, std::vector<std::string>>;

/// A row by itself: a value for each column of the schema.
using table_row = std::vector<table_value>;

/// A row of a snapshot, copied. Requires: the chunk and the row are there.
ORIEL_EXPORT table_row row_of(const table_snapshot& rows, std::size_t chunk, std::size_t row);

/// What a subscriber has missed.
struct table_changes {
  std::uint64_t version = 0;  ///< the table's, with these changes

  /// Begin anew from this: it is the first time, or more had changed than the buffer holds.
  std::optional<table_snapshot> snapshot{};

  /// What has changed since, in order; a row written several times in a row may show the last only.
  std::vector<change<table_row>> changes;
};

/// How a table is followed.
struct subscription_options {
  std::size_t capacity = 65'536;  ///< changes kept until they are taken
};

/// A table's changes, for one reader. See the head of the file.
///
/// Threads: one at a time. Requires: it ends before its table. Cost: while there are subscriptions a write
/// copies the rows it changes, before and after.
class ORIEL_EXPORT table_subscription {
 public:
  table_subscription(table_subscription&& other) noexcept;
  table_subscription& operator=(table_subscription&&) = delete;
  ~table_subscription();

  /// What has changed since the last call, perhaps nothing.
  table_changes take();

  /// The same, once there is something; nothing when `timeout` passes first.
  std::optional<table_changes> wait(std::chrono::milliseconds timeout);

 private:
  friend class table;
  table_subscription(table& of, std::shared_ptr<detail::change_log> log) : table_(&of), log_(std::move(log)) {}

  table* table_;
  std::shared_ptr<detail::change_log> log_;
  std::uint64_t version_ = 0;
};

}  // namespace oriel

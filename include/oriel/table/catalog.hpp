// SPDX-License-Identifier: Apache-2.0
// oriel/table/catalog.hpp - tables by name, seen together.
//
// One lock orders all tables of a catalog. A pipeline holds it for as long as one
// batch is applied (`write()`); a reader for as long as it takes to copy the chunk
// pointers (`snapshot()`), and then reads without any lock. So whatever one batch
// wrote, to however many tables, is seen whole or not at all. The lock is fair:
// a pipeline in a tight loop keeps a reader waiting for a few batches, never for longer.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <oriel/core/export.hpp>
#include <oriel/table/table.hpp>

namespace oriel {

/// Several tables as they stood at one moment.
///
/// Complexity: copying shares. Threads: may be read and copied from any thread.
class ORIEL_EXPORT catalog_snapshot {
 public:
  std::size_t size() const noexcept { return tables_.size(); }
  const table_snapshot& operator[](std::size_t index) const noexcept { return tables_[index]; }
  auto begin() const noexcept { return tables_.begin(); }
  auto end() const noexcept { return tables_.end(); }

  /// The table of exactly this name; failing that, the one that differs only in case; or nullptr.
  const table_snapshot* find(std::string_view name) const noexcept;

  /// The same. Errors: throws `error{invalid}` with near names when there is none.
  const table_snapshot& at(std::string_view name) const;

  std::vector<std::string> names() const;

 private:
  friend class catalog;
  std::vector<table_snapshot> tables_;
};

/// Makes what is written while it lives visible at once. See `catalog::write`.
class [[nodiscard]] ORIEL_EXPORT write_guard {
 public:
  write_guard(write_guard&& other) noexcept : lock_(std::exchange(other.lock_, nullptr)) {}
  write_guard& operator=(write_guard&&) = delete;
  ~write_guard();

 private:
  friend class catalog;
  explicit write_guard(detail::fair_lock& lock);
  detail::fair_lock* lock_;
};

/// Tables by name. Names differ even when case is ignored. A table lives as long as its catalog.
///
/// Threads: every function may be called from any thread.
///
///     catalog tables;
///     table& orders = tables.create("orders", orders_schema);
///     table& totals = tables.create("totals", totals_schema);
///     {
///       auto unit = tables.write();
///       orders.upsert(...);
///       totals.upsert(...);
///     }                                                 // both are seen from here on
///     catalog_snapshot now = tables.snapshot();         // from any thread, at any time
class ORIEL_EXPORT catalog {
 public:
  catalog();
  ~catalog();
  catalog(const catalog&) = delete;
  catalog& operator=(const catalog&) = delete;

  /// Makes a table, or finds it if it has been made with the same name, schema and options.
  /// Errors: throws `error{invalid}` when the name is taken by a different table, and as `table` does.
  table& create(std::string name, schema columns, table_options options = {});

  /// The table of exactly this name; failing that, the one that differs only in case; or nullptr.
  table* find(std::string_view name) const;

  /// The same. Errors: throws `error{invalid}` with near names when there is none.
  table& at(std::string_view name) const;

  /// The names of all tables, in the order they were made.
  std::vector<std::string> names() const;

  /// Begins a unit: until the guard is gone, no other thread writes or takes a snapshot. The same thread
  /// may do both, and may begin further units within it. Requires: the guard ends on the thread that began it.
  write_guard write();

  /// One table as it is now. Errors: as `at`.
  table_snapshot snapshot(std::string_view name) const;

  /// These tables at one moment, in this order. Errors: as `at`.
  catalog_snapshot snapshot(std::span<const std::string> names) const;

  /// All tables at one moment.
  catalog_snapshot snapshot() const;

 private:
  std::shared_ptr<detail::fair_lock> lock_;
  std::vector<std::unique_ptr<table>> tables_;
};

}  // namespace oriel

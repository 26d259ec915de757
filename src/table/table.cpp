// SPDX-License-Identifier: Apache-2.0
// src/table/table.cpp - every call under the lock.
#include <oriel/table/table.hpp>

#include <mutex>
#include <utility>

#include <table/fair_lock.hpp>
#include <table/table_store.hpp>

namespace oriel {

table::table(std::string name, oriel::schema columns, table_options options)
    : table(std::move(name), std::move(columns), options, std::make_shared<detail::fair_lock>()) {}

table::table(std::string name, oriel::schema columns, table_options options, std::shared_ptr<detail::fair_lock> lock)
    : lock_(std::move(lock)),
      store_(std::make_unique<detail::table_store>(std::move(name), std::move(columns), options)) {}

table::~table() = default;

const std::string& table::name() const noexcept { return store_->name(); }
const oriel::schema& table::schema() const noexcept { return store_->schema(); }
const table_options& table::options() const noexcept { return store_->options(); }

void table::append(const column_batch& rows) {
  const std::lock_guard guard(*lock_);
  store_->append(rows);
}

write_result table::upsert(const column_batch& rows, const upsert_details& details) {
  const std::lock_guard guard(*lock_);
  return store_->upsert(rows, details);
}

write_result table::erase(const column_batch& keys, const column_values& comparison) {
  const std::lock_guard guard(*lock_);
  return store_->erase(keys, comparison);
}

std::size_t table::row_count() const {
  const std::lock_guard guard(*lock_);
  return store_->row_count();
}

std::uint64_t table::version() const {
  const std::lock_guard guard(*lock_);
  return store_->version();
}

std::uint64_t table::out_of_order() const {
  const std::lock_guard guard(*lock_);
  return store_->out_of_order();
}

std::size_t table::bytes() const {
  const std::lock_guard guard(*lock_);
  return store_->bytes();
}

table_snapshot table::snapshot() const {
  const std::lock_guard guard(*lock_);
  return store_->snapshot();
}

}  // namespace oriel

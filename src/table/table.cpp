// SPDX-License-Identifier: Apache-2.0
// src/table/table.cpp - every call under the lock.
#include <oriel/table/table.hpp>

#include <mutex>
#include <utility>

#include <table/change_log.hpp>
#include <table/change_signal.hpp>
#include <table/fair_lock.hpp>
#include <table/table_store.hpp>

namespace oriel {

table::table(std::string name, oriel::schema columns, table_options options)
    : table(std::move(name), std::move(columns), std::move(options), std::make_shared<detail::fair_lock>()) {}

table::table(std::string name, oriel::schema columns, table_options options, std::shared_ptr<detail::fair_lock> lock)
    : lock_(std::move(lock)),
      store_(std::make_unique<detail::table_store>(std::move(name), std::move(columns), std::move(options))),
      changed_(std::make_unique<detail::change_signal>()) {}

table::~table() = default;

const std::string& table::name() const noexcept { return store_->name(); }
const oriel::schema& table::schema() const noexcept { return store_->schema(); }
const table_options& table::options() const noexcept { return store_->options(); }

namespace {

/// Wakes those who wait when a write has changed the version, in whichever way it ends.
class announcement {
 public:
  announcement(const detail::table_store& store, detail::change_signal& to)
      : store_(store), to_(to), before_(store.version()) {}
  announcement(const announcement&) = delete;
  announcement& operator=(const announcement&) = delete;
  ~announcement() {
    if (store_.version() != before_) to_.set(store_.version());
  }

 private:
  const detail::table_store& store_;
  detail::change_signal& to_;
  std::uint64_t before_;
};

}  // namespace

void table::append(const column_batch& rows) {
  const std::lock_guard guard(*lock_);
  const announcement news(*store_, *changed_);
  store_->append(rows);
}

write_result table::upsert(const column_batch& rows, const upsert_details& details) {
  const std::lock_guard guard(*lock_);
  const announcement news(*store_, *changed_);
  return store_->upsert(rows, details);
}

write_result table::erase(const column_batch& keys, const column_values& comparison) {
  const std::lock_guard guard(*lock_);
  const announcement news(*store_, *changed_);
  return store_->erase(keys, comparison);
}

write_result table::advance(timestamp watermark) {
  const std::lock_guard guard(*lock_);
  const announcement news(*store_, *changed_);
  return store_->advance(watermark);
}

// Who is woken within a unit waits for its end at the lock, like everybody who reads.
std::optional<std::uint64_t> table::wait_for_change(std::uint64_t known, std::chrono::milliseconds timeout) const {
  if (!changed_->wait(known, timeout)) return std::nullopt;
  return version();
}

table_subscription table::subscribe(subscription_options options) {
  auto log = std::make_shared<detail::change_log>();
  log->capacity = options.capacity;
  const std::lock_guard guard(*lock_);
  store_->subscribe(log);
  return table_subscription(*this, std::move(log));
}

std::uint64_t table::expired() const {
  const std::lock_guard guard(*lock_);
  return store_->expired();
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

// SPDX-License-Identifier: Apache-2.0
// src/table/subscription.cpp - rows by themselves, and taking what has changed.
#include <oriel/table/subscription.hpp>

#include <mutex>
#include <string>
#include <utility>

#include <oriel/table/table.hpp>
#include <table/cell_value.hpp>
#include <table/change_log.hpp>
#include <table/fair_lock.hpp>
#include <table/table_store.hpp>

namespace oriel {
namespace {

const std::byte* cell_of(const chunk_view& chunk, column_type type, std::size_t column, std::size_t row) {
  switch (type) {
    case column_type::boolean: return reinterpret_cast<const std::byte*>(chunk.booleans(column) + row);
    default: return reinterpret_cast<const std::byte*>(chunk.int64s(column) + row);
  }
}

list_elements list_at(const chunk_view& chunk, column_type type, std::size_t column, std::size_t row) {
  if (!is_list(type)) return {};
  const list_view lists = chunk.lists(column);
  switch (element_of(type)) {
    case column_type::boolean: return {lists.at<std::uint8_t>(row).data(), lists.lengths[row]};
    case column_type::string: return {lists.at<std::uint32_t>(row).data(), lists.lengths[row]};
    default: return {lists.at<std::int64_t>(row).data(), lists.lengths[row]};
  }
}

}  // namespace

table_row row_of(const table_snapshot& rows, std::size_t chunk, std::size_t row) {
  table_row out;
  const chunk_view view = rows.chunk(chunk);
  for (std::size_t column = 0; column < rows.schema().size(); ++column) {
    const column_type type = rows.schema()[column].type;
    const std::uint64_t* const validity = view.validity(column);
    if (validity != nullptr && (validity[row / 64] >> (row % 64) & 1) == 0) {
      out.emplace_back();
      continue;
    }
    if (type == column_type::string) {
      out.emplace_back(std::string(rows.text(view, column, row)));
      continue;
    }
    out.push_back(detail::cell_value(type, cell_of(view, type, column, row), list_at(view, type, column, row),
                                     [&](std::uint32_t id) { return rows.dictionary(column)[id]; }));
  }
  return out;
}

table_subscription::table_subscription(table_subscription&& other) noexcept
    : table_(std::exchange(other.table_, nullptr)), log_(std::move(other.log_)), version_(other.version_) {}

table_subscription::~table_subscription() {
  if (table_ == nullptr) return;
  const std::lock_guard guard(*table_->lock_);
  table_->store_->unsubscribe(log_);
}

table_changes table_subscription::take() {
  const std::lock_guard guard(*table_->lock_);
  table_changes news;
  if (log_->begins_anew) news.snapshot = table_->store_->snapshot();
  log_->begins_anew = false;
  news.version = version_ = table_->store_->version();
  news.changes = std::exchange(log_->changes, {});
  return news;
}

std::optional<table_changes> table_subscription::wait(std::chrono::milliseconds timeout) {
  const auto is_waiting = [&] {
    const std::lock_guard guard(*table_->lock_);
    return !log_->begins_anew && log_->changes.empty();
  };
  if (is_waiting() && !table_->wait_for_change(version_, timeout)) return std::nullopt;
  return take();
}

}  // namespace oriel

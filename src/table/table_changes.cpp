// SPDX-License-Identifier: Apache-2.0
// src/table/table_changes.cpp - telling subscriptions what a write has done.
//
// The row before is read when it is decided that a row is written, the row after when the
// block's values are in. A row written several times within a block is one change.
#include <table/table_store.hpp>

#include <algorithm>
#include <string>
#include <utility>

#include <table/cell_value.hpp>

namespace oriel::detail {

void table_store::subscribe(std::shared_ptr<change_log> log) { logs_.push_back(std::move(log)); }

void table_store::unsubscribe(const std::shared_ptr<change_log>& log) noexcept {
  logs_.erase(std::remove(logs_.begin(), logs_.end(), log), logs_.end());
}

table_row table_store::read_row(std::uint32_t row) const {
  table_row out;
  for (std::size_t column = 0; column < schema().size(); ++column) {
    if (store_.is_null(column, row)) {
      out.emplace_back();
      continue;
    }
    const column_type type = schema()[column].type;
    if (type == column_type::string) {
      out.emplace_back(std::string(text(column, row)));
      continue;
    }
    const chunk_layout::column& place = store_.layout().columns[column];
    const list_elements list = place.element != 0 ? store_.list(column, row) : list_elements{};
    out.push_back(cell_value(type, store_.cell(column, row), list,
                             [&](std::uint32_t id) { return (*dictionaries_[column])[id]; }));
  }
  return out;
}

// Memory that runs out for a subscription is no reason to stop a write: it begins anew.

void table_store::note_write(std::uint32_t row, bool is_new) noexcept {
  if (logs_.empty()) return;
  try {
    if (!noted_.try_emplace(row, notes_.size()).second) return;
    notes_.emplace_back(row, is_new ? change<table_row>::insert({}) : change<table_row>::update(read_row(row), {}));
  } catch (...) {
    lose_notes();
  }
}

void table_store::note_erase(std::uint32_t row) noexcept {
  if (logs_.empty()) return;
  try {
    publish(change<table_row>::erase(read_row(row)));
  } catch (...) {
    lose_notes();
  }
}

void table_store::note_appended(std::uint32_t first, std::size_t count) noexcept {
  if (logs_.empty()) return;
  try {
    for (std::size_t i = 0; i < count; ++i) {
      publish(change<table_row>::insert(read_row(first + static_cast<std::uint32_t>(i))));
    }
  } catch (...) {
    lose_notes();
  }
}

void table_store::publish_notes() noexcept {
  if (notes_.empty()) return;
  try {
    for (auto& [row, c] : notes_) {
      c.after = read_row(row);
      publish(c);
    }
  } catch (...) {
    lose_notes();
  }
  notes_.clear();
  noted_.clear();
}

void table_store::publish(const change<table_row>& c) {
  for (const auto& log : logs_) log->add(c);
}

void table_store::lose_notes() noexcept {
  for (const auto& log : logs_) log->begin_anew();
  notes_.clear();
  noted_.clear();
}

}  // namespace oriel::detail

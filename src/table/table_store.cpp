// SPDX-License-Identifier: Apache-2.0
// src/table/table_store.cpp - what becomes of the rows of a batch.
#include <table/table_store.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

#include <oriel/core/error.hpp>

namespace oriel::detail {

/// Steps the version when a write that changed something ends, in whichever way.
class table_store::version_step {
 public:
  version_step(std::uint64_t& version, const write_result& result) : version_(version), result_(result) {}
  version_step(const version_step&) = delete;
  version_step& operator=(const version_step&) = delete;
  ~version_step() {
    if (result_.inserted + result_.updated + result_.erased > 0) ++version_;
  }

 private:
  std::uint64_t& version_;
  const write_result& result_;
};

table_store::table_store(std::string name, oriel::schema columns, table_options options)
    : description_(
          std::make_shared<table_description>(std::move(name), std::move(columns), options.comparison ? 1 : 0)),
      options_(options),
      store_(description_),
      dictionaries_(schema().size()),
      scratch_(std::make_unique<scratch>()) {
  if (this->name().empty()) throw error(error_kind::invalid, "table: a table has no name; give it one");
  if (schema().size() == 0) fail("the schema has no columns; a table has at least one");
  const std::span<const std::size_t> key = schema().key();
  if (options_.comparison && key.empty()) fail("a comparison has no meaning without a key; give the schema a key");

  for (std::size_t i = 0; i < schema().size(); ++i) {
    all_columns_.push_back(i);
    if (is_list(schema()[i].type)) {
      list_columns_.push_back(i);
    } else if (std::find(key.begin(), key.end(), i) == key.end()) {
      value_columns_.push_back(i);
    }
    if (has_dictionary(schema()[i].type)) dictionaries_[i] = std::make_shared<dictionary>();
  }
  scratch_->key_bits.resize(key.size());
  scratch_->ids.resize(schema().size());
  scratch_->list_starts.resize(list_columns_.size());
  scratch_->list_ids.resize(list_columns_.size());
}

std::size_t table_store::bytes() const {
  std::size_t total = store_.bytes() + index_.bytes() + sizeof(scratch) +
                      scratch_->key_bits.size() * sizeof(of_block<std::uint64_t>) +
                      scratch_->ids.size() * sizeof(of_block<std::uint32_t>) +
                      scratch_->list_starts.size() * sizeof(of_block<std::uint32_t>) +
                      scratch_->texts.capacity() * sizeof(std::string_view);
  for (const auto& ids : scratch_->list_ids) total += ids.capacity() * sizeof(std::uint32_t);
  for (const auto& strings : dictionaries_) {
    if (strings) total += strings->bytes();
  }
  // A slot of the map, its control byte, and the key's bytes where they do not fit the string itself.
  const std::size_t key_bytes = schema().key().size() * sizeof(std::uint64_t);
  const std::size_t outside = key_bytes < sizeof(std::string) / 2 ? 0 : key_bytes + 1;
  return total + erased_.bucket_count() * (sizeof(std::pair<std::string, std::int64_t>) + 1) + erased_.size() * outside;
}

table_snapshot table_store::snapshot() {
  if (std::shared_ptr<const snapshot_state> same = latest_.lock(); same && same->version == version_) {
    return table_snapshot(std::move(same));
  }
  auto state = std::make_shared<snapshot_state>();
  state->version = version_;
  for (const auto& strings : dictionaries_) state->dictionaries.push_back({strings, strings ? strings->size() : 0});
  store_.share(*state);
  latest_ = state;
  return table_snapshot(std::move(state));
}

void table_store::append(const column_batch& rows) {
  if (!schema().key().empty()) fail("it has a primary key; use upsert");
  check(rows, all_columns_);
  write_result result;
  const version_step step(version_, result);
  for (std::size_t first = 0; first < rows.size;) {
    const std::size_t wanted = std::min(block_rows, rows.size - first);
    for (const std::size_t column : all_columns_) intern(column, rows.columns[column], first, wanted);
    if (store_.rows() + wanted > hash_index::most) throw error(error_kind::exhausted, "table '" + name() + "' is full");
    const auto row = static_cast<std::uint32_t>(store_.rows());
    const std::size_t count = store_.add(wanted);
    append_lists(rows, first, count, row);
    for (const std::size_t column : all_columns_) {
      if (!is_list(schema()[column].type)) append_column(column, rows.columns[column], first, count, row);
    }
    result.inserted += count;
    first += count;
  }
}

write_result table_store::upsert(const column_batch& rows, const upsert_details& details) {
  if (schema().key().empty()) fail("it has no primary key; use append, or give its schema a key");
  check(rows, all_columns_);
  check(details.comparison);
  if (!details.kinds.empty() && details.kinds.size() != rows.size) {
    fail(std::to_string(details.kinds.size()) + " change kinds were given for " + std::to_string(rows.size) + " rows");
  }
  const auto erases = [&](std::size_t i) { return !details.kinds.empty() && details.kinds[i] == change_kind::erase; };

  dropped_.clear();
  write_result result;
  {
    const version_step step(version_, result);
    for (std::size_t first = 0; first < rows.size;) {
      const bool erasing = erases(first);
      std::size_t end = first + 1;
      while (end < rows.size && end - first < block_rows && erases(end) == erasing) ++end;
      const block run{rows.columns, schema().key(), details.comparison, first, end - first};
      erasing ? remove(run, result) : put(run, result);
      first = end;
    }
  }
  result.out_of_order = dropped_;
  return result;
}

write_result table_store::erase(const column_batch& keys, const column_values& comparison) {
  const std::span<const std::size_t> key = schema().key();
  if (key.empty()) fail("it has no primary key, so rows cannot be erased");
  check(keys, key);
  check(comparison);

  dropped_.clear();
  write_result result;
  {
    const version_step step(version_, result);
    const std::span<const std::size_t> positions = std::span(all_columns_).first(key.size());
    for (std::size_t first = 0; first < keys.size; first += block_rows) {
      remove({keys.columns, positions, comparison, first, std::min(block_rows, keys.size - first)}, result);
    }
  }
  result.out_of_order = dropped_;
  return result;
}

void table_store::put(const block& rows, write_result& result) {
  for (const std::size_t column : all_columns_) intern(column, rows.columns[column], rows.first, rows.count);
  find_rows(rows);
  scratch_->writes = 0;
  try {
    for (std::size_t i = 0; i < rows.count; ++i) put_row(rows, i, result);
  } catch (...) {
    write_columns(rows);  // rows already decided on are in the table and must have values
    throw;
  }
  write_columns(rows);
}

void table_store::put_row(const block& rows, std::size_t i, write_result& result) {
  std::uint32_t row = row_of(i);
  if (row == no_row) {
    if (!erased_.empty()) {
      const auto found = erased_.find(key_text(i));
      if (found != erased_.end()) {
        if (rows.comparison.read<std::int64_t>(rows.first + i) < found->second) return drop(rows, i);
        erased_.erase(found);
      }
    }
    row = add_row(rows, i);
    ++result.inserted;
  } else {
    if (options_.comparison && is_older(rows, i, row)) return drop(rows, i);
    store_.own(row);
    reserve_lists(rows, i, row);
    ++result.updated;
  }
  if (options_.comparison) {
    const auto value = rows.comparison.read<std::int64_t>(rows.first + i);
    std::memcpy(store_.cell(schema().size(), row), &value, sizeof value);
  }
  write_lists(rows, i, row);
  scratch_->sources[scratch_->writes] = static_cast<std::uint32_t>(i);
  scratch_->targets[scratch_->writes++] = row;
}

std::uint32_t table_store::add_row(const block& rows, std::size_t i) {
  if (store_.rows() >= hash_index::most) throw error(error_kind::exhausted, "table '" + name() + "' is full");
  const auto row = static_cast<std::uint32_t>(store_.rows());
  store_.add(1);
  try {
    reserve_lists(rows, i, row);
  } catch (...) {
    store_.drop_last();
    throw;
  }
  for (const std::size_t column : schema().key()) write_cell(column, rows.columns[column], rows.first, i, row);
  index_.insert(scratch_->tags[i], row);
  return row;
}

void table_store::remove(const block& rows, write_result& result) {
  const std::span<const std::size_t> key = schema().key();
  for (std::size_t k = 0; k < key.size(); ++k) intern(key[k], rows.columns[rows.key[k]], rows.first, rows.count);
  find_rows(rows);
  for (std::size_t i = 0; i < rows.count; ++i) {
    const std::uint32_t row = row_of(i);
    if (options_.comparison) {
      if (row != no_row && is_older(rows, i, row)) {
        drop(rows, i);
        continue;
      }
      const auto when = rows.comparison.read<std::int64_t>(rows.first + i);
      const auto [entry, is_new] = erased_.try_emplace(key_text(i), when);
      if (!is_new && when < entry->second) {
        drop(rows, i);
        continue;
      }
      entry->second = when;
    }
    if (row == no_row) continue;
    remove_row(row, scratch_->tags[i]);
    ++result.erased;
  }
}

void table_store::remove_row(std::uint32_t row, std::uint32_t tag) {
  const auto last = static_cast<std::uint32_t>(store_.rows() - 1);
  if (row != last) {
    const std::uint32_t last_tag = tag_of(last);
    store_.copy_row(last, row);  // may fail, and then nothing has happened
    index_.erase(tag, row);
    index_.replace(last_tag, last, row);
  } else {
    index_.erase(tag, row);
  }
  store_.drop_last();
}

bool table_store::is_older(const block& rows, std::size_t i, std::uint32_t row) const noexcept {
  std::int64_t stored;
  std::memcpy(&stored, store_.cell(schema().size(), row), sizeof stored);
  return rows.comparison.read<std::int64_t>(rows.first + i) < stored;
}

void table_store::drop(const block& rows, std::size_t i) {
  dropped_.push_back(static_cast<std::uint32_t>(rows.first + i));
  ++out_of_order_;
}

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/table/table_store.cpp - what becomes of the rows of a batch.
#include <table/table_store.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
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
    if (result_.inserted + result_.updated + result_.erased + result_.expired > 0) ++version_;
  }

 private:
  std::uint64_t& version_;
  const write_result& result_;
};

table_store::table_store(std::string name, oriel::schema columns, table_options options)
    : description_(
          std::make_shared<table_description>(std::move(name), std::move(columns), options.comparison ? 1 : 0)),
      options_(std::move(options)),
      store_(description_),
      dictionaries_(schema().size()),
      next_review_(schema().size(), 0),
      scratch_(std::make_unique<scratch>()) {
  if (this->name().empty()) throw error(error_kind::invalid, "table: a table has no name; give it one");
  if (schema().size() == 0) fail("the schema has no columns; a table has at least one");
  const std::span<const std::size_t> key = schema().key();
  check_options();
  for (std::size_t i = 0; i < schema().size(); ++i) {
    all_columns_.push_back(i);
    if (has_dictionary(schema()[i].type)) dictionaries_[i] = std::make_shared<dictionary>();
  }
  const bool nullable = std::any_of(key.begin(), key.end(), [&](std::size_t c) { return this->schema()[c].nullable; });
  scratch_->key_bits.resize(key.size() + nullable);
  scratch_->ids.resize(schema().size());
  sort_columns();
}

void table_store::sort_columns() {
  const std::span<const std::size_t> key = schema().key();
  const std::vector<std::size_t>& lists = store_.layout().lists;
  scratch_->list_starts.resize(lists.size());
  scratch_->list_ids.resize(lists.size());
  scratch_->list_writes.resize(lists.size());
  list_columns_ = lists;
  value_columns_.clear();
  value_columns_.reserve(schema().size());
  for (const std::size_t i : all_columns_) {
    if (store_.layout().columns[i].element != 0 || std::find(key.begin(), key.end(), i) != key.end()) continue;
    value_columns_.push_back(i);
  }
}

void table_store::check_options() {
  if (options_.comparison && schema().key().empty()) {
    fail("a comparison has no meaning without a key; give the schema a key");
  }
  set_strategies();
  greatest_ = std::numeric_limits<std::int64_t>::min();
  if (options_.ttl.count() < 0) fail("its time to live is negative; leave it out to keep keys for ever");
  if (has_ttl() && !options_.comparison) {
    fail("a time to live goes by event time; set table_options::comparison and give event times");
  }
  if (options_.delete_column.empty()) return;
  const std::optional<std::size_t> column = schema().find(options_.delete_column);
  if (!column || schema()[*column].type != column_type::boolean || schema().key().empty()) {
    fail("delete column '" + options_.delete_column + "' must be a BOOLEAN column of a table with a key");
  }
  delete_column_ = *column;
}

std::size_t table_store::bytes() const {
  std::size_t total = store_.bytes() + index_.bytes() + sizeof(scratch) +
                      scratch_->key_bits.size() * sizeof(of_block<std::uint64_t>) +
                      scratch_->ids.size() * sizeof(of_block<std::uint32_t>) +
                      scratch_->list_starts.size() * sizeof(of_block<std::uint32_t>) +
                      scratch_->texts.capacity() * sizeof(std::string_view);
  for (const auto& ids : scratch_->list_ids) total += ids.capacity() * sizeof(std::uint32_t);
  for (const list_write& w : scratch_->list_writes) total += sizeof w + w.joined.capacity();
  total += expiry_.bytes();
  for (const auto& strings : dictionaries_) {
    if (strings) total += strings->bytes();
  }
  for (const auto& old : replaced_) {
    if (const auto strings = old.lock()) total += strings->bytes();
  }
  for (const auto& former : former_memory_) {
    if (const auto memory = former.lock()) total += memory->bytes();
  }
  // A slot of the map, its control byte, and the key's bytes where they do not fit the string itself.
  const std::size_t key_bytes = schema().key().size() * sizeof(std::uint64_t);
  const std::size_t outside = key_bytes < sizeof(std::string) / 2 ? 0 : key_bytes + 1;
  for (const auto* const keys : {&erased_, &shared_}) {
    total += keys->bucket_count() * (sizeof(std::pair<std::string, std::int64_t>) + 1) + keys->size() * outside;
  }
  return total;
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
      if (store_.layout().columns[column].element == 0) append_column(column, rows.columns[column], first, count, row);
    }
    note_appended(row, count);
    result.inserted += count;
    first += count;
  }
  review_strings();
}

write_result table_store::upsert(const column_batch& rows, const upsert_details& details) {
  if (schema().key().empty()) fail("it has no primary key; use append, or give its schema a key");
  check(rows, all_columns_);
  check(details.comparison);
  if (!details.kinds.empty() && details.kinds.size() != rows.size) {
    fail(std::to_string(details.kinds.size()) + " change kinds were given for " + std::to_string(rows.size) + " rows");
  }
  const auto erases = [&](std::size_t i) {
    if (!details.kinds.empty() && details.kinds[i] == change_kind::erase) return true;
    if (delete_column_ == no_column) return false;
    const column_values& deleted = rows.columns[delete_column_];
    return !deleted.is_null(i) && deleted.read<std::uint8_t>(i) != 0;
  };

  dropped_.clear();
  write_result result;
  {
    const version_step step(version_, result);
    for (std::size_t first = 0; first < rows.size;) {
      const bool erasing = erases(first);
      std::size_t end = first + 1;
      while (end < rows.size && end - first < block_rows && erases(end) == erasing) ++end;
      const block run{rows.columns, schema().key(), details.comparison, first, end - first, details.changelog};
      erasing ? remove(run, result) : put(run, result);
      first = end;
    }
    sweep(result);
  }
  review_strings();
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
    sweep(result);
  }
  review_strings();
  result.out_of_order = dropped_;
  return result;
}

write_result table_store::advance(timestamp watermark) {
  write_result result;
  if (!has_ttl() || watermark == beginning_of_time) return result;
  observe(oriel::to_ms(watermark));
  const version_step step(version_, result);
  sweep(result);
  review_strings();
  return result;
}

void table_store::put(const block& rows, write_result& result) {
  for (const std::size_t column : all_columns_) intern(column, rows.columns[column], rows.first, rows.count);
  find_rows(rows);
  scratch_->writes = 0;
  try {
    const bool is_plain = options_.mode == upsert_mode::full && !has_ttl() && list_columns_.empty() && logs_.empty();
    if (is_plain) {
      for (std::size_t i = 0; i < rows.count; ++i) put_plain_row(rows, i, result);
    } else {
      for (std::size_t i = 0; i < rows.count; ++i) put_row(rows, i, result);
    }
  } catch (...) {
    write_columns(rows);  // rows already decided on are in the table and must have values
    lose_notes();
    throw;
  }
  write_columns(rows);
  publish_notes();
}

// What `put_row` comes to when rows are replaced whole, have no lists, never expire and nobody follows.
void table_store::put_plain_row(const block& rows, std::size_t i, write_result& result) {
  const std::int64_t when = options_.comparison ? rows.comparison.read<std::int64_t>(rows.first + i) : 0;
  std::uint32_t row = row_of(i);
  if (row == no_row) {
    if (!erased_.empty() && stays_away(i, when)) return drop(rows, i);
    share_key(rows, i, false);
    row = add_row(rows, i);
    ++result.inserted;
  } else {
    if (options_.comparison && when < newest(row)) return drop(rows, i);
    share_key(rows, i, true);
    store_.own(row);
    ++result.updated;
  }
  if (options_.comparison) std::memcpy(store_.cell(schema().size(), row), &when, sizeof when);
  scratch_->sources[scratch_->writes] = static_cast<std::uint32_t>(i);
  scratch_->targets[scratch_->writes++] = row;
}

void table_store::put_row(const block& rows, std::size_t i, write_result& result) {
  const std::int64_t when = options_.comparison ? rows.comparison.read<std::int64_t>(rows.first + i) : 0;
  if (has_ttl()) {
    observe(when);
    if (is_past(when)) return drop(rows, i);
  }
  std::uint32_t row = row_of(i);
  const bool has_expired = row != no_row && has_ttl() && is_past(newest(row));
  const bool is_new = row == no_row || has_expired;
  const bool is_late = !is_new && options_.comparison && when < newest(row);
  if (is_late && !has_commutative_) return drop(rows, i);
  if ((row == no_row || is_late) && stays_away(i, when)) return drop(rows, i);

  share_key(rows, i, !is_new);
  if (!list_columns_.empty()) merge_lists(rows, i, row, is_new, is_late);
  if (row == no_row) {
    row = add_row(rows, i);
    if (has_ttl()) expiry_.add(when, row);
    note_write(row, true);
  } else {
    store_.own(row);
    reserve_lists(row);
    note_write(row, false);
  }
  if (has_expired) count_expired(result);
  ++(is_new ? result.inserted : result.updated);
  if (is_late) {
    ++result.merged;
    ++out_of_order_;
  } else if (options_.comparison) {
    std::memcpy(store_.cell(schema().size(), row), &when, sizeof when);
  }
  write_lists(row, is_new);
  if (options_.mode == upsert_mode::partial) return merge_cells(rows, i, row, is_new, is_late);
  scratch_->sources[scratch_->writes] = static_cast<std::uint32_t>(i);
  scratch_->targets[scratch_->writes++] = row;
}

// Whether the key was erased after this row; if not, it comes back.
bool table_store::stays_away(std::size_t i, std::int64_t when) {
  if (erased_.empty()) return false;
  const auto found = erased_.find(key_text(i));
  if (found == erased_.end()) return false;
  if (when < found->second) return true;
  if (!has_commutative_) erased_.erase(found);
  return false;
}

void table_store::share_key(const block& rows, std::size_t i, bool is_there) {
  if (rows.changelog && is_there) {
    ++shared_[key_text(i)];
  } else if (!shared_.empty() && !is_there) {
    shared_.erase(key_text(i));  // those it was shared with have expired
  }
}

bool table_store::is_left_to_another(const block& rows, std::size_t i, bool is_there) {
  if (shared_.empty()) return false;
  const auto found = shared_.find(key_text(i));
  if (found == shared_.end()) return false;
  const bool is_left = rows.changelog && is_there;
  if (!is_left || --found->second == 0) shared_.erase(found);
  return is_left;
}

std::uint32_t table_store::add_row(const block& rows, std::size_t i) {
  if (store_.rows() >= hash_index::most) throw error(error_kind::exhausted, "table '" + name() + "' is full");
  if (has_ttl()) expiry_.reserve(expiry_.size() + 1);
  const auto row = static_cast<std::uint32_t>(store_.rows());
  store_.add(1);
  try {
    reserve_lists(row);
  } catch (...) {
    store_.drop_last();
    throw;
  }
  for (const std::size_t column : schema().key()) {
    const column_values& values = rows.columns[column];
    write_cell(column, values, rows.first, i, row);
    if (schema()[column].nullable) store_.set_validity(column, row, !values.is_null(rows.first + i));
  }
  index_.insert(scratch_->tags[i], row);
  return row;
}

void table_store::remove(const block& rows, write_result& result) {
  const std::span<const std::size_t> key = schema().key();
  for (std::size_t k = 0; k < key.size(); ++k) intern(key[k], rows.columns[rows.key[k]], rows.first, rows.count);
  find_rows(rows);
  for (std::size_t i = 0; i < rows.count; ++i) {
    const std::int64_t when = options_.comparison ? rows.comparison.read<std::int64_t>(rows.first + i) : 0;
    if (has_ttl()) {
      observe(when);
      if (is_past(when)) {
        drop(rows, i);
        continue;
      }
    }
    const std::uint32_t row = row_of(i);
    if (is_left_to_another(rows, i, row != no_row)) continue;
    if (options_.comparison) {
      if (row != no_row && when < newest(row)) {
        drop(rows, i);
        continue;
      }
      const auto [entry, is_new] = erased_.try_emplace(key_text(i), when);
      if (!is_new && when < entry->second) {
        drop(rows, i);
        continue;
      }
      entry->second = when;
    }
    if (row == no_row) continue;
    const bool has_expired = has_ttl() && is_past(newest(row));
    note_erase(row);
    remove_row(row, scratch_->tags[i]);
    has_expired ? count_expired(result) : static_cast<void>(++result.erased);
  }
}

void table_store::remove_row(std::uint32_t row, std::uint32_t tag) {
  const auto last = static_cast<std::uint32_t>(store_.rows() - 1);
  if (has_ttl()) expiry_.reserve(expiry_.size() + 1);
  if (row != last) {
    const std::uint32_t last_tag = tag_of(last);
    store_.copy_row(last, row);  // may fail, and then nothing has happened
    index_.erase(tag, row);
    index_.replace(last_tag, last, row);
    if (has_ttl()) expiry_.add(newest(row), row);
  } else {
    index_.erase(tag, row);
  }
  store_.drop_last();
}

std::int64_t table_store::newest(std::uint32_t row) const noexcept {
  std::int64_t stored;
  std::memcpy(&stored, store_.cell(schema().size(), row), sizeof stored);
  return stored;
}

void table_store::count_expired(write_result& result) noexcept {
  ++expired_;
  ++result.expired;
}

void table_store::drop(const block& rows, std::size_t i) {
  dropped_.push_back(static_cast<std::uint32_t>(rows.first + i));
  ++out_of_order_;
}

}  // namespace oriel::detail

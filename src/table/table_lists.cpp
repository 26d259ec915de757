// SPDX-License-Identifier: Apache-2.0
// src/table/table_lists.cpp - lists, and strings without dictionary, into their chunks' pools.
//
// Unlike other cells, lists are written row after row: room for them may have to be made, which
// may fail, and must do so before the row is in.
#include <table/table_store.hpp>

#include <algorithm>
#include <cstring>

namespace oriel::detail {

// Of a whole block at once, since lists are short and looking up goes by the batch.
void table_store::intern_lists(std::size_t column, const column_values& values, std::size_t first, std::size_t count) {
  scratch& s = *scratch_;
  const std::size_t list = store_.layout().columns[column].list;
  s.texts.clear();
  for (std::size_t i = 0; i < count; ++i) {
    s.list_starts[list][i] = static_cast<std::uint32_t>(s.texts.size());
    if (values.is_null(first + i)) continue;
    const list_elements given = values.read_list(first + i);
    const auto* const texts = static_cast<const std::string_view*>(given.first);
    s.texts.insert(s.texts.end(), texts, texts + given.size);
  }
  s.list_ids[list].resize(s.texts.size());
  for (std::size_t i = 0; i < s.texts.size(); i += dictionary::most_at_once) {
    const std::size_t some = std::min(dictionary::most_at_once, s.texts.size() - i);
    dictionaries_[column]->intern(s.texts.data(), i, some, s.list_ids[list].data() + i);
  }
}

// A list of the block as it will be stored: strings as ids.
list_elements table_store::list_of(std::size_t column, const column_values& values, std::size_t first,
                                   std::size_t i) const noexcept {
  if (values.is_null(first + i)) return {};
  if (schema()[column].type == column_type::string) {
    const auto text = values.read<std::string_view>(first + i);
    return {text.data(), text.size()};
  }
  list_elements given = values.read_list(first + i);
  if (dictionaries_[column]) {
    const std::size_t list = store_.layout().columns[column].list;
    given.first = scratch_->list_ids[list].data() + scratch_->list_starts[list][i];
  }
  return given;
}

void table_store::append_lists(const column_batch& rows, std::size_t first, std::size_t count, std::uint32_t row) {
  try {
    for (const std::size_t column : list_columns_) {
      std::size_t total = 0;
      for (std::size_t i = 0; i < count; ++i) total += list_of(column, rows.columns[column], first, i).size;
      store_.reserve_list(column, row, total);
    }
  } catch (...) {
    for (std::size_t i = 0; i < count; ++i) store_.drop_last();
    throw;
  }
  for (const std::size_t column : list_columns_) {
    const column_values& values = rows.columns[column];
    for (std::size_t i = 0; i < count; ++i) {
      const auto to = row + static_cast<std::uint32_t>(i);
      write_list(column, to, list_of(column, values, first, i));
      if (schema()[column].nullable) set_null(column, to, values.is_null(first + i));
    }
  }
}

void table_store::reserve_lists(std::uint32_t row) {
  for (std::size_t l = 0; l < list_columns_.size(); ++l) {
    store_.reserve_list(list_columns_[l], row, scratch_->list_writes[l].elements.size);
  }
}

void table_store::write_lists(std::uint32_t row, bool is_new) noexcept {
  for (std::size_t l = 0; l < list_columns_.size(); ++l) {
    const std::size_t column = list_columns_[l];
    const list_write& w = scratch_->list_writes[l];
    if (w.skip && !is_new) continue;
    write_list(column, row, w.elements);
    if (schema()[column].nullable) set_null(column, row, w.is_null);
  }
}

void table_store::write_list(std::size_t column, std::uint32_t row, list_elements elements) noexcept {
  std::byte* const to = store_.write_list(column, row, elements.size);
  if (elements.size == 0) return;
  if (schema()[column].type == column_type::boolean_list) {
    const auto* const given = static_cast<const std::uint8_t*>(elements.first);
    for (std::size_t i = 0; i < elements.size; ++i) to[i] = given[i] != 0 ? std::byte{1} : std::byte{0};
  } else {
    std::memcpy(to, elements.first, elements.size * store_.layout().columns[column].element);
  }
}

void table_store::set_null(std::size_t column, std::uint32_t row, bool null) noexcept {
  if (null || store_.has_nulls(column)) store_.set_validity(column, row, !null);
}

}  // namespace oriel::detail

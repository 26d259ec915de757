// SPDX-License-Identifier: Apache-2.0
// src/table/table_cells.cpp - values into cells, column by column.
#include <table/table_store.hpp>

#include <algorithm>
#include <cstring>

namespace oriel::detail {
namespace {

/// How many rows ahead cells are prefetched: about the misses a core can have in flight.
constexpr std::size_t rows_ahead = 16;

}  // namespace

void table_store::intern(std::size_t column, const column_values& values, std::size_t first, std::size_t count) {
  static_assert(block_rows <= dictionary::most_at_once);
  if (!dictionaries_[column]) return;
  if (is_list(schema()[column].type)) return intern_lists(column, values, first, count);
  dictionaries_[column]->intern(values, first, count, scratch_->ids[column].data());
}

std::string_view table_store::text(std::size_t column, std::uint32_t row) const noexcept {
  if (store_.layout().columns[column].is_text()) {
    const list_elements bytes = store_.list(column, row);
    return {static_cast<const char*>(bytes.first), bytes.size};
  }
  std::uint32_t id;
  std::memcpy(&id, store_.cell(column, row), sizeof id);
  return (*dictionaries_[column])[id];
}

void table_store::write_cell(std::size_t column, const column_values& values, std::size_t first, std::size_t i,
                             std::uint32_t row) noexcept {
  std::byte* const cell = store_.cell(column, row);
  const auto write = [cell](auto value) { std::memcpy(cell, &value, sizeof value); };
  switch (schema()[column].type) {
    case column_type::boolean: write(static_cast<std::uint8_t>(values.read<std::uint8_t>(first + i) != 0)); break;
    case column_type::string: write(scratch_->ids[column][i]); break;
    default: write(values.read<std::uint64_t>(first + i)); break;
  }
}

void table_store::write_columns(const block& rows) noexcept {
  scratch& s = *scratch_;
  for (std::size_t j = 0; j < s.writes; ++j) s.chunks[j] = store_.chunk_of(s.targets[j]);
  for (const std::size_t column : value_columns_) write_column(column, rows.columns[column], rows.first);
}

void table_store::write_column(std::size_t column, const column_values& values, std::size_t first) noexcept {
  switch (schema()[column].type) {
    case column_type::boolean:
      write_cells<std::uint8_t>(
          column, [&](std::size_t i) { return static_cast<std::uint8_t>(values.read<std::uint8_t>(first + i) != 0); });
      break;
    case column_type::string:
      write_cells<std::uint32_t>(column, [&](std::size_t i) { return scratch_->ids[column][i]; });
      break;
    default:
      write_cells<std::uint64_t>(column, [&](std::size_t i) { return values.read<std::uint64_t>(first + i); });
      break;
  }
  if (values.validity() == nullptr && !store_.has_nulls(column)) return;
  if (!schema()[column].nullable) return;
  for (std::size_t j = 0; j < scratch_->writes; ++j) {
    store_.set_validity(column, scratch_->targets[j], !values.is_null(first + scratch_->sources[j]));
  }
}

template <typename T, typename Read>
void table_store::write_cells(std::size_t column, Read&& read) noexcept {
  const scratch& s = *scratch_;
  const std::size_t writes = s.writes;
  const std::size_t cells = store_.layout().columns[column].cells;
  const auto write = [&](std::size_t j) {
    const T value = read(s.sources[j]);
    std::memcpy(s.chunks[j] + cells + sizeof(T) * (s.targets[j] % chunk_rows), &value, sizeof value);
  };
  std::size_t j = 0;
  for (; j + rows_ahead < writes; ++j) {
    prefetch(s.chunks[j + rows_ahead] + cells + sizeof(T) * (s.targets[j + rows_ahead] % chunk_rows));
    write(j);
  }
  for (; j < writes; ++j) write(j);
}

void table_store::append_column(std::size_t column, const column_values& values, std::size_t first, std::size_t count,
                                std::uint32_t row) noexcept {
  std::byte* const cells = store_.cell(column, row);
  const std::size_t width = store_.layout().columns[column].width;
  if (schema()[column].type == column_type::string) {
    std::memcpy(cells, scratch_->ids[column].data(), count * width);
  } else if (schema()[column].type == column_type::boolean) {
    for (std::size_t i = 0; i < count; ++i) write_cell(column, values, first, i, row + static_cast<std::uint32_t>(i));
  } else if (values.stride() == width) {
    std::memcpy(cells, values.first() + first * width, count * width);
  } else {
    for (std::size_t i = 0; i < count; ++i)
      std::memcpy(cells + i * width, values.first() + (first + i) * values.stride(), 8);
  }
  if (!schema()[column].nullable || (values.validity() == nullptr && !store_.has_nulls(column))) return;
  for (std::size_t i = 0; i < count; ++i) {
    store_.set_validity(column, row + static_cast<std::uint32_t>(i), !values.is_null(first + i));
  }
}

}  // namespace oriel::detail

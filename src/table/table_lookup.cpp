// SPDX-License-Identifier: Apache-2.0
#include <oriel/table/table_lookup.hpp>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

#include <oriel/core/error.hpp>
#include <oriel/core/near_names.hpp>
#include <table/fair_lock.hpp>
#include <table/table_store.hpp>

namespace oriel {
namespace {

/// Whether a member can hold the values of a column.
bool holds(const field_descriptor& field, column_type type) {
  switch (field.type) {
    case field_type::boolean: return type == column_type::boolean;
    case field_type::float32:
    case field_type::float64: return type == column_type::float64;
    case field_type::text_view:
    case field_type::text: return type == column_type::string;
    case field_type::time: return type == column_type::time;
    case field_type::structure:
    case field_type::list: return false;
    default: return type == column_type::int64;
  }
}

[[noreturn]] void refuse(const table& of, const std::string& what) {
  throw error(error_kind::invalid, "table '" + of.name() + "': " + what);
}

std::string names(const schema& columns, std::span<const std::size_t> which) {
  std::string text;
  for (const std::size_t c : which) text += (text.empty() ? "" : ", ") + columns[c].name;
  return text;
}

template <typename T>
T load(const std::byte* cell) {
  T value;
  std::memcpy(&value, cell, sizeof value);
  return value;
}

template <typename T>
void store(void* to, T value) {
  *static_cast<T*>(to) = value;
}

template <typename T>
void store_integer(void* to, std::int64_t value, const std::string& column) {
  if (!std::in_range<T>(value)) {
    throw error(error_kind::exhausted,
                std::to_string(value) + " in column '" + column + "' does not fit the member of this name");
  }
  store(to, static_cast<T>(value));
}

}  // namespace

table_lookup::table_lookup(const table& of, const std::vector<detail::member_column>& members,
                           const std::vector<column_description>& key)
    : of_(&of) {
  const schema& columns = of.schema();
  if (columns.key().empty()) refuse(of, "it has no primary key to look rows up by; give it one");
  std::vector<std::string> known;
  for (const column_description& c : columns.columns()) known.push_back(c.name);
  for (const detail::member_column& m : members) {
    const auto column = columns.find(m.name);
    if (!column) refuse(of, "it has no column '" + m.name + "'" + did_you_mean(m.name, known));
    const column_description& c = columns[*column];
    if (m.field.type == field_type::list) {
      throw error(error_kind::unsupported, "table '" + of.name() + "': column '" + c.name +
                                               "' is a list, which is not looked up; leave the member out");
    }
    if (!holds(m.field, c.type)) {
      refuse(of, "column '" + c.name + "' is " + std::string(to_string(c.type)) +
                     ", which the member of this name cannot hold");
    }
    if (c.nullable && !m.field.nullable) {
      refuse(of, "column '" + c.name + "' may be null; make the member of this name a std::optional");
    }
    cells_.push_back({*column, m.field, m.offset});
  }
  for (const std::size_t c : columns.key()) keys_.emplace_back(columns[c].type);
  for (const column_description& given : key) {
    const auto column = columns.find(given.name);
    const auto part = std::find(columns.key().begin(), columns.key().end(), column.value_or(columns.size()));
    if (part == columns.key().end() || key.size() != columns.key().size()) {
      refuse(of, "rows are looked up by its whole primary key, which is " + names(columns, columns.key()));
    }
    if (columns[*column].type != given.type) {
      refuse(of, "key column '" + given.name + "' is " + std::string(to_string(columns[*column].type)) +
                     ", and the keys to look up are " + std::string(to_string(given.type)));
    }
    order_.push_back(static_cast<std::size_t>(part - columns.key().begin()));
  }
}

void table_lookup::clear() noexcept {
  for (column_buffer& k : keys_) k.clear();
}

void table_lookup::read(void* first, std::size_t stride, std::span<std::uint8_t> found) {
  const struct keys_once {
    table_lookup& of;
    ~keys_once() { of.clear(); }
  } once{*this};
  std::vector<column_values> views;
  for (const column_buffer& k : keys_) views.push_back(k.view());
  rows_.resize(found.size());
  texts_.clear();
  const std::lock_guard guard(*of_->lock_);
  of_->store_->find({found.size(), views}, rows_);
  auto* to = static_cast<std::byte*>(first);
  for (std::size_t i = 0; i < rows_.size(); ++i, to += stride) {
    found[i] = rows_[i] != detail::hash_index::none;
    if (found[i] == 0) continue;
    for (const cell& c : cells_) read_cell(c, rows_[i], to + c.offset);
  }
}

void table_lookup::read_cell(const cell& from, std::uint32_t row, std::byte* to) {
  const detail::table_store& store_of = *of_->store_;
  if (store_of.is_null(from.column, row)) return from.field.disengage(to);
  void* const member = from.field.nullable ? from.field.engage(to) : to;
  const std::byte* const at = store_of.cell(from.column, row);
  const std::string& name = store_of.schema()[from.column].name;
  switch (from.field.type) {
    case field_type::boolean: return store(member, load<std::uint8_t>(at) != 0);
    case field_type::int8: return store_integer<std::int8_t>(member, load<std::int64_t>(at), name);
    case field_type::int16: return store_integer<std::int16_t>(member, load<std::int64_t>(at), name);
    case field_type::int32: return store_integer<std::int32_t>(member, load<std::int64_t>(at), name);
    case field_type::int64: return store(member, load<std::int64_t>(at));
    case field_type::uint8: return store_integer<std::uint8_t>(member, load<std::int64_t>(at), name);
    case field_type::uint16: return store_integer<std::uint16_t>(member, load<std::int64_t>(at), name);
    case field_type::uint32: return store_integer<std::uint32_t>(member, load<std::int64_t>(at), name);
    case field_type::uint64: return store_integer<std::uint64_t>(member, load<std::int64_t>(at), name);
    case field_type::float32: return store(member, static_cast<float>(load<double>(at)));
    case field_type::float64: return store(member, load<double>(at));
    case field_type::text_view: return store(member, texts_.store(store_of.text(from.column, row)));
    case field_type::text: static_cast<std::string*>(member)->assign(store_of.text(from.column, row)); return;
    case field_type::time: return store(member, at_ms(load<std::int64_t>(at)));
    case field_type::structure:
    case field_type::list: break;
  }
}

}  // namespace oriel

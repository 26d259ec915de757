// SPDX-License-Identifier: Apache-2.0
// src/query/relation.cpp - what a stage of a query reads.
#include <query/relation.hpp>

#include <utility>

namespace oriel::detail {

table_relation::table_relation(table_snapshot table) : table_(std::move(table)) {
  const schema& columns = table_.schema();
  dictionaries_.assign(columns.size(), nullptr);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (table_.has_dictionary(i)) dictionaries_[i] = &owned_.emplace_back(table_.dictionary(i));
  }
}

column_vector table_relation::column(std::size_t batch, std::size_t column) const noexcept {
  const chunk_view chunk = table_.chunk(batch);
  column_vector out;
  out.type = table_.schema()[column].type;
  out.validity = chunk.validity(column);
  switch (out.type) {
    case column_type::boolean: out.data = chunk.booleans(column); break;
    case column_type::int64:
    case column_type::time: out.data = chunk.int64s(column); break;
    case column_type::float64: out.data = chunk.float64s(column); break;
    case column_type::string:
      if (dictionaries_[column] != nullptr) {
        out.data = chunk.string_ids(column);
        out.dictionary = dictionaries_[column];
        break;
      }
      [[fallthrough]];  // the bytes are laid out as lists are
    default: {
      const list_view lists = chunk.lists(column);
      out.data = lists.offsets;
      out.lengths = lists.lengths;
      out.elements = lists.elements;
      out.dictionary = dictionaries_[column];
      break;
    }
  }
  return out;
}

zone table_relation::bounds(std::size_t batch, std::size_t column) const noexcept {
  switch (table_.schema()[column].type) {
    case column_type::boolean:
    case column_type::string: return {};
    case column_type::int64:
    case column_type::time:
    case column_type::float64: break;
    default: return {};
  }
  return table_.chunk(batch).bounds(column);
}

void column_data::push_null() {
  const std::size_t at = size_;
  switch (type_) {
    case column_type::boolean: push_boolean(false); break;
    case column_type::int64:
    case column_type::time: push_int64(0); break;
    case column_type::float64: push_float64(0); break;
    case column_type::string: dictionary_ != nullptr ? push_id(0) : push_text({}); break;
    default: push_list(0, [](std::size_t) { return std::int64_t{0}; }); break;
  }
  clear_bit(validity_.data(), at);
  has_nulls_ = true;
}

void column_data::push_list_of(const column_vector& v, std::size_t row) {
  const std::size_t count = v.length(row);
  switch (element_of(type_)) {
    case column_type::boolean: return push_list(count, [&](std::size_t i) { return v.list<std::uint8_t>(row)[i]; });
    case column_type::float64: return push_list(count, [&](std::size_t i) { return v.list<double>(row)[i]; });
    case column_type::string: return push_list(count, [&](std::size_t i) { return v.list<std::uint32_t>(row)[i]; });
    default: return push_list(count, [&](std::size_t i) { return v.list<std::int64_t>(row)[i]; });
  }
}

column_vector column_data::view(std::size_t first) const noexcept {
  column_vector out;
  out.type = type_;
  out.dictionary = dictionary_;
  if (has_nulls_) out.validity = validity_.data() + first / 64;
  switch (type_) {
    case column_type::boolean: out.data = booleans_.data() + first; break;
    case column_type::int64:
    case column_type::time: out.data = int64s_.data() + first; break;
    case column_type::float64: out.data = float64s_.data() + first; break;
    case column_type::string:
      out.data = dictionary_ != nullptr ? static_cast<const void*>(ids_.data() + first)
                                        : static_cast<const void*>(texts_.data() + first);
      break;
    default:
      out.data = begins_.data() + first;
      out.lengths = lengths_.data() + first;
      switch (element_of(type_)) {
        case column_type::boolean: out.elements = booleans_.data(); break;
        case column_type::float64: out.elements = float64s_.data(); break;
        case column_type::string: out.elements = ids_.data(); break;
        default: out.elements = int64s_.data(); break;
      }
      break;
  }
  return out;
}

result_relation::result_relation(result_set result) : result_(std::move(result)) {
  dictionaries_.assign(result_.column_count(), nullptr);
  ids_.resize(result_.column_count());
  begins_.resize(result_.column_count());
  lengths_.resize(result_.column_count());
  for (std::size_t c = 0; c < result_.column_count(); ++c) {
    if (is_list(result_.type(c))) make_lists(c);
    if (result_.type(c) != column_type::string) continue;
    text_dictionary& strings = owned_.emplace_back();
    dictionaries_[c] = &strings;
    strings.intern({});  // what null positions read
    ids_[c].reserve(result_.row_count());
    for (std::size_t row = 0; row < result_.row_count(); ++row) {
      ids_[c].push_back(result_.is_null(row, c) ? 0 : strings.intern(result_.as_string(row, c)));
    }
  }
}

// Where lists begin and how long they are, and the ids of their strings.
void result_relation::make_lists(std::size_t c) {
  const result_column& from = result_.column(c);
  begins_[c].reserve(result_.row_count());
  lengths_[c].reserve(result_.row_count());
  for (std::size_t row = 0; row < result_.row_count(); ++row) {
    begins_[c].push_back(static_cast<std::uint32_t>(from.list_offsets[row]));
    lengths_[c].push_back(static_cast<std::uint32_t>(from.list_offsets[row + 1] - from.list_offsets[row]));
  }
  if (from.type != column_type::string_list) return;
  text_dictionary& strings = owned_.emplace_back();
  dictionaries_[c] = &strings;
  for (std::size_t i = 0; i + 1 < from.offsets.size(); ++i) {
    ids_[c].push_back(strings.intern(
        std::string_view(from.bytes).substr(from.offsets[i], from.offsets[i + 1] - from.offsets[i])));
  }
}

column_vector result_relation::column(std::size_t batch, std::size_t column) const noexcept {
  const std::size_t first = batch * vector_rows;
  const result_column& from = result_.column(column);
  column_vector out;
  out.type = from.type;
  if (!from.validity.empty()) out.validity = from.validity.data() + first / 64;
  switch (from.type) {
    case column_type::boolean: out.data = from.booleans.data() + first; break;
    case column_type::int64:
    case column_type::time: out.data = from.int64s.data() + first; break;
    case column_type::float64: out.data = from.float64s.data() + first; break;
    case column_type::string:
      out.data = ids_[column].data() + first;
      out.dictionary = dictionaries_[column];
      break;
    default:
      out.data = begins_[column].data() + first;
      out.lengths = lengths_[column].data() + first;
      out.dictionary = dictionaries_[column];
      switch (element_of(from.type)) {
        case column_type::boolean: out.elements = from.booleans.data(); break;
        case column_type::float64: out.elements = from.float64s.data(); break;
        case column_type::string: out.elements = ids_[column].data(); break;
        default: out.elements = from.int64s.data(); break;
      }
      break;
  }
  return out;
}

}  // namespace oriel::detail

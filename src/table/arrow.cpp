// SPDX-License-Identifier: Apache-2.0
// src/table/arrow.cpp - chunks as Arrow arrays.
#include <oriel/table/arrow.hpp>

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <oriel/table/schema.hpp>
#include <table/arrow_parts.hpp>

namespace oriel {
namespace {

using detail::arrow_array_parts;
using detail::begin_arrow;
using detail::end_arrow;

const char* format_of(column_type type, bool has_dictionary) noexcept {
  if (is_list(type)) return "+l";
  return type != column_type::string ? detail::arrow_format(type) : has_dictionary ? "I" : "u";
}

void describe(column_type type, bool has_dictionary, const std::string& name, bool nullable, ArrowSchema* out) {
  begin_arrow(out, format_of(type, has_dictionary), name, nullable);
  if (type == column_type::string && has_dictionary) {
    out->dictionary = new ArrowSchema{};
    begin_arrow(out->dictionary, "U", "", false);
  }
  if (is_list(type)) describe(element_of(type), has_dictionary, "item", false, detail::add_arrow_child(out));
  end_arrow(out);
}

/// A dictionary as Arrow has it, made once for all chunks of an export.
struct texts {
  std::vector<std::int64_t> offsets{0};
  std::string bytes;
};

std::shared_ptr<const texts> copy_texts(dictionary_view strings) {
  auto out = std::make_shared<texts>();
  out->offsets.reserve(strings.size() + 1);
  for (std::size_t id = 0; id < strings.size(); ++id) {
    out->bytes += strings[static_cast<std::uint32_t>(id)];
    out->offsets.push_back(static_cast<std::int64_t>(out->bytes.size()));
  }
  return out;
}

/// A snapshot and what is made of it for export.
struct export_state {
  explicit export_state(const table_snapshot& s) : rows(s), dictionaries(s.schema().size()) {
    for (std::size_t column = 0; column < dictionaries.size(); ++column) {
      if (s.has_dictionary(column)) dictionaries[column] = copy_texts(s.dictionary(column));
    }
  }

  table_snapshot rows;
  std::vector<std::shared_ptr<const texts>> dictionaries;  // by column
};

using state_pointer = std::shared_ptr<const export_state>;

void add_dictionary(ArrowArray* out, const state_pointer& state, std::size_t column) {
  const texts& strings = *state->dictionaries[column];
  ArrowArray* const dictionary = detail::add_arrow_dictionary(out);
  begin_arrow(dictionary, state, strings.offsets.size() - 1, 0).buffers = {nullptr, strings.offsets.data(),
                                                                           strings.bytes.data()};
  end_arrow(dictionary);
}

std::size_t width_of(column_type element) noexcept {
  return element == column_type::boolean ? 1 : element == column_type::string ? 4 : 8;
}

/// Values of a type that is no list, wherever they lie.
void export_values(const state_pointer& state, std::size_t column, const void* values, std::size_t count,
                   const std::uint64_t* validity, std::int64_t nulls, ArrowArray* out) {
  const column_type type = element_of(state->rows.schema()[column].type);
  arrow_array_parts& parts = begin_arrow(out, state, count, nulls);
  if (type == column_type::boolean) values = parts.pack_bits(static_cast<const std::uint8_t*>(values), count);
  if (values == nullptr) values = parts.make_copy(0);
  parts.buffers = {validity, values};
  end_arrow(out);
  if (type == column_type::string) add_dictionary(out, state, column);
}

/// Lists one behind the other, as Arrow has them.
struct lists_in_order {
  std::vector<std::int32_t> offsets{0};
  const std::byte* elements = nullptr;
  std::vector<std::byte> copy{};  // of the elements, unless they lay in order
};

lists_in_order put_in_order(const list_view& lists, std::size_t rows, std::size_t width) {
  lists_in_order out;
  bool in_order = true;
  std::uint32_t first = 0;  // where the first element lies
  for (std::size_t i = 0; i < rows; ++i) {
    const auto length = static_cast<std::int32_t>(lists.lengths[i]);
    if (length > 0 && out.offsets.back() == 0) first = lists.offsets[i];
    in_order = in_order && (length == 0 || lists.offsets[i] == first + static_cast<std::uint32_t>(out.offsets.back()));
    out.offsets.push_back(out.offsets.back() + length);
  }
  const auto* const elements = static_cast<const std::byte*>(lists.elements);
  if (elements == nullptr) return out;
  out.elements = elements + first * width;
  if (in_order) return out;
  out.copy.resize(static_cast<std::size_t>(out.offsets.back()) * width);
  for (std::size_t i = 0; i < rows; ++i) {
    std::memcpy(out.copy.data() + static_cast<std::size_t>(out.offsets[i]) * width, elements + lists.offsets[i] * width,
                lists.lengths[i] * width);
  }
  out.elements = out.copy.data();
  return out;
}

const void* copy_offsets(arrow_array_parts& parts, const std::vector<std::int32_t>& offsets) {
  std::byte* const copied = parts.make_copy(offsets.size() * sizeof(std::int32_t));
  std::memcpy(copied, offsets.data(), offsets.size() * sizeof(std::int32_t));
  return copied;
}

void export_lists(const state_pointer& state, std::size_t column, const chunk_view& chunk, std::int64_t nulls,
                  ArrowArray* out) {
  arrow_array_parts& parts = begin_arrow(out, state, chunk.size(), nulls);
  const std::size_t width = width_of(element_of(state->rows.schema()[column].type));
  lists_in_order lists = put_in_order(chunk.lists(column), chunk.size(), width);
  ArrowArray* const child = parts.add_child();
  export_values(state, column, lists.elements, static_cast<std::size_t>(lists.offsets.back()), nullptr, 0, child);
  // The copy belongs to the child, which may outlive this array.
  static_cast<arrow_array_parts*>(child->private_data)->copies.push_back(std::move(lists.copy));
  parts.buffers = {chunk.validity(column), copy_offsets(parts, lists.offsets)};
  end_arrow(out);
}

/// Strings of a column without dictionary.
void export_texts(const state_pointer& state, std::size_t column, const chunk_view& chunk, std::int64_t nulls,
                  ArrowArray* out) {
  arrow_array_parts& parts = begin_arrow(out, state, chunk.size(), nulls);
  lists_in_order texts = put_in_order(chunk.lists(column), chunk.size(), 1);
  const void* const bytes = texts.elements == nullptr ? parts.make_copy(0) : texts.elements;
  parts.copies.push_back(std::move(texts.copy));
  parts.buffers = {chunk.validity(column), copy_offsets(parts, texts.offsets), bytes};
  end_arrow(out);
}

void export_column(const state_pointer& state, std::size_t column, const chunk_view& chunk, ArrowArray* out) {
  const std::uint64_t* const validity = chunk.validity(column);
  const std::int64_t nulls = detail::count_nulls(validity, chunk.size());
  const auto plain = [&](const void* values) {
    export_values(state, column, values, chunk.size(), validity, nulls, out);
  };
  const column_type type = state->rows.schema()[column].type;
  if (is_list(type)) return export_lists(state, column, chunk, nulls, out);
  if (type == column_type::string && !state->rows.has_dictionary(column)) {
    return export_texts(state, column, chunk, nulls, out);
  }
  switch (type) {
    case column_type::boolean: return plain(chunk.booleans(column));
    case column_type::float64: return plain(chunk.float64s(column));
    case column_type::string: return plain(chunk.string_ids(column));
    default: return plain(chunk.int64s(column));
  }
}

void export_chunk(const state_pointer& state, std::size_t index, ArrowArray* out) {
  const chunk_view chunk = state->rows.chunk(index);
  detail::export_arrow_struct(
      out, state, state->rows.schema().size(), chunk.size(),
      [&](std::size_t column, ArrowArray* child) { export_column(state, column, chunk, child); });
}

}  // namespace

void export_arrow(const table_snapshot& rows, ArrowSchema* out) {
  detail::export_arrow_struct(out, rows.schema().size(), [&](std::size_t column, ArrowSchema* child) {
    const column_description& described = rows.schema()[column];
    describe(described.type, rows.has_dictionary(column), described.name, described.nullable, child);
  });
}

void export_arrow(const table_snapshot& rows, std::size_t chunk, ArrowArray* out) {
  export_chunk(std::make_shared<export_state>(rows), chunk, out);
}

void export_arrow(const table_snapshot& rows, ArrowArrayStream* out) {
  auto state = std::make_shared<const export_state>(rows);
  detail::make_arrow_stream(
      out, [state](ArrowSchema* schema) { export_arrow(state->rows, schema); },
      [state, next = std::size_t{0}](ArrowArray* array) mutable {
        if (next == state->rows.chunk_count()) return false;
        export_chunk(state, next, array);
        ++next;
        return true;
      });
}

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// src/query/arrow.cpp - a result's columns as Arrow arrays.
#include <oriel/query/arrow.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <table/arrow_parts.hpp>

namespace oriel {
namespace {

using detail::arrow_array_parts;
using detail::begin_arrow;
using detail::end_arrow;
using result_pointer = std::shared_ptr<const result_set>;

// Offsets are unsigned here and signed there; none is that large.
static_assert(sizeof(std::size_t) == sizeof(std::int64_t));

const char* format_of(column_type type) noexcept {
  if (is_list(type)) return "+L";
  return type == column_type::string ? "U" : detail::arrow_format(type);
}

void describe(column_type type, const std::string& name, bool nullable, ArrowSchema* out) {
  begin_arrow(out, format_of(type), name, nullable);
  if (is_list(type)) describe(element_of(type), "item", false, detail::add_arrow_child(out));
  end_arrow(out);
}

/// Where an array begins; some readers want an address even if there is nothing.
template <typename T>
const void* address_of(const std::vector<T>& values) noexcept {
  static constexpr std::uint64_t nothing = 0;
  return values.empty() ? static_cast<const void*>(&nothing) : values.data();
}

const void* validity_of(const result_column& c) noexcept { return c.validity.empty() ? nullptr : c.validity.data(); }

/// Single values, or the elements of lists.
void export_values(const result_pointer& rows, const result_column& c, std::size_t count, const void* validity,
                   std::int64_t nulls, ArrowArray* out) {
  arrow_array_parts& parts = begin_arrow(out, rows, count, nulls);
  switch (element_of(c.type)) {
    case column_type::boolean: parts.buffers = {validity, parts.pack_bits(c.booleans.data(), count)}; break;
    case column_type::float64: parts.buffers = {validity, address_of(c.float64s)}; break;
    case column_type::string: parts.buffers = {validity, address_of(c.offsets), c.bytes.data()}; break;
    default: parts.buffers = {validity, address_of(c.int64s)}; break;
  }
  end_arrow(out);
}

void export_column(const result_pointer& rows, std::size_t column, ArrowArray* out) {
  const result_column& c = rows->column(column);
  const std::size_t count = rows->row_count();
  const void* const validity = validity_of(c);
  const std::int64_t nulls = detail::count_nulls(static_cast<const std::uint64_t*>(validity), count);
  if (!is_list(c.type)) return export_values(rows, c, count, validity, nulls, out);
  arrow_array_parts& parts = begin_arrow(out, rows, count, nulls);
  const std::size_t elements = c.list_offsets.empty() ? 0 : c.list_offsets.back();
  export_values(rows, c, elements, nullptr, 0, parts.add_child());
  parts.buffers = {validity, address_of(c.list_offsets)};
  end_arrow(out);
}

void export_rows(const result_pointer& rows, ArrowArray* out) {
  detail::export_arrow_struct(
      out, rows, rows->column_count(), rows->row_count(),
      [&](std::size_t column, ArrowArray* child) { export_column(rows, column, child); });
}

}  // namespace

void export_arrow(const result_set& rows, ArrowSchema* out) {
  detail::export_arrow_struct(out, rows.column_count(), [&](std::size_t column, ArrowSchema* child) {
    describe(rows.type(column), rows.name(column), true, child);
  });
}

void export_arrow(result_set rows, ArrowArray* out) {
  export_rows(std::make_shared<const result_set>(std::move(rows)), out);
}

void export_arrow(result_set rows, ArrowArrayStream* out) {
  auto state = std::make_shared<const result_set>(std::move(rows));
  detail::make_arrow_stream(
      out, [state](ArrowSchema* schema) { export_arrow(*state, schema); },
      [state, is_given = false](ArrowArray* array) mutable {
        if (is_given) return false;
        export_rows(state, array);
        is_given = true;
        return true;
      });
}

}  // namespace oriel

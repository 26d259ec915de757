// SPDX-License-Identifier: Apache-2.0
// src/table/table_checks.cpp - whether a batch fits the table, before anything is written.
#include <table/table_store.hpp>

#include <optional>

#include <oriel/core/error.hpp>

namespace oriel::detail {
namespace {

bool fits(column_type given, column_type wanted) noexcept {
  const auto plain = [](column_type type) {
    return type == column_type::time ? column_type::int64 : type == column_type::time_list ? column_type::int64_list : type;
  };
  return plain(given) == plain(wanted);
}

std::optional<std::size_t> first_null(const column_values& values, std::size_t rows) noexcept {
  if (values.validity() == nullptr) return {};
  for (std::size_t i = 0; i < rows; ++i) {
    if (values.is_null(i)) return i;
  }
  return {};
}

}  // namespace

void table_store::fail(const std::string& message) const {
  throw error(error_kind::invalid, "table '" + name() + "': " + message);
}

void table_store::check(const column_batch& rows, std::span<const std::size_t> columns) const {
  if (rows.columns.size() != columns.size()) {
    fail(std::to_string(rows.columns.size()) + " columns were given where " + std::to_string(columns.size()) +
         " are needed; give one for each, in order");
  }
  if (rows.size == 0) return;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const column_description& described = schema()[columns[i]];
    const column_values& values = rows.columns[i];
    if (!values) fail("no values were given for column '" + described.name + "'");
    if (!fits(values.type(), described.type)) {
      fail("column '" + described.name + "' is " + std::string(to_string(described.type)) + " but was given " +
           std::string(to_string(values.type())) + " values");
    }
    if (described.nullable) continue;
    if (const std::optional<std::size_t> row = first_null(values, rows.size)) {
      fail("column '" + described.name + "' is not nullable but row " + std::to_string(*row) +
           " of the batch is null there; make the column nullable or leave the row out");
    }
  }
}

void table_store::check(const column_values& comparison) const {
  if (!options_.comparison) {
    if (comparison) fail("comparison values were given; set table_options::comparison for them to be kept");
    return;
  }
  if (!comparison) fail("no comparison values were given; its rows are compared to find the newer one");
  if (!fits(comparison.type(), column_type::int64) || comparison.validity() != nullptr) {
    fail("comparison values must be LONG or TIMESTAMP and without nulls");
  }
}

}  // namespace oriel::detail

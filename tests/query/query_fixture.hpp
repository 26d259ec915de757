// SPDX-License-Identifier: Apache-2.0
// tests/query/query_fixture.hpp - small tables from text, and results as text, for tests of queries.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <oriel/core/time.hpp>
#include <oriel/query/result_set.hpp>
#include <oriel/table/catalog.hpp>
#include <oriel/table/column_batch.hpp>
#include <query/text_values.hpp>

namespace query_fixture {

inline std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

/// The cells of a line; bars between quotes belong to the cell.
inline std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> out{""};
  bool quoted = false;
  for (const char c : line) {
    if (c == '\'') quoted = !quoted;
    if (c == '|' && !quoted) {
      out.push_back("");
    } else {
      out.back() += c;
    }
  }
  for (std::string& cell : out) cell = trimmed(cell);
  return out;
}

/// Quotes around a text that could be taken for something else.
inline std::string shown(std::string_view text) {
  const bool plain =
      !text.empty() && text != "null" && text.find_first_of("|'\n") == text.npos && trimmed(text) == text;
  return plain ? std::string(text) : "'" + std::string(text) + "'";
}

/// One value of a result as a cell.
inline std::string cell_of(const oriel::result_set& r, std::size_t row, std::size_t column) {
  if (r.is_null(row, column)) return "null";
  std::string out;
  switch (r.type(column)) {
    case oriel::column_type::boolean: return r.as_boolean(row, column) ? "true" : "false";
    case oriel::column_type::int64: return std::to_string(r.as_int64(row, column));
    case oriel::column_type::float64: oriel::detail::append_number(out, r.as_float64(row, column)); return out;
    case oriel::column_type::time: return oriel::format_timestamp(r.as_timestamp(row, column));
    case oriel::column_type::string: return shown(r.as_string(row, column));
    default: break;
  }
  out = "[";
  for (std::size_t i = 0; i < r.list_size(row, column); ++i) {
    if (i > 0) out += ", ";
    switch (oriel::element_of(r.type(column))) {
      case oriel::column_type::boolean: out += r.as_boolean_list(row, column)[i] != 0 ? "true" : "false"; break;
      case oriel::column_type::float64: oriel::detail::append_number(out, r.as_float64_list(row, column)[i]); break;
      case oriel::column_type::time: out += oriel::format_timestamp(oriel::at_ms(r.as_int64_list(row, column)[i])); break;
      case oriel::column_type::string: out += r.as_string_element(row, column, i); break;
      default: out += std::to_string(r.as_int64_list(row, column)[i]); break;
    }
  }
  return out + "]";
}

/// The elements of "[a, b]".
inline std::vector<std::string> elements_of(std::string_view cell) {
  std::vector<std::string> out;
  cell = cell.substr(1, cell.size() - 2);
  while (!trimmed(cell).empty()) {
    const std::size_t comma = std::min(cell.find(','), cell.size());
    out.push_back(trimmed(cell.substr(0, comma)));
    cell.remove_prefix(std::min(comma + 1, cell.size()));
  }
  return out;
}

inline std::string row_of(const oriel::result_set& r, std::size_t row) {
  std::string out;
  for (std::size_t c = 0; c < r.column_count(); ++c) out += (c > 0 ? " | " : "") + cell_of(r, row, c);
  return out;
}

/// Header and rows, one line each.
inline std::vector<std::string> lines_of(const oriel::result_set& r) {
  std::vector<std::string> out{""};
  for (std::size_t c = 0; c < r.column_count(); ++c) out[0] += (c > 0 ? " | " : "") + r.name(c);
  for (std::size_t row = 0; row < r.row_count(); ++row) out.push_back(row_of(r, row));
  return out;
}

/// Makes a table. `columns` is "org STRING, value DOUBLE?"; `?` means nullable, `[]` a list.
inline void make_table(oriel::catalog& tables, const std::string& name, std::string_view columns,
                       const std::vector<std::string>& rows) {
  std::vector<oriel::column_description> described;
  while (!columns.empty()) {
    const std::size_t comma = std::min(columns.find(','), columns.size());
    const std::string one = trimmed(columns.substr(0, comma));
    columns.remove_prefix(std::min(comma + 1, columns.size()));
    oriel::column_description d;
    d.name = one.substr(0, one.find(' '));
    std::string type = one.substr(one.find(' ') + 1);
    d.nullable = type.back() == '?';
    if (d.nullable) type.pop_back();
    const bool list = type.ends_with("[]");
    if (list) type.resize(type.size() - 2);
    d.type = type == "BOOLEAN"     ? oriel::column_type::boolean
             : type == "LONG"      ? oriel::column_type::int64
             : type == "DOUBLE"    ? oriel::column_type::float64
             : type == "TIMESTAMP" ? oriel::column_type::time
                                   : oriel::column_type::string;
    if (list) d.type = oriel::list_of(d.type);
    described.push_back(d);
  }
  oriel::table& t = tables.create(name, oriel::schema(described));
  oriel::batch_buffer batch(t.schema());
  std::vector<std::vector<std::string>> kept;  // the bytes of strings until they are written
  for (const std::string& row : rows) kept.push_back(cells_of(row));
  std::deque<std::vector<std::string>> elements;  // and of those in lists
  for (std::vector<std::string>& cells : kept) {
    for (std::size_t c = 0; c < described.size(); ++c) {
      std::string& cell = cells.at(c);
      if (cell == "null") {
        batch[c].push_null();
        continue;
      }
      if (cell.size() >= 2 && cell.front() == '\'') cell = cell.substr(1, cell.size() - 2);
      if (oriel::is_list(described[c].type)) {
        batch[c].begin_list();
        for (const std::string& element : elements.emplace_back(elements_of(cell))) {
          switch (oriel::element_of(described[c].type)) {
            case oriel::column_type::boolean: batch[c].push_element(element == "true"); break;
            case oriel::column_type::int64: batch[c].push_element(oriel::detail::parse_int64(element).value()); break;
            case oriel::column_type::float64: batch[c].push_element(oriel::detail::parse_float64(element).value()); break;
            case oriel::column_type::time: batch[c].push_element(oriel::parse_timestamp(element).value()); break;
            default: batch[c].push_element(std::string_view(element)); break;
          }
        }
        batch[c].end_list();
        continue;
      }
      switch (described[c].type) {
        case oriel::column_type::boolean: batch[c].push_back(cell == "true"); break;
        case oriel::column_type::int64: batch[c].push_back(oriel::detail::parse_int64(cell).value()); break;
        case oriel::column_type::float64: batch[c].push_back(oriel::detail::parse_float64(cell).value()); break;
        case oriel::column_type::time: batch[c].push_back(oriel::parse_timestamp(cell).value()); break;
        case oriel::column_type::string: batch[c].push_back(std::string_view(cell)); break;
        default: break;
      }
    }
  }
  t.append(batch.view());
}

}  // namespace query_fixture

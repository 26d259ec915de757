// SPDX-License-Identifier: Apache-2.0
// src/query/format.cpp - a result as a table, JSON or CSV.
#include <oriel/query/format.hpp>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include <query/text_values.hpp>

namespace oriel {
namespace {

constexpr std::string_view hex = "0123456789abcdef";

std::size_t code_points(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Text with what would spoil a line written as C does.
std::string on_one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (byte < 0x20 || byte == 0x7F) {
      out.append("\\x").append(1, hex[byte >> 4]).append(1, hex[byte & 15]);
    } else {
      out += c;
    }
  }
  return out;
}

std::string element_text(const result_set& result, std::size_t row, std::size_t column, std::size_t element) {
  std::string out;
  switch (element_of(result.type(column))) {
    case column_type::boolean:
      return std::string(detail::boolean_text(result.as_boolean_list(row, column)[element] != 0));
    case column_type::float64: detail::append_number(out, result.as_float64_list(row, column)[element]); break;
    case column_type::time: return format_timestamp(at_ms(result.as_int64_list(row, column)[element]));
    case column_type::string: return std::string(result.as_string_element(row, column, element));
    default: detail::append_number(out, result.as_int64_list(row, column)[element]); break;
  }
  return out;
}

// A value as it reads in a table or CSV. Requires: not null.
std::string plain_text(const result_set& result, std::size_t row, std::size_t column) {
  std::string out;
  switch (result.type(column)) {
    case column_type::boolean: return std::string(detail::boolean_text(result.as_boolean(row, column)));
    case column_type::int64: detail::append_number(out, result.as_int64(row, column)); break;
    case column_type::float64: detail::append_number(out, result.as_float64(row, column)); break;
    case column_type::time: return format_timestamp(result.as_timestamp(row, column));
    case column_type::string: return std::string(result.as_string(row, column));
    default:
      out += '[';
      for (std::size_t i = 0; i < result.list_size(row, column); ++i) {
        if (i > 0) out += ", ";
        out += element_text(result, row, column, i);
      }
      out += ']';
      break;
  }
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (byte < 0x20) {
          out.append("\\u00").append(1, hex[byte >> 4]).append(1, hex[byte & 15]);
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void append_json_number(std::string& out, double value) {
  if (std::isfinite(value)) {
    detail::append_number(out, value);
  } else {
    out += "null";
  }
}

void append_json_list(std::string& out, const result_set& result, std::size_t row, std::size_t column) {
  out += '[';
  for (std::size_t i = 0; i < result.list_size(row, column); ++i) {
    if (i > 0) out += ',';
    switch (element_of(result.type(column))) {
      case column_type::boolean: out += detail::boolean_text(result.as_boolean_list(row, column)[i] != 0); break;
      case column_type::float64: append_json_number(out, result.as_float64_list(row, column)[i]); break;
      case column_type::string: append_json_string(out, result.as_string_element(row, column, i)); break;
      default: detail::append_number(out, result.as_int64_list(row, column)[i]); break;
    }
  }
  out += ']';
}

void append_json_value(std::string& out, const result_set& result, std::size_t row, std::size_t column) {
  if (result.is_null(row, column)) {
    out += "null";
    return;
  }
  switch (result.type(column)) {
    case column_type::boolean: out += detail::boolean_text(result.as_boolean(row, column)); break;
    case column_type::int64:
    case column_type::time: detail::append_number(out, result.as_int64(row, column)); break;
    case column_type::float64: append_json_number(out, result.as_float64(row, column)); break;
    case column_type::string: append_json_string(out, result.as_string(row, column)); break;
    default: append_json_list(out, result, row, column); break;
  }
}

void append_csv_field(std::string& out, std::string_view text) {
  const bool quote =
      text.empty() || text.find_first_of("\",\r\n") != text.npos || text.front() == ' ' || text.back() == ' ';
  if (!quote) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_padded(std::string& out, std::string_view text, std::size_t width, bool to_the_right, bool last) {
  const std::size_t missing = width - std::min(width, code_points(text));
  if (to_the_right) out.append(missing, ' ');
  out += text;
  if (!to_the_right && !last) out.append(missing, ' ');
}

}  // namespace

std::string format_table(const result_set& result) {
  const std::size_t columns = result.column_count();
  std::vector<std::vector<std::string>> cells(columns);
  std::vector<std::size_t> widths(columns);
  for (std::size_t c = 0; c < columns; ++c) {
    cells[c].push_back(on_one_line(result.name(c)));
    for (std::size_t row = 0; row < result.row_count(); ++row) {
      cells[c].push_back(result.is_null(row, c) ? "null" : on_one_line(plain_text(result, row, c)));
    }
    for (const std::string& cell : cells[c]) widths[c] = std::max(widths[c], code_points(cell));
  }
  const auto is_number = [&](std::size_t c) {
    return result.type(c) == column_type::int64 || result.type(c) == column_type::float64;
  };

  std::string out;
  for (std::size_t line = 0; line <= result.row_count(); ++line) {
    for (std::size_t c = 0; c < columns; ++c) {
      if (c > 0) out += " | ";
      append_padded(out, cells[c][line], widths[c], is_number(c), c + 1 == columns);
    }
    out += '\n';
    if (line > 0) continue;
    for (std::size_t c = 0; c < columns; ++c) {
      if (c > 0) out += "-+-";
      out.append(widths[c], '-');
    }
    out += '\n';
  }
  out += '(';
  detail::append_number(out, static_cast<std::int64_t>(result.row_count()));
  out += result.row_count() == 1 ? " row)\n" : " rows)\n";
  return out;
}

std::string format_json(const result_set& result) {
  std::vector<std::string> keys;
  for (std::size_t c = 0; c < result.column_count(); ++c) {
    std::string key = c == 0 ? "{" : ",";
    append_json_string(key, result.name(c));
    keys.push_back(key + ":");
  }
  std::string out;
  for (std::size_t row = 0; row < result.row_count(); ++row) {
    for (std::size_t c = 0; c < result.column_count(); ++c) {
      out += keys[c];
      append_json_value(out, result, row, c);
    }
    out += "}\n";
  }
  return out;
}

std::string format_csv(const result_set& result) {
  std::string out;
  for (std::size_t c = 0; c < result.column_count(); ++c) {
    if (c > 0) out += ',';
    append_csv_field(out, result.name(c));
  }
  out += '\n';
  for (std::size_t row = 0; row < result.row_count(); ++row) {
    for (std::size_t c = 0; c < result.column_count(); ++c) {
      if (c > 0) out += ',';
      if (!result.is_null(row, c)) append_csv_field(out, plain_text(result, row, c));
    }
    out += '\n';
  }
  return out;
}

}  // namespace oriel

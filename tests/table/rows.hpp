// SPDX-License-Identifier: Apache-2.0
// tests/table/rows.hpp - rows as plain values, to compare tables with what they should hold.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <oriel/table/column_batch.hpp>
#include <oriel/table/snapshot.hpp>

namespace oriel_test {

struct null_value {
  friend bool operator==(null_value, null_value) { return true; }
  friend bool operator<(null_value, null_value) { return false; }
};

/// A value of a column; NaN equals NaN here.
struct cell {
  using list = std::vector<cell>;
  std::variant<null_value, bool, std::int64_t, double, std::string, list> value;

  cell() = default;
  cell(bool v) : value(v) {}                                   // NOLINT
  cell(int v) : value(std::int64_t{v}) {}                      // NOLINT
  cell(std::int64_t v) : value(v) {}                           // NOLINT
  cell(double v) : value(std::isnan(v) ? std::nan("") : v) {}  // NOLINT
  cell(std::string v) : value(std::move(v)) {}                 // NOLINT
  cell(const char* v) : value(std::string(v)) {}               // NOLINT
  cell(list v) : value(std::move(v)) {}                        // NOLINT

  bool is_null() const { return value.index() == 0; }

  friend bool operator==(const cell& a, const cell& b) { return !(a < b) && !(b < a); }
  friend bool operator<(const cell& a, const cell& b) {
    const double* const x = std::get_if<double>(&a.value);
    const double* const y = std::get_if<double>(&b.value);
    if (x != nullptr && y != nullptr && (std::isnan(*x) || std::isnan(*y))) return !std::isnan(*x) && std::isnan(*y);
    return a.value < b.value;
  }
  friend std::ostream& operator<<(std::ostream& out, const cell& c) {
    std::visit(
        [&](const auto& v) {
          if constexpr (std::is_same_v<std::decay_t<decltype(v)>, null_value>) {
            out << "null";
          } else if constexpr (std::is_same_v<std::decay_t<decltype(v)>, list>) {
            out << '[';
            for (const cell& element : v) out << element << ' ';
            out << ']';
          } else {
            out << v;
          }
        },
        c.value);
    return out;
  }
};

using row = std::vector<cell>;

/// A list as a cell.
template <typename... T>
cell list(T... elements) {
  return cell(cell::list{cell(elements)...});
}

inline cell read(const oriel::table_snapshot& rows, const oriel::chunk_view& chunk, std::size_t column, std::size_t i) {
  const std::uint64_t* const validity = chunk.validity(column);
  if (validity != nullptr && (validity[i / 64] >> (i % 64) & 1) == 0) return {};
  switch (rows.schema()[column].type) {
    case oriel::column_type::boolean: return chunk.booleans(column)[i] != 0;
    case oriel::column_type::float64: return chunk.float64s(column)[i];
    case oriel::column_type::string: return std::string(rows.text(chunk, column, i));
    case oriel::column_type::int64:
    case oriel::column_type::time: return chunk.int64s(column)[i];
    default: break;
  }
  const oriel::list_view lists = chunk.lists(column);
  cell::list found;
  switch (oriel::element_of(rows.schema()[column].type)) {
    case oriel::column_type::boolean:
      for (const std::uint8_t v : lists.at<std::uint8_t>(i)) found.emplace_back(v != 0);
      break;
    case oriel::column_type::float64:
      for (const double v : lists.at<double>(i)) found.emplace_back(v);
      break;
    case oriel::column_type::string:
      for (const std::uint32_t id : lists.at<std::uint32_t>(i)) {
        found.emplace_back(std::string(rows.dictionary(column)[id]));
      }
      break;
    default:
      for (const std::int64_t v : lists.at<std::int64_t>(i)) found.emplace_back(v);
      break;
  }
  return found;
}

/// All rows of a snapshot, in its order.
inline std::vector<row> rows_of(const oriel::table_snapshot& snapshot) {
  std::vector<row> rows;
  for (std::size_t c = 0; c < snapshot.chunk_count(); ++c) {
    const oriel::chunk_view chunk = snapshot.chunk(c);
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      row r;
      for (std::size_t column = 0; column < snapshot.schema().size(); ++column) {
        r.push_back(read(snapshot, chunk, column, i));
      }
      rows.push_back(std::move(r));
    }
  }
  return rows;
}

inline void push(oriel::column_buffer& buffer, const cell& c) {
  std::visit(
      [&](const auto& v) {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, null_value>) {
          buffer.push_null();
        } else if constexpr (std::is_same_v<std::decay_t<decltype(v)>, cell::list>) {
          buffer.begin_list();
          for (const cell& element : v) {
            if (const auto* const b = std::get_if<bool>(&element.value)) buffer.push_element(*b);
            if (const auto* const n = std::get_if<std::int64_t>(&element.value)) buffer.push_element(*n);
            if (const auto* const x = std::get_if<double>(&element.value)) buffer.push_element(*x);
            if (const auto* const s = std::get_if<std::string>(&element.value)) {
              buffer.push_element(std::string_view(*s));
            }
          }
          buffer.end_list();
        } else {
          buffer.push_back(v);
        }
      },
      c.value);
}

/// Rows as a batch. The rows must outlive its use.
inline oriel::batch_buffer batch_of(const oriel::schema& schema, const std::vector<row>& rows) {
  oriel::batch_buffer batch(schema);
  for (const row& r : rows) {
    for (std::size_t column = 0; column < r.size(); ++column) push(batch[column], r[column]);
  }
  return batch;
}

}  // namespace oriel_test

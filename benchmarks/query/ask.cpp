// SPDX-License-Identifier: Apache-2.0
// benchmarks/query/ask.cpp - Oriel's side of a comparison with another engine: SQL in, times out, line by line.
//
// Another process says what to make and what to ask, so that it can take turns with its own engine.
// Each line of standard input is a command; each is answered by one line of JSON.
//
//   now MS                     what now() and ago() read
//   threads N                  for the questions from here on
//   table NAME ROWS SELECT ... a table of so many rows: the query is asked over `numbers`, whose column i
//                              counts from 0 and gives no nulls. A column named "x[]" becomes a list of one element
//   drop                       all tables are gone
//   time SELECT ...            {"ms": .., "cpu_ms": .., "rows": ..}: by the wall and by the processor
//   answer SELECT ...          {"rows": .., "answer": [[..], ..]}: times as milliseconds, lists as arrays
//   bytes                      {"bytes": ..}: what the tables take
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <oriel/core/clock.hpp>
#include <oriel/query/sql.hpp>
#include <oriel/table/catalog.hpp>

namespace {

using namespace oriel;

/// Adds a value of a result to a column of a batch, or an element to its open list.
void push(const result_set& r, std::size_t row, std::size_t c, bool in_list, column_buffer& out) {
  const auto add = [&](auto value) { in_list ? out.push_element(value) : out.push_back(value); };
  switch (r.type(c)) {
    case column_type::boolean: return add(r.as_boolean(row, c));
    case column_type::float64: return add(r.as_float64(row, c));
    case column_type::time: return add(r.as_timestamp(row, c));
    case column_type::string: return add(r.as_string(row, c));
    default: return add(r.as_int64(row, c));
  }
}

bool is_one_element_list(const std::string& name) { return name.ends_with("[]"); }

void make_table(catalog& tables, const std::string& name, std::size_t rows, const std::string& query) {
  constexpr std::size_t piece = 1 << 16;
  for (std::size_t first = 0; first < rows; first += piece) {
    catalog counted;
    table& numbers = counted.create("numbers", schema({{"i", column_type::int64}}));
    batch_buffer count(numbers.schema());
    const std::size_t last = std::min(first + piece, rows);
    for (std::size_t i = first; i < last; ++i) count[0].push_back(static_cast<std::int64_t>(i));
    numbers.append(count.view());
    const result_set made = sql(counted, query);
    std::vector<column_description> columns;
    for (std::size_t c = 0; c < made.column_count(); ++c) {
      const std::string& label = made.name(c);
      const bool list = is_one_element_list(label);
      columns.push_back({list ? label.substr(0, label.size() - 2) : label,
                         list ? list_of(made.type(c)) : made.type(c)});
    }
    table& t = tables.create(name, schema(columns));
    batch_buffer batch(t.schema());
    for (std::size_t row = 0; row < made.row_count(); ++row) {
      for (std::size_t c = 0; c < columns.size(); ++c) {
        const bool list = is_list(columns[c].type);
        if (list) batch[c].begin_list();
        push(made, row, c, list, batch[c]);
        if (list) batch[c].end_list();
      }
      if (batch.size() == 1024 || row + 1 == made.row_count()) {
        t.append(batch.view());
        batch.clear();
      }
    }
  }
}

std::string json_of(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string json_of(const result_set& r, std::size_t row, std::size_t c) {
  if (r.is_null(row, c)) return "null";
  switch (r.type(c)) {
    case column_type::boolean: return r.as_boolean(row, c) ? "true" : "false";
    case column_type::float64: return fmt::format("{}", r.as_float64(row, c));
    case column_type::string: return json_of(r.as_string(row, c));
    case column_type::int64:
    case column_type::time: return fmt::format("{}", r.as_int64(row, c));
    default: return "\"a list\"";
  }
}

class session {
 public:
  std::string answer(const std::string& line) {
    std::istringstream in(line);
    std::string command;
    in >> command;
    if (command == "now") {
      std::int64_t ms = 0;
      in >> ms;
      clock_.emplace(at_ms(ms));
      return "{}";
    }
    if (command == "threads") {
      in >> threads_;
      return "{}";
    }
    if (command == "drop") {
      tables_ = std::make_unique<catalog>();
      return "{}";
    }
    if (command == "table") {
      std::string name;
      std::size_t rows = 0;
      std::string query;
      in >> name >> rows;
      std::getline(in, query);
      make_table(*tables_, name, rows, query);
      return "{}";
    }
    if (command == "bytes") {
      std::size_t bytes = 0;
      for (const std::string& name : tables_->names()) bytes += tables_->at(name).bytes();
      return fmt::format("{{\"bytes\": {}}}", bytes);
    }
    std::string query;
    std::getline(in, query);
    const std::clock_t worked = std::clock();
    const auto start = std::chrono::steady_clock::now();
    const result_set r = sql(*tables_, query, {.clock = clock_ ? &*clock_ : nullptr, .threads = threads_});
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (command == "time") {
      const double work = static_cast<double>(std::clock() - worked) * 1e3 / CLOCKS_PER_SEC;
      return fmt::format("{{\"ms\": {}, \"cpu_ms\": {}, \"rows\": {}}}", took.count(), work, r.row_count());
    }
    std::string out = fmt::format("{{\"rows\": {}, \"answer\": [", r.row_count());
    for (std::size_t row = 0; row < r.row_count(); ++row) {
      out += row > 0 ? ", [" : "[";
      for (std::size_t c = 0; c < r.column_count(); ++c) out += (c > 0 ? ", " : "") + json_of(r, row, c);
      out += ']';
    }
    return out + "]}";
  }

 private:
  std::unique_ptr<catalog> tables_ = std::make_unique<catalog>();
  std::optional<manual_clock> clock_;
  std::size_t threads_ = 1;
};

}  // namespace

int main() {
  session s;
  for (std::string line; std::getline(std::cin, line);) {
    try {
      std::cout << s.answer(line) << std::endl;
    } catch (const std::exception& problem) {
      std::cout << "{\"error\": " << json_of(std::string_view(problem.what()).substr(0, 400)) << "}" << std::endl;
    }
  }
}

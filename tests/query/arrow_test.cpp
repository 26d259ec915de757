// SPDX-License-Identifier: Apache-2.0
#include <oriel/query/arrow.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <oriel/query/sql.hpp>
#include <query/query_fixture.hpp>

using namespace oriel;

namespace {

/// A value the way `query_fixture::cell_of` shows it, read as a consumer would that knows only the formats.
std::string read(const ArrowSchema& s, const ArrowArray& a, std::int64_t i, bool is_element = false) {
  REQUIRE(a.offset == 0);
  const auto* const validity = static_cast<const std::uint8_t*>(a.buffers[0]);
  if (validity != nullptr && (validity[i / 8] >> (i % 8) & 1) == 0) {
    CHECK((s.flags & ARROW_FLAG_NULLABLE) != 0);
    CHECK(a.null_count > 0);
    return "null";
  }
  const std::string format = s.format;
  std::string out;
  if (format == "b") {
    REQUIRE(a.n_buffers == 2);
    return (static_cast<const std::uint8_t*>(a.buffers[1])[i / 8] >> (i % 8) & 1) != 0 ? "true" : "false";
  }
  if (format == "l") return std::to_string(static_cast<const std::int64_t*>(a.buffers[1])[i]);
  if (format == "tsm:UTC") return format_timestamp(at_ms(static_cast<const std::int64_t*>(a.buffers[1])[i]));
  if (format == "g") {
    detail::append_number(out, static_cast<const double*>(a.buffers[1])[i]);
    return out;
  }
  const auto* const offsets = static_cast<const std::int64_t*>(a.buffers[1]);
  if (format == "U") {
    REQUIRE(a.n_buffers == 3);
    const char* const bytes = static_cast<const char*>(a.buffers[2]);
    const std::string text(bytes + offsets[i], bytes + offsets[i + 1]);
    return is_element ? text : query_fixture::shown(text);
  }
  REQUIRE(format == "+L");
  REQUIRE(a.n_children == 1);
  REQUIRE(a.children[0]->length >= offsets[i + 1]);
  for (std::int64_t k = offsets[i]; k < offsets[i + 1]; ++k) {
    out += (k > offsets[i] ? ", " : "") + read(*s.children[0], *a.children[0], k, true);
  }
  return "[" + out + "]";
}

using grid = std::vector<std::vector<std::string>>;  // the names, then the rows

grid read_all(const ArrowSchema& schema, const ArrowArray& rows) {
  CHECK(std::string(schema.format) == "+s");
  REQUIRE(rows.n_children == schema.n_children);
  REQUIRE(rows.n_buffers == 1);
  CHECK(rows.null_count == 0);
  grid out(1);
  for (std::int64_t c = 0; c < schema.n_children; ++c) {
    out[0].push_back(schema.children[c]->name);
    CHECK(rows.children[c]->length == rows.length);
  }
  for (std::int64_t i = 0; i < rows.length; ++i) {
    out.emplace_back();
    for (std::int64_t c = 0; c < rows.n_children; ++c) {
      out.back().push_back(read(*schema.children[c], *rows.children[c], i));
    }
  }
  return out;
}

grid read_all(const result_set& r) {
  grid out(1);
  for (std::size_t c = 0; c < r.column_count(); ++c) out[0].push_back(r.name(c));
  for (std::size_t i = 0; i < r.row_count(); ++i) {
    out.emplace_back();
    for (std::size_t c = 0; c < r.column_count(); ++c) out.back().push_back(query_fixture::cell_of(r, i, c));
  }
  return out;
}

/// A table with a column of each type, each null now and then.
void fill(catalog& tables, std::size_t rows) {
  using enum column_type;
  const std::vector<column_type> types{boolean,      int64,      float64,      time,      string,
                                       boolean_list, int64_list, float64_list, time_list, string_list};
  std::vector<column_description> columns;
  for (std::size_t i = 0; i < types.size(); ++i) columns.push_back({"c" + std::to_string(i), types[i], true});
  table& t = tables.create("t", schema(columns));
  std::mt19937 random(20240801);
  batch_buffer batch(t.schema());
  const std::vector<std::string> texts{"", "tea", "cr\xC3\xA8me", "a much longer text than the others", "milk"};
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t c = 0; c < types.size(); ++c) {
      column_buffer& to = batch[c];
      if (random() % 4 == 0) {
        to.push_null();
        continue;
      }
      const auto value = [&](auto&& push) {
        const auto n = static_cast<std::int64_t>(random() % 1000) - 500;
        switch (element_of(types[c])) {
          case boolean: return push(n % 2 == 0);
          case float64: return push(static_cast<double>(n) / 8);
          case time: return push(at_ms(n * 1000));
          case string: return push(std::string_view(texts[random() % texts.size()]));
          default: return push(n);
        }
      };
      if (!is_list(types[c])) {
        value([&](auto v) { to.push_back(v); });
        continue;
      }
      to.begin_list();
      for (std::size_t k = random() % 4; k > 0; --k) value([&](auto v) { to.push_element(v); });
      to.end_list();
    }
  }
  t.append(batch.view());
}

}  // namespace

TEST_CASE("a stream has the names and rows of a result, and outlives it and its tables") {
  for (const std::size_t rows : {0U, 1U, 63U, 64U, 700U}) {
    CAPTURE(rows);
    std::optional<catalog> tables(std::in_place);
    fill(*tables, rows);
    std::optional<result_set> result = sql(*tables, "SELECT * FROM t");
    const grid expected = read_all(*result);
    REQUIRE(expected.size() == rows + 1);
    ArrowArrayStream stream;
    export_arrow(*result, &stream);
    result.reset();
    tables.reset();

    ArrowSchema schema;
    ArrowArray array;
    REQUIRE(stream.get_schema(&stream, &schema) == 0);
    REQUIRE(stream.get_next(&stream, &array) == 0);
    REQUIRE((array.release != nullptr));
    ArrowArray end;
    REQUIRE(stream.get_next(&stream, &end) == 0);
    CHECK((end.release == nullptr));
    CHECK(stream.get_last_error(&stream) == nullptr);
    stream.release(&stream);
    CHECK((stream.release == nullptr));
    CHECK(read_all(schema, array) == expected);
    schema.release(&schema);
    array.release(&array);
    CHECK((schema.release == nullptr));
    CHECK((array.release == nullptr));
  }
}

TEST_CASE("what is moved in is not copied, apart from bits") {
  catalog tables;
  fill(tables, 100);
  result_set result = sql(tables, "SELECT * FROM t");
  std::vector<const void*> buffers;
  for (std::size_t c = 0; c < 10; ++c) {
    const result_column& column = result.column(c);
    buffers.push_back(column.validity.data());
    switch (column.type) {
      case column_type::boolean: buffers.push_back(nullptr); break;
      case column_type::float64: buffers.push_back(column.float64s.data()); break;
      case column_type::string: buffers.push_back(column.offsets.data()); break;
      default: buffers.push_back(is_list(column.type) ? static_cast<const void*>(column.list_offsets.data())
                                                      : column.int64s.data());
    }
  }
  const void* const texts = result.column(4).bytes.data();
  const void* const elements = result.column(6).int64s.data();
  ArrowArray array;
  export_arrow(std::move(result), &array);
  for (std::size_t c = 0; c < 10; ++c) {
    CHECK(array.children[c]->buffers[0] == buffers[2 * c]);
    if (buffers[2 * c + 1] != nullptr) CHECK(array.children[c]->buffers[1] == buffers[2 * c + 1]);
  }
  CHECK(array.children[4]->buffers[2] == texts);
  CHECK(array.children[6]->children[0]->buffers[1] == elements);
  array.release(&array);
}

TEST_CASE("children that were moved out are released by whoever has them, in any order") {
  catalog tables;
  fill(tables, 50);
  const result_set result = sql(tables, "SELECT c4 AS text, c9 AS texts FROM t");
  ArrowSchema schema;
  ArrowArray array;
  export_arrow(result, &schema);
  export_arrow(result, &array);
  const ArrowSchema moved_schema = std::exchange(*schema.children[1], ArrowSchema{});
  ArrowArray text = std::exchange(*array.children[0], ArrowArray{});
  ArrowArray elements = std::exchange(*array.children[1]->children[0], ArrowArray{});
  array.release(&array);
  for (std::int64_t i = 0; i < text.length; ++i) {
    CHECK(read(*schema.children[0], text, i) == query_fixture::cell_of(result, static_cast<std::size_t>(i), 0));
  }
  text.release(&text);
  schema.release(&schema);
  CHECK(std::string(moved_schema.name) == "texts");
  CHECK(static_cast<std::size_t>(elements.length) == result.column(1).list_offsets.back());
  const std::vector<std::uint64_t>& ends = result.column(1).list_offsets;
  const auto first = static_cast<std::size_t>(std::count(ends.begin(), ends.end(), 0U)) - 1;  // row with an element
  CHECK(read(*moved_schema.children[0], elements, 0, true) == result.as_string_element(first, 1, 0));
  elements.release(&elements);
  ArrowSchema last = moved_schema;
  last.release(&last);
}

TEST_CASE("a stream may be released before anything is taken, and a result without columns exported") {
  ArrowArrayStream stream;
  export_arrow(result_set(), &stream);
  ArrowSchema schema;
  REQUIRE(stream.get_schema(&stream, &schema) == 0);
  CHECK(schema.n_children == 0);
  schema.release(&schema);
  stream.release(&stream);
}

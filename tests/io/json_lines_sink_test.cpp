// SPDX-License-Identifier: Apache-2.0
#include <oriel/io/json_lines_sink.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <boost/describe/class.hpp>

#include <oriel/core/column_name.hpp>
#include <oriel/core/error.hpp>
#include <oriel/core/row.hpp>

#include "io/scratch_file.hpp"

using namespace oriel;
using namespace oriel::literals;
using io_test::scratch_file;

namespace {

struct point {
  std::int32_t x = 0;
  std::optional<double> y;
};
BOOST_DESCRIBE_STRUCT(point, (), (x, y))

struct reading {
  bool ok = false;
  std::int8_t i8 = 0;
  std::uint8_t u8 = 0;
  std::uint64_t u64 = 0;
  float f = 0;
  double d = 0;
  std::string_view view;
  std::string text;
  timestamp ts{};
  point at;
  std::optional<point> from;
  std::vector<point> path;
  std::vector<std::string> tags;
};
BOOST_DESCRIBE_STRUCT(reading, (), (ok, i8, u8, u64, f, d, view, text, ts, at, from, path, tags))

struct label {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(label, (), (text))

struct number {
  double v = 0;
};
BOOST_DESCRIBE_STRUCT(number, (), (v))

template <typename T>
std::string json_of(const T& row, json_times times = json_times::epoch_ms) {
  std::string out;
  to_json(row, out, times);
  return out;
}

std::string text_json(std::string_view text) { return json_of(label{std::string(text)}); }

template <typename T>
batch_view<T> view_of(const std::vector<T>& rows) {
  return {.rows = rows, .times = {}, .watermarks = {}};
}

std::string refusal(const json_lines_sink& spec) {
  try {
    const auto out = spec.open<label>();
    const std::vector<label> rows(10, label{"x"});
    out->write(view_of(rows));
    out->finish();
  } catch (const error& e) {
    return std::string(to_string(e.kind())) + ": " + e.message();
  }
  return "written";
}

}  // namespace

TEST_CASE("a row becomes one object, its fields in the order they were declared") {
  CHECK(json_of(reading{}) ==
        R"({"ok":false,"i8":0,"u8":0,"u64":0,"f":0,"d":0,"view":"","text":"","ts":0,"at":{"x":0,"y":null},)"
        R"("from":null,"path":[],"tags":[]})");
  reading r;
  r.ok = true;
  r.i8 = -128;
  r.u8 = 255;
  r.u64 = std::numeric_limits<std::uint64_t>::max();
  r.f = 0.1F;
  r.d = 0.1;
  r.view = "a";
  r.text = "b";
  r.ts = at_ms(1'761'127'200'123);
  r.at = {7, 1.5};
  r.from = point{8, {}};
  r.path = {{1, {}}, {2, 3.0}};
  r.tags = {"x", ""};
  const std::string front =
      R"({"ok":true,"i8":-128,"u8":255,"u64":18446744073709551615,"f":0.1,"d":0.1,"view":"a","text":"b","ts":)";
  const std::string back =
      R"(,"at":{"x":7,"y":1.5},"from":{"x":8,"y":null},"path":[{"x":1,"y":null},{"x":2,"y":3}],"tags":["x",""]})";
  CHECK(json_of(r) == front + "1761127200123" + back);
  CHECK(json_of(r, json_times::iso_8601) == front + "\"2025-10-22T10:00:00.123Z\"" + back);
  CHECK(json_of(r, json_times::no_zone) == front + "\"2025-10-22T10:00:00.123000\"" + back);
}

TEST_CASE("a row of named columns is written under their names") {
  using ctr = row<column<"campaign", std::string_view>, column<"ctr", std::optional<double>>,
                  column<"line_items.name", std::int64_t>>;
  ctr r;
  r["campaign"_col] = "camp-1";
  r["line_items.name"_col] = 3;
  CHECK(json_of(r) == R"({"campaign":"camp-1","ctr":null,"line_items.name":3})");
  CHECK(json_of(row<>{}) == "{}");
}

TEST_CASE("a double is the shortest text that reads back equal") {
  for (const auto& [value, text] :
       std::vector<std::pair<double, std::string>>{{0.0, "0"},
                                                   {-0.0, "-0"},
                                                   {1.0, "1"},
                                                   {0.1, "0.1"},
                                                   {1.0 / 3, "0.3333333333333333"},
                                                   {1e22, "1e+22"},
                                                   {1e-7, "1e-07"},
                                                   {5e-324, "5e-324"},
                                                   {1.7976931348623157e308, "1.7976931348623157e+308"}}) {
    CHECK(json_of(number{value}) == "{\"v\":" + text + "}");
  }
  CHECK(json_of(number{std::numeric_limits<double>::quiet_NaN()}) == "{\"v\":null}");
  CHECK(json_of(number{std::numeric_limits<double>::infinity()}) == "{\"v\":null}");
}

TEST_CASE("text is escaped where JSON asks for it and nowhere else") {
  CHECK(text_json("a\"b\\c/d\b\f\n\r\t") == R"({"text":"a\"b\\c/d\b\f\n\r\t"})");
  CHECK(text_json(std::string_view("\0\x01\x1f\x7f", 4)) == "{\"text\":\"\\u0000\\u0001\\u001f\x7f\"}");
  CHECK(text_json("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80") == "{\"text\":\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"}");
}

TEST_CASE("bytes that are not UTF-8 become U+FFFD, one for each broken character") {
  const std::string bad = "\xEF\xBF\xBD";
  const auto written = [](std::string_view text) {
    const std::string json = text_json(text);
    return json.substr(9, json.size() - 11);
  };
  CHECK(written("a\xFFz") == "a" + bad + "z");
  CHECK(written("\xC3") == bad);
  CHECK(written("\xC3(") == bad + "(");
  CHECK(written("\xE2\x82") == bad);  // a beginning of three bytes, cut
  CHECK(written("\xE2\x82\"") == bad + "\\\"");
  CHECK(written("\xF0\x9F\x98") == bad);
  CHECK(written("\xF0\x9F\x98\xC3\xA9") == bad + "\xC3\xA9");
  CHECK(written("\xED\xA0\x80") == bad + bad + bad);            // a surrogate
  CHECK(written("\xC0\x80") == bad + bad);                      // two bytes where one would do
  CHECK(written("\xF4\x90\x80\x80") == bad + bad + bad + bad);  // above U+10FFFF
  CHECK(written("\x80\x80") == bad + bad);
  CHECK(written("\xC3\xA9\xFF\xC3\xA9\n") == "\xC3\xA9" + bad + "\xC3\xA9\\n");
}

TEST_CASE("rows are written as lines to a file, which is replaced") {
  const scratch_file file("what was there before, longer than what comes");
  const auto out = json_lines_sink{.path = file.path()}.open<label>();
  const std::vector<label> rows = {{"a"}, {"b"}, {"c"}};
  out->write(view_of(rows).subview(0, 0));
  out->finish();
  CHECK(file.text().empty());

  const auto again = json_lines_sink{.path = file.path()}.open<label>();
  again->write({std::span<const label>(rows).first(2), {}, {}});
  CHECK(file.text() == "{\"text\":\"a\"}\n{\"text\":\"b\"}\n");  // there at the end of the batch
  again->write({std::span<const label>(rows).last(1), {}, {}});
  again->finish();
  CHECK(file.text() == "{\"text\":\"a\"}\n{\"text\":\"b\"}\n{\"text\":\"c\"}\n");
}

TEST_CASE("lines can go to a function, whole ones at a time") {
  std::string seen;
  bool whole = true;
  const json_lines_sink spec{.write = [&](std::string_view lines) {
    whole &= !lines.empty() && lines.back() == '\n';
    seen += lines;
  }};
  const auto out = spec.open<label>();
  const std::vector<label> rows(20'000, label{std::string(20, 'x')});
  out->write(view_of(rows));
  out->finish();
  CHECK(whole);
  CHECK(seen.size() == rows.size() * 32);
}

TEST_CASE("a file that cannot be written is named, with the reason") {
  const scratch_file file;
  const std::string inside = file.path() + "/x.jsonl";
  const std::string advice = "; free the disk or give the path of a file that can be written";
  CHECK(refusal({.path = inside}) ==
        "unavailable: json_lines_sink: cannot write '" + inside + "': Not a directory" + advice);
  CHECK(refusal({.path = file.folder()}) ==
        "unavailable: json_lines_sink: cannot write '" + file.folder() + "': Is a directory" + advice);
  CHECK(refusal({.path = "/dev/full"}) ==
        "unavailable: json_lines_sink: cannot write '/dev/full': No space left on device" + advice);
  CHECK(refusal({}) == "invalid: json_lines_sink: nowhere to write to; set .path, or .write to a function");
  CHECK(refusal({.path = file.path()}) == "written");
}

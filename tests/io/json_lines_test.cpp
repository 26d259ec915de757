// SPDX-License-Identifier: Apache-2.0
// What a line means. How lines are read is in json_lines_input_test.cpp.
#include <oriel/io/json_lines.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/describe/class.hpp>
#include <doctest/doctest.h>

#include <oriel/core/error.hpp>

#include "io/scratch_file.hpp"

using namespace oriel;
using io_test::read_everything;
using io_test::scratch_file;

namespace {

struct place {
  double lat = 0;
  double lon = 0;

  friend bool operator==(const place&, const place&) = default;
};
BOOST_DESCRIBE_STRUCT(place, (), (lat, lon))

struct product {
  std::string name;
  std::optional<double> price;

  friend bool operator==(const product&, const product&) = default;
};
BOOST_DESCRIBE_STRUCT(product, (), (name, price))

struct item {
  product product_;
  std::int32_t quantity = 0;

  friend bool operator==(const item&, const item&) = default;
};
BOOST_DESCRIBE_STRUCT(item, (), (product_, quantity))

struct everything_there_is {
  bool flag = false;
  std::int8_t i8 = 0;
  std::uint8_t u8 = 0;
  std::int32_t i32 = 0;
  std::int64_t i64 = 0;
  std::uint64_t u64 = 0;
  float f = 0;
  double d = 0;
  std::string text;
  timestamp ts{};
  place at;
  std::optional<place> from;
  std::vector<item> items;
  std::optional<std::vector<std::int64_t>> numbers;
  std::optional<std::string> note;

  friend bool operator==(const everything_there_is&, const everything_there_is&) = default;
};
BOOST_DESCRIBE_STRUCT(everything_there_is, (),
                      (flag, i8, u8, i32, i64, u64, f, d, text, ts, at, from, items, numbers, note))

static_assert(source_spec<json_lines<everything_there_is>>);

template <typename T>
struct one {
  T v{};
  friend bool operator==(const one&, const one&) = default;
};
BOOST_DESCRIBE_STRUCT(one<std::int64_t>, (), (v))
BOOST_DESCRIBE_STRUCT(one<std::int8_t>, (), (v))
BOOST_DESCRIBE_STRUCT(one<std::uint8_t>, (), (v))
BOOST_DESCRIBE_STRUCT(one<std::uint64_t>, (), (v))
BOOST_DESCRIBE_STRUCT(one<double>, (), (v))
BOOST_DESCRIBE_STRUCT(one<float>, (), (v))
BOOST_DESCRIBE_STRUCT(one<bool>, (), (v))
BOOST_DESCRIBE_STRUCT(one<std::string>, (), (v))
BOOST_DESCRIBE_STRUCT(one<timestamp>, (), (v))
BOOST_DESCRIBE_STRUCT(one<std::optional<std::int64_t>>, (), (v))
BOOST_DESCRIBE_STRUCT(one<std::vector<std::int64_t>>, (), (v))

template <typename T>
auto read_lines(std::string_view text, std::vector<json_path> paths = {}) {
  const scratch_file file(text);
  return read_everything(*json_lines<T>{.path = file.path(), .paths = std::move(paths)}.open());
}

/// The value of a line that is one, or the reason why it is none.
template <typename T>
std::string outcome(std::string_view line) {
  const auto all = read_lines<T>(std::string(line) + "\n");
  REQUIRE(all.rows.size() + all.rejected.size() == 1);
  return all.rejected.empty() ? "accepted" : all.rejected[0].reason;
}

template <typename T>
T value_of(const std::string& json) {
  const auto all = read_lines<one<T>>("{\"v\":" + json + "}\n");
  REQUIRE_MESSAGE(all.rows.size() == 1, json);
  return all.rows[0].v;
}

template <typename T>
std::string refusal_of(const std::string& json) {
  return outcome<one<T>>("{\"v\":" + json + "}");
}

constexpr std::string_view full_line =
    R"({"flag":true,"i8":-128,"u8":255,"i32":-7,"i64":-9223372036854775808,"u64":18446744073709551615,)"
    R"("f":0.1,"d":2.5e-3,"text":"caf\u00e9","ts":"2025-10-22T10:00:00.1239Z","at":{"lat":1,"lon":-2.5},)"
    R"("from":{"lat":3,"lon":4},"items":[{"product_":{"name":"pen","price":1.5},"quantity":2},{"product_":{"name":"ink"},"quantity":1}],)"
    R"("numbers":[1,2,3],"note":"hi"})";

everything_there_is full_row() {
  everything_there_is row;
  row.flag = true;
  row.i8 = -128;
  row.u8 = 255;
  row.i32 = -7;
  row.i64 = std::numeric_limits<std::int64_t>::min();
  row.u64 = std::numeric_limits<std::uint64_t>::max();
  row.f = 0.1F;
  row.d = 0.0025;
  row.text = "caf\xC3\xA9";
  row.ts = at_ms(1'761'127'200'123);
  row.at = {1, -2.5};
  row.from = place{3, 4};
  row.items = {{{"pen", 1.5}, 2}, {{"ink", {}}, 1}};
  row.numbers = std::vector<std::int64_t>{1, 2, 3};
  row.note = "hi";
  return row;
}

}  // namespace

TEST_CASE("every kind of member takes its value from the key with its name") {
  const auto all = read_lines<everything_there_is>(full_line);
  REQUIRE(all.rejected.empty());
  REQUIRE(all.rows.size() == 1);
  CHECK((all.rows[0] == full_row()));
}

TEST_CASE("a row of named columns is read like a struct") {
  using named_row = row<column<"page", std::string>, column<"line_items.name", std::optional<std::int64_t>>>;
  const auto all = read_lines<named_row>(R"({"line_items.name":3,"page":"/home"})");
  REQUIRE(all.rows.size() == 1);
  CHECK((all.rows[0] == named_row{{"/home"}, {3}}));
}

TEST_CASE("an optional member may be missing or null, and forgets what an earlier line said") {
  const std::string bare =
      R"({"flag":false,"i8":0,"u8":0,"i32":0,"i64":0,"u64":0,"f":0,"d":0,"text":"","ts":0,)"
      R"("at":{"lat":0,"lon":0},"items":[])";
  const auto all = read_lines<everything_there_is>(std::string(full_line) + "\n" + bare + "}\n" + bare +
                                                   R"(,"from":null,"numbers":null,"note":null})" + "\n");
  REQUIRE(all.rejected.empty());
  REQUIRE(all.rows.size() == 3);
  CHECK((all.rows[0] == full_row()));
  CHECK((all.rows[1] == everything_there_is{}));
  CHECK((all.rows[2] == everything_there_is{}));
}

TEST_CASE("rows are overwritten in place and nothing of an earlier line shines through") {
  const scratch_file file(std::string(full_line) + "\n{\"flag\":1}\n" + std::string(full_line) + "\n");
  const auto source = json_lines<everything_there_is>{.path = file.path()}.open();
  source_batch<everything_there_is> batch;
  // The line in between leaves a batch with a dead letter only.
  for (const std::size_t rows : {std::size_t{1}, std::size_t{0}, std::size_t{1}}) {
    CHECK(source->read(batch, 1) == source_state::ready);
    REQUIRE(batch.rows.size() == rows);
    if (rows == 1) CHECK((batch.rows[0] == full_row()));
    CHECK(batch.malformed == 1 - rows);
  }
  CHECK(source->read(batch, 1) == source_state::finished);
  CHECK(batch.rows.empty());
}

TEST_CASE("keys may come in any order, with any spacing, among others that nobody asks for") {
  const auto all = read_lines<place>(
      "{\"lat\":1,\"lon\":2}\n"
      "{\"lon\":2,\"lat\":1}\n"
      " { \"lon\" : 2 ,\t\"x\" : {\"lat\":[9,{\"a\":null}],\"b\":\"}\"} , \"lat\" : 1 } \r\n"
      "{\"a\":[],\"b\":{},\"c\":[[[]]],\"d\":\"\\\"\",\"lat\":1,\"e\":-0.5E+7,\"lon\":2,\"f\":true,\"g\":false,"
      "\"h\":null}\n"
      "{\"l\\u0061t\":1,\"\\u006c\\u006fn\":2}\n"
      "{\"a key that is longer than the thirty-two bytes kept of one\":1,\"lat\":1,\"lon\":2}\n");
  CHECK(all.rejected.empty());
  CHECK((all.rows == std::vector<place>(6, place{1, 2})));
}

TEST_CASE("more unknown keys than are remembered are still skipped") {
  std::string text;
  for (int line = 0; line < 20; ++line) {
    text += "{";
    for (int key = 0; key < 30; ++key) text += "\"k" + std::to_string(line * 30 + key) + "\":0,";
    text += "\"lat\":1,\"lon\":2}\n";
  }
  const auto all = read_lines<place>(text);
  CHECK(all.rejected.empty());
  CHECK((all.rows == std::vector<place>(20, place{1, 2})));
}

TEST_CASE("a key that occurs twice counts the last time") {
  CHECK((read_lines<place>(R"({"lat":1,"lon":2,"lat":3})").rows == std::vector<place>{{3, 2}}));
  CHECK((read_lines<one<std::vector<std::int64_t>>>(R"({"v":[1,2],"v":[3]})").rows ==
         std::vector<one<std::vector<std::int64_t>>>{{{3}}}));
  CHECK(outcome<place>(R"({"lat":1,"lon":2,"lat":"x"})") == "field 'lat': expected a number, found a string");
}

namespace {

struct action {
  std::string device;
  std::optional<std::int64_t> deep;
  place geo;
  std::optional<std::string> campaign;

  friend bool operator==(const action&, const action&) = default;
};
BOOST_DESCRIBE_STRUCT(action, (), (device, deep, geo, campaign))

const std::vector<json_path> action_paths = {
    {"device", "attrs.device"}, {"campaign", "attrs.campaign"}, {"deep", "x.y.z"}, {"geo", "where.geo"}};

auto read_actions(std::string_view text) { return read_lines<action>(text, action_paths); }

}  // namespace

TEST_CASE("paths lead into nested objects") {
  const auto all = read_actions(
      R"({"attrs":{"device":"ios","campaign":"c1"},"x":{"w":0,"y":{"z":7}},"where":{"geo":{"lat":1,"lon":2}}})" "\n"
      R"({"where":{"geo":{"lon":2,"lat":1}},"attrs":{"device":"web"}})" "\n"
      R"({"where":{"geo":{"lon":2,"lat":1}},"attrs":{"device":"web"},"x":null})" "\n"
      R"({"where":{"geo":{"lon":2,"lat":1}},"attrs":{"device":"web"},"x":{"y":{}}})" "\n");
  CHECK(all.rejected.empty());
  REQUIRE(all.rows.size() == 4);
  CHECK((all.rows[0] == action{"ios", 7, {1, 2}, "c1"}));
  for (std::size_t i = 1; i < 4; ++i) CHECK((all.rows[i] == action{"web", {}, {1, 2}, {}}));
}

TEST_CASE("what is wrong below a path is named by the path") {
  const auto reason = [](std::string_view line) {
    const auto all = read_actions(line);
    return all.rejected.empty() ? std::string("accepted") : all.rejected[0].reason;
  };
  CHECK(reason(R"({"attrs":{"device":1}})") == "field 'attrs.device': expected a string, found a number");
  CHECK(reason(R"({"attrs":{},"where":{"geo":{"lon":2,"lat":1}}})") == "field 'attrs.device': missing");
  CHECK(reason(R"({"where":{"geo":{"lon":2,"lat":1}}})") == "field 'attrs.device': missing");
  CHECK(reason(R"({"attrs":null})") == "field 'attrs': expected an object, found null");
  CHECK(reason(R"({"attrs":[]})") == "field 'attrs': expected an object, found an array");
  CHECK(reason(R"({"attrs":{"device":"ios"},"where":{"geo":{"lon":2}}})") == "field 'where.geo.lat': missing");
  CHECK(reason(R"({"x":{"y":{"z":"7"}}})") == "field 'x.y.z': expected an integer, found a string");
  CHECK(reason(R"({"x":5})") == "field 'x': expected an object, found a number");
}

TEST_CASE("paths that do not fit the members are refused when the source is opened") {
  const auto message = [](std::vector<json_path> paths) -> std::string {
    try {
      read_lines<action>("", std::move(paths));
    } catch (const error& e) {
      CHECK(e.kind() == error_kind::invalid);
      return e.message();
    }
    return "accepted";
  };
  CHECK(message({{"devise", "x"}}) ==
        "json_lines: .paths names 'devise', which is not a member; the members are device, deep, geo, campaign");
  CHECK(message({{"device", "campaign"}}) ==
        "json_lines: two members read the key 'campaign'; let only one do so, or give the other another path");
  CHECK(message({{"campaign", "device.name"}}) ==
        "json_lines: a path leads into 'device', which a member reads as a whole; give that member another path");
  CHECK(message({{"device", "campaign.name"}}) ==
        "json_lines: two members read the key 'campaign'; let only one do so, or give the other another path");
}

TEST_CASE("what is wrong in a list is named by its place") {
  const auto items = [](const std::string& json) {
    std::string line(full_line);
    const std::string key = "\"numbers\"";
    line.replace(line.find(key), line.size() - line.find(key), "\"items\":" + json + "}");
    return outcome<everything_there_is>(line);
  };
  CHECK(items("[]") == "accepted");
  CHECK(items("[ ]") == "accepted");
  CHECK(items("null") == "field 'items': expected an array, found null");
  CHECK(items("{}") == "field 'items': expected an array, found an object");
  CHECK(items(R"([{"product_":{"name":"x"},"quantity":1},{"product_":{"name":2},"quantity":1}])") ==
        "field 'items[1].product_.name': expected a string, found a number");
  CHECK(items(R"([{"product_":{"name":"x"}}])") == "field 'items[0].quantity': missing");
  CHECK(items(R"([{"product_":{"name":"x"},"quantity":1},null])") ==
        "field 'items[1]': expected an object, found null");
  CHECK(items(R"([,])").find("not valid JSON") == 0);
  CHECK(items(R"([{"product_":{"name":"x"},"quantity":1},])").find("not valid JSON") == 0);
  CHECK(items(R"([{"product_":{"name":"x"},"quantity":1})").find("not valid JSON") == 0);
}

TEST_CASE("a line must be one whole JSON object") {
  const std::string ok = R"({"lat":1,"lon":2})";
  REQUIRE(outcome<place>(ok) == "accepted");
  CHECK(outcome<place>("[1,2]") == "expected a JSON object, found an array");
  CHECK(outcome<place>("17") == "expected a JSON object, found a number");
  CHECK(outcome<place>("\"text\"") == "expected a JSON object, found a string");
  CHECK(outcome<place>("null") == "expected a JSON object, found null");
  CHECK(outcome<place>("lat") == "not valid JSON at byte 1: expected a value");
  CHECK(outcome<place>(ok + ok) == "not valid JSON at byte 18: more text behind the object");
  CHECK(outcome<place>(ok + " x") == "not valid JSON at byte 19: more text behind the object");
  CHECK(outcome<place>(ok + ",") == "not valid JSON at byte 18: more text behind the object");
  CHECK(outcome<place>(ok + "}") == "not valid JSON at byte 18: more text behind the object");
  CHECK(outcome<place>(R"({"lat":1,"lon":2)") == "not valid JSON at byte 17: expected ',' or '}'");
  CHECK(outcome<place>(R"({"lat":1,"lon":2,})") == "not valid JSON at byte 18: expected a key");
  CHECK(outcome<place>(R"({,"lat":1,"lon":2})") == "not valid JSON at byte 2: expected a key");
  CHECK(outcome<place>(R"({"lat":1 "lon":2})") == "not valid JSON at byte 10: expected ',' or '}'");
  CHECK(outcome<place>(R"({"lat" 1,"lon":2})") == "not valid JSON at byte 8: expected ':'");
  CHECK(outcome<place>(R"({lat:1,"lon":2})") == "not valid JSON at byte 2: expected a key");
  CHECK(outcome<place>(R"({"lat":,"lon":2})") == "not valid JSON at byte 8: expected a value");
  CHECK(outcome<place>("{") == "not valid JSON at byte 2: expected a key");
  CHECK(outcome<place>("{\"lat") == "not valid JSON at byte 2: a string without an end");
  CHECK(outcome<place>("{\"lat\"") == "not valid JSON at byte 7: expected ':'");
  CHECK(outcome<place>("{\"lat\":") == "not valid JSON at byte 8: expected a value");
  CHECK(outcome<place>("{}") == "field 'lat': missing");
  CHECK(outcome<place>(R"({"lat":1})") == "field 'lon': missing");
  CHECK(outcome<place>(R"({"lat":null,"lon":2})") == "field 'lat': expected a number, found null");
  CHECK(outcome<place>(std::string("{\"lat\":1,\"lon\":2}\0", 18)).find("not valid JSON") == 0);
  CHECK(outcome<place>(std::string("{\"lat\":1,\0\"lon\":2}", 18)).find("not valid JSON") == 0);
  CHECK(outcome<place>("\v") == "not valid JSON at byte 1: expected a value");
  CHECK(outcome<place>("\xEF\xBB").find("not valid JSON") == 0);
}

TEST_CASE("what stands in a skipped value must be JSON all the same") {
  const auto skipped = [](const std::string& json) {
    const std::string reason = outcome<place>("{\"x\":" + json + R"(,"lat":1,"lon":2})");
    return reason.find("not valid JSON") == 0 ? "malformed" : reason;
  };
  for (const char* const good :
       {"0", "-0", "10", "-1.5", "0.0", "1e5", "1E+05", "1e-999", "123456789012345678901234567890", "true",
        "false", "null",
        "\"\"", "\"\\u0000\"", "\"\\ud83d\\ude00\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\x7f\"",
        "\"\xF0\x9F\x98\x80\"",
        "[]", "{}", "[1,[2,{\"a\":[]}]]", "{\"a\":{\"b\":{}},\"a\":1}", "[ 1 , 2 ]", "{ \"a\" : 1 }"}) {
    CAPTURE(good);
    CHECK(skipped(good) == "accepted");
  }
  for (const char* const bad :
       {"tru", "truth", "True", "nul", "nulll", "fals", "01", "-01", "00", "-", "+1", ".5", "1.", "1.e5", "1e",
        "1e+", "0x1",
        "1a", "NaN", "Infinity", "-Infinity", "'a'", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800x\"", "\"\\ud800\\n\"", "\"\\ud800\\ud800\"", "\"\\", "\"a\tb\"", "\"\x01\"", "\"\xFF\"", "\"\xC3\"",
        "\"\xED\xA0\x80\"", "\"\xC0\x80\"", "\"\xF5\x80\x80\x80\"", "[1,]", "[1 2]", "[,1]", "[", "[1", "{\"a\"}",
        "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}", "{\"a\":1", "{\"a\":1]", "[1}", "]", "}", "", "{\"\xFF\":1}",
        "{\"\\x\":1}", "1,\"\\q\":2", "1,\"\xFF\":2", "\xC3\xA9"}) {
    CAPTURE(bad);
    CHECK(skipped(bad) == "malformed");
  }
  CHECK(skipped(std::string("\"\0\"", 3)) == "malformed");
}

TEST_CASE("skipped values may stand a thousand deep in each other and no deeper") {
  const auto nested = [](std::size_t depth) {
    return outcome<place>("{\"x\":" + std::string(depth, '[') + std::string(depth, ']') + R"(,"lat":1,"lon":2})");
  };
  CHECK(nested(1000) == "accepted");
  CHECK(nested(1001).find("too deep") != std::string::npos);
  CHECK(nested(100'000).find("too deep") != std::string::npos);
}

TEST_CASE("an integer member takes whole numbers in its range and nothing else") {
  CHECK(value_of<std::int64_t>("0") == 0);
  CHECK(value_of<std::int64_t>("-0") == 0);
  CHECK(value_of<std::int64_t>("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(value_of<std::int64_t>("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK(value_of<std::uint64_t>("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  CHECK(value_of<std::uint64_t>("-0") == 0);
  CHECK(value_of<std::int8_t>("-128") == -128);
  CHECK(value_of<std::int8_t>("127") == 127);
  CHECK(value_of<std::uint8_t>("255") == 255);
  CHECK(refusal_of<std::int64_t>("9223372036854775808") ==
        "field 'v': 9223372036854775808 is out of range for int64");
  CHECK(refusal_of<std::int64_t>("-9223372036854775809") ==
        "field 'v': -9223372036854775809 is out of range for int64");
  CHECK(refusal_of<std::uint64_t>("18446744073709551616") ==
        "field 'v': 18446744073709551616 is out of range for uint64");
  CHECK(refusal_of<std::uint64_t>("-1") == "field 'v': -1 is out of range for uint64");
  CHECK(refusal_of<std::int8_t>("128") == "field 'v': 128 is out of range for int8");
  CHECK(refusal_of<std::int8_t>("-129") == "field 'v': -129 is out of range for int8");
  CHECK(refusal_of<std::uint8_t>("256") == "field 'v': 256 is out of range for uint8");
  CHECK(refusal_of<std::uint8_t>("-1") == "field 'v': -1 is out of range for uint8");
  CHECK(refusal_of<std::int64_t>(std::string(60, '9')) ==
        "field 'v': 9999999999999999999999999999999999999999... is out of range for int64");
  CHECK(refusal_of<std::int64_t>("1.0") == "field 'v': expected an integer, found 1.0");
  CHECK(refusal_of<std::int64_t>("1e3") == "field 'v': expected an integer, found 1e3");
  CHECK(refusal_of<std::int64_t>("\"1\"") == "field 'v': expected an integer, found a string");
  CHECK(refusal_of<std::int64_t>("true") == "field 'v': expected an integer, found a boolean");
  CHECK(refusal_of<std::int64_t>("null") == "field 'v': expected an integer, found null");
  CHECK(refusal_of<std::optional<std::int64_t>>("\"1\"") == "field 'v': expected an integer, found a string");
  CHECK(value_of<std::optional<std::int64_t>>("null") == std::nullopt);
  CHECK(value_of<std::optional<std::int64_t>>("4") == 4);
}

TEST_CASE("a double member takes every number, correctly rounded") {
  for (const char* const text :
       {"0", "-0.0", "1", "-1", "1.5", "0.1", "1e22", "1e23", "-1e-22", "1e-23", "9007199254740993",
        "9007199254740992.5",
        "123456789012345678901234567890", "0.1234567890123456789", "1.7976931348623157e308", "2.2250738585072014e-308",
        "5e-324", "2.4703282292062328e-324", "2.2250738585072011e-308", "8.41e21", "5.0e-5", "1E5", "1e+5",
        "179769e300",
        "0.000000000000000000000000000000000000000000001e45",
        "1.0000000000000002220446049250313080847263336181640625"}) {
    CAPTURE(text);
    CHECK(value_of<double>(text) == std::strtod(text, nullptr));
    CHECK(std::signbit(value_of<double>(text)) == (text[0] == '-'));
  }
  CHECK(value_of<double>("1e-400") == 0.0);
  CHECK(std::signbit(value_of<double>("-1e-400")));
  CHECK(value_of<double>("0e999999999999") == 0.0);
  CHECK(value_of<double>("0." + std::string(400, '0') + "1") == 0.0);
  CHECK(value_of<double>("0." + std::string(400, '0') + "1e400") == 0.1);
  CHECK(refusal_of<double>("1e309") == "field 'v': 1e309 is out of range for double");
  CHECK(refusal_of<double>("-1e999999999999") == "field 'v': -1e999999999999 is out of range for double");
  CHECK(refusal_of<double>(std::string(400, '1')).find("is out of range for double") != std::string::npos);
  CHECK(refusal_of<double>("\"1\"") == "field 'v': expected a number, found a string");
  CHECK(refusal_of<double>("1.") == "not valid JSON at byte 8: expected a digit behind the point");

  CHECK(value_of<float>("0.1") == 0.1F);
  CHECK(value_of<float>("16777217") == 16777216.0F);
  CHECK(value_of<float>("1e-60") == 0.0F);
  CHECK(refusal_of<float>("1e39") == "field 'v': 1e39 is out of range for float");
}

TEST_CASE("a boolean member takes true and false") {
  CHECK(value_of<bool>("true"));
  CHECK_FALSE(value_of<bool>("false"));
  CHECK(refusal_of<bool>("1") == "field 'v': expected a boolean, found a number");
  CHECK(refusal_of<bool>("\"true\"") == "field 'v': expected a boolean, found a string");
  CHECK(refusal_of<bool>("tru") == "not valid JSON at byte 6: expected a value");
  CHECK(refusal_of<bool>("truex") == "not valid JSON at byte 10: expected ',' or '}'");
}

TEST_CASE("a string member takes strings with every escape and every character") {
  CHECK(value_of<std::string>("\"\"").empty());
  CHECK(value_of<std::string>("\"plain\"") == "plain");
  CHECK(value_of<std::string>(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(value_of<std::string>(R"("\u0041\u00e9\u20AC\ud83D\uDe00")") == "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  CHECK(value_of<std::string>(R"("a\u0000b")") == std::string("a\0b", 3));
  CHECK(value_of<std::string>("\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"") == "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  CHECK(value_of<std::string>("\"" + std::string(5000, 'x') + "\\n\"") == std::string(5000, 'x') + "\n");
  CHECK(refusal_of<std::string>("7") == "field 'v': expected a string, found a number");
  CHECK(refusal_of<std::string>("[\"a\"]") == "field 'v': expected a string, found an array");
  CHECK(refusal_of<std::string>("\"\\ud83d\"") == "not valid JSON at byte 7: half of a surrogate pair");
  CHECK(refusal_of<std::string>("\"a\\q\"") == "not valid JSON at byte 8: an unknown escape in a string");
  CHECK(refusal_of<std::string>("\"a\xFF\"") == "not valid JSON at byte 7: a string that is not UTF-8");
  CHECK(refusal_of<std::string>("\"a\x02\"") == "not valid JSON at byte 8: a control character in a string");
  CHECK(refusal_of<std::string>("\"a") == "not valid JSON at byte 6: a string without an end");
}

TEST_CASE("SEMANTICS 1.7: a timestamp member takes whole milliseconds or ISO-8601") {
  CHECK(value_of<timestamp>("1761127200123") == at_ms(1'761'127'200'123));
  CHECK(value_of<timestamp>("-1") == at_ms(-1));
  CHECK(value_of<timestamp>("\"2025-10-22T10:00:00.123456\"") == at_ms(1'761'127'200'123));
  CHECK(value_of<timestamp>("\"2025-10-22 12:00:00+02:00\"") == at_ms(1'761'127'200'000));
  CHECK(value_of<timestamp>("\"2025-10\\u002d22T00:00\"") == at_ms(1'761'091'200'000));
  CHECK(refusal_of<timestamp>("1.5") == "field 'v': expected a timestamp in whole milliseconds, found 1.5");
  CHECK(refusal_of<timestamp>("\"yesterday\"") == "field 'v': 'yesterday' is not a timestamp");
  CHECK(refusal_of<timestamp>("\"2025-02-30T10:00:00\"") == "field 'v': '2025-02-30T10:00:00' is not a timestamp");
  CHECK(refusal_of<timestamp>("\"2025-02-28\"") == "field 'v': '2025-02-28' is not a timestamp");
  CHECK(refusal_of<timestamp>("true") == "field 'v': expected a timestamp, found a boolean");
  CHECK(refusal_of<timestamp>("null") == "field 'v': expected a timestamp, found null");
  CHECK(value_of<timestamp>("1152921504606846976") == latest_event_time);
  CHECK(value_of<timestamp>("-1152921504606846976") == earliest_event_time);
  CHECK(refusal_of<timestamp>("1152921504606846977") ==
        "field 'v': 1152921504606846977 is out of range for timestamp");
  CHECK(refusal_of<timestamp>("-1152921504606846977") ==
        "field 'v': -1152921504606846977 is out of range for timestamp");
  CHECK(refusal_of<timestamp>("9223372036854775807") ==
        "field 'v': 9223372036854775807 is out of range for timestamp");
  CHECK(refusal_of<timestamp>("-9223372036854775808") ==
        "field 'v': -9223372036854775808 is out of range for timestamp");
  CHECK(refusal_of<timestamp>("99999999999999999999") ==
        "field 'v': 99999999999999999999 is out of range for timestamp");
}

TEST_CASE("a timestamp in the minute of the one before reads as by itself, or is refused as by itself") {
  using moment = one<timestamp>;
  const std::vector<std::string> endings = {
      ":00Z",    ":59Z",      ":60Z",     ":7Z",        ":07",        ":07.1Z",    ":07.123Z", ":07.1234Z", ":07.12aZ",
      ":07.Z",   ":07.123z",  ":07.123",  ":07.123Z ",  ":07+01:00",  "Z",         "",         ":0\\u0037Z", ":07.999Z",
      ":a7Z",    ":07,123Z",  ":07 123Z", ":07.000Z\\n", ":07.123ZZ", ":07Z:07Z", ":07.:23Z", ":07/Z",     ":00.001Z"};
  const std::vector<std::string> minutes = {"2025-10-22T10:00", "2025-10-22 10:00", "2025-10-22T24:00",
                                            "1969-12-31T23:59", "2024-02-29T00:01", "2025-02-29T00:01",
                                            "0000-01-01T00:00"};
  for (const std::string& minute : minutes) {
    for (const std::string& ending : endings) {
      const std::string line = "{\"v\":\"" + minute + ending + "\"}\n";
      CAPTURE(line);
      const auto alone = read_lines<moment>(line);
      for (const char* const before : {":00Z", ":59.999Z", ":30.000000Z"}) {
        const std::string first = "{\"v\":\"" + minute + before + "\"}\n";
        const auto both = read_lines<moment>(first + line);
        const std::size_t rows_before = read_lines<moment>(first).rows.size();
        REQUIRE(both.rows.size() == rows_before + alone.rows.size());
        if (!alone.rows.empty()) CHECK(both.rows.back() == alone.rows.back());
      }
    }
  }
  // Nothing is known before the first line.
  CHECK(read_lines<moment>("{\"v\":\"" + std::string(16, '\0') + ":00Z\"}").rows.empty());
}

TEST_CASE("objects that nobody asks for are passed over whatever their keys, and must be JSON in every line") {
  const auto line = [](const std::string& x) { return "{\"x\":" + x + ",\"lat\":1,\"lon\":2}\n"; };
  const std::vector<std::string> good = {
      R"({"lat":40.7,"lon":-7.25})", R"({"lon":1,"lat":2})", R"({})", R"({ })", R"("a")", R"(1)", R"([{"lat":1}])",
      R"({"lat":{"a":{"b":[1,{"c":null}]}},"lon":true})", R"({"l\u0061t":"x","":1,"":2})", R"(null)",
      R"({"a key that is longer than the thirty-two bytes kept of one":{"a":-0.5e7}})", R"({ "lat" : 1 , "lon":"y" })"};
  const std::vector<std::string> bad = {R"({"lat":01})",      R"({"lat":-})",   R"({"lat":1.})",       R"({"lat":1e})",
                                        R"({"lat")",          R"({"lat":})",    R"({"lat":1,})",       R"({lat:1})",
                                        R"({"lat":1 "lon":2})", R"({"lat":"\x"})", R"({"lat":{"a":[}})",
                                        R"({"lat":1.2.3})",
                                        R"({"lat":12a})",     R"({"lat":tru})", "{\"lat\":\"\xFF\"}"};
  std::string text;
  std::size_t lines = 0;
  for (const std::string& g : good) {
    for (const std::string& b : bad) {
      text += line(g) + line(b) + line(g);
      lines += 2;
    }
  }
  const auto all = read_lines<place>(text);
  CHECK(all.rejected.size() == good.size() * bad.size());
  CHECK((all.rows == std::vector<place>(lines, place{1, 2})));

  // More keys than are remembered, at both levels, and as deep as may be.
  text.clear();
  for (int i = 0; i < 40; ++i) {
    std::string x = "{";
    for (int key = 0; key < 40; ++key) {
      x += "\"k" + std::to_string(i * 40 + key) + "\":{\"a" + std::to_string(key * i) + "\":1.5},";
    }
    text += line(x + "\"end\":0}");
  }
  CHECK((read_lines<place>(text).rows == std::vector<place>(40, place{1, 2})));
  const auto nested = [&](std::size_t depth) {
    std::string x;
    for (std::size_t i = 0; i < depth; ++i) x += "{\"a\":";
    return read_lines<place>(line(x + "1" + std::string(depth, '}'))).rows.size();
  };
  CHECK(nested(1'000) == 1);
  CHECK(nested(1'001) == 0);
}

TEST_CASE("a check refuses events the types alone let through") {
  const scratch_file file("{\"v\":[1]}\n{\"v\":[]}\n{\"v\":[2]}\n");
  using list = one<std::vector<std::int64_t>>;
  const json_lines<list> spec{.path = file.path(), .check = [](const list& row) {
                                return row.v.empty() ? "field 'v': an empty list" : nullptr;
                              }};
  const auto all = read_everything(*spec.open());
  CHECK((all.rows == std::vector<list>{{{1}}, {{2}}}));
  CHECK((all.rejected == std::vector<dead_letter>{{"events", 2, "field 'v': an empty list", "{\"v\":[]}"}}));
}

namespace {

struct numbered {
  std::int64_t v = 0;
  std::int64_t line = -1;

  friend bool operator==(const numbered&, const numbered&) = default;
};
BOOST_DESCRIBE_STRUCT(numbered, (), (v))

}  // namespace

TEST_CASE("a row may be told the number of its line, malformed and blank ones included, whoever decodes") {
  std::string text;
  std::vector<numbered> want;
  for (std::int64_t line = 0; line < 3000; ++line) {
    if (line % 7 == 3) {
      text += "{bad\n";
    } else if (line % 11 == 5) {
      text += "\n";
    } else {
      text += "{\"v\":" + std::to_string(line * 2) + "}\n";
      want.push_back({line * 2, line});
    }
  }
  const scratch_file file(text);
  for (const unsigned decoders : {0u, 2u}) {
    CAPTURE(decoders);
    const json_lines<numbered> spec{
        .path = file.path(), .block_size = 512, .decoders = decoders, .line = &numbered::line};
    CHECK((read_everything(*spec.open()).rows == want));
  }
}

// SPDX-License-Identifier: Apache-2.0
// The JSON decoder against simdjson's DOM parser, on whatever libFuzzer thinks of.
//
// Three claims for every line:
//   - a line the decoder accepts, simdjson accepts, and every member has the value found in simdjson's tree;
//   - a line of which simdjson's tree holds all that the struct asks for, the decoder accepts;
//   - what a decoder has learned from earlier lines changes nothing.
//
// They part where simdjson knows less of numbers than JSON does: whole numbers beyond 64 bits and numbers beyond
// double. Such lines are only held against a regular expression for numbers. And simdjson nests a little deeper.
//
//   clang++-14 -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -Iinclude -Isrc tests/fuzz/json_fuzz.cpp
//     src/io/json_*.cpp src/io/line_*.cpp src/core/{time,error}.cpp -lsimdjson
#include <simdjson.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe/class.hpp>

#include <oriel/core/arena.hpp>
#include <oriel/core/fields.hpp>

#include "io/json_decoder.hpp"

namespace {

using namespace oriel;

struct nested {
  std::int64_t x = 0;
  std::optional<std::string> y;

  friend bool operator==(const nested&, const nested&) = default;
};
BOOST_DESCRIBE_STRUCT(nested, (), (x, y))

struct sample {
  std::string_view s;
  std::optional<std::uint8_t> u;
  std::optional<double> d;
  std::optional<bool> b;
  std::optional<timestamp> t;
  std::optional<nested> n;
  std::optional<std::vector<std::int64_t>> l;
  std::optional<std::string> p;  // at a.p

  friend bool operator==(const sample&, const sample&) = default;
};
BOOST_DESCRIBE_STRUCT(sample, (), (s, u, d, b, t, n, l, p))

using element = simdjson::dom::element;
using element_type = simdjson::dom::element_type;

/// A member as simdjson sees it: false when the value is not what the member takes.
bool take(element from, std::string_view& to) { return from.get(to) == simdjson::SUCCESS; }
bool take(element from, std::string& to) {
  std::string_view text;
  if (from.get(text) != simdjson::SUCCESS) return false;
  to = text;
  return true;
}
bool take(element from, bool& to) { return from.get(to) == simdjson::SUCCESS; }
bool take(element from, double& to) { return from.is_number() && from.get(to) == simdjson::SUCCESS; }
bool take(element from, std::int64_t& to) {
  return from.type() == element_type::INT64 && from.get(to) == simdjson::SUCCESS;
}
bool take(element from, std::uint8_t& to) {
  std::int64_t wide = 0;
  if (!take(from, wide) || wide < 0 || wide > 255) return false;
  to = static_cast<std::uint8_t>(wide);
  return true;
}
bool take(element from, timestamp& to) {
  std::int64_t ms = 0;
  std::string_view text;
  if (take(from, ms)) {
    to = at_ms(ms);
    return to >= earliest_event_time && to <= latest_event_time;
  }
  constexpr std::size_t day = 10;  // it leaves open when something happened
  const auto parsed = take(from, text) && text.size() != day ? parse_timestamp(text) : std::nullopt;
  if (parsed) to = *parsed;
  return parsed.has_value();
}
bool take(element from, std::vector<std::int64_t>& to) {
  simdjson::dom::array array;
  if (from.get(array) != simdjson::SUCCESS) return false;
  to.clear();
  for (const element e : array) {
    if (!take(e, to.emplace_back())) return false;
  }
  return true;
}
bool take(element from, nested& to);

template <typename T>
bool take(element from, std::optional<T>& to) {
  to.reset();
  return from.is_null() || take(from, to.emplace());
}

bool take(element from, nested& to) {
  simdjson::dom::object object;
  if (from.get(object) != simdjson::SUCCESS) return false;
  to = {};
  bool seen = false;
  for (const auto [key, value] : object) {
    if (key == "x") seen = true;
    if (key == "x" && !take(value, to.x)) return false;
    if (key == "y" && !take(value, to.y)) return false;
  }
  return seen;
}

bool take(element from, sample& to) {
  simdjson::dom::object object;
  if (from.get(object) != simdjson::SUCCESS) return false;
  to = {};
  bool seen = false;
  for (const auto [key, value] : object) {
    bool good = true;
    if (key == "s") good = seen = take(value, to.s);
    if (key == "u") good = take(value, to.u);
    if (key == "d") good = take(value, to.d);
    if (key == "b") good = take(value, to.b);
    if (key == "t") good = take(value, to.t);
    if (key == "n") good = take(value, to.n);
    if (key == "l") good = take(value, to.l);
    if (key == "a") {
      simdjson::dom::object inside;
      to.p.reset();
      if (value.get(inside) == simdjson::SUCCESS) {
        for (const auto [inner_key, inner] : inside) {
          if (inner_key == "p") good &= take(inner, to.p);
        }
      } else {
        good = value.is_null();
      }
    }
    if (!good) return false;
  }
  return seen;
}

/// Whether what begins like a number, outside of strings, is one.
bool numbers_are_numbers(std::string_view line) {
  static const std::regex number("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
  bool in_string = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (in_string) {
      if (line[i] == '\\')
        ++i;
      else if (line[i] == '"')
        in_string = false;
    } else if (line[i] == '"') {
      in_string = true;
    } else if (line[i] == '-' || (line[i] >= '0' && line[i] <= '9')) {
      const std::size_t end = std::min(line.find_first_of(",]} \t\r", i), line.size());
      if (!std::regex_match(std::string(line.substr(i, end - i)), number)) return false;
      i = end - 1;
    }
  }
  return true;
}

[[noreturn]] void fail(const char* claim, std::string_view line, const std::string& detail) {
  std::fprintf(stderr, "%s\nline: %.*s\n%s\n", claim, static_cast<int>(line.size()), line.data(), detail.c_str());
  std::abort();
}

const std::vector<json_path> paths = {{"p", "a.p"}};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static detail::json_decoder learned(fields_of<sample>(), paths);
  static simdjson::dom::parser parser;

  const auto* text = reinterpret_cast<const char*>(data);
  if (size != 0) {
    if (const void* newline = std::memchr(text, '\n', size)) {
      size = static_cast<std::size_t>(static_cast<const char*>(newline) - text);
    }
  }
  const std::string_view line{text, size};
  const std::unique_ptr<char[]> block(new char[size + 1 + detail::json_padding]);  // to the byte: sanitizers watch
  if (size != 0) std::memcpy(block.get(), text, size);
  block[size] = '\n';
  // What lies behind the newline must not matter: the same line again and more.
  for (std::size_t i = 0; i < detail::json_padding; ++i) block[size + 1 + i] = size == 0 ? '"' : text[i % size];

  arena bytes;
  sample row;
  detail::json_decoder fresh(fields_of<sample>(), paths);
  const char* const end = fresh.decode(block.get(), &row, bytes);
  if (end != nullptr && end != block.get() + size) fail("the line ends at its newline", line, "");

  static sample reused;
  arena more_bytes;
  const char* const again = learned.decode(block.get(), &reused, more_bytes);
  if (again != end) fail("what was learned changes nothing", line, learned.reason());
  if (end != nullptr && !(reused == row)) fail("a row that is used again has nothing of the last", line, "");
  if (end == nullptr && fresh.reason().empty()) fail("a malformed line has a reason", line, "");

  element root;
  const simdjson::error_code failed = parser.parse(text, size).get(root);
  const std::string_view why = simdjson::error_message(failed);
  if (failed == simdjson::NUMBER_ERROR ||
      why.find("Big integer") != std::string_view::npos) {  // the second: simdjson 4
    if (end != nullptr && !numbers_are_numbers(line)) fail("a number is a number", line, "");
    return 0;
  }
  if (end != nullptr && failed) fail("what is accepted is JSON", line, std::string(why));
  if (failed) return 0;
  sample expected;
  const bool fits = take(root, expected);
  if (end != nullptr && !fits) fail("what is accepted fits the struct", line, "");
  if (end == nullptr && fits && fresh.reason().find("too deep") == std::string::npos) {
    fail("what fits the struct is accepted", line, fresh.reason());
  }
  if (end != nullptr && !(row == expected)) fail("the values are those of the tree", line, "");
  return 0;
}

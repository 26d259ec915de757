// SPDX-License-Identifier: Apache-2.0
// What the sink writes, the source reads: also with its keys in another order, other keys between them, and spaces.
#include <oriel/io/json_lines.hpp>
#include <oriel/io/json_lines_sink.hpp>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/describe/class.hpp>
#include <doctest/doctest.h>

#include <oriel/io/generator.hpp>

#include "io/scratch_file.hpp"

using namespace oriel;
using io_test::read_everything;
using io_test::scratch_file;

namespace {

struct inner {
  std::string name;
  std::optional<float> weight;

  friend bool operator==(const inner&, const inner&) = default;
};
BOOST_DESCRIBE_STRUCT(inner, (), (name, weight))

struct outer {
  bool b = false;
  std::int16_t i16 = 0;
  std::uint32_t u32 = 0;
  std::int64_t i64 = 0;
  std::uint64_t u64 = 0;
  float f = 0;
  double d = 0;
  std::string s;
  timestamp t{};
  inner in;
  std::optional<inner> maybe;
  std::vector<inner> many;
  std::optional<std::vector<std::string>> words;

  friend bool operator==(const outer&, const outer&) = default;
};
BOOST_DESCRIBE_STRUCT(outer, (), (b, i16, u32, i64, u64, f, d, s, t, in, maybe, many, words))

/// Random values, extremes among them.
class maker {
 public:
  explicit maker(std::uint64_t seed) : random_(seed) {}

  template <typename Integer>
  Integer integer() {
    switch (random_.below(6)) {
      case 0: return std::numeric_limits<Integer>::min();
      case 1: return std::numeric_limits<Integer>::max();
      case 2: return 0;
      case 3: return static_cast<Integer>(random_.below(1000));
      default: return static_cast<Integer>(random_() >> random_.below(64));
    }
  }

  template <typename Float, typename Bits>
  Float floating() {
    for (;;) {
      switch (random_.below(4)) {
        case 0: return static_cast<Float>(random_.between(-100'000, 100'000)) / 100;
        case 1: return static_cast<Float>(random_.unit());
        default: break;
      }
      const auto value = std::bit_cast<Float>(static_cast<Bits>(random_()));
      if (std::isfinite(value)) return value;
    }
  }

  std::string text() {
    static const std::vector<std::string> pieces = {
        "a", "plain text", "\"", "\\", "/", "\n", "\t", std::string("\0", 1), "\x1f", "\x7f", "\xC3\xA9",
        "\xE2\x82\xAC",
        "\xF0\x9F\x98\x80", "}", "{\"", "],", ":", "null", "\xEF\xBF\xBD", "\xEF\xBB\xBF"};
    std::string out;
    for (std::uint64_t left = random_.below(8); left > 0; --left) out += pieces[random_.below(pieces.size())];
    return out;
  }

  timestamp time() {
    const std::int64_t ms = random_.between(-62'000'000'000'000, 253'000'000'000'000);
    return at_ms(ms);
  }

  inner make_inner() {
    inner in{text(), {}};
    if (random_.chance(0.5)) in.weight = floating<float, std::uint32_t>();
    return in;
  }

  outer make_outer() {
    outer o;
    o.b = random_.chance(0.5);
    o.i16 = integer<std::int16_t>();
    o.u32 = integer<std::uint32_t>();
    o.i64 = integer<std::int64_t>();
    o.u64 = integer<std::uint64_t>();
    o.f = floating<float, std::uint32_t>();
    o.d = floating<double, std::uint64_t>();
    o.s = text();
    o.t = time();
    o.in = make_inner();
    if (random_.chance(0.5)) o.maybe = make_inner();
    for (std::uint64_t left = random_.below(4); left > 0; --left) o.many.push_back(make_inner());
    if (random_.chance(0.5)) {
      o.words.emplace();
      for (std::uint64_t left = random_.below(4); left > 0; --left) o.words->push_back(text());
    }
    return o;
  }

  /// The same object with its keys shuffled, unknown ones among them, spaces around, and some nulls left out.
  std::string disguise(const outer& o) {
    std::vector<std::string> fields;
    for_each_field(o, [&](std::string_view name, const auto& member) {
      std::string json;
      using type = std::remove_cvref_t<decltype(member)>;
      to_json(row<column<"v", type>>{{member}}, json, static_cast<json_times>(random_.below(3)));
      json = json.substr(5, json.size() - 6);  // {"v": }
      if (json == "null" && random_.chance(0.5)) return;
      std::string key(name);
      if (random_.chance(0.2)) key.replace(0, 1, "\\u00" + hex(static_cast<unsigned char>(key[0])));
      fields.push_back("\"" + key + "\"" + space() + ":" + space() + json);
    });
    static const std::vector<std::string> strangers = {
        R"("x":1)", R"("x":{"b":3,"in":{"name":7}})", R"("y":["a",{"s":[]},-1.5e-7,null])", R"("z":"}\"{")",
        R"("B":true)", R"("":"")", R"("s ":0)", R"("in.name":0)"};
    for (std::uint64_t left = random_.below(5); left > 0; --left) {
      fields.push_back(strangers[random_.below(strangers.size())]);
    }
    for (std::size_t i = fields.size(); i > 1; --i) std::swap(fields[i - 1], fields[random_.below(i)]);
    std::string line = space() + "{" + space();
    for (std::size_t i = 0; i < fields.size(); ++i) line += (i == 0 ? "" : ",") + space() + fields[i] + space();
    return line + "}" + space();
  }

 private:
  static std::string hex(unsigned char c) { return {"0123456789abcdef"[c >> 4], "0123456789ABCDEF"[c & 15]}; }
  std::string space() { return std::string(random_.below(3), random_.chance(0.5) ? ' ' : '\t'); }

  random_engine random_;
};

void check_all_read(const std::vector<outer>& rows, const std::string& lines) {
  const scratch_file file(lines);
  const auto all = read_everything(*json_lines<outer>{.path = file.path(), .block_size = 4096}.open(), 100);
  if (!all.rejected.empty()) FAIL(all.rejected[0].reason << " in " << all.rejected[0].text);
  REQUIRE(all.rows.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!(all.rows[i] == rows[i])) {
      std::string expected;
      to_json(rows[i], expected);
      FAIL("row " << i << " is not " << expected);
    }
  }
}

}  // namespace

TEST_CASE("what the sink writes, the source reads back equal") {
  maker make(20240102);
  std::vector<outer> rows;
  std::string lines;
  for (int i = 0; i < 3000; ++i) {
    rows.push_back(make.make_outer());
    to_json(rows.back(), lines);
    lines += '\n';
  }
  check_all_read(rows, lines);
}

TEST_CASE("the order of keys, unknown keys and spacing change nothing") {
  maker make(7);
  std::vector<outer> rows;
  std::string lines;
  for (int i = 0; i < 3000; ++i) {
    rows.push_back(make.make_outer());
    lines += make.disguise(rows.back());
    lines += '\n';
  }
  check_all_read(rows, lines);
}

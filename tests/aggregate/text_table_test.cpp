// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/text_table.hpp>

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

using namespace oriel::detail;

TEST_CASE("a table of strings agrees with a map: empty ones, long ones, and such with zero bytes") {
  std::mt19937_64 random(3);
  text_table<occurrences> table;
  std::map<std::string, std::int64_t> oracle;
  for (int i = 0; i < 10'000; ++i) {
    std::string text(random() % 10 == 0 ? 250 + random() % 10 : random() % 4, '\0');
    for (char& c : text) c = static_cast<char>(random() % 3);
    const auto touched = table.touch({text.data(), text.size()});
    REQUIRE(touched.added == !oracle.contains(text));
    ++touched.extra.count;
    ++oracle[text];
  }
  std::map<std::string, std::int64_t> found;
  table.for_each([&](text_bytes text, const occurrences& o) { found[std::string(text.data, text.size)] += o.count; });
  CHECK(found == oracle);
  CHECK(table.size() == oracle.size());
}

TEST_CASE("bytes are appended and copied") {
  byte_buffer bytes;
  std::string oracle;
  for (int i = 0; i < 200; ++i) {
    const std::string more = std::to_string(i);
    bytes.append(more.data(), more.size());
    oracle += more;
  }
  const byte_buffer copy = bytes;
  CHECK(std::string(copy.data(), copy.size()) == oracle);
  CHECK(copy.capacity() >= copy.size());
}

// SPDX-License-Identifier: Apache-2.0
#include <query/like_pattern.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>

using namespace oriel::detail;

namespace {

// By definition, byte by byte, for texts of single bytes.
bool matches(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') return matches(text, pattern.substr(1)) || (!text.empty() && matches(text.substr(1), pattern));
  if (text.empty()) return false;
  if (pattern[0] == '\\' && pattern.size() > 1) {
    return text[0] == pattern[1] && matches(text.substr(1), pattern.substr(2));
  }
  return (pattern[0] == '_' || pattern[0] == text[0]) && matches(text.substr(1), pattern.substr(1));
}

}  // namespace

TEST_CASE("patterns match what their definition says") {
  std::mt19937 random(5);
  const std::string_view letters = "ab%_\\";
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    std::string pattern;
    for (std::size_t n = random() % 8; n > 0; --n) text += letters[random() % (i % 2 == 0 ? 2 : 5)];
    for (std::size_t n = random() % 7; n > 0; --n) pattern += letters[random() % 5];
    CAPTURE(text);
    CAPTURE(pattern);
    REQUIRE(like_pattern(pattern).matches(text) == matches(text, pattern));
  }
}

TEST_CASE("one character is one code point") {
  CHECK(like_pattern("_").matches("ü"));
  CHECK(like_pattern("%_").matches("日"));
  CHECK_FALSE(like_pattern("__").matches("ü"));
  CHECK(like_pattern("%ü_").matches("grüß"));
}

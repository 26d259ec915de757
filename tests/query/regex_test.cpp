// SPDX-License-Identifier: Apache-2.0
#include <query/regex.hpp>

#include <doctest/doctest.h>

#include <random>
// g++ 12 warns of its own std::regex when the sanitizers are on.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <regex>
#include <string>

#include <oriel/core/error.hpp>

using oriel::detail::regex;

TEST_CASE("a pattern is found anywhere unless it is anchored") {
  CHECK(regex("b+").found_in("abbc"));
  CHECK_FALSE(regex("^b").found_in("abbc"));
  CHECK(regex("^a|c$").found_in("xc"));
  CHECK(regex("^*a").found_in("ba"));
  CHECK(regex("").found_in(""));
  CHECK(regex("^$").found_in(""));
  CHECK_FALSE(regex("^$").found_in("a"));
  CHECK(regex("\\bcat\\b").found_in("the cat sat"));
  CHECK_FALSE(regex("\\bcat\\b").found_in("concat"));
  CHECK(regex("^gr..e$").found_in("gr\xC3\xBC\xC3\x9F" "e"));
  CHECK(regex("[\xC3\xA4-\xC3\xBC]").found_in("gr\xC3\xBC\xC3\x9F"));
  CHECK(regex("(?i)ACME").found_in("acme"));
  CHECK(regex("[^a-c]", true).found_in("ABCd"));
  CHECK_FALSE(regex("[^a-c]", true).found_in("ABC"));
  CHECK(regex("a{2,3}$").found_in("baaa"));
  CHECK_FALSE(regex("^a{2,3}$").found_in("aaaa"));
  CHECK(regex("^a{0}b$").found_in("b"));
  CHECK(regex("a{,2}").found_in("a{,2}"));
  CHECK(regex("[]a-]+$").found_in("]-a"));
  CHECK(regex("x*?y").found_in("xxy"));
}

TEST_CASE("what takes a backtracking engine for ever takes time in proportion to the text") {
  const std::string text(200'000, 'a');
  CHECK_FALSE(regex("^(a*)*b$").found_in(text));
  CHECK_FALSE(regex("(a|aa)+$b").found_in(text));
  CHECK_FALSE(regex("(x+x+)+y").found_in(std::string(50'000, 'x')));
}

TEST_CASE("what is not understood is refused") {
  const auto refused = [](const std::string& pattern) {
    try {
      const regex compiled(pattern);
    } catch (const oriel::error& e) {
      return e.kind() == oriel::error_kind::invalid;
    }
    return false;
  };
  for (const char* pattern : {"(", ")", "a)", "[a", "a**", "+a", "\\1", "\\", "(?=a)", "[z-a]", "a{3,2}", "a{1001}",
                              "(a{1000}){1000}", "[[:alpha:]]", "(?<n>a)"}) {
    CAPTURE(pattern);
    CHECK(refused(pattern));
  }
  CHECK(refused(std::string(10'000, '(') + std::string(10'000, ')')));
}

TEST_CASE("random patterns are found where std::regex finds them") {
  std::mt19937 random(7);
  const auto pick = [&](std::size_t n) { return random() % n; };
  int compiled = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string pattern;
    int open = 0;
    const std::size_t pieces = 1 + pick(7);
    for (std::size_t i = 0; i < pieces; ++i) {
      switch (pick(10)) {
        case 0: pattern += "."; break;
        case 1: pattern += "[ab]"; break;
        case 2: pattern += "[^a]"; break;
        case 3: pattern += "|"; break;
        case 4:
          pattern += "(";
          ++open;
          pattern += 'a';
          break;
        case 5:
          if (open > 0) {
            pattern += ")";
            --open;
            if (pick(2) == 0) pattern += "*";
          }
          break;
        default:
          pattern += static_cast<char>('a' + pick(3));
          if (pick(3) == 0) pattern += "*+?"[pick(3)];
          if (pick(9) == 0) pattern += "{1,2}";
      }
    }
    pattern.append(static_cast<std::size_t>(open), ')');
    if (pick(4) == 0) pattern += '$';
    if (pick(4) == 0) pattern.insert(0, "^");
    CAPTURE(pattern);
    try {
      const regex ours(pattern);
      const std::regex theirs(pattern, std::regex::ECMAScript);
      for (int t = 0; t < 8; ++t) {
        std::string text;
        for (std::size_t n = pick(7); n > 0; --n) text += static_cast<char>('a' + pick(3));
        CAPTURE(text);
        CHECK(ours.found_in(text) == std::regex_search(text, theirs));
      }
      ++compiled;
    } catch (const oriel::error&) {
      // Two repetitions in a row.
    } catch (const std::regex_error&) {
    }
  }
  CHECK(compiled > 2000);
}

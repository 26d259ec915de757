// SPDX-License-Identifier: Apache-2.0
// src/query/regex.hpp - regular expressions in time linear in the text, whatever the pattern.
//
// A pattern becomes a nondeterministic automaton; matching keeps the set of states
// the text so far may have led to and moves all of them with each character
// (K. Thompson, "Regular Expression Search Algorithm", CACM 1968). Nothing backtracks
// and nothing recurses over the text, so a pattern like (a*)*b is as cheap as any.
// The price: no back-references and no looking around, which no automaton has.
//
// Understood: . [abc] [^a-z] \d \w \s \D \W \S \b \B ^ $ | ( ) (?: ) (?i) * + ? {n} {n,} {n,m}, the lazy forms
// of the latter (whether there is a match does not depend on them), and \ before any
// punctuation. Characters are code points; classes and (?i) know the letters of ASCII.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace oriel::detail {

class regex {
 public:
  /// Errors: throws `error{invalid}` that says what is wrong with the pattern, or that it is too large.
  explicit regex(std::string_view pattern, bool ignore_case = false);

  /// Whether the pattern matches anywhere in the text.
  ///
  /// Complexity: O(text x pattern) at worst.
  /// Threads: not safe on one object; the sets of states belong to it.
  bool found_in(std::string_view text) const;

 private:
  friend class regex_parser;

  enum class state_kind : std::uint8_t { range, any, split, begin, end, boundary, no_boundary, accept };
  struct code_range {
    char32_t first;
    char32_t last;
  };
  struct state {
    state_kind kind = state_kind::accept;
    bool negated = false;
    std::uint32_t next = 0;
    std::uint32_t other = 0;   // split: the second way
    std::uint32_t ranges = 0;  // range: the first of its ranges
    std::uint32_t count = 0;   // and how many
  };
  struct place {
    bool begin = false;
    bool end = false;
    bool boundary = false;
  };

  bool fits(const state& s, char32_t c) const noexcept;
  bool follow(std::uint32_t first, const place& at) const;

  std::vector<state> states_;
  std::vector<code_range> ranges_;
  std::uint32_t start_ = 0;
  bool ignore_case_ = false;
  bool anchored_ = false;

  // Scratch: the states to move from, those already in the set, and those still to be looked at.
  mutable std::vector<std::uint32_t> now_;
  mutable std::vector<std::uint32_t> next_;
  mutable std::vector<std::uint32_t> seen_;
  mutable std::uint32_t stamp_ = 0;
  mutable std::vector<std::uint32_t> pending_;
};

}  // namespace oriel::detail

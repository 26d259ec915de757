// SPDX-License-Identifier: Apache-2.0
// src/query/keywords.cpp - which bare words cannot be names, and where.
#include <query/keywords.hpp>

#include <algorithm>
#include <array>

#include <query/lexer.hpp>

namespace oriel::detail {
namespace {

constexpr std::array<std::string_view, 30> names{
    "ALL",    "AND",   "ANY",  "AS",    "BETWEEN", "CASE",   "DISTINCT",  "ELSE", "END",   "EXCEPT",
    "EXISTS", "FALSE", "FROM", "GROUP", "HAVING",  "IN",     "INTERSECT", "IS",   "JOIN",  "LIKE",
    "LIMIT",  "NOT",   "NULL", "OR",    "ORDER",   "SELECT", "THEN",      "TRUE", "UNION", "WHEN"};

constexpr std::array<std::string_view, 24> aliases{"ASC",     "COLLATE",     "CROSS", "DESC",    "FETCH",  "FOR",
                                                   "FULL",    "ILIKE",       "INNER", "LATERAL", "LEFT",   "NATURAL",
                                                   "NULLS",   "OFFSET",      "ON",    "OPTION",  "OVER",   "RIGHT",
                                                   "SIMILAR", "TABLESAMPLE", "USING", "WHERE",   "WINDOW", "WITHIN"};

template <std::size_t N>
bool has(const std::array<std::string_view, N>& words, std::string_view word) noexcept {
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) { return is_word(word, w); });
}

}  // namespace

bool is_reserved_name(std::string_view word) noexcept { return has(names, word) || is_word(word, "WHERE"); }
bool is_reserved_alias(std::string_view word) noexcept { return is_reserved_name(word) || has(aliases, word); }

}  // namespace oriel::detail

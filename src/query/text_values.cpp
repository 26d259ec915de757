// SPDX-License-Identifier: Apache-2.0
// src/query/text_values.cpp - values as text and back.
#include <query/text_values.hpp>

#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include <query/lexer.hpp>

namespace oriel::detail {
namespace {

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view spaces = " \t\r\n";
  const std::size_t first = text.find_first_not_of(spaces);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

template <typename T>
std::optional<T> parse_number(std::string_view text) noexcept {
  text = trimmed(text);
  if (!text.empty() && text[0] == '+' && (text.size() < 2 || text[1] != '-')) text.remove_prefix(1);
  T value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "Infinity" : "-Infinity";
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

void append_number(std::string& out, std::int64_t value) { fmt::format_to(std::back_inserter(out), "{}", value); }

std::optional<std::int64_t> parse_int64(std::string_view text) noexcept { return parse_number<std::int64_t>(text); }

std::optional<double> parse_float64(std::string_view text) noexcept {
  const std::string_view word = trimmed(text);
  if (is_word(word, "NAN")) return std::numeric_limits<double>::quiet_NaN();
  if (is_word(word, "INFINITY") || is_word(word, "INF")) return std::numeric_limits<double>::infinity();
  if (is_word(word, "-INFINITY") || is_word(word, "-INF")) return -std::numeric_limits<double>::infinity();
  return parse_number<double>(text);
}

std::optional<bool> parse_boolean(std::string_view text) noexcept {
  text = trimmed(text);
  for (const std::string_view word : {"TRUE", "T", "YES", "Y", "ON", "1"}) {
    if (is_word(text, word)) return true;
  }
  for (const std::string_view word : {"FALSE", "F", "NO", "N", "OFF", "0"}) {
    if (is_word(text, word)) return false;
  }
  return std::nullopt;
}

std::string_view boolean_text(bool value) noexcept { return value ? "true" : "false"; }

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/query/diagnostic.cpp - errors that show the place in the query.
#include <query/diagnostic.hpp>

#include <algorithm>

namespace oriel::detail {
namespace {

constexpr std::size_t shown_before = 60;  // bytes of a line shown before and after the place
constexpr std::size_t shown_after = 40;

constexpr bool continues(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t code_points(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

// What may be shown on one line: control characters would spoil it.
std::string shown(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return out;
}

}  // namespace

text_position position_of(std::string_view text, std::size_t offset) noexcept {
  const std::string_view before = text.substr(0, offset);
  const std::size_t newline = before.rfind('\n');
  const std::size_t line_begin = newline == before.npos ? 0 : newline + 1;
  return {offset, 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')),
          1 + code_points(before.substr(line_begin))};
}

error error_at(error_kind kind, std::string_view text, text_span span, std::string_view message) {
  if (text.empty()) return error(kind, std::string(message));
  const std::size_t begin = std::min(span.begin, text.size());
  const text_position at = position_of(text, begin);

  const std::size_t newline = text.substr(0, begin).rfind('\n');
  std::size_t first = newline == text.npos ? 0 : newline + 1;
  std::size_t last = std::min(text.find('\n', begin), text.size());
  const bool cut_before = begin - first > shown_before;
  if (cut_before) {
    first = begin - shown_before;
    while (first < begin && continues(text[first])) ++first;
  }
  std::size_t end = std::clamp(span.end, begin, last);
  const bool cut_after = last - begin > shown_after + (end - begin) || last - begin > 2 * shown_after;
  if (cut_after) {
    last = begin + std::min(shown_after + (end - begin), 2 * shown_after);
    while (last < text.size() && continues(text[last])) ++last;
    end = std::min(end, last);
  }

  const std::string_view lead = cut_before ? "  ..." : "  ";
  std::string out = std::to_string(at.line) + ":" + std::to_string(at.column) + ": " + std::string(message);
  out.append("\n").append(lead).append(shown(text.substr(first, last - first)));
  if (cut_after) out += "...";
  out += "\n";
  out.append(lead.size() + code_points(text.substr(first, begin - first)), ' ');
  out += '^';
  const std::size_t width = code_points(text.substr(begin, end - begin));
  if (width > 1) out.append(width - 1, '~');
  return error(kind, std::move(out), at);
}

}  // namespace oriel::detail

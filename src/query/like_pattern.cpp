// SPDX-License-Identifier: Apache-2.0
// src/query/like_pattern.cpp - matching by trying again behind the last %.
#include <query/like_pattern.hpp>

#include <cstddef>

namespace oriel::detail {
namespace {

constexpr bool continues(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The end of the character that begins at `at`.
std::size_t behind_character(std::string_view text, std::size_t at) noexcept {
  ++at;
  while (at < text.size() && continues(text[at])) ++at;
  return at;
}

}  // namespace

like_pattern::like_pattern(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size()) {
      parts_.push_back({pattern[++i], false, false});
    } else if (c == '%') {
      if (parts_.empty() || !parts_.back().any_run) parts_.push_back({c, true, false});
    } else {
      parts_.push_back({c, false, c == '_'});
    }
  }
}

bool like_pattern::matches(std::string_view text) const noexcept {
  constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::size_t at = 0;          // in the text
  std::size_t item = 0;        // in the pattern
  std::size_t retry_item = none;  // behind the last %
  std::size_t retry_at = 0;
  while (at < text.size()) {
    if (item < parts_.size() && parts_[item].any_run) {
      retry_item = ++item;
      retry_at = at;
    } else if (item < parts_.size() && parts_[item].any_one) {
      at = behind_character(text, at);
      ++item;
    } else if (item < parts_.size() && parts_[item].byte == text[at]) {
      ++at;
      ++item;
    } else if (retry_item != none) {
      retry_at = behind_character(text, retry_at);
      at = retry_at;
      item = retry_item;
    } else {
      return false;
    }
  }
  while (item < parts_.size() && parts_[item].any_run) ++item;
  return item == parts_.size();
}

}  // namespace oriel::detail

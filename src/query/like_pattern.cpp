// SPDX-License-Identifier: Apache-2.0
// src/query/like_pattern.cpp - matching by finding, or by trying again behind the last %.
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

like_pattern::like_pattern(std::string_view pattern) : texts_(1) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '%') {
      if (!parts_.empty() && parts_.back().any_run) continue;
      parts_.push_back({c, true, false});
      texts_.emplace_back();
      continue;
    }
    const bool escaped = c == '\\' && i + 1 < pattern.size();
    parts_.push_back({escaped ? pattern[++i] : c, false, !escaped && c == '_'});
    only_texts_ = only_texts_ && !parts_.back().any_one;
    texts_.back() += parts_.back().byte;
  }
}

bool like_pattern::matches_texts(std::string_view text) const noexcept {
  if (texts_.size() == 1) return text == texts_.front();
  if (!text.starts_with(texts_.front())) return false;
  text.remove_prefix(texts_.front().size());
  for (std::size_t i = 1; i + 1 < texts_.size(); ++i) {
    const std::size_t found = text.find(texts_[i]);
    if (found == text.npos) return false;
    text.remove_prefix(found + texts_[i].size());
  }
  return text.ends_with(texts_.back());
}

bool like_pattern::matches(std::string_view text) const noexcept {
  if (only_texts_) return matches_texts(text);
  constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::size_t at = 0;             // in the text
  std::size_t item = 0;           // in the pattern
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

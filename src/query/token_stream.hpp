// SPDX-License-Identifier: Apache-2.0
// src/query/token_stream.hpp - the tokens of a query, read one after another.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <query/diagnostic.hpp>
#include <query/keywords.hpp>
#include <query/lexer.hpp>

namespace oriel::detail {

class token_stream {
 public:
  explicit token_stream(std::string_view text) : text_(text), tokens_(tokenize(text)) {}

  std::string_view text() const noexcept { return text_; }

  /// The token `ahead` places on; behind the last one, the last one.
  const token& peek(std::size_t ahead = 0) const noexcept { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }

  /// The next token, which is then behind us.
  token take() {
    token t = peek();
    if (at_ + 1 < tokens_.size()) ++at_;
    end_ = t.span.end;
    return t;
  }

  bool at_word(std::string_view word, std::size_t ahead = 0) const noexcept { return peek(ahead).is_word(word); }
  bool at_symbol(std::string_view symbol, std::size_t ahead = 0) const noexcept {
    return peek(ahead).is_symbol(symbol);
  }
  bool at_any_word(std::initializer_list<std::string_view> words) const noexcept {
    return std::any_of(words.begin(), words.end(), [&](std::string_view w) { return at_word(w); });
  }

  bool accept_word(std::string_view word) { return at_word(word) && (take(), true); }
  bool accept_symbol(std::string_view symbol) { return at_symbol(symbol) && (take(), true); }

  void expect_word(std::string_view word, std::string_view where) {
    if (!accept_word(word)) fail_expected(std::string(word) + std::string(where));
  }
  void expect_symbol(std::string_view symbol, std::string_view where) {
    if (!accept_symbol(symbol)) fail_expected("'" + std::string(symbol) + "'" + std::string(where));
  }

  /// From the beginning of a token to the end of the one taken last.
  text_span span_from(std::size_t begin) const noexcept { return {begin, std::max(begin, end_)}; }

  [[noreturn]] void fail_expected(const std::string& wanted) const {
    fail(peek().span, "expected " + wanted + ", found " + found());
  }
  [[noreturn]] void fail(text_span span, std::string_view message) const {
    throw error_at(error_kind::invalid, text_, span, message);
  }
  [[noreturn]] void fail_unsupported(text_span span, std::string_view construct) const {
    throw error_at(error_kind::unsupported, text_, span, std::string(construct) + " not supported");
  }

 private:
  std::string found() const {
    const token& t = peek();
    if (t.kind == token_kind::end) return "the end of the query";
    constexpr std::size_t most = 40;
    std::size_t shown = std::min(most, t.span.end - t.span.begin);
    const bool cut = shown < t.span.end - t.span.begin;
    while (cut && shown > 0 && (static_cast<unsigned char>(text_[t.span.begin + shown]) & 0xC0) == 0x80) --shown;
    std::string out("'");
    out.append(text_.substr(t.span.begin, shown)).append(cut ? "...'" : "'");
    for (char& c : out) {
      if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    }
    if (t.kind == token_kind::word && is_reserved_name(t.text)) out += " (as a name it needs double quotes)";
    return out;
  }

  std::string_view text_;
  std::vector<token> tokens_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

}  // namespace oriel::detail

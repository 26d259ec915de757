// SPDX-License-Identifier: Apache-2.0
// src/query/lexer.cpp - query text to tokens.
#include <query/lexer.hpp>

#include <algorithm>
#include <array>

#include <query/diagnostic.hpp>

namespace oriel::detail {
namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
constexpr bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr char to_capital(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

constexpr std::array<std::string_view, 5> long_symbols{"<>", "<=", ">=", "!=", "||"};

class lexer {
 public:
  explicit lexer(std::string_view text) : text_(text) {}

  std::vector<token> run() {
    std::vector<token> tokens;
    do {
      skip_space();
      begin_ = at_;
      tokens.push_back(next());
      tokens.back().span = {begin_, at_};
    } while (tokens.back().kind != token_kind::end);
    return tokens;
  }

 private:
  char peek(std::size_t ahead = 0) const noexcept { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool follows(std::string_view s) const noexcept { return text_.substr(at_).starts_with(s); }

  [[noreturn]] void fail(text_span span, std::string_view message) const {
    throw error_at(error_kind::invalid, text_, span, message);
  }

  void skip_space() {
    while (at_ < text_.size()) {
      if (is_space(peek())) {
        ++at_;
      } else if (follows("--")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (follows("/*")) {
        skip_comment();
      } else {
        return;
      }
    }
  }

  // Comments nest, as in PostgreSQL.
  void skip_comment() {
    const std::size_t begin = at_;
    std::size_t depth = 0;
    do {
      if (at_ >= text_.size()) fail({begin, begin + 2}, "this comment is not closed; '*/' is missing");
      if (follows("/*")) {
        ++depth;
        at_ += 2;
      } else if (follows("*/")) {
        --depth;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (depth > 0);
  }

  token next() {
    const char c = peek();
    if (at_ >= text_.size()) return {};
    if (is_letter(c)) return word();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (c == '\'') return {token_kind::text, {}, quoted('\'', "text")};
    if (c == '"' || c == '`') return name(c);
    if (c == '?' || c == '$') return parameter();
    return symbol();
  }

  token word() {
    const std::size_t begin = at_;
    while (is_letter(peek()) || is_digit(peek()) || (peek() == '$' && at_ > begin)) ++at_;
    return {token_kind::word, {}, std::string(text_.substr(begin, at_ - begin))};
  }

  token number() {
    const std::size_t begin = at_;
    bool decimal = false;
    while (is_digit(peek())) ++at_;
    if (peek() == '.') {
      decimal = true;
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    if (peek() == 'e' || peek() == 'E') {
      const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
      if (is_digit(peek(1 + sign))) {
        decimal = true;
        at_ += 1 + sign;
        while (is_digit(peek())) ++at_;
      }
    }
    if (is_letter(peek())) {
      while (is_letter(peek()) || is_digit(peek())) ++at_;
      fail({begin, at_},
           "a number may not run into letters; put a space between, or quote a name that begins with a digit");
    }
    return {decimal ? token_kind::decimal : token_kind::integer, {}, std::string(text_.substr(begin, at_ - begin))};
  }

  // Between quotes; a doubled quote stands for one.
  std::string quoted(char quote, std::string_view what) {
    const std::size_t begin = at_++;
    std::string out;
    for (;;) {
      const std::size_t close = text_.find(quote, at_);
      if (close == text_.npos) {
        fail({begin, begin + 1}, std::string("this ") + std::string(what) + " is not closed; " + quote + " is missing");
      }
      out += text_.substr(at_, close - at_);
      at_ = close + 1;
      if (peek() != quote) return out;
      out += quote;
      ++at_;
    }
  }

  token name(char quote) {
    const std::size_t begin = at_;
    token t{token_kind::quoted, {}, quoted(quote, "name")};
    if (t.text.empty()) fail({begin, at_}, "a name may not be empty");
    return t;
  }

  token parameter() {
    const std::size_t begin = at_++;
    while (is_digit(peek()) || is_letter(peek())) ++at_;
    return {token_kind::parameter, {}, std::string(text_.substr(begin, at_ - begin))};
  }

  token symbol() {
    for (const std::string_view s : long_symbols) {
      if (follows(s)) return take(s);
    }
    if (follows("::")) return take("::");
    constexpr std::string_view single = "+-*/%=<>(),.;~^|&[]:";
    const char c = peek();
    if (single.find(c) == single.npos) fail({at_, at_ + 1}, "this character means nothing here");
    return take(text_.substr(at_, 1));
  }

  token take(std::string_view s) {
    at_ += s.size();
    return {token_kind::symbol, {}, std::string(s)};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
};

}  // namespace

bool is_word(std::string_view text, std::string_view capitals) noexcept {
  if (text.size() != capitals.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (to_capital(text[i]) != capitals[i]) return false;
  }
  return true;
}

bool token::is_word(std::string_view word) const noexcept {
  return kind == token_kind::word && detail::is_word(text, word);
}

std::vector<token> tokenize(std::string_view text) { return lexer(text).run(); }

bool is_plain_name(std::string_view name) noexcept {
  if (name.empty() || !is_letter(name[0])) return false;
  for (const char c : name) {
    if (!is_letter(c) && !is_digit(c)) return false;
  }
  return true;
}

}  // namespace oriel::detail

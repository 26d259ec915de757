// SPDX-License-Identifier: Apache-2.0
// src/query/lexer.hpp - query text to tokens.
//
// A word is only a word here; whether it is a keyword depends on where it stands, and
// the parser knows. Bytes above 127 are letters, so names may be in any script.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <oriel/query/statement.hpp>

namespace oriel::detail {

enum class token_kind : std::uint8_t {
  word,    ///< a name or keyword, bare
  quoted,  ///< a name in "" or ``
  text,    ///< '...'
  integer,
  decimal,    ///< a number with a point or an exponent
  symbol,     ///< operators and punctuation
  parameter,  ///< ? or $1
  end,
};

struct token {
  token_kind kind = token_kind::end;
  text_span span;
  std::string text;  ///< word: as written; quoted and text: without quotes, doubled ones undone; else as written

  bool is_symbol(std::string_view symbol) const noexcept { return kind == token_kind::symbol && text == symbol; }

  /// Whether this is the bare word, whatever its case. Requires: `word` is in capitals.
  bool is_word(std::string_view word) const noexcept;
};

/// The tokens of a query, the last of kind `end`. Comments and white space are left out.
/// Errors: throws `error{invalid}` with the position.
std::vector<token> tokenize(std::string_view text);

/// Whether `text`, whatever its case, is `capitals`.
bool is_word(std::string_view text, std::string_view capitals) noexcept;

/// Whether the name could be a bare word.
bool is_plain_name(std::string_view name) noexcept;

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// oriel/core/error.hpp - what went wrong, in the words of whoever must mend it.
//
// There are few kinds, chosen by what the caller can do about it rather than by
// where it came from. A message says where, what and what to do; an error in a
// text (a query, an input line) carries the place in that text besides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include <oriel/core/export.hpp>

namespace oriel {

/// What the receiver of an error can do about it.
enum class error_kind : std::uint8_t {
  invalid,      ///< the request is wrong: change the call, the pipeline or the query
  malformed,    ///< the data is wrong: look at the input
  unavailable,  ///< the world is wrong: try again, or mend the file, disk or peer
  exhausted,    ///< a bound was reached: a number too large, a budget spent
  unsupported,  ///< a legal request this version does not carry out
};

/// The name of a kind: "invalid", "malformed", ...
ORIEL_EXPORT const char* to_string(error_kind kind) noexcept;

/// A place in a text. `offset` counts bytes from 0; `line` and `column` count from 1.
struct text_position {
  std::size_t offset = 0;
  std::size_t line = 1;
  std::size_t column = 1;

  friend bool operator==(const text_position&, const text_position&) = default;
};

/// Every error Oriel throws or returns.
///
/// Threads: a value; copies are independent.
class ORIEL_EXPORT error : public std::exception {
 public:
  error(error_kind kind, std::string message) : kind_(kind), message_(std::move(message)) {}
  error(error_kind kind, std::string message, text_position position)
      : kind_(kind), message_(std::move(message)), position_(position) {}

  error_kind kind() const noexcept { return kind_; }
  const std::string& message() const noexcept { return message_; }

  /// Where in the query or input text, when the error is about a text.
  const std::optional<text_position>& position() const noexcept { return position_; }

  const char* what() const noexcept override { return message_.c_str(); }

 private:
  error_kind kind_;
  std::string message_;
  std::optional<text_position> position_;
};

}  // namespace oriel

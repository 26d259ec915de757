// SPDX-License-Identifier: Apache-2.0
// src/query/time_pattern.hpp - times as text in the letters of Joda-Time, both ways.
//
//   y year   M month (MMM Oct, MMMM October)   d day   H hour 0-23   h hour 1-12   m minute   s second
//   S fraction of a second   a AM or PM   Z offset (+0200; ZZ +02:00; ZZZ the zone's name)   '...' text
//
// The number of letters is the least number of digits. Reading, a number takes all
// digits there are, unless another number follows at once: then as many as letters.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <oriel/core/time_zone.hpp>

namespace oriel::detail {

class time_pattern {
 public:
  /// Errors: throws `error{invalid}` for a letter that is not among these, or a text that is not closed.
  explicit time_pattern(std::string_view pattern);

  /// Whether it can be read as well as written: a zone's name cannot.
  bool is_readable() const noexcept;

  /// The time as text.
  void append(std::string& out, std::int64_t ms, const time_zone& zone) const;

  /// The instant a text means; fields that are not in the pattern are those of 1970-01-01T00:00. Nothing if the
  /// text does not fit.
  std::optional<std::int64_t> read(std::string_view text, const time_zone& zone) const;

 private:
  struct field {
    char letter = '\0';  // '\0': `text` as it is
    std::size_t count = 0;
    std::string text;
  };

  std::vector<field> fields_;
};

}  // namespace oriel::detail

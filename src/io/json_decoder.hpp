// SPDX-License-Identifier: Apache-2.0
// src/io/json_decoder.hpp - one line of JSON into one row, as a plan says.
//
// The decoder reads the line once, front to back, and writes each value to its member as
// it passes; there is no index of the text and no tree. That every byte is looked at is
// what makes skipped values validated for free, and a line's end is found on the way.
//
// Measured against walking the same lines with simdjson's on-demand parser (benchmarks/io/
// json_decode.cpp): knowing the keys before reading them saves more than its index of
// structural characters does on lines of this length.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <oriel/core/arena.hpp>
#include <oriel/core/fields.hpp>
#include <oriel/io/json_lines.hpp>

#include "io/json_plan.hpp"
#include "io/json_text.hpp"

namespace oriel::detail {

/// Decodes lines into rows of one type.
///
/// Threads: a decoder learns from what it reads; each thread has its own.
class json_decoder {
 public:
  /// Errors: throws `error{invalid}` when `paths` does not fit the fields.
  json_decoder(std::span<const field_descriptor> fields, std::span<const json_path> paths)
      : plan_(make_json_plan(fields, paths)) {}

  /// Decodes the line at `line` into the row at `row`. Returns its newline, or nullptr when it is malformed: the row
  /// is then in an unspecified state and `reason` says why.
  ///
  /// Requires: a newline ends the line and `json_padding` bytes behind it are readable. What the row views lies in the
  /// line or in `bytes`.
  const char* decode(const char* line, void* row, arena& bytes);

  /// Why the last line was malformed.
  std::string reason() const;

 private:
  const char* read_object(json_plan& plan, const char* p, char* base);
  const char* read_list(json_slot& slot, const char* p, void* list);
  const char* read_value(json_slot& slot, const char* p, char* base);
  const char* read_ignored(json_plan& around, json_slot& slot, const char* p);
  const char* read_special(json_slot& slot, const char* p, char* base);
  const char* read_member(json_slot& slot, const char* p, void* member);
  const char* read_other(json_slot& slot, const char* p, void* member);
  const char* read_integer(field_type type, const char* p, void* member);
  const char* read_float(const char* p, void* member);
  const char* read_time(const char* p, void* member);
  const char* read_seconds(const char* p, timestamp& time) const noexcept;
  void remember_minute(std::string_view text, timestamp time) noexcept;
  const char* read_boolean(const char* p, void* member);
  std::size_t find_slot(json_plan& plan, const char* key, const char*& behind);
  void clear_missing(json_plan& plan, std::uint64_t missing, char* base);

  const char* expected(const char* what, const char* found);
  const char* refuse(std::string why);
  const char* out_of_range(const json_number& number, field_type type);
  const char* missing(const json_plan& plan, std::uint64_t bits);
  void within(std::string_view key);
  void within(std::size_t index);

  std::unique_ptr<json_plan> plan_;
  arena* bytes_ = nullptr;
  arena scratch_;
  char minute_text_[16] = {'\n'};  // of a time read before, such as 2025-10-04T14:00; at first what no line has in it
  timestamp minute_{};              // which minute that is
  const char* line_ = nullptr;
  json_fault fault_;   // set: the line is not JSON
  std::string why_;    // set: it is JSON but not what the member wants
  std::string where_;  // path of that member
};

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/io/line_decoder.hpp - blocks of lines into batches of rows, and into dead letters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <oriel/core/error.hpp>
#include <oriel/io/json_lines.hpp>

#include "io/json_decoder.hpp"
#include "io/line_input.hpp"

namespace oriel::detail {

/// How far the lines of a block have been decoded.
struct line_cursor {
  const char* at = nullptr;
  std::uint64_t line = 0;  ///< number of the line before `at`
};

/// A malformed line where the policy is to fail.
struct malformed_line {
  std::uint64_t line = 0;
  std::string reason;
};

/// Decodes the lines of blocks, one batch at a time.
class line_decoder {
 public:
  line_decoder(const json_lines_options& options, std::span<const field_descriptor> fields, std::size_t row_size)
      : options_(options), row_size_(row_size), decoder_(fields, options.paths) {}

  /// Decodes on from the cursor into `rows` until there are `most` rows or dead letters, the block ends, or a line
  /// fails. The rows are exactly those decoded; their number is returned.
  std::size_t decode(const line_block& block, line_cursor& cursor, row_buffer& rows, std::size_t most,
                     decoded_lines out, std::optional<malformed_line>& failed);

 private:
  bool reject(std::string_view line, std::uint64_t number, std::string reason, bool cut, decoded_lines& out,
              std::optional<malformed_line>& failed);

  const json_lines_options& options_;
  std::size_t row_size_;
  json_decoder decoder_;
};

/// The error of `on_malformed::fail`.
error to_error(const json_lines_options& options, const malformed_line& failed);

/// A reader that decodes on threads of its own, ahead of the caller.
std::unique_ptr<json_lines_reader> make_reader_ahead(json_lines_options options,
                                                     std::span<const field_descriptor> fields, std::size_t row_size,
                                                     const row_buffer& prototype);

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/io/line_input.hpp - a file or pipe as blocks of whole lines.
//
// Each `fill` makes one block that ends with a newline; the beginning of a line that the
// read cut off is carried over to the next block. A line that does not fit a block makes
// it grow; one longer than `max_line` is not kept at all: the block then holds only its
// beginning, and the rest is read and dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <oriel/core/error.hpp>

namespace oriel::detail {

/// Whole lines, followed by `json_padding` readable bytes.
struct line_block {
  std::unique_ptr<char[]> bytes;
  std::size_t capacity = 0;
  std::size_t size = 0;          ///< of the lines, newlines included
  std::uint64_t end_offset = 0;  ///< how far into the input the lines reach
  bool overlong = false;         ///< one line that was longer than `max_line`; only its beginning is here

  const char* begin() const noexcept { return bytes.get(); }
  const char* end() const noexcept { return bytes.get() + size; }

  /// Makes room, keeping the first `keep` bytes.
  void reserve(std::size_t wanted, std::size_t keep);
};

enum class input_state : std::uint8_t { lines, waiting, finished };

/// Bytes of a file, a pipe or standard input, in order.
class line_input {
 public:
  /// Errors: throws `error{unavailable}` when `path` cannot be read.
  line_input(const std::string& path, std::size_t block_size, std::size_t max_line);
  line_input(const line_input&) = delete;
  line_input& operator=(const line_input&) = delete;
  ~line_input();

  /// Puts the next lines into `block`. `waiting`: a pipe had nothing for `patience_ms`.
  /// Errors: throws `error{unavailable}` when reading fails.
  input_state fill(line_block& block, int patience_ms);

  /// Whether reading never has to wait for someone else.
  bool is_file() const noexcept { return is_file_; }

  /// Bytes of a file, 0 when unknown.
  std::uint64_t total() const noexcept { return total_; }

 private:
  enum class got : std::uint8_t { bytes, nothing, end };

  got read_more(line_block& block, int patience_ms);
  void skip_byte_order_mark(line_block& block);
  void drop_line(line_block& block);
  [[noreturn]] void fail(int code, const char* advice) const;

  std::string path_;
  std::size_t block_size_;
  std::size_t max_line_;
  int file_ = -1;
  bool owned_ = false;
  bool is_file_ = false;
  bool at_start_ = true;
  bool dropping_ = false;  // inside a line that was too long
  bool ended_ = false;
  std::uint64_t total_ = 0;
  std::uint64_t offset_ = 0;  // bytes read so far
  std::string carry_;         // the beginning of a line
};

}  // namespace oriel::detail

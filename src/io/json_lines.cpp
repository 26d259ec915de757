// SPDX-License-Identifier: Apache-2.0
// src/io/json_lines.cpp - the reader behind json_lines, in the caller's thread.
#include <oriel/io/json_lines.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

#include "io/line_decoder.hpp"

namespace oriel::detail {
namespace {

/// How much of a line longer than `max_line` goes into its dead letter.
constexpr std::size_t most_text = 4096;

/// How long a pipe is waited for before `read` says so.
constexpr int patience_ms = 20;

/// "data/ads.jsonl" -> "ads"
std::string stream_name(const std::string& path) {
  if (path == "-") return "stdin";
  const std::size_t slash = path.find_last_of('/');
  std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  const std::size_t dot = name.find('.', 1);
  if (dot != std::string::npos) name.resize(dot);
  return name;
}

class reader_in_place final : public json_lines_reader {
 public:
  reader_in_place(json_lines_options options, std::span<const field_descriptor> fields, std::size_t row_size)
      : options_(std::move(options)),
        decoder_(options_, fields, row_size),
        input_(options_.path, options_.block_size, options_.max_line) {}

  source_state read(row_buffer& rows, std::size_t most, decoded_lines out) override {
    if (failed_) throw to_error(options_, *failed_);
    for (;;) {
      if (cursor_.at == block_.end()) {
        rows.resize(0);
        block_.size = 0;
        cursor_.at = block_.end();
        const input_state state = input_.fill(block_, patience_ms);
        if (state != input_state::lines) {
          block_.size = 0;
          cursor_.at = block_.end();
          return state == input_state::waiting ? source_state::waiting : source_state::finished;
        }
        cursor_.at = block_.begin();
      }
      const std::size_t count = decoder_.decode(block_, cursor_, rows, most, out, failed_);
      if (count != 0 || out.malformed != 0) return source_state::ready;
      if (failed_) throw to_error(options_, *failed_);
    }
  }

  source_progress progress() const override {
    const auto left = static_cast<std::uint64_t>(block_.end() - cursor_.at);
    return {block_.end_offset - left, input_.total()};
  }

 private:
  json_lines_options options_;
  line_decoder decoder_;
  line_input input_;
  line_block block_;
  line_cursor cursor_;
  std::optional<malformed_line> failed_;
};

}  // namespace

std::size_t line_decoder::decode(const line_block& block, line_cursor& cursor, row_buffer& rows, std::size_t most,
                                 decoded_lines out, std::optional<malformed_line>& failed) {
  // The rows there are from the last batch are overwritten; more are made only as they are needed.
  constexpr std::size_t fewest = 16;
  std::size_t room = std::min(most, std::max(rows.size(), fewest));
  char* row = static_cast<char*>(rows.resize(room));
  std::size_t count = 0;
  if (block.overlong) {
    reject({block.begin(), block.size}, ++cursor.line, {}, true, out, failed);
    cursor.at = block.end();
  }
  while (cursor.at != block.end() && count < most && out.rejected.size() < most) {
    const char* const line = cursor.at;
    const char* const first = skip_space(line);
    ++cursor.line;
    if (*first == '\n') {
      cursor.at = first + 1;
      continue;
    }
    if (count == room) {
      room = std::min(most, room * 2);
      row = static_cast<char*>(rows.resize(room)) + count * row_size_;
    }
    const char* end = decoder_.decode(line, row, out.bytes);
    const char* refused = nullptr;
    if (end != nullptr && static_cast<std::size_t>(end - line) <= options_.max_line) {
      refused = rows.check(row);
      if (refused == nullptr) {
        rows.number(row, static_cast<std::int64_t>(cursor.line) - 1);
        ++count;
        row += row_size_;
        cursor.at = end + 1;
        continue;
      }
    } else {
      end = static_cast<const char*>(std::memchr(line, '\n', static_cast<std::size_t>(block.end() - line)));
    }
    cursor.at = end + 1;
    const std::string_view text{line, static_cast<std::size_t>(end - line)};
    const bool cut = text.size() > options_.max_line;
    if (!reject(text, cursor.line, refused != nullptr ? refused : decoder_.reason(), cut, out, failed)) break;
  }
  rows.resize(count);
  return count;
}

/// Takes note of a malformed line; false when it ends the run.
bool line_decoder::reject(std::string_view line, std::uint64_t number, std::string reason, bool cut, decoded_lines& out,
                          std::optional<malformed_line>& failed) {
  if (cut) reason = "longer than " + std::to_string(options_.max_line) + " bytes";
  switch (options_.malformed) {
    case on_malformed::fail: failed = malformed_line{number, std::move(reason)}; return false;
    case on_malformed::skip: ++out.malformed; return true;
    case on_malformed::dead_letter: break;
  }
  ++out.malformed;
  if (!cut && !line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (cut) line = line.substr(0, std::min(most_text, options_.max_line));
  dead_letter letter{options_.stream, number, std::move(reason), std::string(line)};
  if (cut) letter.text += "...";
  out.rejected.push_back(std::move(letter));
  return true;
}

error to_error(const json_lines_options& options, const malformed_line& failed) {
  return error(error_kind::malformed,
               "stream '" + options.stream + "', line " + std::to_string(failed.line) + ": " + failed.reason,
               {.offset = 0, .line = static_cast<std::size_t>(failed.line), .column = 1});
}

std::unique_ptr<json_lines_reader> open_json_lines(json_lines_options options, std::span<const field_descriptor> fields,
                                                   std::size_t row_size, const row_buffer& prototype) {
  if (options.stream.empty()) options.stream = stream_name(options.path);
  if (options.decoders == 0) return std::make_unique<reader_in_place>(std::move(options), fields, row_size);
  return make_reader_ahead(std::move(options), fields, row_size, prototype);
}

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// oriel/io/json_lines.hpp - a source of events from JSON Lines: one object per line.
//
// The struct is the schema. A member takes the value of the key with its name, a member
// that is itself a described struct takes a nested object, a `std::vector` an array, and
// `paths` says where else a member's value stands. A key no member asks for is skipped,
// but the line must be valid JSON from end to end all the same: what this source lets
// through, every JSON parser accepts.
//
//   member                    accepts
//   bool                      true, false
//   integer                   a number without fraction or exponent, in the member's range
//   double, float             any number
//   string                    a string
//   timestamp                 a whole number (epoch ms), or a string as in core/time.hpp
//   std::optional of those    the same, null, or no key at all
//   struct                    an object
//   std::vector               an array
//
// A line that is anything else is malformed: it becomes a dead letter with its number and
// the reason, and the run goes on. A key that occurs twice counts the last time. Lines end
// with LF or CRLF; blank ones are skipped; a byte order mark before the first is ignored.
//
// The input is read block by block and may be a pipe. Strings without escapes are views
// into the block, so decoding a row allocates nothing; memory is a block (a longer line
// makes it grow, up to `max_line`) per batch in flight, whatever the size of the file.
//
// This header only ties your type to its field table (core/fields.hpp). The decoder is
// compiled once, in src/io, and never sees the type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <oriel/core/export.hpp>
#include <oriel/core/fields.hpp>
#include <oriel/flow/source.hpp>

namespace oriel {

/// A member whose value does not stand under the member's name: `{"device", "attrs.device"}`.
/// Dots in `path` lead into nested objects.
struct json_path {
  std::string member;
  std::string path;
};

namespace detail {

/// What `json_lines` says, without the type.
struct json_lines_options {
  std::string path;
  std::string stream;
  std::vector<json_path> paths;
  on_malformed malformed = on_malformed::dead_letter;
  std::size_t block_size = 0;
  std::size_t max_line = 0;
  unsigned decoders = 0;
};

/// Rows of a type only the other side of this interface knows.
class row_buffer {
 public:
  row_buffer() = default;
  row_buffer(const row_buffer&) = delete;
  row_buffer& operator=(const row_buffer&) = delete;
  virtual ~row_buffer() = default;

  virtual std::unique_ptr<row_buffer> make_empty() const = 0;  ///< another one of the same type
  virtual std::size_t size() const noexcept = 0;
  virtual void* resize(std::size_t count) = 0;        ///< the address of the first row
  virtual void swap(row_buffer& other) noexcept = 0;  ///< exchanges rows with one of the same type
  virtual void move_from(row_buffer& other, std::size_t first, std::size_t count) = 0;  ///< becomes part of another
  virtual const char* check(const void* row) const = 0;  ///< why the row is refused, or nullptr
  virtual void number(void* row, std::int64_t line) const = 0;  ///< tells the row which line it was
  virtual void renumber(std::int64_t by) = 0;                   ///< all rows are so many lines further on
};

template <typename T>
class row_buffer_of final : public row_buffer {
 public:
  using check_function = const char* (*)(const T&);
  using line_member = std::int64_t T::*;

  row_buffer_of(check_function refuse, line_member line) : check_(refuse), line_(line) {}

  std::unique_ptr<row_buffer> make_empty() const override { return std::make_unique<row_buffer_of>(check_, line_); }
  std::size_t size() const noexcept override { return rows.size(); }
  void* resize(std::size_t count) override {
    rows.resize(count);
    return rows.data();
  }
  void swap(row_buffer& other) noexcept override { rows.swap(static_cast<row_buffer_of&>(other).rows); }
  void move_from(row_buffer& other, std::size_t first, std::size_t count) override {
    const auto from = static_cast<row_buffer_of&>(other).rows.begin() + static_cast<std::ptrdiff_t>(first);
    rows.assign(std::make_move_iterator(from), std::make_move_iterator(from + static_cast<std::ptrdiff_t>(count)));
  }
  const char* check(const void* row) const override {
    return check_ == nullptr ? nullptr : check_(*static_cast<const T*>(row));
  }

  void number(void* row, std::int64_t line) const override {
    if (line_ != nullptr) static_cast<T*>(row)->*line_ = line;
  }
  void renumber(std::int64_t by) override {
    if (line_ == nullptr || by == 0) return;
    for (T& row : rows) row.*line_ += by;
  }

  std::vector<T> rows;

 private:
  check_function check_;
  line_member line_;
};

/// What comes with the rows of a read.
struct decoded_lines {
  arena& bytes;
  std::uint64_t& malformed;
  std::vector<dead_letter>& rejected;
};

/// The compiled part: reads, splits and decodes lines into rows described by a field table.
class json_lines_reader {
 public:
  virtual ~json_lines_reader() = default;
  virtual source_state read(row_buffer& rows, std::size_t most, decoded_lines out) = 0;
  virtual source_progress progress() const = 0;
};

/// Errors: throws `error{unavailable}` when the file cannot be opened, `error{invalid}` when
/// `paths` does not fit the fields.
ORIEL_EXPORT std::unique_ptr<json_lines_reader> open_json_lines(json_lines_options options,
                                                                std::span<const field_descriptor> fields,
                                                                std::size_t row_size, const row_buffer& prototype);

template <has_fields T>
class json_lines_source final : public source<T> {
 public:
  json_lines_source(json_lines_options options, typename row_buffer_of<T>::check_function check,
                    typename row_buffer_of<T>::line_member line)
      : buffer_(check, line), reader_(open_json_lines(std::move(options), fields_of<T>(), sizeof(T), buffer_)) {}

  source_state read(source_batch<T>& out, std::size_t most) override {
    out.bytes.clear();
    out.malformed = 0;
    out.rejected.clear();
    if (most == 0) {
      out.rows.clear();
      return source_state::ready;
    }
    buffer_.rows.swap(out.rows);  // rows are overwritten in place: their lists keep their capacity
    const source_state state = reader_->read(buffer_, most, {out.bytes, out.malformed, out.rejected});
    buffer_.rows.swap(out.rows);
    return state;
  }

  source_progress progress() const override { return reader_->progress(); }

 private:
  row_buffer_of<T> buffer_;
  std::unique_ptr<json_lines_reader> reader_;
};

}  // namespace detail

/// A source of events from a file of JSON Lines, a pipe, or standard input.
///
/// A pipe that has nothing to offer makes `read` return `waiting` after a short wait.
/// Memory: `block_size`, or the longest line up to `max_line`; with decoders, a few of those each.
/// Threads: none of its own unless `decoders` asks for them; the rows are the same and in the same order.
/// Errors: `open` and `read` throw `error{unavailable}` when the file cannot be read, and `open`
/// throws `error{invalid}` when `paths` names no member.
///
///     p.from(json_lines<ad_event>{.path = "ads.jsonl", .paths = {{"device", "attrs.device"}}});
template <has_fields T>
struct json_lines {
  using event_type = T;

  std::string path = {};    ///< the file; "-" is standard input
  std::string stream = {};  ///< its name in dead letters; default: the file's name without directory and ending
  std::vector<json_path> paths = {};  ///< members whose values stand elsewhere
  on_malformed malformed = on_malformed::dead_letter;
  std::size_t block_size = std::size_t{1} << 18;  ///< bytes read at once; small ones only serve tests
  std::size_t max_line = std::size_t{16} << 20;   ///< a longer line is malformed
  unsigned decoders = 0;                          ///< threads that decode ahead; 0 decodes in the caller's
  const char* (*check)(const T&) = nullptr;       ///< why a decoded event is malformed after all, or nullptr
  std::int64_t T::*line = nullptr;                ///< a member told the number of its line, counted from 0

  std::unique_ptr<source<T>> open() const {
    return std::make_unique<detail::json_lines_source<T>>(
        detail::json_lines_options{path, stream, paths, malformed, block_size, max_line, decoders}, check, line);
  }
};

}  // namespace oriel

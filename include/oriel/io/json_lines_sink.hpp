// SPDX-License-Identifier: Apache-2.0
// oriel/io/json_lines_sink.hpp - rows written as JSON Lines: one object per line.
//
// What json_lines.hpp reads, this writes: strings escaped, lists as arrays, structs as
// objects, absent optionals as null, times as epoch milliseconds, doubles as the shortest
// text that reads back equal. The output is always valid JSON: bytes that are not UTF-8
// become U+FFFD, and a double that is not a number or infinite becomes null.
//
// As for the source, one compiled writer works on the field table of the row type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <oriel/core/export.hpp>
#include <oriel/core/fields.hpp>
#include <oriel/flow/sink.hpp>

namespace oriel {

/// How times are written.
enum class json_times : std::uint8_t {
  epoch_ms,  ///< 1761127200123
  iso_8601,  ///< "2025-10-22T10:00:00.123Z"
  no_zone,   ///< "2025-10-22T10:00:00.123000": in UTC without saying so, as many Python programs do
};

namespace detail {

ORIEL_EXPORT void append_json_object(const void* row, std::span<const field_descriptor> fields, json_times times,
                                     std::string& out);
ORIEL_EXPORT void append_json_string(std::string_view text, std::string& out);

/// A file, standard output or a function, with a buffer before it.
class ORIEL_EXPORT line_output {
 public:
  line_output(std::string path, std::function<void(std::string_view)> write);  ///< throws `error{unavailable}`
  line_output(const line_output&) = delete;
  line_output& operator=(const line_output&) = delete;
  ~line_output();

  std::string& buffer() noexcept { return buffer_; }
  bool is_full() const noexcept { return buffer_.size() >= buffer_size; }
  void flush();   ///< hands on what is in the buffer
  void finish();  ///< flushes and closes

 private:
  static constexpr std::size_t buffer_size = std::size_t{1} << 18;
  [[noreturn]] void fail(int code) const;

  std::string path_;
  std::function<void(std::string_view)> write_;
  std::string buffer_;
  int file_ = -1;
};

template <has_fields T>
class json_lines_writer final : public sink<T> {
 public:
  json_lines_writer(std::string path, std::function<void(std::string_view)> write, json_times times)
      : output_(std::move(path), std::move(write)), times_(times) {}

  void write(const batch_view<T>& batch) override {
    for (const T& row : batch.rows) {
      append_json_object(&row, fields_of<T>(), times_, output_.buffer());
      output_.buffer() += '\n';
      if (output_.is_full()) output_.flush();
    }
    output_.flush();
  }
  void finish() override { output_.finish(); }

 private:
  line_output output_;
  json_times times_;
};

}  // namespace detail

/// Appends `row` to `out` as one JSON object, fields in declaration order, without a newline.
template <has_fields T>
void to_json(const T& row, std::string& out, json_times times = json_times::epoch_ms) {
  detail::append_json_object(&row, fields_of<T>(), times, out);
}

/// A sink that writes each row as a line of JSON.
///
/// Lines reach the file at the end of each batch. An existing file is replaced.
/// Errors: `open`, `write` and `finish` throw `error{unavailable}` when the file cannot be written.
///
///     json_lines_sink{.path = "clicks.jsonl"}.open<click>()->write(batch);
struct json_lines_sink {
  std::string path = {};                             ///< the file; "-" is standard output
  std::function<void(std::string_view)> write = {};  ///< instead of a path: receives whole lines
  json_times times = json_times::epoch_ms;

  template <has_fields T>
  std::unique_ptr<sink<T>> open() const {
    return std::make_unique<detail::json_lines_writer<T>>(path, write, times);
  }
};

}  // namespace oriel

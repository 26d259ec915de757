// SPDX-License-Identifier: Apache-2.0
// src/io/json_write.cpp - rows as JSON, and the output they go to.
#include <oriel/io/json_lines_sink.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <system_error>
#include <utility>

#include <oriel/core/error.hpp>

#include "io/json_text.hpp"

namespace oriel::detail {
namespace {

template <typename Number>
void append_number(Number value, std::string& out) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.append(text, end);
}

template <typename Float>
void append_float(Float value, std::string& out) {
  if (std::isfinite(value)) {
    append_number(value, out);
  } else {
    out += "null";  // JSON has no word for it
  }
}

template <typename T>
const T& as(const void* member) noexcept {
  return *static_cast<const T*>(member);
}

void append_value(const field_descriptor& field, const void* member, json_times times, std::string& out);

void append_list(const field_descriptor& field, const void* list, json_times times, std::string& out) {
  out += '[';
  const std::size_t size = field.size(list);
  for (std::size_t i = 0; i < size; ++i) {
    if (i != 0) out += ',';
    append_value(*field.element, field.at(list, i), times, out);
  }
  out += ']';
}

void append_time(timestamp time, json_times times, std::string& out) {
  if (times == json_times::epoch_ms) {
    append_number(to_ms(time), out);
    return;
  }
  std::string text = format_timestamp(time);
  if (times == json_times::no_zone) {
    text.pop_back();  // Z
    text.append(text.find('.') == std::string::npos ? ".000000" : "000");
  }
  out.append(1, '"').append(text).append(1, '"');
}

void append_value(const field_descriptor& field, const void* member, json_times times, std::string& out) {
  if (field.nullable) {
    member = field.held(member);
    if (member == nullptr) {
      out += "null";
      return;
    }
  }
  switch (field.type) {
    case field_type::boolean: out += as<bool>(member) ? "true" : "false"; return;
    case field_type::int8: append_number(int{as<std::int8_t>(member)}, out); return;
    case field_type::int16: append_number(as<std::int16_t>(member), out); return;
    case field_type::int32: append_number(as<std::int32_t>(member), out); return;
    case field_type::int64: append_number(as<std::int64_t>(member), out); return;
    case field_type::uint8: append_number(int{as<std::uint8_t>(member)}, out); return;
    case field_type::uint16: append_number(as<std::uint16_t>(member), out); return;
    case field_type::uint32: append_number(as<std::uint32_t>(member), out); return;
    case field_type::uint64: append_number(as<std::uint64_t>(member), out); return;
    case field_type::float32: append_float(as<float>(member), out); return;
    case field_type::float64: append_float(as<double>(member), out); return;
    case field_type::text_view: append_json_string(as<std::string_view>(member), out); return;
    case field_type::text: append_json_string(as<std::string>(member), out); return;
    case field_type::time: append_time(as<timestamp>(member), times, out); return;
    case field_type::structure: append_json_object(member, field.fields, times, out); return;
    case field_type::list: append_list(field, member, times, out); return;
  }
}

/// The length of the valid UTF-8 character at the front of `text`, or 0.
std::size_t utf8_character(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return size <= text.size() && is_utf8(text.data(), text.data() + size) ? size : 0;
}

/// How many bytes one U+FFFD stands for at the front of `text`: the longest beginning of a character that could still
/// have become one, as the Unicode standard recommends.
std::size_t broken_character(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  const unsigned char lead = byte(0);
  if (lead < 0xE0 || lead > 0xF4 || !continues(1)) return 1;
  const unsigned char second = byte(1);
  const bool possible = lead == 0xE0   ? second >= 0xA0
                        : lead == 0xED ? second < 0xA0
                        : lead == 0xF0 ? second >= 0x90
                        : lead == 0xF4 ? second < 0x90
                                       : true;
  if (!possible) return 1;
  return lead >= 0xF0 && continues(2) ? 3 : 2;
}

void append_escaped(char c, std::string& out) {
  static constexpr char digits[] = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  out += "\\u00";
  out += digits[(c >> 4) & 0xF];
  out += digits[c & 0xF];
}

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
  bool high = false;
  for (const char c : text) high |= static_cast<unsigned char>(c) > 127;
  const bool sound = !high || is_utf8(text.data(), text.data() + text.size());
  out += '"';
  std::size_t plain = 0;  // what stands before has been written
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c > 127 && !sound) {
      const std::size_t good = utf8_character(text.substr(i));
      if (good == 0) {
        out.append(text, plain, i - plain).append("\xEF\xBF\xBD");
        plain = i += broken_character(text.substr(i));
      } else {
        i += good;
      }
    } else if (c < 0x20 || c == '"' || c == '\\') {
      out.append(text, plain, i - plain);
      append_escaped(text[i], out);
      plain = ++i;
    } else {
      ++i;
    }
  }
  out.append(text, plain);
  out += '"';
}

void append_json_object(const void* row, std::span<const field_descriptor> fields, json_times times, std::string& out) {
  out += '{';
  bool first = true;
  for (const field_descriptor& field : fields) {
    if (!first) out += ',';
    first = false;
    append_json_string(field.name, out);
    out += ':';
    append_value(field, static_cast<const char*>(row) + field.offset, times, out);
  }
  out += '}';
}

line_output::line_output(std::string path, std::function<void(std::string_view)> write)
    : path_(std::move(path)), write_(std::move(write)) {
  if (write_) return;
  if (path_.empty()) {
    throw error(error_kind::invalid, "json_lines_sink: nowhere to write to; set .path, or .write to a function");
  }
  if (path_ == "-") {
    file_ = STDOUT_FILENO;
    return;
  }
  do {
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  } while (file_ < 0 && errno == EINTR);
  if (file_ < 0) fail(errno);
}

line_output::~line_output() {
  if (file_ >= 0 && file_ != STDOUT_FILENO) ::close(file_);
}

void line_output::flush() {
  if (write_) {
    if (!buffer_.empty()) write_(buffer_);
    buffer_.clear();
    return;
  }
  std::string_view left = buffer_;
  while (!left.empty()) {
    const ssize_t count = ::write(file_, left.data(), left.size());
    if (count >= 0) {
      left.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd waited{file_, POLLOUT, 0};
      ::poll(&waited, 1, -1);
    } else if (errno != EINTR) {
      fail(errno);
    }
  }
  buffer_.clear();
}

void line_output::finish() {
  flush();
  if (file_ < 0 || file_ == STDOUT_FILENO) return;
  const int closed = ::close(std::exchange(file_, -1));
  if (closed != 0 && errno != EINTR) fail(errno);
}

void line_output::fail(int code) const {
  const std::string name = path_ == "-" ? "standard output" : "'" + path_ + "'";
  throw error(error_kind::unavailable, "json_lines_sink: cannot write " + name + ": " +
                                           std::generic_category().message(code) +
                                           "; free the disk or give the path of a file that can be written");
}

}  // namespace oriel::detail

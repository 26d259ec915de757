// SPDX-License-Identifier: Apache-2.0
// src/io/json_text.cpp - the less travelled half of json_text.hpp.
#include "io/json_text.hpp"

#include <charconv>
#include <system_error>

#include <simdjson.h>

namespace oriel::detail {
namespace {

/// The value of four hexadecimal digits, or a number above 0xFFFF when they are not.
std::uint32_t read_hex4(const char* p) noexcept {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {  // stops at a newline: it is no digit
    const char c = p[i];
    const auto lower = static_cast<char>(c | 0x20);
    if (is_digit(c)) {
      value = value * 16 + static_cast<std::uint32_t>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      value = value * 16 + static_cast<std::uint32_t>(lower - 'a' + 10);
    } else {
      return 0x10000;
    }
  }
  return value;
}

/// Writes a code point as UTF-8 and returns the place behind it.
char* write_utf8(char* out, std::uint32_t code) noexcept {
  if (code < 0x80) {
    *out++ = static_cast<char>(code);
  } else if (code < 0x800) {
    *out++ = static_cast<char>(0xC0 | (code >> 6));
    *out++ = static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    *out++ = static_cast<char>(0xE0 | (code >> 12));
    *out++ = static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    *out++ = static_cast<char>(0x80 | (code & 0x3F));
  } else {
    *out++ = static_cast<char>(0xF0 | (code >> 18));
    *out++ = static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    *out++ = static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    *out++ = static_cast<char>(0x80 | (code & 0x3F));
  }
  return out;
}

/// Reads the escape `p` stands on: its code point, and the place behind it.
const char* read_escape(const char* p, std::uint32_t& code, json_fault& fault) noexcept {
  const char* const start = p;
  switch (p[1]) {
    case '"':
    case '\\':
    case '/': code = static_cast<unsigned char>(p[1]); return p + 2;
    case 'b': code = '\b'; return p + 2;
    case 'f': code = '\f'; return p + 2;
    case 'n': code = '\n'; return p + 2;
    case 'r': code = '\r'; return p + 2;
    case 't': code = '\t'; return p + 2;
    case 'u': break;
    default: return fault(start, "an unknown escape in a string");
  }
  code = read_hex4(p + 2);
  if (code > 0xFFFF) return fault(start, "\\u needs four hexadecimal digits");
  p += 6;
  if (code < 0xD800 || code > 0xDFFF) return p;
  if (code > 0xDBFF || p[0] != '\\' || p[1] != 'u') return fault(start, "half of a surrogate pair");
  const std::uint32_t low = read_hex4(p + 2);
  if (low < 0xDC00 || low > 0xDFFF) return fault(start, "half of a surrogate pair");
  code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  return p + 6;
}

/// Replaces the escapes in [first, last), which are known to be good.
std::string_view unescape(const char* first, const char* last, arena& bytes) {
  char* const begin = bytes.reserve(static_cast<std::size_t>(last - first));  // no escape is shorter than its meaning
  char* out = begin;
  json_fault none;
  while (first < last) {
    if (*first == '\\') {
      std::uint32_t code = 0;
      first = read_escape(first, code, none);
      out = write_utf8(out, code);
    } else {
      *out++ = *first++;
    }
  }
  const auto size = static_cast<std::size_t>(out - begin);
  bytes.commit(size);
  return {begin, size};
}

template <typename Float>
bool parse_float(const json_number& number, Float& value) noexcept {
  const auto [end, failed] = std::from_chars(number.first, number.last, value);
  if (failed == std::errc{}) return true;
  // Too large or too small. A number is small when its first digit stands behind the point; the
  // exponent counts from the last digit.
  const char* p = number.first + (number.negative ? 1 : 0);
  std::ptrdiff_t digits = 0;
  for (; p < number.last && (is_digit(*p) || *p == '.'); ++p) {
    if (*p != '.' && (digits > 0 || *p != '0')) ++digits;
  }
  if (number.exponent + digits > 0) return false;
  value = number.negative ? -Float{0} : Float{0};
  return true;
}

}  // namespace

bool is_utf8(const char* first, const char* last) noexcept {
  return simdjson::validate_utf8(first, static_cast<std::size_t>(last - first));
}

const char* read_difficult_string(const char* first, arena* bytes, std::string_view& text, json_fault& fault) {
  bool high = false;
  bool escaped = false;
  const char* last = scan_string(first, high);
  while (*last != '"') {
    if (*last == '\n') return fault(first - 1, "a string without an end");
    if (*last != '\\') return fault(last, "a control character in a string");
    std::uint32_t code = 0;
    const char* const behind = read_escape(last, code, fault);
    if (behind == nullptr) return nullptr;
    escaped = true;
    last = scan_string(behind, high);
  }
  if (high && !is_utf8(first, last)) return fault(first, "a string that is not UTF-8");
  if (bytes != nullptr) {
    text = escaped ? unescape(first, last, *bytes) : std::string_view{first, static_cast<std::size_t>(last - first)};
  }
  return last + 1;
}

const char* read_exponent(const char* p, json_number& number, json_fault& fault) noexcept {
  constexpr int far = 1'000'000;  // exponents beyond are all alike
  ++p;
  const bool down = *p == '-';
  if (*p == '-' || *p == '+') ++p;
  const char* const first = p;
  int exponent = 0;
  for (; is_digit(*p); ++p) {
    if (exponent < far) exponent = exponent * 10 + (*p - '0');
  }
  if (p == first) return fault(p, "expected a digit in the exponent");
  number.exponent += down ? -exponent : exponent;
  number.integral = false;
  return p;
}

bool to_double_slowly(const json_number& number, double& value) noexcept { return parse_float(number, value); }

bool to_float(const json_number& number, float& value) noexcept { return parse_float(number, value); }

const char* skip_value(const char* p, json_fault& fault, int depth) {
  switch (*p) {
    case '"': {
      std::string_view text;
      return read_string(p, nullptr, text, fault);
    }
    case 't': return std::memcmp(p, "true", 4) == 0 ? p + 4 : fault(p, "expected a value");
    case 'f': return std::memcmp(p, "false", 5) == 0 ? p + 5 : fault(p, "expected a value");
    case 'n': return std::memcmp(p, "null", 4) == 0 ? p + 4 : fault(p, "expected a value");
    case '{':
    case '[': break;
    default:
      if (*p != '-' && !is_digit(*p)) return fault(p, "expected a value");
      return skip_number(p, fault);
  }

  if (depth == json_max_depth) return fault(p, "objects and arrays too deep in each other");
  const bool object = *p == '{';
  const char close = object ? '}' : ']';
  p = skip_space(p + 1);
  if (*p == close) return p + 1;
  for (;; p = skip_space(p + 1)) {
    if (object) {
      if (*p != '"') return fault(p, "expected a key");
      std::string_view key;
      p = read_string(p, nullptr, key, fault);
      if (p == nullptr) return nullptr;
      p = skip_space(p);
      if (*p != ':') return fault(p, "expected ':'");
      p = skip_space(p + 1);
    }
    p = skip_value(p, fault, depth + 1);
    if (p == nullptr) return nullptr;
    p = skip_space(p);
    if (*p == close) return p + 1;
    if (*p != ',') return fault(p, object ? "expected ',' or '}'" : "expected ',' or ']'");
  }
}

}  // namespace oriel::detail

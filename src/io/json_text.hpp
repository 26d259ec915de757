// SPDX-License-Identifier: Apache-2.0
// src/io/json_text.hpp - the tokens of JSON, read from a line in place.
//
// Every function here reads forward from a pointer and returns where it stopped, or
// nullptr and a fault. None of them looks for an end first: the text is followed by a
// newline, which no JSON token may contain, and by `json_padding` readable bytes, so
// that a scan stops at the newline by itself and may look at 16 bytes at a time.
//
// UTF-8 is validated where a byte above 127 is seen inside a string; anywhere else such
// a byte is not JSON anyway.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

#include <oriel/core/arena.hpp>

#if defined(__SSE2__) && !defined(ORIEL_IO_NO_SIMD)
#define ORIEL_IO_SSE2 1
#include <emmintrin.h>
#else
#define ORIEL_IO_SSE2 0
#endif

namespace oriel::detail {

/// Bytes behind the final newline that must be readable; their values do not matter.
inline constexpr std::size_t json_padding = 64;

/// How deep objects and arrays may stand in each other in values that are skipped.
inline constexpr int json_max_depth = 1000;

/// Why a text is not JSON, and where it stops being it.
struct json_fault {
  const char* at = nullptr;
  const char* what = nullptr;

  const char* operator()(const char* place, const char* reason) noexcept {
    at = place;
    what = reason;
    return nullptr;
  }
};

/// A number as it stands in the text.
struct json_number {
  std::uint64_t digits = 0;  ///< all digits as one integer; meaningful when `exact`
  int exponent = 0;          ///< value = digits * 10^exponent
  bool negative = false;
  bool integral = true;  ///< neither fraction nor exponent is written
  bool exact = true;     ///< `digits` did not overflow
  const char* first = nullptr;
  const char* last = nullptr;
};

inline bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\r'; }

inline const char* skip_space(const char* p) noexcept {
  if (static_cast<unsigned char>(*p) > ' ') return p;
  while (is_space(*p)) ++p;
  return p;
}

inline unsigned lowest_bit(unsigned bits) noexcept { return static_cast<unsigned>(__builtin_ctz(bits)); }
inline unsigned lowest_bit(std::uint64_t bits) noexcept { return static_cast<unsigned>(__builtin_ctzll(bits)); }

/// The next quote, backslash or control character at or after `p`; `high` is set when a byte above 127 comes before.
inline const char* scan_string(const char* p, bool& high) noexcept {
#if ORIEL_IO_SSE2
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i control = _mm_set1_epi8(0x1f);
  for (;; p += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i stops = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                                       _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes));
    const auto stop = static_cast<unsigned>(_mm_movemask_epi8(stops));
    const auto above = static_cast<unsigned>(_mm_movemask_epi8(bytes));
    if (stop != 0) {
      high |= (above & ((stop & (0u - stop)) - 1)) != 0;  // only bytes before the first stop count
      return p + lowest_bit(stop);
    }
    high |= above != 0;
  }
#else
  for (;; ++p) {
    const auto c = static_cast<unsigned char>(*p);
    if (c == '"' || c == '\\' || c < 0x20) return p;
    high |= c > 127;
  }
#endif
}

bool is_utf8(const char* first, const char* last) noexcept;

/// Reads on a string with escapes or non-ASCII text (`first` is behind the opening quote). Its text goes to `bytes`
/// when it has escapes and is a view of the input when not; with `bytes == nullptr` it is only checked.
/// Returns the place behind the closing quote.
const char* read_difficult_string(const char* first, arena* bytes, std::string_view& text, json_fault& fault);

/// Reads a string; `p` stands on the opening quote.
inline const char* read_string(const char* p, arena* bytes, std::string_view& text, json_fault& fault) {
  const char* const first = p + 1;
  bool high = false;
  const char* const last = scan_string(first, high);
  if (*last != '"' || high) return read_difficult_string(first, bytes, text, fault);
  text = {first, static_cast<std::size_t>(last - first)};
  return last + 1;
}

inline bool is_digit(char c) noexcept { return static_cast<unsigned>(static_cast<unsigned char>(c)) - '0' <= 9; }

/// Reads the digits at `p` on to what is in `digits`; eight at a time where there are as many.
inline const char* read_digits(const char* p, std::uint64_t& digits) noexcept {
  std::uint64_t value = digits;
#if ORIEL_IO_SSE2  // little-endian
  for (;;) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, p, sizeof eight);
    const std::uint64_t sixes = eight + 0x0606060606060606u;  // carries into the high half for all above '9'
    if (((eight & 0xF0F0F0F0F0F0F0F0u) | ((sixes & 0xF0F0F0F0F0F0F0F0u) >> 4)) != 0x3333333333333333u) break;
    eight = (eight & 0x0F0F0F0F0F0F0F0Fu) * 2561 >> 8;
    eight = (eight & 0x00FF00FF00FF00FFu) * 6553601 >> 16;
    eight = (eight & 0x0000FFFF0000FFFFu) * 42949672960001 >> 32;
    value = value * 100'000'000 + eight;
    p += 8;
  }
#endif
  while (is_digit(*p)) value = value * 10 + static_cast<std::uint64_t>(*p++ - '0');
  digits = value;
  return p;
}

/// The place behind the digits at `p`.
inline const char* skip_digits(const char* p) noexcept {
#if ORIEL_IO_SSE2
  const __m128i nine = _mm_set1_epi8(9);
  for (;; p += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i digits = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
    const auto are = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(digits, nine), digits)));
    if (are != 0xFFFF) return p + lowest_bit(~are);
  }
#else
  while (is_digit(*p)) ++p;
  return p;
#endif
}

/// Reads the exponent of a number; `p` stands on its 'e'.
const char* read_exponent(const char* p, json_number& number, json_fault& fault) noexcept;

/// Reads a number without keeping it; otherwise as below.
inline const char* skip_number(const char* p, json_fault& fault) noexcept {
  const char* const first = p + (*p == '-' ? 1 : 0);
  p = skip_digits(first);
  if (p == first) return fault(p, "expected a digit");
  if (*first == '0' && p - first > 1) return fault(first, "a number does not begin with 0");
  if (*p == '.') {
    const char* const behind = p + 1;
    p = skip_digits(behind);
    if (p == behind) return fault(p, "expected a digit behind the point");
  }
  if ((*p | 0x20) != 'e') return p;
  json_number number;
  return read_exponent(p, number, fault);
}

/// Reads a number; `p` stands on its sign or first digit.
inline const char* read_number(const char* p, json_number& number, json_fault& fault) noexcept {
  constexpr std::ptrdiff_t safe_digits = 19;  // 10^19 - 1 < 2^64
  number.first = p;
  number.negative = *p == '-';
  p += number.negative ? 1 : 0;
  const char* const first = p;
  std::uint64_t digits = 0;
  p = read_digits(p, digits);
  std::ptrdiff_t count = p - first;
  if (count == 0) return fault(p, "expected a digit");
  if (*first == '0' && count > 1) return fault(first, "a number does not begin with 0");
  number.exponent = 0;
  number.integral = true;
  if (*p == '.') {
    const char* const point = p++;
    p = read_digits(p, digits);
    const std::ptrdiff_t behind = p - point - 1;
    if (behind == 0) return fault(p, "expected a digit behind the point");
    count += behind;
    number.exponent = -static_cast<int>(behind);  // a line is far shorter than 2^31
    number.integral = false;
  }
  number.digits = digits;
  number.exact = count <= safe_digits;
  if ((*p | 0x20) == 'e') {
    p = read_exponent(p, number, fault);
    if (p == nullptr) return nullptr;
  }
  number.last = p;
  return p;
}

/// The value nearest to a number that is not simple. False when it is beyond the range of the type.
bool to_double_slowly(const json_number& number, double& value) noexcept;
bool to_float(const json_number& number, float& value) noexcept;

/// The value nearest to a number. False when it is beyond the range of double.
inline bool to_double(const json_number& number, double& value) noexcept {
  // Both the digits and the power are exact doubles, so the one operation between them rounds
  // correctly (Clinger 1990).
  static constexpr double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  constexpr int most = 22;
  constexpr std::uint64_t exact_integers = std::uint64_t{1} << std::numeric_limits<double>::digits;
  if (!number.exact || number.digits > exact_integers || number.exponent < -most || number.exponent > most) {
    return to_double_slowly(number, value);
  }
  const auto digits = static_cast<double>(number.digits);
  const double magnitude = number.exponent < 0 ? digits / powers[-number.exponent] : digits * powers[number.exponent];
  value = number.negative ? -magnitude : magnitude;
  return true;
}

/// Reads any value without keeping it.
const char* skip_value(const char* p, json_fault& fault, int depth = 0);

}  // namespace oriel::detail

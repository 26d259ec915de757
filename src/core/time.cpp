// SPDX-License-Identifier: Apache-2.0
// src/core/time.cpp - timestamps and durations as text.
//
// The calendar is the proleptic Gregorian one, without leap seconds. Days are counted
// with the year beginning in March, so that the leap day is the last of its year and
// the lengths of the months follow a straight line (Hinnant, "chrono-Compatible
// Low-Level Date Algorithms"). Decoders call `parse_timestamp` once per event, so it
// reads the common shape with one bounds check and gathers faults in a flag.
#include <oriel/core/time.hpp>

#include <cstddef>

namespace oriel {
namespace {

constexpr std::int64_t ms_per_second = 1000;
constexpr std::int64_t ms_per_minute = 60 * ms_per_second;
constexpr std::int64_t ms_per_hour = 60 * ms_per_minute;
constexpr std::int64_t ms_per_day = 24 * ms_per_hour;
constexpr std::int64_t days_per_era = 146'097;  // 400 years
constexpr std::int64_t epoch_day = 719'468;     // days from 0000-03-01 to 1970-01-01

constexpr unsigned digit(char c) noexcept { return static_cast<unsigned>(static_cast<unsigned char>(c)) - '0'; }

/// The number in two digits; `bad` is set when they are not digits.
unsigned two_digits(const char* at, bool& bad) noexcept {
  const unsigned tens = digit(at[0]);
  const unsigned ones = digit(at[1]);
  bad |= (tens > 9) | (ones > 9);
  return tens * 10 + ones;
}

constexpr unsigned days_in_month(unsigned year, unsigned month) noexcept {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return 30 + ((month + (month >> 3)) & 1);  // July and August both have 31
}

/// Days since 1970 of a date that exists, years 0 to 9999.
constexpr std::int64_t days_since_epoch(unsigned year, unsigned month, unsigned day) noexcept {
  const unsigned y = year + 400 - (month <= 2 ? 1 : 0);  // one era up: never negative
  const unsigned from_march = month > 2 ? month - 3 : month + 9;
  const unsigned day_of_year = (153 * from_march + 2) / 5 + day - 1;
  const unsigned days = y * 365 + y / 4 - y / 100 + y / 400 + day_of_year;
  return static_cast<std::int64_t>(days) - days_per_era - epoch_day;
}
static_assert(days_since_epoch(1970, 1, 1) == 0 && days_since_epoch(2000, 2, 29) == 11'016);
static_assert(days_since_epoch(0, 1, 1) == -719'528 && days_since_epoch(9999, 12, 31) == 2'932'896);

/// Reads a zone that takes up all of `text`: milliseconds east of UTC.
std::optional<std::int64_t> parse_zone(std::string_view text) noexcept {
  if (text.size() == 1) return text[0] == 'Z' || text[0] == 'z' ? std::optional<std::int64_t>{0} : std::nullopt;
  if (text.size() != 3 && text.size() != 5 && text.size() != 6) return std::nullopt;
  if (text[0] != '+' && text[0] != '-') return std::nullopt;
  if (text.size() == 6 && text[3] != ':') return std::nullopt;
  bool bad = false;
  const unsigned hours = two_digits(text.data() + 1, bad);
  const unsigned minutes = text.size() == 3 ? 0 : two_digits(text.data() + text.size() - 2, bad);
  if (bad || hours > 23 || minutes > 59) return std::nullopt;
  const std::int64_t east = hours * ms_per_hour + minutes * ms_per_minute;
  return text[0] == '-' ? -east : east;
}

/// Writes `value` with at least `width` digits.
void append_number(std::string& out, std::uint64_t value, std::size_t width) {
  char digits[20];
  std::size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  if (count < width) out.append(width - count, '0');
  while (count > 0) out += digits[--count];
}

}  // namespace

std::optional<timestamp> parse_timestamp(std::string_view text) noexcept {
  constexpr std::size_t date_size = 10;  // 2025-10-22
  constexpr std::size_t hour_size = 16;  // 2025-10-22T10:00
  if (text.size() < date_size) return std::nullopt;
  const char* const p = text.data();

  bool bad = (p[4] != '-') | (p[7] != '-');
  const unsigned century = two_digits(p, bad);
  const unsigned year = century * 100 + two_digits(p + 2, bad);
  const unsigned month = two_digits(p + 5, bad);
  const unsigned day = two_digits(p + 8, bad);
  if (bad || month - 1 > 11 || day - 1 > 30) return std::nullopt;
  if (day > 28 && day > days_in_month(year, month)) return std::nullopt;
  std::int64_t ms = days_since_epoch(year, month, day) * ms_per_day;
  if (text.size() == date_size) return at_ms(ms);

  if (text.size() < hour_size) return std::nullopt;
  bad = ((p[10] != 'T') & (p[10] != 't') & (p[10] != ' ')) | (p[13] != ':');
  const unsigned hours = two_digits(p + 11, bad);
  const unsigned minutes = two_digits(p + 14, bad);
  if (bad || hours > 24 || minutes > 59) return std::nullopt;
  std::int64_t in_day = hours * ms_per_hour + minutes * ms_per_minute;

  std::size_t at = hour_size;
  bool finer = false;  // a digit below the millisecond is not zero
  if (at < text.size() && p[at] == ':') {
    if (text.size() < at + 3) return std::nullopt;
    const unsigned seconds = two_digits(p + at + 1, bad);
    if (bad || seconds > 59) return std::nullopt;
    in_day += seconds * ms_per_second;
    at += 3;
    if (at < text.size() && p[at] == '.') {
      const std::size_t first = ++at;
      for (unsigned weight = 100; at < text.size() && digit(p[at]) <= 9; ++at, weight /= 10) {
        in_day += digit(p[at]) * weight;  // past the third digit the weight is zero, which floors
        finer |= weight == 0 && p[at] != '0';
      }
      if (at == first) return std::nullopt;
    }
  }
  // 24:00 is the end of the day and nothing is later than it.
  if (hours == 24 && (in_day != ms_per_day || finer)) return std::nullopt;
  ms += in_day;

  if (at < text.size()) {
    const std::optional<std::int64_t> east = parse_zone(text.substr(at));
    if (!east) return std::nullopt;
    ms -= *east;
  }
  return at_ms(ms);
}

std::string format_timestamp(timestamp t) {
  const std::int64_t ms = to_ms(t);
  const std::int64_t days = ms / ms_per_day - (ms % ms_per_day < 0 ? 1 : 0);
  const auto in_day = static_cast<std::uint64_t>((ms % ms_per_day + ms_per_day) % ms_per_day);

  const std::int64_t since_march = days + epoch_day;
  const std::int64_t era = since_march / days_per_era - (since_march % days_per_era < 0 ? 1 : 0);
  const auto day_of_era = static_cast<std::uint64_t>(since_march - era * days_per_era);
  const std::uint64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::uint64_t from_march = (5 * day_of_year + 2) / 153;
  const std::uint64_t day = day_of_year - (153 * from_march + 2) / 5 + 1;
  const std::uint64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
  const std::int64_t year = static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0);

  std::string out;
  out.reserve(32);
  if (year < 0) out += '-';
  if (year > 9999) out += '+';  // ISO-8601's sign of a longer year
  append_number(out, static_cast<std::uint64_t>(year < 0 ? -year : year), 4);
  out += '-';
  append_number(out, month, 2);
  out += '-';
  append_number(out, day, 2);
  out += 'T';
  append_number(out, in_day / ms_per_hour, 2);
  out += ':';
  append_number(out, in_day / ms_per_minute % 60, 2);
  out += ':';
  append_number(out, in_day / ms_per_second % 60, 2);
  if (in_day % ms_per_second != 0) {
    out += '.';
    append_number(out, in_day % ms_per_second, 3);
  }
  out += 'Z';
  return out;
}

std::string format_duration(duration d) {
  struct unit {
    std::int64_t length;
    const char* name;
  };
  static constexpr unit units[] = {
      {ms_per_day, "d"}, {ms_per_hour, "h"}, {ms_per_minute, "min"}, {ms_per_second, "s"}, {1, "ms"}};
  const std::int64_t ms = d.count();
  if (ms == 0) return "0s";
  for (const unit& u : units) {
    if (ms % u.length == 0) return std::to_string(ms / u.length) + u.name;
  }
  return {};  // not reached: one millisecond divides everything
}

}  // namespace oriel

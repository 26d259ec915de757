// SPDX-License-Identifier: Apache-2.0
// src/query/time_units.cpp - units of time in SQL: truncating, adding, and reading '5 minutes'.
#include <query/time_units.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include <query/civil_date.hpp>
#include <query/lexer.hpp>

namespace oriel::detail {
namespace {

constexpr std::int64_t day_length = fixed_length_of(time_unit::day);

// ms_of_day + days as milliseconds, if they fit.
std::optional<std::int64_t> from_days(std::int64_t days, std::int64_t ms_of_day) noexcept {
  std::int64_t ms = 0;
  // A day further on and back again, so that the first moments of the range are reached.
  if (days < 0) {
    if (__builtin_mul_overflow(days + 1, day_length, &ms)) return std::nullopt;
    if (__builtin_add_overflow(ms, ms_of_day - day_length, &ms)) return std::nullopt;
    return ms;
  }
  if (__builtin_mul_overflow(days, day_length, &ms) || __builtin_add_overflow(ms, ms_of_day, &ms)) return std::nullopt;
  return ms;
}

std::optional<std::int64_t> add_months(std::int64_t ms, std::int64_t months) noexcept {
  constexpr std::int64_t most = 12LL * 600'000'000;  // beyond the range of timestamps
  if (months > most || months < -most) return std::nullopt;
  const std::int64_t days = floor_divide(ms, day_length);
  civil_date date = civil_from_days(days);
  const std::int64_t total = date.year * 12 + (date.month - 1) + months;
  date.year = floor_divide(total, 12);
  date.month = total - date.year * 12 + 1;
  date.day = std::min(date.day, days_in_month(date.year, date.month));
  return from_days(days_from_civil(date), ms - days * day_length);
}

struct named_unit {
  std::string_view name;
  time_unit unit;
};
constexpr std::array<named_unit, 9> units{{{"MILLISECOND", time_unit::millisecond},
                                           {"SECOND", time_unit::second},
                                           {"MINUTE", time_unit::minute},
                                           {"HOUR", time_unit::hour},
                                           {"DAY", time_unit::day},
                                           {"WEEK", time_unit::week},
                                           {"MONTH", time_unit::month},
                                           {"QUARTER", time_unit::quarter},
                                           {"YEAR", time_unit::year}}};

constexpr std::int64_t months_of(time_unit unit) noexcept {
  return unit == time_unit::month ? 1 : unit == time_unit::quarter ? 3 : unit == time_unit::year ? 12 : 0;
}

// Reads '5 minutes' or 'PT5M' piece by piece.
class length_reader {
 public:
  explicit length_reader(std::string_view text) : text_(text) {}

  std::optional<time_length> read() {
    skip_spaces();
    const bool negative = peek() == '-' && (peek(1) == 'P' || peek(1) == 'p');
    if (negative) ++at_;
    const bool good = peek() == 'P' || peek() == 'p' ? iso() : words();
    if (!good || at_ != text_.size()) return std::nullopt;
    if (negative) {
      length_.months = -length_.months;
      length_.milliseconds = -length_.milliseconds;
    }
    return length_;
  }

 private:
  char peek(std::size_t ahead = 0) const noexcept { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void skip_spaces() noexcept {
    while (peek() == ' ') ++at_;
  }

  bool number(double& out) {
    std::size_t end = at_;
    if (peek() == '-' || peek() == '+') ++end;
    const std::size_t digits = end;
    while (end < text_.size() && ((text_[end] >= '0' && text_[end] <= '9') || text_[end] == '.')) ++end;
    const char* const first = text_.data() + (peek() == '+' ? digits : at_);
    const auto [stop, problem] = std::from_chars(first, text_.data() + end, out);
    if (problem != std::errc{} || stop != text_.data() + end || end == digits) return false;
    at_ = end;
    return true;
  }

  // Months must be whole; the rest may have fractions down to the millisecond.
  bool take(double amount, time_unit unit) {
    constexpr double most = 9e15;
    const std::int64_t months = months_of(unit);
    const double scaled = amount * static_cast<double>(months != 0 ? months : fixed_length_of(unit));
    const double whole = std::floor(scaled);
    if (!(std::fabs(scaled) < most) || (months != 0 && whole != scaled)) return false;
    std::int64_t& sum = months != 0 ? length_.months : length_.milliseconds;
    return !__builtin_add_overflow(sum, static_cast<std::int64_t>(whole), &sum);
  }

  bool words() {
    bool any = false;
    while (at_ < text_.size()) {
      double amount = 0;
      if (!number(amount)) return false;
      skip_spaces();
      const std::size_t begin = at_;
      while (at_ < text_.size() && text_[at_] != ' ') ++at_;
      const auto unit = parse_time_unit(text_.substr(begin, at_ - begin));
      if (!unit || !take(amount, *unit)) return false;
      skip_spaces();
      any = true;
    }
    return any;
  }

  bool iso() {
    ++at_;
    bool any = false;
    bool time = false;
    while (at_ < text_.size()) {
      if (!time && (peek() == 'T' || peek() == 't')) {
        time = true;
        ++at_;
      }
      double amount = 0;
      if (!number(amount)) return false;
      const auto unit = designator(peek(), time);
      if (!unit || !take(amount, *unit)) return false;
      ++at_;
      any = true;
    }
    return any;
  }

  static std::optional<time_unit> designator(char c, bool time) noexcept {
    switch (c) {
      case 'Y':
      case 'y':
        if (!time) return time_unit::year;
        break;
      case 'M':
      case 'm': return time ? time_unit::minute : time_unit::month;
      case 'W':
      case 'w':
        if (!time) return time_unit::week;
        break;
      case 'D':
      case 'd':
        if (!time) return time_unit::day;
        break;
      case 'H':
      case 'h':
        if (time) return time_unit::hour;
        break;
      case 'S':
      case 's':
        if (time) return time_unit::second;
        break;
      default: break;
    }
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  time_length length_;
};

}  // namespace

std::optional<time_unit> parse_time_unit(std::string_view text) noexcept {
  for (const named_unit& u : units) {
    if (is_word(text, u.name)) return u.unit;
    if (!text.empty() && (text.back() == 's' || text.back() == 'S') &&
        is_word(text.substr(0, text.size() - 1), u.name)) {
      return u.unit;
    }
  }
  return std::nullopt;
}

std::optional<std::int64_t> truncate(std::int64_t ms, time_unit unit) noexcept {
  if (const std::int64_t length = fixed_length_of(unit); length != 0) {
    // The remainder of ms - origin, made without leaving the range.
    const std::int64_t origin = origin_of(unit) % length;
    const std::int64_t remainder = ((ms % length - origin) % length + length) % length;
    std::int64_t begin = 0;
    if (__builtin_sub_overflow(ms, remainder, &begin)) return std::nullopt;
    return begin;
  }
  civil_date date = civil_from_days(floor_divide(ms, day_length));
  date.day = 1;
  if (unit == time_unit::quarter) date.month -= (date.month - 1) % 3;
  if (unit == time_unit::year) date.month = 1;
  return from_days(days_from_civil(date), 0);
}

std::optional<time_length> parse_time_length(std::string_view text) noexcept { return length_reader(text).read(); }

std::optional<std::int64_t> add(std::int64_t ms, time_length length, int sign) noexcept {
  if (length.months != 0) {
    const auto moved = add_months(ms, sign * length.months);
    if (!moved) return std::nullopt;
    ms = *moved;
  }
  std::int64_t out = 0;
  if (__builtin_add_overflow(ms, sign * length.milliseconds, &out)) return std::nullopt;
  return out;
}

}  // namespace oriel::detail

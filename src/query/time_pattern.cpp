// SPDX-License-Identifier: Apache-2.0
// src/query/time_pattern.cpp - times as text in the letters of Joda-Time, both ways.
#include <query/time_pattern.hpp>

#include <algorithm>
#include <array>

#include <oriel/core/error.hpp>
#include <query/civil_date.hpp>

namespace oriel::detail {
namespace {

constexpr std::int64_t day_length = 86'400'000;
constexpr std::array<std::string_view, 12> months{"January", "February", "March",     "April",   "May",      "June",
                                                  "July",    "August",   "September", "October", "November", "December"};

constexpr bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

void append_padded(std::string& out, std::int64_t value, std::size_t digits) {
  if (value < 0) out += '-';
  const std::string text = std::to_string(value < 0 ? -value : value);
  if (text.size() < digits) out.append(digits - text.size(), '0');
  out += text;
}

bool starts_with_word(std::string_view text, std::string_view word) noexcept {
  if (text.size() < word.size()) return false;
  return std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

// Takes text apart from the left.
class reader {
 public:
  explicit reader(std::string_view text) : text_(text) {}

  bool at_end() const noexcept { return text_.empty(); }
  bool accept(std::string_view literal) noexcept {
    if (!text_.starts_with(literal)) return false;
    text_.remove_prefix(literal.size());
    return true;
  }
  bool accept_word(std::string_view word) noexcept {
    if (!starts_with_word(text_, word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }

  // Up to `most` digits; a minus if `sign` allows it.
  std::optional<std::int64_t> number(std::size_t most, bool sign = false) noexcept {
    const bool negative = sign && accept("-");
    std::size_t n = 0;
    std::int64_t value = 0;
    while (n < most && n < text_.size() && is_digit(text_[n])) value = value * 10 + (text_[n++] - '0');
    if (n == 0) return std::nullopt;
    digits_ = n;
    text_.remove_prefix(n);
    return negative ? -value : value;
  }
  std::size_t digits() const noexcept { return digits_; }

 private:
  std::string_view text_;
  std::size_t digits_ = 0;
};

// Z, +hhmm or +hh:mm, in milliseconds.
std::optional<std::int64_t> read_offset(reader& in) noexcept {
  if (in.accept("Z")) return 0;
  const bool negative = in.accept("-");
  if (!negative && !in.accept("+")) return std::nullopt;
  const auto hours = in.number(2);
  in.accept(":");
  const auto minutes = in.number(2);
  if (!hours || !minutes || *hours > 18 || *minutes > 59) return std::nullopt;
  const std::int64_t ms = (*hours * 60 + *minutes) * 60'000;
  return negative ? -ms : ms;
}

std::optional<std::int64_t> read_month(reader& in) noexcept {
  for (std::size_t m = 0; m < months.size(); ++m) {
    if (in.accept_word(months[m])) return static_cast<std::int64_t>(m) + 1;
  }
  for (std::size_t m = 0; m < months.size(); ++m) {
    if (in.accept_word(months[m].substr(0, 3))) return static_cast<std::int64_t>(m) + 1;
  }
  return std::nullopt;
}

}  // namespace

time_pattern::time_pattern(std::string_view pattern) {
  const auto literal = [&](std::string_view text) {
    if (fields_.empty() || fields_.back().letter != '\0') fields_.push_back({});
    fields_.back().text += text;
  };
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    if (c == '\'') {
      const std::size_t close = pattern.find('\'', at + 1);
      if (close == pattern.npos) throw error(error_kind::invalid, "a quoted text in this pattern is not closed");
      literal(close == at + 1 ? "'" : pattern.substr(at + 1, close - at - 1));
      at = close + 1;
    } else if (is_letter(c)) {
      if (std::string_view("yMdHhmsSaZ").find(c) == std::string_view::npos) {
        throw error(error_kind::invalid, std::string("the letter ") + c +
                                             " means nothing in this pattern; y M d H h m s S a Z do, and text in quotes");
      }
      const std::size_t end = std::min(pattern.find_first_not_of(c, at), pattern.size());
      if (end - at > 9) throw error(error_kind::invalid, std::string("too many letters ") + c + " in this pattern");
      fields_.push_back({c, end - at, {}});
      at = end;
    } else {
      literal(pattern.substr(at++, 1));
    }
  }
}

bool time_pattern::is_readable() const noexcept {
  return std::none_of(fields_.begin(), fields_.end(), [](const field& f) { return f.letter == 'Z' && f.count > 2; });
}

void time_pattern::append(std::string& out, std::int64_t ms, const time_zone& zone) const {
  const std::int64_t local = zone.to_local(at_ms(ms)).time_since_epoch().count();
  const std::int64_t days = floor_divide(local, day_length);
  const std::int64_t of_day = local - days * day_length;
  const civil_date date = civil_from_days(days);
  for (const field& f : fields_) {
    switch (f.letter) {
      case 'y':
        append_padded(out, f.count == 2 ? ((date.year % 100) + 100) % 100 : date.year, f.count);
        break;
      case 'M':
        if (f.count >= 3) {
          const std::string_view name = months[static_cast<std::size_t>(date.month - 1)];
          out += f.count == 3 ? name.substr(0, 3) : name;
        } else {
          append_padded(out, date.month, f.count);
        }
        break;
      case 'd': append_padded(out, date.day, f.count); break;
      case 'H': append_padded(out, of_day / 3'600'000, f.count); break;
      case 'h': append_padded(out, (of_day / 3'600'000 + 11) % 12 + 1, f.count); break;
      case 'm': append_padded(out, of_day / 60'000 % 60, f.count); break;
      case 's': append_padded(out, of_day / 1'000 % 60, f.count); break;
      case 'S': {
        std::string digits;
        append_padded(digits, of_day % 1'000, 3);
        digits.resize(f.count, '0');
        out += digits;
        break;
      }
      case 'a': out += of_day < day_length / 2 ? "AM" : "PM"; break;
      case 'Z': {
        if (f.count > 2) {
          out += zone.name();
          break;
        }
        const std::int64_t offset = zone.offset_at(at_ms(ms)).count() / 60'000;
        out += offset < 0 ? '-' : '+';
        append_padded(out, (offset < 0 ? -offset : offset) / 60, 2);
        if (f.count == 2) out += ':';
        append_padded(out, (offset < 0 ? -offset : offset) % 60, 2);
        break;
      }
      default: out += f.text; break;
    }
  }
}

std::optional<std::int64_t> time_pattern::read(std::string_view text, const time_zone& zone) const {
  reader in(text);
  civil_date date{1970, 1, 1};
  std::int64_t hour = 0;
  std::int64_t minute = 0;
  std::int64_t second = 0;
  std::int64_t millisecond = 0;
  bool twelve = false;
  std::optional<bool> afternoon;
  std::optional<std::int64_t> offset;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const field& f = fields_[i];
    const bool number_follows = i + 1 < fields_.size() && fields_[i + 1].letter != '\0' &&
                                fields_[i + 1].letter != 'a' && fields_[i + 1].letter != 'Z';
    const std::size_t most = number_follows ? f.count : 9;
    std::optional<std::int64_t> n = 0;
    switch (f.letter) {
      case '\0':
        if (!in.accept(f.text)) return std::nullopt;
        break;
      case 'y':
        n = in.number(most, true);
        date.year = n.value_or(0);
        // Two digits are a year of this century, as far as it is fixed: 1970 to 2069.
        if (f.count == 2 && in.digits() == 2) date.year += date.year < 70 ? 2000 : 1900;
        break;
      case 'M':
        n = f.count >= 3 ? read_month(in) : in.number(most);
        date.month = n.value_or(0);
        break;
      case 'd':
        n = in.number(most);
        date.day = n.value_or(0);
        break;
      case 'h': twelve = true; [[fallthrough]];
      case 'H':
        n = in.number(most);
        hour = n.value_or(0);
        break;
      case 'm':
        n = in.number(most);
        minute = n.value_or(0);
        break;
      case 's':
        n = in.number(most);
        second = n.value_or(0);
        break;
      case 'S': {
        n = in.number(most);
        std::int64_t scaled = n.value_or(0);
        for (std::size_t d = in.digits(); d < 3; ++d) scaled *= 10;
        for (std::size_t d = in.digits(); d > 3; --d) scaled /= 10;
        millisecond = scaled;
        break;
      }
      case 'a':
        if (in.accept_word("AM")) {
          afternoon = false;
        } else if (in.accept_word("PM")) {
          afternoon = true;
        } else {
          return std::nullopt;
        }
        break;
      default:
        offset = read_offset(in);
        n = offset;
        break;
    }
    if (!n) return std::nullopt;
  }
  if (!in.at_end() || date.month < 1 || date.month > 12 || date.day < 1 || date.year > 200'000'000 ||
      date.year < -200'000'000 || date.day > days_in_month(date.year, date.month) || minute > 59 || second > 59) {
    return std::nullopt;
  }
  if (twelve) {
    if (hour < 1 || hour > 12) return std::nullopt;
    hour = hour % 12 + (afternoon.value_or(false) ? 12 : 0);
  }
  if (hour > 23) return std::nullopt;
  const std::int64_t local =
      days_from_civil(date) * day_length + ((hour * 60 + minute) * 60 + second) * 1'000 + millisecond;
  if (offset) return local - *offset;
  return oriel::to_ms(zone.to_instants(local_time(duration(local))).first);
}

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/core/time_zone.cpp - zones as lists of periods, and calendar units as spans of instants.
//
// The database is read through Hinnant's date library and nothing else of it is used:
// its answers carry names and allocate, and its years end at 32767. Periods that
// differ in name only are one period here.
#include <oriel/core/time_zone.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <span>
#include <utility>
#include <vector>

#include <date/tz.h>

#include <oriel/core/near_names.hpp>

namespace oriel {
namespace {

constexpr std::int64_t ms_per_day = 86'400'000;
constexpr std::int64_t far = std::int64_t{1} << 60;  // farther from 1970 there are no events

/// From `begin` to the next period's, clocks are ahead of UTC by `offset`.
struct period {
  timestamp begin;
  duration offset;
};

constexpr std::array<period, 1> utc{{{beginning_of_time, duration{0}}}};

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) noexcept { return a / b - (a % b < 0 ? 1 : 0); }

// Dates as numbers of days since 1970-01-01, in the proleptic Gregorian calendar. The year begins in March
// inside (see src/core/time.cpp).
struct date_of {
  std::int64_t year;
  std::int64_t month;  // 1 to 12
};

constexpr date_of year_month(std::int64_t days) noexcept {
  const std::int64_t since_march = days + 719'468;
  const std::int64_t era = floor_div(since_march, 146'097);
  const std::int64_t day_of_era = since_march - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t from_march = (5 * day_of_year + 2) / 153;
  const std::int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month};
}

/// The first day of a month counted from year 0.
constexpr std::int64_t first_of_month(std::int64_t months) noexcept {
  const std::int64_t since_march = months - 2;
  const std::int64_t year = floor_div(since_march, 12);
  const std::int64_t from_march = since_march - year * 12;
  const std::int64_t era = floor_div(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * from_march + 2) / 5 - 719'468;
}
static_assert(first_of_month(1970 * 12) == 0 && first_of_month(2000 * 12 + 2) == 11'017);
static_assert(year_month(-1).year == 1969 && year_month(11'016).month == 2);

/// The days from the first day of a unit to the first of the next.
struct day_range {
  std::int64_t first;
  std::int64_t next;
};

constexpr std::int64_t months_in(calendar_unit unit) noexcept {
  return unit == calendar_unit::month ? 1 : unit == calendar_unit::quarter ? 3 : 12;
}

/// Which unit a day is in, and which days a unit has; number 0 has 1970-01-01.
constexpr std::int64_t number_of(calendar_unit unit, std::int64_t day) noexcept {
  if (unit == calendar_unit::day) return day;
  if (unit == calendar_unit::week) return floor_div(day + 3, 7);  // 1970 began on a Thursday
  const date_of date = year_month(day);
  return floor_div((date.year - 1970) * 12 + date.month - 1, months_in(unit));
}
constexpr day_range days_of(calendar_unit unit, std::int64_t number) noexcept {
  if (unit == calendar_unit::day) return {number, number + 1};
  if (unit == calendar_unit::week) return {number * 7 - 3, number * 7 + 4};
  const std::int64_t first = 1970 * 12 + number * months_in(unit);
  return {first_of_month(first), first_of_month(first + months_in(unit))};
}
static_assert(number_of(calendar_unit::quarter, -1) == -1 && days_of(calendar_unit::week, 0).first == -3);

timestamp clamped(timestamp t) noexcept { return std::clamp(t, at_ms(-far), at_ms(far)); }

/// The periods of one zone, first to last.
class periods {
 public:
  explicit periods(std::span<const period> all) : all_(all) {}

  std::size_t index_at(timestamp t) const noexcept {
    const auto after = std::upper_bound(all_.begin() + 1, all_.end(), t,
                                        [](timestamp at, const period& p) { return at < p.begin; });
    return static_cast<std::size_t>(after - all_.begin()) - 1;
  }
  timestamp begin(std::size_t i) const noexcept { return all_[i].begin; }
  timestamp end(std::size_t i) const noexcept { return i + 1 < all_.size() ? all_[i + 1].begin : end_of_time; }
  duration offset(std::size_t i) const noexcept { return all_[i].offset; }

  /// The periods in which clocks may show a time near `local` (taken as if of UTC): [first, last].
  std::pair<std::size_t, std::size_t> near(timestamp local) const noexcept {
    constexpr duration most = std::chrono::hours{26};  // no clock is farther from UTC
    return {index_at(local - most), index_at(local + most)};
  }

  /// The instant from which clocks never again show a time before `local`.
  timestamp settled(timestamp local) const noexcept {
    const auto [first, last] = near(local);
    for (std::size_t i = last; i > first; --i) {
      if (begin(i) + offset(i) < local) return std::min(local - offset(i), end(i));
    }
    return std::min(local - offset(first), end(first));
  }

  timestamp midnight(std::int64_t day) const noexcept { return settled(at_ms(day * ms_per_day)); }

  /// The number of the unit, a day or longer, that contains `t`.
  std::int64_t unit_at(calendar_unit unit, timestamp t) const noexcept {
    std::int64_t number = number_of(unit, floor_div(to_ms(t + offset(index_at(t))), ms_per_day));
    // The clock was put back over this midnight soon after: the unit before is not over yet.
    while (midnight(days_of(unit, number).first) > t) --number;
    return number;
  }
  interval unit_span(calendar_unit unit, std::int64_t number) const noexcept {
    const day_range days = days_of(unit, number);
    return {midnight(days.first), midnight(days.next)};
  }

 private:
  std::span<const period> all_;
};

/// What the database says about a zone.
std::vector<period> read_periods(const date::time_zone& zone) {
  using std::chrono::duration_cast;
  const auto horizon = date::sys_days{date::year{3000} / 1 / 1};
  date::sys_seconds at = date::sys_days{date::year{1} / 1 / 1};
  std::vector<period> out;
  while (at < horizon) {
    const date::sys_info info = zone.get_info(at);
    const duration offset = duration_cast<duration>(info.offset);
    if (out.empty()) {
      out.push_back({beginning_of_time, offset});
    } else if (out.back().offset != offset) {
      out.push_back({timestamp{duration_cast<duration>(info.begin.time_since_epoch())}, offset});
    }
    if (info.end <= at) break;
    at = info.end;
  }
  return out;
}

}  // namespace

struct time_zone::rules {
  std::vector<period> list;

  static periods of(const std::shared_ptr<const rules>& r) noexcept {
    return r ? periods(r->list) : periods(utc);
  }
};

const char* to_string(calendar_unit unit) noexcept {
  switch (unit) {
    case calendar_unit::second: return "second";
    case calendar_unit::minute: return "minute";
    case calendar_unit::hour: return "hour";
    case calendar_unit::day: return "day";
    case calendar_unit::week: return "week";
    case calendar_unit::month: return "month";
    case calendar_unit::quarter: return "quarter";
    case calendar_unit::year: return "year";
  }
  return "?";
}

result<time_zone> time_zone::find(std::string_view name) {
  if (name == "UTC") return time_zone();
  const date::tzdb* database = nullptr;
  try {
    database = &date::get_tzdb();
  } catch (const std::exception& e) {
    return error(error_kind::unavailable, std::string("no time zone database on this system (package tzdata): ") + e.what());
  }
  const auto& zones = database->zones;
  const auto found = std::find_if(zones.begin(), zones.end(), [&](const auto& z) { return z.name() == name; });
  if (found == zones.end()) {
    std::vector<std::string> known;
    known.reserve(zones.size());
    for (const auto& z : zones) known.push_back(z.name());
    std::string message = "unknown time zone '";
    message += name;
    message += '\'';
    message += did_you_mean(name, known);
    return error(error_kind::invalid, std::move(message));
  }
  time_zone zone;
  zone.name_ = name;
  try {
    zone.rules_ = std::make_shared<const rules>(rules{read_periods(*found)});
  } catch (const std::exception& e) {
    return error(error_kind::unavailable, "time zone '" + zone.name_ + "' cannot be read: " + e.what());
  }
  return zone;
}

duration time_zone::offset_at(timestamp t) const noexcept {
  const periods all = rules::of(rules_);
  return all.offset(all.index_at(t));
}

local_time time_zone::to_local(timestamp t) const noexcept {
  return local_time{saturating_add(t, offset_at(t)).time_since_epoch()};
}

local_instants time_zone::to_instants(local_time t) const noexcept {
  const periods all = rules::of(rules_);
  const timestamp local = clamped(timestamp{t.time_since_epoch()});
  const auto [first, last] = all.near(local);
  local_instants out{end_of_time, beginning_of_time, true};
  for (std::size_t i = first; i <= last; ++i) {
    const timestamp instant = local - all.offset(i);
    if (instant < all.begin(i) || instant >= all.end(i)) continue;
    out.first = std::min(out.first, instant);
    out.last = std::max(out.last, instant);
  }
  if (out.first > out.last) {
    const timestamp jump = all.settled(local);
    out = {jump, jump, false};
  }
  return out;
}

interval time_zone::span(calendar_unit unit, timestamp t) const noexcept {
  const periods all = rules::of(rules_);
  t = clamped(t);
  if (unit < calendar_unit::day) {
    const std::size_t at = all.index_at(t);
    const duration offset = all.offset(at);
    const duration length{unit == calendar_unit::second ? 1000 : unit == calendar_unit::minute ? 60'000 : 3'600'000};
    const timestamp start = floor_to(t + offset, length) - offset;
    return {std::max(start, all.begin(at)), std::min(start + length, all.end(at))};
  }
  return all.unit_span(unit, all.unit_at(unit, t));
}

std::int64_t time_zone::number(calendar_unit unit, timestamp t) const noexcept {
  return rules::of(rules_).unit_at(unit, clamped(t));
}

interval time_zone::span_of(calendar_unit unit, std::int64_t number) const noexcept {
  return rules::of(rules_).unit_span(unit, number);
}

}  // namespace oriel

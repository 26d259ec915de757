// SPDX-License-Identifier: Apache-2.0
// oriel/core/time.hpp - event time: a 64-bit count of milliseconds since 1970.
//
// Times before 1970 are ordinary. Everything that assigns a time to a bucket goes
// through `floor_to`, which rounds towards minus infinity; C++'s `/` rounds towards
// zero and is wrong there. The two ends of the range are set aside: the least
// timestamp means "before every event" and the greatest "after every event".
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <oriel/core/export.hpp>

namespace oriel {

/// A length of event time, in milliseconds.
using duration = std::chrono::milliseconds;

/// A point in event time: milliseconds since 1970-01-01T00:00:00Z.
using timestamp = std::chrono::sys_time<duration>;

/// Before every event: where a watermark starts.
inline constexpr timestamp beginning_of_time = timestamp::min();

/// After every event: where a watermark ends when its inputs are finished.
inline constexpr timestamp end_of_time = timestamp::max();

/// The timestamp `milliseconds` after (or, negative, before) 1970 began.
constexpr timestamp at_ms(std::int64_t milliseconds) noexcept { return timestamp{duration{milliseconds}}; }

/// Milliseconds since 1970, the inverse of `at_ms`.
constexpr std::int64_t to_ms(timestamp t) noexcept { return t.time_since_epoch().count(); }

/// Event times a pipeline accepts: 1 152 921 504 606 846 976 ms (36 million years) around 1970, so that
/// adding any window or bound to them cannot overflow. Events beyond go to dead letters.
inline constexpr timestamp earliest_event_time = at_ms(-(std::int64_t{1} << 60));
inline constexpr timestamp latest_event_time = at_ms(std::int64_t{1} << 60);

/// The greatest multiple of `step` (moved by `offset`) that is not after `t`.
///
/// Requires: `step > 0`, and the result must lie in the range of `timestamp`.
constexpr timestamp floor_to(timestamp t, duration step, duration offset = duration{0}) noexcept {
  const std::int64_t since = to_ms(t) - offset.count();
  const std::int64_t remainder = since % step.count();
  return t - duration{remainder < 0 ? remainder + step.count() : remainder};
}

/// `t + d`, stopping at the ends of time instead of overflowing.
constexpr timestamp saturating_add(timestamp t, duration d) noexcept {
  if (t == beginning_of_time || t == end_of_time) return t;
  if (d.count() > 0 && to_ms(t) > to_ms(end_of_time) - d.count()) return end_of_time;
  if (d.count() < 0 && to_ms(t) < to_ms(beginning_of_time) - d.count()) return beginning_of_time;
  return t + d;
}

/// Reads ISO-8601: `2025-10-22T10:00:00.123456+02:00`.
///
/// The separator is `T`, `t` or one space; the time, its seconds and a fraction of any length
/// are optional; a zone is `Z`, `z`, `±hh:mm`, `±hhmm` or `±hh`, and none means UTC. Digits
/// finer than a millisecond are floored. Nothing when the text is anything else, including a
/// date that does not exist.
ORIEL_EXPORT std::optional<timestamp> parse_timestamp(std::string_view text) noexcept;

/// Writes `2025-10-22T10:00:00.123Z`; the fraction is left out when it is zero.
ORIEL_EXPORT std::string format_timestamp(timestamp t);

/// Writes a length of time in the largest units that divide it: `90s`, `1min`, `250ms`.
ORIEL_EXPORT std::string format_duration(duration d);

}  // namespace oriel

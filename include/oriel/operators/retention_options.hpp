// SPDX-License-Identifier: Apache-2.0
// oriel/operators/retention_options.hpp - how retention is counted, and what it tells.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/core/error.hpp>
#include <oriel/core/row.hpp>
#include <oriel/core/time_zone.hpp>

namespace oriel {

/// Which cohorts an entity belongs to.
enum class retention_cohort : std::uint8_t {
  first,  ///< that of its first qualifying event
  each,   ///< that of every bucket in which it qualified
};

/// When an entity counts as back in bucket n.
enum class retention_return : std::uint8_t {
  on,           ///< it returned in bucket n
  on_or_after,  ///< it returned in bucket n or later
};

/// How retention is counted.
struct retention_options {
  calendar_unit unit = calendar_unit::day;  ///< day, week (from Monday), month, quarter or year
  time_zone zone{};                         ///< by its IANA name; UTC unless given
  retention_cohort cohort = retention_cohort::first;
  retention_return returned = retention_return::on;
  std::int64_t buckets = std::numeric_limits<std::int64_t>::max();  ///< how many are told of a cohort, its own included

  /// Errors: throws `error{invalid}` naming the field, its value and a fix.
  void validate() const {
    const auto fail = [](const std::string& what) { throw error(error_kind::invalid, "retention: " + what); };
    if (unit < calendar_unit::day) {
      fail(std::string("unit is ") + to_string(unit) + "; it must be a day or longer");
    }
    if (buckets < 1) fail("buckets is " + std::to_string(buckets) + "; a cohort has its own bucket at least");
    if (returned == retention_return::on_or_after && buckets > 100'000) {
      fail("on_or_after makes a row of every bucket up to an entity's last; say with .buckets how many, "
           "at most 100000");
    }
  }
};

/// How many of a cohort were back in one bucket.
using retention_row = row<column<"users", std::int64_t>,         // that were back
                          column<"cohort_users", std::int64_t>,  // that are in the cohort
                          column<"complete", bool>>;             // whether the bucket is over

/// The condition every event meets.
struct every_event {
  constexpr bool operator()(const anything&) const noexcept { return true; }
};

}  // namespace oriel

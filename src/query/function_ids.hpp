// SPDX-License-Identifier: Apache-2.0
// src/query/function_ids.hpp - the functions of SQL by number, for the binder.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace oriel::detail {

/// In the order of `sql_functions()`.
enum class function_id : std::uint8_t {
  absolute,
  ago,
  average,
  ceil,
  ceiling,
  coalesce,
  concat,
  count,
  datetrunc,
  date_trunc,
  day,
  day_of_month,
  day_of_week,
  day_of_year,
  distinct_count,
  extract,
  first_with_time,
  floor,
  from_date_time,
  hour,
  last_with_time,
  length,
  natural_logarithm,
  lower,
  ltrim,
  maximum,
  millisecond,
  minimum,
  minute,
  mode,
  month,
  now,
  null_if,
  percentile,
  power,
  quarter,
  regexp_like,
  replace,
  round,
  rtrim,
  second,
  split_part,
  square_root,
  starts_with,
  stddev,
  stddev_samp,
  substr,
  substring,
  sum,
  time_convert,
  to_date_time,
  trim,
  upper,
  var,
  variance,
  var_samp,
  week,
  year,
};

std::optional<function_id> find_function(std::string_view name) noexcept;

/// Whether this is a function of SEMANTICS 10 that is still to come.
bool is_planned_function(std::string_view name) noexcept;

}  // namespace oriel::detail

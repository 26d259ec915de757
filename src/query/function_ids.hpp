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
  array_length,
  average,
  avg_mv,
  cardinality,
  ceil,
  ceiling,
  coalesce,
  concat,
  count,
  count_mv,
  datetrunc,
  date_trunc,
  day,
  day_of_month,
  day_of_week,
  day_of_year,
  distinct_count,
  distinct_count_hll,
  distinct_count_mv,
  extract,
  first_with_time,
  floor,
  from_date_time,
  funnel,
  funnel_count,
  funnel_max_step,
  hour,
  last_with_time,
  length,
  natural_logarithm,
  lower,
  ltrim,
  maximum,
  max_mv,
  millisecond,
  minimum,
  min_mv,
  minute,
  mode,
  month,
  now,
  null_if,
  percentile,
  percentile_tdigest,
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
  sum_mv,
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

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/query/functions.cpp - the functions SQL knows, as a table.
#include <oriel/query/functions.hpp>

#include <algorithm>
#include <array>

#include <query/function_ids.hpp>
#include <query/lexer.hpp>

namespace oriel {
namespace {

constexpr std::size_t any_number = 1'000'000;
constexpr null_rule any = null_rule::null_if_any;
constexpr null_rule skips = null_rule::skips;
constexpr null_rule own = null_rule::own;

constexpr std::array<function_description, 20> functions{{
    {"ABS", 1, 1, "(LONG) -> LONG, (DOUBLE) -> DOUBLE", any, false},
    {"AGO", 1, 1, "(text) -> TIMESTAMP", any, false},
    {"AVG", 1, 1, "(LONG or DOUBLE) -> DOUBLE", skips, true},
    {"CEIL", 1, 1, "(LONG) -> LONG, (DOUBLE) -> DOUBLE", any, false},
    {"CEILING", 1, 1, "(LONG) -> LONG, (DOUBLE) -> DOUBLE", any, false},
    {"COALESCE", 1, any_number, "(any, ...) -> same", own, false},
    {"CONCAT", 1, any_number, "(any, ...) -> STRING", skips, false},
    {"COUNT", 1, 1, "(*) -> LONG, (any) -> LONG", skips, true},
    {"DATETRUNC", 2, 3, "(unit, TIMESTAMP) -> TIMESTAMP, (unit, LONG [, input unit]) -> LONG", any, false},
    {"DATE_TRUNC", 2, 3, "(unit, TIMESTAMP) -> TIMESTAMP, (unit, LONG [, input unit]) -> LONG", any, false},
    {"FLOOR", 1, 1, "(LONG) -> LONG, (DOUBLE) -> DOUBLE", any, false},
    {"LENGTH", 1, 1, "(STRING) -> LONG", any, false},
    {"LOWER", 1, 1, "(STRING) -> STRING", any, false},
    {"MAX", 1, 1, "(any) -> same", skips, true},
    {"MIN", 1, 1, "(any) -> same", skips, true},
    {"NOW", 0, 0, "() -> TIMESTAMP", any, false},
    {"NULLIF", 2, 2, "(any, same) -> same", own, false},
    {"ROUND", 1, 2, "(LONG) -> LONG, (DOUBLE [, LONG]) -> DOUBLE", any, false},
    {"SUM", 1, 1, "(LONG) -> LONG, (DOUBLE) -> DOUBLE", skips, true},
    {"UPPER", 1, 1, "(STRING) -> STRING", any, false},
}};
static_assert(functions.size() == static_cast<std::size_t>(detail::function_id::upper) + 1);

constexpr std::array<std::string_view, 45> planned{"AVGMV",
                                                   "COUNTMV",
                                                   "DAY",
                                                   "DAYOFMONTH",
                                                   "DAYOFWEEK",
                                                   "DAYOFYEAR",
                                                   "DISTINCTCOUNT",
                                                   "DISTINCTCOUNTHLL",
                                                   "DISTINCTCOUNTMV",
                                                   "FIRSTWITHTIME",
                                                   "FROMDATETIME",
                                                   "FUNNEL",
                                                   "FUNNELCOUNT",
                                                   "FUNNELMAXSTEP",
                                                   "HOUR",
                                                   "LASTWITHTIME",
                                                   "LN",
                                                   "MAXMV",
                                                   "MINMV",
                                                   "MINUTE",
                                                   "MODE",
                                                   "MONTH",
                                                   "PERCENTILE",
                                                   "PERCENTILETDIGEST",
                                                   "POWER",
                                                   "QUARTER",
                                                   "REGEXP_LIKE",
                                                   "REPLACE",
                                                   "SECOND",
                                                   "SPLIT_PART",
                                                   "SQRT",
                                                   "STARTS_WITH",
                                                   "STDDEV",
                                                   "STDDEV_SAMP",
                                                   "SUBSTR",
                                                   "SUBSTRING",
                                                   "SUMMV",
                                                   "TIMECONVERT",
                                                   "TODATETIME",
                                                   "TRIM",
                                                   "VAR",
                                                   "VARIANCE",
                                                   "VAR_SAMP",
                                                   "WEEK",
                                                   "YEAR"};

}  // namespace

std::span<const function_description> sql_functions() noexcept { return functions; }

const function_description* find_sql_function(std::string_view name) noexcept {
  const auto found = std::find_if(functions.begin(), functions.end(),
                                  [&](const function_description& f) { return detail::is_word(name, f.name); });
  return found == functions.end() ? nullptr : &*found;
}

namespace detail {

std::optional<function_id> find_function(std::string_view name) noexcept {
  const function_description* const found = find_sql_function(name);
  if (found == nullptr) return std::nullopt;
  return static_cast<function_id>(found - functions.data());
}

bool is_planned_function(std::string_view name) noexcept {
  return std::any_of(planned.begin(), planned.end(), [&](std::string_view p) { return is_word(name, p); });
}

}  // namespace detail
}  // namespace oriel

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

constexpr std::array<function_description, 71> functions{{
    {"ABS", 1, 1, "(LONG) -> LONG, (DOUBLE) -> DOUBLE", any, false},
    {"AGO", 1, 1, "(text) -> TIMESTAMP", any, false},
    {"ARRAYLENGTH", 1, 1, "(list) -> LONG", any, false},
    {"AVG", 1, 1, "(LONG or DOUBLE) -> DOUBLE", skips, true},
    {"AVGMV", 1, 1, "(list of LONG or DOUBLE) -> DOUBLE", skips, true},
    {"CARDINALITY", 1, 1, "(list) -> LONG", any, false},
    {"CEIL", 1, 1, "(LONG) -> LONG, (DOUBLE) -> DOUBLE", any, false},
    {"CEILING", 1, 1, "(LONG) -> LONG, (DOUBLE) -> DOUBLE", any, false},
    {"COALESCE", 1, any_number, "(any, ...) -> same", own, false},
    {"CONCAT", 1, any_number, "(any, ...) -> STRING", skips, false},
    {"COUNT", 1, 1, "(*) -> LONG, (any) -> LONG", skips, true},
    {"COUNTMV", 1, 1, "(list) -> LONG", skips, true},
    {"DATETRUNC", 2, 5,
     "(unit, TIMESTAMP [, zone]) -> TIMESTAMP, (unit, LONG [, input unit [, zone [, output unit]]]) -> LONG", any,
     false},
    {"DATE_TRUNC", 2, 5,
     "(unit, TIMESTAMP [, zone]) -> TIMESTAMP, (unit, LONG [, input unit [, zone [, output unit]]]) -> LONG", any,
     false},
    {"DAY", 1, 2, "(TIMESTAMP or LONG [, zone]) -> LONG", any, false},
    {"DAYOFMONTH", 1, 2, "(TIMESTAMP or LONG [, zone]) -> LONG", any, false},
    {"DAYOFWEEK", 1, 2, "(TIMESTAMP or LONG [, zone]) -> LONG", any, false},
    {"DAYOFYEAR", 1, 2, "(TIMESTAMP or LONG [, zone]) -> LONG", any, false},
    {"DISTINCTCOUNT", 1, 1, "(any) -> LONG", skips, true},
    {"DISTINCTCOUNTHLL", 1, 2, "(any [, precision]) -> LONG", skips, true},
    {"DISTINCTCOUNTMV", 1, 1, "(list) -> LONG", skips, true},
    {"EXTRACT", 2, 2, "(part FROM TIMESTAMP or LONG) -> LONG", any, false},
    {"FIRSTWITHTIME", 3, 3, "(any, TIMESTAMP or LONG, 'type') -> same", skips, true},
    {"FLOOR", 1, 1, "(LONG) -> LONG, (DOUBLE) -> DOUBLE", any, false},
    {"FROMDATETIME", 2, 3, "(STRING, pattern [, zone]) -> LONG", any, false},
    {"FUNNEL", 4, 67, "(TIMESTAMP or LONG, length, any, BOOLEAN, ...) -> list of LONG", skips, true},
    {"FUNNELCOUNT", 2, 2, "(STEPS(BOOLEAN, ...), CORRELATE_BY(any)) -> list of LONG", skips, true},
    {"FUNNELMAXSTEP", 4, 70, "(TIMESTAMP or LONG, length, steps, BOOLEAN, ... [, mode, ...]) -> LONG", skips, true},
    {"HOUR", 1, 2, "(TIMESTAMP or LONG [, zone]) -> LONG", any, false},
    {"LASTWITHTIME", 3, 3, "(any, TIMESTAMP or LONG, 'type') -> same", skips, true},
    {"LENGTH", 1, 1, "(STRING) -> LONG", any, false},
    {"LN", 1, 1, "(LONG or DOUBLE) -> DOUBLE", any, false},
    {"LOWER", 1, 1, "(STRING) -> STRING", any, false},
    {"LTRIM", 1, 2, "(STRING [, STRING]) -> STRING", any, false},
    {"MAX", 1, 1, "(any) -> same", skips, true},
    {"MAXMV", 1, 1, "(list) -> element", skips, true},
    {"MILLISECOND", 1, 2, "(TIMESTAMP or LONG [, zone]) -> LONG", any, false},
    {"MIN", 1, 1, "(any) -> same", skips, true},
    {"MINMV", 1, 1, "(list) -> element", skips, true},
    {"MINUTE", 1, 2, "(TIMESTAMP or LONG [, zone]) -> LONG", any, false},
    {"MODE", 1, 1, "(any) -> same", skips, true},
    {"MONTH", 1, 2, "(TIMESTAMP or LONG [, zone]) -> LONG", any, false},
    {"NOW", 0, 0, "() -> TIMESTAMP", any, false},
    {"NULLIF", 2, 2, "(any, same) -> same", own, false},
    {"PERCENTILE", 2, 2, "(LONG or DOUBLE, percent) -> DOUBLE", skips, true},
    {"PERCENTILETDIGEST", 2, 2, "(LONG or DOUBLE, percent) -> DOUBLE", skips, true},
    {"POWER", 2, 2, "(LONG or DOUBLE, LONG or DOUBLE) -> DOUBLE", any, false},
    {"QUARTER", 1, 2, "(TIMESTAMP or LONG [, zone]) -> LONG", any, false},
    {"REGEXP_LIKE", 2, 3, "(STRING, pattern [, flags]) -> BOOLEAN", any, false},
    {"REPLACE", 3, 3, "(STRING, STRING, STRING) -> STRING", any, false},
    {"ROUND", 1, 2, "(LONG) -> LONG, (DOUBLE [, LONG]) -> DOUBLE", any, false},
    {"RTRIM", 1, 2, "(STRING [, STRING]) -> STRING", any, false},
    {"SECOND", 1, 2, "(TIMESTAMP or LONG [, zone]) -> LONG", any, false},
    {"SPLIT_PART", 3, 3, "(STRING, STRING, LONG) -> STRING", any, false},
    {"SQRT", 1, 1, "(LONG or DOUBLE) -> DOUBLE", any, false},
    {"STARTS_WITH", 2, 2, "(STRING, STRING) -> BOOLEAN", any, false},
    {"STDDEV", 1, 1, "(LONG or DOUBLE) -> DOUBLE", skips, true},
    {"STDDEV_SAMP", 1, 1, "(LONG or DOUBLE) -> DOUBLE", skips, true},
    {"SUBSTR", 2, 3, "(STRING, LONG [, LONG]) -> STRING", any, false},
    {"SUBSTRING", 2, 3, "(STRING, LONG [, LONG]) -> STRING", any, false},
    {"SUM", 1, 1, "(LONG) -> LONG, (DOUBLE) -> DOUBLE", skips, true},
    {"SUMMV", 1, 1, "(list of LONG) -> LONG, (list of DOUBLE) -> DOUBLE", skips, true},
    {"TIMECONVERT", 3, 3, "(LONG, unit, unit) -> LONG", any, false},
    {"TODATETIME", 2, 3, "(TIMESTAMP or LONG, pattern [, zone]) -> STRING", any, false},
    {"TRIM", 1, 2, "(STRING [, STRING]) -> STRING", any, false},
    {"UPPER", 1, 1, "(STRING) -> STRING", any, false},
    {"VAR", 1, 1, "(LONG or DOUBLE) -> DOUBLE", skips, true},
    {"VARIANCE", 1, 1, "(LONG or DOUBLE) -> DOUBLE", skips, true},
    {"VAR_SAMP", 1, 1, "(LONG or DOUBLE) -> DOUBLE", skips, true},
    {"WEEK", 1, 2, "(TIMESTAMP or LONG [, zone]) -> LONG", any, false},
    {"YEAR", 1, 2, "(TIMESTAMP or LONG [, zone]) -> LONG", any, false},
}};
static_assert(functions.size() == static_cast<std::size_t>(detail::function_id::year) + 1);

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

}  // namespace detail
}  // namespace oriel

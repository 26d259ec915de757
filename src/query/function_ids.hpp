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
  floor,
  length,
  lower,
  maximum,
  minimum,
  now,
  null_if,
  round,
  sum,
  upper,
};

std::optional<function_id> find_function(std::string_view name) noexcept;

/// Whether this is a function of SEMANTICS 10 that is still to come.
bool is_planned_function(std::string_view name) noexcept;

}  // namespace oriel::detail

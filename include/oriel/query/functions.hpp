// SPDX-License-Identifier: Apache-2.0
// oriel/query/functions.hpp - the functions SQL knows, as a table.
//
// The binder looks functions up here, near names come from here, and a test checks
// docs/sql.md against it, so what is documented is what there is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <oriel/core/export.hpp>

namespace oriel {

/// What a function does about null arguments.
enum class null_rule : std::uint8_t {
  null_if_any,  ///< any null argument makes the result null
  skips,        ///< null arguments are passed over (aggregates: null rows are)
  own,          ///< its own rule, told in docs/sql.md
};

/// One function of SQL.
struct function_description {
  std::string_view name;       ///< in capitals; calls match it whatever their case
  std::size_t least;           ///< number of arguments, at least
  std::size_t most;            ///< and at most
  std::string_view signature;  ///< types of arguments and result: "(STRING) -> LONG"
  null_rule nulls;
  bool aggregate;
};

/// All functions, by name.
ORIEL_EXPORT std::span<const function_description> sql_functions() noexcept;

/// The function of this name, whatever its case, or nullptr.
ORIEL_EXPORT const function_description* find_sql_function(std::string_view name) noexcept;

}  // namespace oriel

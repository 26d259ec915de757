// SPDX-License-Identifier: Apache-2.0
// src/query/keywords.hpp - which bare words cannot be names, and where.
//
// Only two places need to tell: where an expression begins (is `from` a column?) and
// behind an expression or a table (is `limit` an alias?). Everywhere else a word is
// what the grammar expects there, so most keywords may be names.
#pragma once

#include <string_view>

namespace oriel::detail {

/// Words that cannot begin an expression as a column's name.
bool is_reserved_name(std::string_view word) noexcept;

/// Words that cannot be an alias without AS.
bool is_reserved_alias(std::string_view word) noexcept;

}  // namespace oriel::detail

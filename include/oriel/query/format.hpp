// SPDX-License-Identifier: Apache-2.0
// oriel/query/format.hpp - a result as text: for a terminal, a program or a spreadsheet.
//
// Doubles print the shortest digits that read back as the same number. Strings are
// taken to be UTF-8 and passed on as they are, apart from what a format must escape.
#pragma once

#include <string>

#include <oriel/core/export.hpp>
#include <oriel/query/result_set.hpp>

namespace oriel {

/// Columns side by side under a heading, numbers to the right, with the number of rows below.
///
/// Timestamps are ISO-8601, nulls `null`, lists `[a, b]`; control characters are escaped as in C.
/// Widths count code points, so wide and combining characters may stand out of line.
///
///     org    |  n
///     -------+---
///     acme   | 12
///     hollow |  7
///     (2 rows)
ORIEL_EXPORT std::string format_table(const result_set& result);

/// One JSON object per row per line, keys in the order of SELECT.
///
/// Timestamps are integers (milliseconds since 1970), lists arrays; null, NaN and infinities are null. Columns with
/// equal names give equal keys.
///
///     {"org":"acme","n":12}
ORIEL_EXPORT std::string format_json(const result_set& result);

/// A heading and rows as RFC 4180 has them, lines ended by "\n".
///
/// Timestamps are ISO-8601. Null is nothing at all, the empty string is "", a list `[a, b]`.
ORIEL_EXPORT std::string format_csv(const result_set& result);

}  // namespace oriel

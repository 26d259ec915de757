// SPDX-License-Identifier: Apache-2.0
// oriel/query/printer.hpp - tree to SQL text.
//
// The text reads back as the same tree: names that are not plain words are quoted,
// parentheses stand where precedence needs them, numbers have all their digits. Only its
// length may be more than the parser reads.
#pragma once

#include <string>

#include <oriel/core/export.hpp>
#include <oriel/query/statement.hpp>

namespace oriel {

/// The expression as SQL. `parse_expression(to_sql(e)) == e` for every tree the parser can make.
///
///     to_sql(parse_expression("(a+b)*2"));  // (a + b) * 2
ORIEL_EXPORT std::string to_sql(const expression& e);

/// The statement as SQL, on one line. `parse(to_sql(s)) == s` for every tree the parser can make,
/// except for `select_item::label`, which is the text itself.
ORIEL_EXPORT std::string to_sql(const statement& s);

/// A name as it has to be written: quoted if it is not a plain word or is a keyword.
ORIEL_EXPORT std::string quote_name(const std::string& name);

}  // namespace oriel

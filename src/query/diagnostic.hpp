// SPDX-License-Identifier: Apache-2.0
// src/query/diagnostic.hpp - errors that show the place in the query.
//
//     1:8: no column 'contry'; did you mean 'country'?
//       SELECT contry FROM users
//              ^~~~~~
//
// Columns count code points. Of a long line only the part around the place is shown.
#pragma once

#include <string>
#include <string_view>

#include <oriel/core/error.hpp>
#include <oriel/query/statement.hpp>

namespace oriel::detail {

/// The line and column of a byte. Requires: `offset <= text.size()`.
text_position position_of(std::string_view text, std::size_t offset) noexcept;

/// An error about `span` of `text`; just the message when there is no text.
error error_at(error_kind kind, std::string_view text, text_span span, std::string_view message);

}  // namespace oriel::detail

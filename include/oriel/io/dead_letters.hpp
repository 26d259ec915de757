// SPDX-License-Identifier: Apache-2.0
// oriel/io/dead_letters.hpp - dead letters as rows, so that any sink can take them.
//
// Described here, a `dead_letter` is an ordinary struct with fields: `json_lines_sink`
// writes it as {"stream","line","reason","text"} and `json_lines` reads it back. Text
// that is not valid UTF-8 is written with U+FFFD in place of what is wrong.
#pragma once

#include <boost/describe/class.hpp>

#include <oriel/flow/source.hpp>

namespace oriel {

BOOST_DESCRIBE_STRUCT(dead_letter, (), (stream, line, reason, text))

}  // namespace oriel

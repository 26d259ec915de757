// SPDX-License-Identifier: Apache-2.0
// oriel/core/throw.hpp - throws an error without the cost of including one.
//
// A small header that only ever throws a fixed message (an aggregate that overflows)
// would otherwise spend most of its compile time on <string>.
#pragma once

#include <oriel/core/export.hpp>

namespace oriel {

/// Throws `error{exhausted}` with this message.
[[noreturn]] ORIEL_EXPORT void throw_exhausted(const char* message);

/// Throws `error{invalid}` with this message.
[[noreturn]] ORIEL_EXPORT void throw_invalid(const char* message);

}  // namespace oriel

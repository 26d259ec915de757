// SPDX-License-Identifier: Apache-2.0
// oriel/core/near_names.hpp - "did you mean ...?" for names that were not found.
//
// A name is near when few letters have to be added, dropped, changed or swapped
// with their neighbour (the optimal string alignment distance), case ignored: about
// one in three, at most three. A known name that begins with what was wanted is
// near as well. Meant for error messages: no care is taken to be fast.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <oriel/core/export.hpp>

namespace oriel {

/// The known names that may have been meant, nearest first, at most three.
ORIEL_EXPORT std::vector<std::string> near_names(std::string_view wanted, std::span<const std::string> known);

/// The same as the end of a message: "; did you mean 'a' or 'b'?", or nothing when no name is near.
ORIEL_EXPORT std::string did_you_mean(std::string_view wanted, std::span<const std::string> known);

/// Whether two names differ at most in the case of ASCII letters.
ORIEL_EXPORT bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace oriel

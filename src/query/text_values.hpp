// SPDX-License-Identifier: Apache-2.0
// src/query/text_values.hpp - values as text and back, the same for CAST, CONCAT and printed results.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace oriel::detail {

/// The shortest digits that read back as the same number; NaN, Infinity and -Infinity by name.
void append_number(std::string& out, double value);
void append_number(std::string& out, std::int64_t value);

/// The whole text, apart from spaces around it, as a number; nothing if it is something else or out of range.
std::optional<std::int64_t> parse_int64(std::string_view text) noexcept;
std::optional<double> parse_float64(std::string_view text) noexcept;

/// true, t, yes, y, on, 1 and their opposites, whatever the case.
std::optional<bool> parse_boolean(std::string_view text) noexcept;

std::string_view boolean_text(bool value) noexcept;

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/table/sum_of.hpp - adding up many values.
#pragma once

#include <cstddef>

namespace oriel::detail {

/// The sum of `value(0)` to `value(count - 1)`, by eight additions at a time that do not wait for one another. The
/// order depends on nothing but the count, so the same values have the same sum, also when they are `double`.
template <typename Sum, typename Value>
Sum sum_of(std::size_t count, Value value) noexcept {
  constexpr std::size_t lanes = 8;
  Sum parts[lanes] = {};
  const std::size_t rest = count % lanes;
  for (std::size_t i = 0; i < count - rest; i += lanes) {
    for (std::size_t k = 0; k < lanes; ++k) parts[k] += value(i + k);
  }
  for (std::size_t k = 0; k < rest; ++k) parts[k] += value(count - rest + k);
  for (std::size_t width = lanes / 2; width > 0; width /= 2) {
    for (std::size_t k = 0; k < width; ++k) parts[k] += parts[k + width];
  }
  return parts[0];
}

}  // namespace oriel::detail

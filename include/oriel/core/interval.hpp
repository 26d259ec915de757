// SPDX-License-Identifier: Apache-2.0
// oriel/core/interval.hpp - a span of event time, half-open: [start, end).
#pragma once

#include <oriel/core/time.hpp>

namespace oriel {

/// The times `t` with `start <= t < end`. Always half-open, everywhere in Oriel.
struct interval {
  timestamp start;
  timestamp end;

  constexpr bool contains(timestamp t) const noexcept { return start <= t && t < end; }
  constexpr bool overlaps(const interval& other) const noexcept { return start < other.end && other.start < end; }
  constexpr bool empty() const noexcept { return end <= start; }
  constexpr duration length() const noexcept { return end - start; }

  friend constexpr bool operator==(const interval&, const interval&) = default;
  friend constexpr auto operator<=>(const interval&, const interval&) = default;
};

}  // namespace oriel

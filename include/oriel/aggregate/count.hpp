// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/count.hpp - how many.
#pragma once

#include <cstdint>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/where.hpp>

namespace oriel {

/// The number of events.
///
/// Memory: 8 bytes. Invertible, retractable.
///
///     "views"_col = count()
class count : public restrictable<count> {
 public:
  using input = anything;
  using partial = std::int64_t;
  using output = std::int64_t;

  constexpr partial identity() const noexcept { return 0; }
  constexpr partial lift(const input&) const noexcept { return 1; }
  constexpr partial combine(partial earlier, partial later) const noexcept { return earlier + later; }
  constexpr partial remove(partial from, partial earlier) const noexcept { return from - earlier; }
  constexpr output lower(partial p) const noexcept { return p; }

  constexpr void take(partial& p, const input&) const noexcept { --p; }
};

/// The number of events for which `predicate(event)` is true: `count().where(predicate)`.
///
///     "clicks"_col = count_if([](const ad_event& e) { return e.kind == "click"; })
template <typename P>
constexpr auto count_if(P predicate) {
  return count{}.where(std::move(predicate));
}

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/funnel_options.hpp - how a funnel judges.
//
// Every tool means something else by "funnel". The defaults are ours; `like_clickhouse` and
// `like_pinot` answer as those do by default. docs/funnel.md draws what each option means.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include <oriel/core/throw.hpp>

namespace oriel {

/// What may happen between the steps of a funnel.
enum class funnel_order : std::uint8_t {
  loose,       ///< anything
  strict,      ///< no other event of the entity
  increasing,  ///< anything, but each step is later than the one before, not at the same time
  any_order,   ///< the first step comes first, the others in any order within the window after it
};

/// From which of an entity's events on its level counts.
enum class funnel_entry : std::uint8_t {
  best,   ///< whichever gives the longest chain
  first,  ///< its first event that matches step 1
};

/// Which steps an event serves that matches several.
enum class funnel_match : std::uint8_t {
  any_one,  ///< one of them, whichever gives the longest chain
  lowest,   ///< the lowest, and never another
  all,      ///< each of them, as if it were that many events at the same time
};

namespace detail {

/// Milliseconds, made of any std::chrono::duration that is a whole number of them; <chrono> itself is not needed.
struct length_in_ms {
  std::int64_t ms;

  constexpr explicit length_in_ms(std::int64_t milliseconds) noexcept : ms(milliseconds) {}
  template <typename Duration>
    requires(Duration::period::num * 1000 % Duration::period::den == 0)
  constexpr length_in_ms(Duration d) noexcept  // NOLINT: implicit on purpose
      : ms(d.count() * (Duration::period::num * 1000 / Duration::period::den)) {}

  friend constexpr bool operator==(length_in_ms, length_in_ms) = default;
};

inline constexpr length_in_ms without_bound{std::numeric_limits<std::int64_t>::max()};

}  // namespace detail

/// How a funnel judges.
struct funnel_options {
  detail::length_in_ms within = detail::without_bound;  ///< longest time from the first step to the last
  bool inclusive = true;                                ///< whether exactly `within` still counts
  funnel_order order = funnel_order::loose;
  funnel_entry entry = funnel_entry::best;
  funnel_match match = funnel_match::any_one;

  /// How far an event may be behind the newest of its entity that matches a step and was added before it, or is in a
  /// partial that was combined before it. What is further behind is ignored, so that a running aggregate need not
  /// remember events for ever; without a bound, any event counts however late. Partials may be grouped anyhow as long
  /// as their order stays: whether an event comes before or after a newer one makes a difference.
  detail::length_in_ms out_of_orderness = detail::without_bound;

  friend bool operator==(const funnel_options&, const funnel_options&) = default;

  /// Errors: throws `error{invalid}` naming the field, its value and a fix.
  void validate() const {
    const auto check = [](const char* field, detail::length_in_ms length) {
      if (length.ms >= 0) return;
      throw_invalid(("funnel: " + std::string(field) + " is " + std::to_string(length.ms) +
                     " ms; it must be 0 or longer, and left out there is no bound")
                        .c_str());
    };
    check("within", within);
    check("out_of_orderness", out_of_orderness);
  }
};

/// Answers as ClickHouse's `windowFunnel(within)` does without modes: an event may serve several steps, even at once.
inline funnel_options like_clickhouse(detail::length_in_ms within) {
  return {.within = within, .match = funnel_match::all};
}

/// Answers as Pinot's `FUNNELMAXSTEP` does without modes: exactly `within` is too late, and an event serves its lowest
/// step only (so a funnel that asks for the same step twice is never completed).
inline funnel_options like_pinot(detail::length_in_ms within) {
  return {.within = within, .inclusive = false, .match = funnel_match::lowest};
}

/// Where an excluded event breaks a chain: behind step `after`, as long as step `before` has not been reached.
struct funnel_range {
  std::size_t after = 1;
  std::size_t before = 2;
};

}  // namespace oriel

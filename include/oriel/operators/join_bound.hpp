// SPDX-License-Identifier: Apache-2.0
// oriel/operators/join_bound.hpp - how long a join remembers, said by whoever writes it.
//
// A join that remembers rows until they are replaced remembers as many as there are
// keys. That is right for a table of currencies and wrong for one of sessions, and only the
// user knows which it is. So there is no default: a span of event time, or `unbounded`.
#pragma once

#include <chrono>
#include <concepts>
#include <type_traits>

#include <oriel/core/time.hpp>

namespace oriel {

/// What is said to remember for as long as the pipeline lives.
struct unbounded_type {};
inline constexpr unbounded_type unbounded{};

/// A span of event time, or `unbounded`. It has no default value.
class join_bound {
 public:
  /// There is none; what is left out is asked for by name.
  template <typename Unsaid = void>
  constexpr join_bound() {
    static_assert(!std::is_same_v<Unsaid, Unsaid>, "join_bound: say how long: a span of event time (24h), or oriel::unbounded");
  }

  constexpr join_bound(unbounded_type) noexcept : span_(end_of_time - at_ms(0)) {}  // NOLINT: meant to be implicit
  template <typename Rep, typename Period>
    requires std::convertible_to<std::chrono::duration<Rep, Period>, duration>
  constexpr join_bound(std::chrono::duration<Rep, Period> span) noexcept : span_(span) {}  // NOLINT: likewise

  constexpr bool is_unbounded() const noexcept { return span_ == end_of_time - at_ms(0); }

  /// When what began at `t` ends; `end_of_time` when it does not.
  constexpr timestamp end_of(timestamp t) const noexcept { return is_unbounded() ? end_of_time : saturating_add(t, span_); }
  constexpr duration span() const noexcept { return span_; }

 private:
  duration span_;
};

}  // namespace oriel

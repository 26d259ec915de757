// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/where.hpp - any aggregate, over some of the events only.
#pragma once

#include <concepts>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>

namespace oriel {

namespace detail {

// Events in no class of their own make way for the predicate's event type.
template <typename Input, typename Predicate>
struct restricted_input {
  using type = Input;
};
template <typename Predicate>
struct restricted_input<anything, Predicate> {
  using type = callable_argument<Predicate>;
};

}  // namespace detail

/// `Inner` over the events that satisfy `Predicate`. Made with `aggregate.where(predicate)`.
template <aggregate Inner, typename Predicate>
class restricted {
 public:
  using input = typename detail::restricted_input<typename Inner::input, Predicate>::type;
  using partial = typename Inner::partial;
  using output = typename Inner::output;
  static constexpr bool drifts = drifts_when_removed<Inner>;

  constexpr restricted(Inner inner, Predicate predicate)
      : inner_(std::move(inner)), predicate_(std::move(predicate)) {}

  constexpr partial identity() const { return inner_.identity(); }
  constexpr partial lift(const input& event) const
    requires(!positioned_aggregate<Inner>)
  {
    return project(predicate_, event) ? inner_.lift(event) : inner_.identity();
  }
  constexpr partial lift(const input& event, event_position at) const
    requires positioned_aggregate<Inner>
  {
    return project(predicate_, event) ? inner_.lift(event, at) : inner_.identity();
  }
  constexpr partial combine(const partial& earlier, const partial& later) const {
    return inner_.combine(earlier, later);
  }
  constexpr partial remove(const partial& from, const partial& earlier) const
    requires invertible_aggregate<Inner>
  {
    return inner_.remove(from, earlier);
  }
  constexpr output lower(const partial& p) const { return inner_.lower(p); }

  constexpr void add(partial& p, const input& event, event_position at = {}) const {
    if (project(predicate_, event)) add_to(inner_, p, event, at);
  }

  /// Restricts further: both predicates must hold.
  template <typename P>
  constexpr auto where(P predicate) const {
    return restricted<restricted, P>{*this, std::move(predicate)};
  }

 private:
  [[no_unique_address]] Inner inner_;
  [[no_unique_address]] Predicate predicate_;
};

/// Gives an aggregate its `.where(predicate)`.
template <typename Aggregate>
struct restrictable {
  /// This aggregate over the events for which `predicate(event)` is true.
  template <typename P>
  constexpr auto where(P predicate) const {
    return restricted<Aggregate, P>{static_cast<const Aggregate&>(*this), std::move(predicate)};
  }
};

}  // namespace oriel

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
  constexpr partial combine(partial earlier, const partial& later) const {
    return inner_.combine(std::move(earlier), later);
  }
  constexpr partial remove(partial from, const partial& earlier) const
    requires invertible_aggregate<Inner>
  {
    return inner_.remove(std::move(from), earlier);
  }
  constexpr output lower(const partial& p) const { return inner_.lower(p); }

  constexpr void add(partial& p, const input& event, event_position at = {}) const {
    if (project(predicate_, event)) add_to(inner_, p, event, at);
  }

  constexpr void take(partial& p, const input& event, event_position at = {}) const
    requires retractable_aggregate<Inner>
  {
    if (project(predicate_, event)) take_from(inner_, p, event, at);
  }
  constexpr void settle(partial& p) const { oriel::settle(inner_, p); }
  [[gnu::always_inline]] constexpr void prefetch(const partial& p) const { oriel::prefetch(inner_, p); }
  constexpr auto retracting() const
    requires(!retractable_aggregate<Inner> && has_retracting_form<Inner>)
  {
    return restricted<retracting_form<Inner>, Predicate>{oriel::retracting(inner_), predicate_};
  }

  /// The aggregate that is restricted, and whether it is told of an event.
  constexpr const Inner& inner() const noexcept { return inner_; }
  constexpr bool accepts(const input& event) const { return project(predicate_, event); }

  /// Restricts further: both predicates must hold.
  template <typename P>
  constexpr auto where(P predicate) const {
    return restricted<restricted, P>{*this, std::move(predicate)};
  }

 private:
  [[no_unique_address]] Inner inner_;
  [[no_unique_address]] Predicate predicate_;
};

namespace detail {

template <typename Inner, typename Predicate>
struct sharing<restricted<Inner, Predicate>> : sharing<Inner> {};

}  // namespace detail

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

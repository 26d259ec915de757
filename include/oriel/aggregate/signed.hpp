// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/signed.hpp - aggregates over changes: events that are added and events that are taken back.
//
// What aggregates a changelog sees each update as the row before, taken back, and the
// row after, added. The partial also counts the events inside it: when the last one
// was taken back, the group is gone, not zero.
#pragma once

#include <cstdint>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/where.hpp>

namespace oriel {

/// An event that is added (`sign` 1) or taken back (`sign` -1).
template <typename Event>
struct signed_event {
  using event_type = Event;

  Event event{};
  int sign = 1;
};

/// `A` over signed events of type `Event`. Requires: signs are 1 or -1.
///
/// What is taken back was added before, to this partial or to one it is combined with; `A` says where that is not
/// enough. An operator that finds a partial empty drops it, and with it what rounding left behind.
/// Memory: that of `A` and 8 bytes.
///
///     signed_aggregate per_page(retracting(composition));
template <retractable_aggregate A, typename Event = typename A::input>
class signed_aggregate : public restrictable<signed_aggregate<A, Event>> {
 public:
  using input = signed_event<Event>;
  using output = typename A::output;
  static constexpr bool drifts = drifts_when_removed<A>;

  struct partial {
    typename A::partial inside{};
    std::int64_t events = 0;

    template <typename Writer>
    void encode(Writer& out) const {
      out.put(inside);
      out.put(events);
    }
    template <typename Reader>
    bool decode(Reader& in) {
      return in.get(inside) && in.get(events);
    }
  };

  constexpr signed_aggregate() = default;
  explicit constexpr signed_aggregate(A unsigned_one) : aggregate_(std::move(unsigned_one)) {}

  constexpr partial identity() const { return {aggregate_.identity(), 0}; }
  constexpr partial lift(const input& event, event_position at) const {
    partial p = identity();
    add(p, event, at);
    return p;
  }
  constexpr partial combine(partial earlier, const partial& later) const {
    return {aggregate_.combine(std::move(earlier.inside), later.inside), earlier.events + later.events};
  }
  constexpr partial remove(partial from, const partial& earlier) const
    requires invertible_aggregate<A>
  {
    return {aggregate_.remove(std::move(from.inside), earlier.inside), from.events - earlier.events};
  }
  constexpr output lower(const partial& p) const { return aggregate_.lower(p.inside); }

  constexpr void add(partial& p, const input& event, event_position at = {}) const {
    if (event.sign > 0) {
      add_to(aggregate_, p.inside, event.event, at);
      ++p.events;
    } else {
      take_from(aggregate_, p.inside, event.event, at);
      --p.events;
    }
  }
  constexpr void take(partial& p, const input& event, event_position at = {}) const {
    add(p, {event.event, -event.sign}, at);
  }

  constexpr void settle(partial& p) const { oriel::settle(aggregate_, p.inside); }
  [[gnu::always_inline]] constexpr void prefetch(const partial& p) const { oriel::prefetch(aggregate_, p.inside); }

  /// Whether all events were taken back.
  constexpr bool is_empty(const partial& p) const noexcept { return p.events == 0; }

  constexpr const A& unsigned_aggregate() const noexcept { return aggregate_; }

 private:
  [[no_unique_address]] A aggregate_{};
};

/// Whether all events behind a partial were taken back, so that there is no row: never, unless the aggregate is signed.
template <aggregate A>
constexpr bool is_empty(const A& a, const typename A::partial& p) {
  if constexpr (requires { a.is_empty(p); }) {
    return a.is_empty(p);
  } else {
    return false;
  }
}

}  // namespace oriel

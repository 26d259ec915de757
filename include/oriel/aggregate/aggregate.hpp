// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/aggregate.hpp - the algebra every summary follows.
//
// An aggregate turns events into partials (`lift`), joins partials (`combine`) and
// reads the answer off one (`lower`). Because `combine` is associative, partials
// made anywhere, of any stretch of a stream, can be put together later: that is
// what slices, early results and workers rest on. What more is possible follows
// from what more an aggregate can do; there are no flags.
//
//   identity : -> partial              the partial of no events
//   lift     : input -> partial        the partial of one event
//   combine  : partial, partial -> partial      earlier argument first
//   lower    : partial -> output
//   remove   : partial, partial -> partial      optional: takes the earlier part out
//   add      : partial&, input -> void          optional: combine(p, lift(in)) in place
//   append   : partial&, partial -> void        optional: combine(p, later) in place
//   prepend  : partial&, partial -> void        optional: combine(earlier, p) in place
//   cut      : partial&, partial -> void        optional: remove(p, earlier) in place
//   take     : partial&, input -> void          optional: takes any one event back out
//   settle   : partial& -> void                 optional: the partial will never be the later one of `combine`
//   prefetch : partial -> void                  optional: fetches what `add` will touch outside of the partial
//
// Where the answer depends on when an event happened or on which came first (`first`,
// `collect`), `lift`, `add` and `take` are also told the event's position.
//
// Source of the algebra: Tangwongsan, Hirzel, Schneider, Wu, "General Incremental
// Sliding-Window Aggregation", PVLDB 8(7), 2015.
//
// A new aggregate is one header here, one test in tests/aggregate and one line in
// docs/aggregate.md; oriel/aggregate/count.hpp is the shortest to copy.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

namespace oriel {

/// Stands for an event whose contents do not matter: anything converts to it.
struct anything {
  constexpr anything() = default;
  template <typename T>
  constexpr anything(const T&) noexcept {}  // NOLINT: implicit on purpose
};

/// Where an event stands in its stream: when it happened, and how many came before it.
///
/// The order of positions is the order events are told in: by event time, then by arrival.
struct event_position {
  std::int64_t time = 0;      ///< event time, milliseconds since 1970-01-01T00:00:00Z
  std::uint64_t arrival = 0;  ///< events that arrived earlier

  friend constexpr auto operator<=>(const event_position&, const event_position&) = default;
};

namespace detail {

template <typename A>
concept lifts_events = requires(const A a, const typename A::input& in) {
  { a.lift(in) } -> std::same_as<typename A::partial>;
};

}  // namespace detail

/// Summarises events by what is in them and by their position.
template <typename A>
concept positioned_aggregate = requires(const A a, const typename A::input& in, event_position at) {
  { a.lift(in, at) } -> std::same_as<typename A::partial>;
};

/// Can summarise events: associative `combine` with an `identity`.
template <typename A>
concept aggregate = (detail::lifts_events<A> || positioned_aggregate<A>) &&
    requires(const A a, const typename A::partial& p) {
  typename A::output;
  { a.identity() } -> std::same_as<typename A::partial>;
  { a.combine(p, p) } -> std::same_as<typename A::partial>;  // earlier argument first
  { a.lower(p) } -> std::same_as<typename A::output>;
};

/// Can also take the oldest part back out: `remove(combine(a, b), a) == b`.
template <typename A>
concept invertible_aggregate = aggregate<A> && requires(const A a, const typename A::partial& p) {
  { a.remove(p, p) } -> std::same_as<typename A::partial>;
};

/// Whether an answer may differ, after a `remove`, from the answer of what is left computed afresh: rounding in
/// floating sums (infinity - infinity is NaN), a sketch that stays coarse. An aggregate says so with
/// `static constexpr bool drifts = true`.
template <typename A>
inline constexpr bool drifts_when_removed = false;
template <typename A>
  requires requires { requires A::drifts; }
inline constexpr bool drifts_when_removed<A> = true;

/// Can take the oldest part back out without a trace.
template <typename A>
concept exactly_invertible_aggregate = invertible_aggregate<A> && !drifts_when_removed<A>;

/// Can take any one event back out, whatever came between: `take(p, event)` undoes the `add` of an equal event.
///
/// The event may have been added to another partial, or be added later: `combine` settles it.
template <typename A>
concept retractable_aggregate = aggregate<A> &&
    requires(const A a, typename A::partial& p, const typename A::input& in, event_position at) {
  requires requires { a.take(p, in, at); } || requires { a.take(p, in); };
};

/// Can take events back out, or has a form that can (`retracting`). Sketches that forget, such as
/// `approx_count_distinct`, have none.
template <typename A>
concept has_retracting_form = retractable_aggregate<A> || requires(const A a) {
  { a.retracting() } -> retractable_aggregate;
};

/// Can summarise events of type `Event`.
template <typename A, typename Event>
concept aggregate_of = aggregate<A> && std::convertible_to<const Event&, const typename A::input&>;

/// The partial of one event. Aggregates that do not ask for the position are not told.
template <aggregate A>
constexpr typename A::partial lift_at(const A& a, const typename A::input& event, event_position at) {
  if constexpr (positioned_aggregate<A>) {
    return a.lift(event, at);
  } else {
    return a.lift(event);
  }
}

/// Folds one event into a partial: `partial = combine(partial, lift(event))`.
template <aggregate A>
constexpr void add_to(const A& a, typename A::partial& partial, const typename A::input& event,
                      event_position at = {}) {
  if constexpr (requires { a.add(partial, event, at); }) {
    a.add(partial, event, at);
  } else if constexpr (!positioned_aggregate<A> && requires { a.add(partial, event); }) {
    a.add(partial, event);
  } else {
    partial = a.combine(partial, lift_at(a, event, at));
  }
}

/// Joins a later partial to one: `partial = combine(partial, later)`.
template <aggregate A>
constexpr void append_to(const A& a, typename A::partial& partial, const typename A::partial& later) {
  if constexpr (requires { a.append(partial, later); }) {
    a.append(partial, later);
  } else {
    partial = a.combine(std::move(partial), later);
  }
}

/// Joins an earlier partial to one: `partial = combine(earlier, partial)`.
template <aggregate A>
constexpr void prepend_to(const A& a, typename A::partial& partial, const typename A::partial& earlier) {
  if constexpr (requires { a.prepend(partial, earlier); }) {
    a.prepend(partial, earlier);
  } else {
    partial = a.combine(earlier, partial);
  }
}

/// Takes the earlier part out of a partial: `partial = remove(partial, earlier)`.
template <invertible_aggregate A>
constexpr void cut_from(const A& a, typename A::partial& partial, const typename A::partial& earlier) {
  if constexpr (requires { a.cut(partial, earlier); }) {
    a.cut(partial, earlier);
  } else {
    partial = a.remove(std::move(partial), earlier);
  }
}

/// Takes one event back out of a partial.
///
/// `at` is where the event stood; of an aggregate that asks for positions, an equal event elsewhere is taken when
/// none stood there.
template <retractable_aggregate A>
constexpr void take_from(const A& a, typename A::partial& partial, const typename A::input& event,
                         event_position at = {}) {
  if constexpr (requires { a.take(partial, event, at); }) {
    a.take(partial, event, at);
  } else {
    a.take(partial, event);
  }
}

/// Tells an aggregate that a partial will be added to, and perhaps have events taken back, but never be the later
/// argument of `combine`: it may forget what it kept only for that. Running aggregates tell so before each answer.
template <aggregate A>
constexpr void settle(const A& a, typename A::partial& partial) {
  if constexpr (requires { a.settle(partial); }) a.settle(partial);
}

/// Tells an aggregate that a partial is about to be added to, so that memory it has elsewhere can be fetched.
///
/// Always inlined: g++ takes a function that only prefetches for one that does nothing.
template <aggregate A>
[[gnu::always_inline]] constexpr void prefetch(const A& a, const typename A::partial& partial) {
  if constexpr (requires { a.prefetch(partial); }) a.prefetch(partial);
}

/// The aggregate with the same answers that can take events back out: `a` itself where it can, otherwise the variant
/// that remembers every value.
template <has_retracting_form A>
constexpr auto retracting(const A& a) {
  if constexpr (retractable_aggregate<A>) {
    return a;
  } else {
    return a.retracting();
  }
}

/// The type of `retracting(a)`.
template <has_retracting_form A>
using retracting_form = decltype(retracting(std::declval<const A&>()));

namespace detail {

template <typename F>
struct argument_of;
template <typename R, typename A>
struct argument_of<R (*)(A)> {
  using type = std::remove_cvref_t<A>;
};
template <typename R, typename C, typename A>
struct argument_of<R (C::*)(A)> {
  using type = std::remove_cvref_t<A>;
};
template <typename R, typename C, typename A>
struct argument_of<R (C::*)(A) const> {
  using type = std::remove_cvref_t<A>;
};
template <typename R, typename C, typename A>
struct argument_of<R (C::*)(A) const noexcept> {
  using type = std::remove_cvref_t<A>;
};
template <typename M, typename C>
  requires(!std::is_function_v<M>)
struct argument_of<M C::*> {
  using type = C;
};
template <typename F>
  requires std::is_class_v<F> && requires { &F::operator(); }
struct argument_of<F> : argument_of<decltype(&F::operator())> {};

}  // namespace detail

/// The event type a projection or predicate takes: `C` of a member pointer `M C::*`, or the
/// parameter of a function or of a lambda that is not generic (`[](const click& c) {...}`).
template <typename F>
using callable_argument = typename detail::argument_of<F>::type;

/// The projection that leaves an event as it is (`std::identity` without the cost of `<functional>`).
struct itself {
  template <typename T>
  constexpr const T& operator()(const T& value) const noexcept {
    return value;
  }
};

/// What a projection or predicate makes of an event: std::invoke for members and callables.
template <typename Projection, typename Input>
constexpr decltype(auto) project(const Projection& projection, const Input& event) {
  if constexpr (std::is_member_object_pointer_v<Projection>) {
    return (event.*projection);
  } else if constexpr (std::is_member_function_pointer_v<Projection>) {
    return (event.*projection)();
  } else {
    return projection(event);
  }
}

/// What a projection makes of an event, without reference.
template <typename Projection, typename Input>
using projected = std::remove_cvref_t<decltype(project(std::declval<const Projection&>(), std::declval<const Input&>()))>;

namespace detail {

template <typename T>
struct nullable_traits {
  using value_type = T;
  static constexpr bool nullable = false;
};
template <typename T>
struct nullable_traits<std::optional<T>> {
  using value_type = T;
  static constexpr bool nullable = true;
};

/// Aggregates of one `family` in one composition are kept as one, `family::together<Aggregates...>`, which tells them
/// apart by index. `void`: each by itself.
template <typename A>
struct sharing {
  using family = void;
};

/// Calls `f(value)` unless the projected value is null: aggregates skip nulls, as SQL has it.
template <typename V, typename F>
constexpr void if_present(const V& value, F&& f) {
  if constexpr (nullable_traits<V>::nullable) {
    if (value) f(*value);
  } else {
    f(value);
  }
}

}  // namespace detail

/// The type of a projected value with `std::optional` taken off.
template <typename Projection, typename Input>
using projected_value = typename detail::nullable_traits<projected<Projection, Input>>::value_type;

}  // namespace oriel

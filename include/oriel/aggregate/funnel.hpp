// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/funnel.hpp - how far along a path of steps somebody came.
//
// The events of one entity (a user, say) that match steps are kept in their order: by
// time, then by the lowest step matched, then by arrival. A chain of level L is events
// e1 ... eL further and further along that order, e_i matching step i, the last no later
// than `within` after the first. The answer is the level of the longest chain, or, with
// `.path()`, that chain.
//
//     steps A B C, within 10      A0 ── B5 ── C10      level 3
//                                 A0 ── B1 ── A8 ── C9, within 5: A0 B1, then A8 begins anew: level 2
//
// Two things are kept: the chains behind the last event (funnel_chains.hpp), so that an
// event in order costs O(1) and the answer is at hand; and the events, packed
// (funnel_log.hpp), so that an event out of order, one taken back, or those of another
// partial are put where they belong, and the chains made anew.
//
// A running aggregate is told that its partial stands alone (`settle`). Given a bound on
// `out_of_orderness` it then forgets the events that no other can come before, and keeps the
// chains as they stood behind them: of a user whose events are minutes apart, and a bound of
// one, the chains and the newest event.
//
// Card: order needed: none; operator requirement: none; time: O(steps matched) to add an event in order, O(events) to
// add one elsewhere or take one; space: the chains, and 6 to 9 bytes per event that matches a step
// (funnel_partial.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/funnel_chains.hpp>
#include <oriel/aggregate/funnel_holding.hpp>
#include <oriel/aggregate/funnel_log.hpp>
#include <oriel/aggregate/funnel_options.hpp>
#include <oriel/aggregate/funnel_partial.hpp>
#include <oriel/aggregate/kept.hpp>
#include <oriel/aggregate/where.hpp>
#include <oriel/core/column_name.hpp>
#include <oriel/core/row.hpp>
#include <oriel/core/throw.hpp>

namespace oriel {

namespace detail {

template <typename Property>
struct funnel_path_row {
  using type = row<column<"level", std::int64_t>, column<"times", std::vector<std::int64_t>>,
                   column<"completions", std::int64_t>, column<"property", std::optional<Property>>>;
};
template <>
struct funnel_path_row<void> {
  using type = row<column<"level", std::int64_t>, column<"times", std::vector<std::int64_t>>,
                   column<"completions", std::int64_t>>;
};

}  // namespace detail

/// The longest chain: its level; the times of its events, as many as the level, in milliseconds since 1970; how often
/// the funnel was completed, no event counting twice; and, if asked for, the property of the chain's first event.
///
/// Of chains of that level it is the one completed first; of those, the one with the latest events.
template <typename Property = void>
using funnel_path = typename detail::funnel_path_row<Property>::type;

namespace detail {

/// What a funnel makes of events that answers with the level.
template <std::size_t K>
struct funnel_level_result {
  using state = funnel_chains<K, funnel_start>;
  using output = std::int64_t;

  static void advance(state& s, const funnel_rules& rules, const funnel_event& e) { s.advance(rules, e); }
  template <typename Properties>
  static output lower(const state& s, const Properties&) {
    return static_cast<output>(s.level());
  }
  static output lower_with(const state& s, const funnel_rules& rules, const funnel_event& e) {
    return static_cast<output>(s.level_with(rules, e));
  }
};

template <typename Value>
struct funnel_path_of {
  using type = funnel_path<shown<Value>>;
};
template <>
struct funnel_path_of<void> {
  using type = funnel_path<>;
};

/// What a funnel makes of events that answers with the path.
template <std::size_t K, typename Value>
struct funnel_path_result {
  using output = typename funnel_path_of<Value>::type;

  struct state {
    funnel_chains<K, funnel_times<K>> chains;
    funnel_chains<K, funnel_start> open;  // since the last completion
    funnel_times<K> longest;
    std::int64_t completions = 0;

    template <typename F>
    void for_each_value(F&& f) {
      chains.for_each_chain([&](funnel_times<K>& c) { f(c.value); });
      f(longest.value);
    }
    template <typename Writer>
    void encode(Writer& out) const {
      out.put(chains);
      out.put(open);
      out.put(longest);
      out.put(completions);
    }
    template <typename Reader>
    bool decode(Reader& in) {
      return in.get(chains) && in.get(open) && in.get(longest) && in.get(completions);
    }
  };

  static void advance(state& s, const funnel_rules& rules, const funnel_event& e) {
    const std::size_t before = s.chains.level();
    s.chains.advance(rules, e);
    if (s.chains.level() > before) s.longest = s.chains.chain(s.chains.level());
    s.open.advance(rules, e);
    if (s.open.level() == rules.step_count) {
      ++s.completions;
      s.open.let_go();
    }
  }
  template <typename Properties>
  static output lower(const state& s, const Properties& properties) {
    output path;
    const std::size_t level = s.chains.level();
    path[column_name<"level">{}] = static_cast<std::int64_t>(level);
    path[column_name<"times">{}].assign(s.longest.times.begin(),
                                        s.longest.times.begin() + static_cast<std::ptrdiff_t>(level));
    path[column_name<"completions">{}] = s.completions;
    if constexpr (!std::is_void_v<Value>) {
      if (const auto* const v = properties.at(s.longest.value)) path[column_name<"property">{}].emplace(*v);
    }
    return path;
  }
};

/// The type of an optional projection's values; void without one.
template <typename Property, typename Input>
struct funnel_property {
  using type = projected_value<Property, Input>;
};
template <typename Input>
struct funnel_property<void*, Input> {
  using type = void;
};

/// How far an entity came. Made with `funnel`.
///
/// `Steps` and `Exclusions` are tuples of predicates; `Property` a projection, or void* for none.
template <typename Input, typename Steps, typename Exclusions, bool WithPath, typename Property>
class funnel_of : public restrictable<funnel_of<Input, Steps, Exclusions, WithPath, Property>> {
  static constexpr std::size_t step_count = std::tuple_size_v<Steps>;
  static constexpr std::size_t exclusion_count = std::tuple_size_v<Exclusions>;
  static_assert(step_count > 0 && step_count + exclusion_count <= 64, "a funnel has 1 to 64 steps and exclusions");
  using value = typename funnel_property<Property, Input>::type;
  using result = std::conditional_t<WithPath, funnel_path_result<step_count, value>, funnel_level_result<step_count>>;

 public:
  using input = Input;
  using partial = funnel_partial<result, value>;
  using output = typename result::output;

  funnel_of(funnel_rules rules, Steps steps, Exclusions exclusions, Property property)
      : rules_(std::move(rules)),
        steps_(std::move(steps)),
        exclusions_(std::move(exclusions)),
        property_(std::move(property)) {}

  /// Cuts every chain that is somewhere in `range` when an event for which `predicate` is true happens. Levels reached
  /// stay, and another chain may begin. An event may be a step too; it cuts first.
  ///
  /// Errors: throws `error{invalid}` when the range is none, or the steps have no order.
  ///
  ///     funnel({.within = 1h}, is_view, is_cart, is_purchase).excluding({.after = 1, .before = 3}, is_logout)
  template <typename Predicate>
  auto excluding(funnel_range range, Predicate predicate) const {
    if (range.after < 1 || range.after >= range.before || range.before > step_count) {
      throw_invalid("funnel: an exclusion is after step 1 or a later one, and before a later one than that");
    }
    if (rules_.options.order == funnel_order::any_order) {
      throw_invalid("funnel: nothing can be excluded between steps in any order; give the steps an order");
    }
    funnel_rules rules = rules_;
    rules.cuts.push_back((~std::uint64_t{0} >> (64 - (range.before - range.after))) << (range.after - 1));
    auto exclusions = std::tuple_cat(exclusions_, std::tuple<Predicate>(std::move(predicate)));
    return funnel_of<Input, Steps, decltype(exclusions), WithPath, Property>(std::move(rules), steps_,
                                                                            std::move(exclusions), property_);
  }

  /// Answers with a `funnel_path`.
  auto path() const {
    return funnel_of<Input, Steps, Exclusions, true, Property>(rules_, steps_, exclusions_, property_);
  }

  /// Answers with a `funnel_path` that has a property of the chain's first event. Lifetime: a string views the partial.
  ///
  ///     funnel({.within = 1h}, is_view, is_purchase).path(&click::country)
  template <typename Projection>
  auto path(Projection property) const {
    return funnel_of<Input, Steps, Exclusions, true, Projection>(rules_, steps_, exclusions_, std::move(property));
  }

  /// Only events that agree on a property make a chain; events without it make none. The best over all values counts.
  ///
  ///     funnel({.within = 1h}, is_view, is_cart, is_purchase).holding(&click::product)
  template <typename Projection>
  auto holding(Projection property) const {
    return funnel_holding<funnel_of, Projection>(*this, std::move(property));
  }

  partial identity() const { return {}; }
  partial lift(const input& event, event_position at) const {
    partial p;
    add(p, event, at);
    return p;
  }
  partial combine(partial earlier, const partial& later) const {
    earlier.merge(rules_, later);
    return earlier;
  }
  output lower(const partial& p) const { return p.lower(rules_); }

  void add(partial& p, const input& event, event_position at) const {
    for_each_part(p, event, at, [&](const funnel_event& e) { p.add(rules_, e); });
  }

  /// Takes an event back out of the partial it was added to.
  void take(partial& p, const input& event, event_position at) const {
    for_each_part(p, event, at, [&](const funnel_event& e) { p.take(e); });
  }
  void settle(partial& p) const { p.settle(rules_); }
  [[gnu::always_inline]] void prefetch(const partial& p) const { p.prefetch(); }

 private:
  /// Calls `f` with what a funnel sees of an event: nothing, one event, or one for each step it matches.
  template <typename F>
  void for_each_part(partial& p, const input& event, event_position at, F&& f) const {
    std::uint64_t bits = matched(exclusions_, event) << (step_count % 64);
    std::uint64_t steps = matched(steps_, event);
    if (rules_.options.match == funnel_match::lowest) steps &= 0 - steps;
    if ((bits | steps) == 0 && rules_.options.order != funnel_order::strict) return;
    funnel_event e{at.time, at.arrival, bits | steps, 0};
    if constexpr (!std::is_void_v<value>) {
      if ((steps & 1) != 0) {
        if_present(project(property_, event), [&](const value& v) { e.value = p.properties().place_of(v); });
      }
    }
    if (rules_.options.match != funnel_match::all) {
      f(static_cast<const funnel_event&>(e));
      return;
    }
    do {
      const std::uint64_t lowest = steps & (0 - steps);
      e.bits = bits | lowest;
      f(static_cast<const funnel_event&>(e));
      bits = 0;
      steps ^= lowest;
    } while (steps != 0);
  }
  template <typename... Predicates>
  static std::uint64_t matched(const std::tuple<Predicates...>& predicates, const input& event) {
    return std::apply(
        [&](const auto&... predicate) {
          std::uint64_t bits = 0;
          [[maybe_unused]] std::size_t next = 0;
          ((bits |= std::uint64_t{project(predicate, event) ? 1u : 0u} << next++), ...);
          return bits;
        },
        predicates);
  }

  funnel_rules rules_;
  [[no_unique_address]] Steps steps_;
  [[no_unique_address]] Exclusions exclusions_;
  Property property_;
};

}  // namespace detail

/// The level an entity reached in a funnel of these steps, predicates of its events: 0 to the number of steps.
///
/// Events that match no step are only seen by a `strict` funnel. An event that arrives out of order is put where it
/// belongs, so the order of arrival does not matter (but between events of the same millisecond that share their lowest
/// step and differ in others).
/// Memory: 72 bytes, 8 for each step, and 6 to 9 per event that matches a step but for the newest; see
/// `funnel_options` for how to bound it.
/// Errors: throws `error{invalid}` when an option makes no sense, saying which field to change.
///
///     "level"_col = funnel({.within = 1h}, is_view, is_cart, is_purchase)
template <typename First, typename... Steps>
auto funnel(funnel_options options, First first, Steps... more) {
  using input = callable_argument<First>;
  options.validate();
  return detail::funnel_of<input, std::tuple<First, Steps...>, std::tuple<>, false, void*>(
      {.step_count = 1 + sizeof...(Steps), .options = options}, {std::move(first), std::move(more)...}, {}, nullptr);
}

}  // namespace oriel

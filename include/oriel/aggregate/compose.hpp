// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/compose.hpp - several named aggregates as one.
//
// The partials of the parts lie next to each other, so updating five aggregates of
// one key touches one place in memory. The output is a row with a column for each.
#pragma once

#include <cstddef>
#include <tuple>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/core/column_name.hpp>
#include <oriel/core/row.hpp>

namespace oriel {

/// The aggregates of `named<"column", aggregate>`s side by side, over events of type `Input`.
///
///     composed<click, named<"clicks", count>, named<"spend", sum<click, ...>>>
template <typename Input, typename... Named>
class composed;

template <typename Input, fixed_string... Names, typename... Aggregates>
class composed<Input, named<Names, Aggregates>...> {
  static_assert((aggregate_of<Aggregates, Input> && ...),
                "every aggregate must be able to take the stream's events: check that its member pointer or predicate "
                "is of the stream's event type");
  using indices = std::index_sequence_for<Aggregates...>;

 public:
  using input = Input;
  using partial = std::tuple<typename Aggregates::partial...>;
  using output = row<column<Names, typename Aggregates::output>...>;
  static constexpr bool drifts = (drifts_when_removed<Aggregates> || ...);

  explicit constexpr composed(named<Names, Aggregates>... parts) : parts_(std::move(parts.value)...) {}

  constexpr partial identity() const {
    return std::apply([](const auto&... a) { return partial{a.identity()...}; }, parts_);
  }
  constexpr partial lift(const input& event) const
    requires(!positioned_aggregate<Aggregates> && ...)
  {
    return std::apply([&](const auto&... a) { return partial{a.lift(event)...}; }, parts_);
  }
  constexpr partial lift(const input& event, event_position at) const
    requires(positioned_aggregate<Aggregates> || ...)
  {
    return std::apply([&](const auto&... a) { return partial{lift_at(a, event, at)...}; }, parts_);
  }
  constexpr partial combine(const partial& earlier, const partial& later) const {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return partial{std::get<I>(parts_).combine(std::get<I>(earlier), std::get<I>(later))...};
    }(indices{});
  }
  constexpr partial remove(const partial& from, const partial& earlier) const
    requires(invertible_aggregate<Aggregates> && ...)
  {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return partial{std::get<I>(parts_).remove(std::get<I>(from), std::get<I>(earlier))...};
    }(indices{});
  }
  constexpr output lower(const partial& p) const {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return output{column<Names, typename Aggregates::output>{std::get<I>(parts_).lower(std::get<I>(p))}...};
    }(indices{});
  }

  constexpr void add(partial& p, const input& event, event_position at = {}) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (add_to(std::get<I>(parts_), std::get<I>(p), event, at), ...);
    }(indices{});
  }

 private:
  [[no_unique_address]] std::tuple<Aggregates...> parts_;
};

/// One aggregate over events of type `Input` from several named ones.
template <typename Input, fixed_string... Names, typename... Aggregates>
constexpr auto compose(named<Names, Aggregates>... parts) {
  return composed<Input, named<Names, Aggregates>...>{std::move(parts)...};
}

}  // namespace oriel

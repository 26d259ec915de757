// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/compose.hpp - several named aggregates as one.
//
// The partials of the parts lie next to each other, so updating five aggregates of
// one key touches one place in memory. The output is a row with a column for each.
// Parts that need the same set of values share it (aggregate/distinct.hpp).
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/core/column_name.hpp>
#include <oriel/core/row.hpp>

namespace oriel {

namespace detail {

template <typename A>
using family_of = typename sharing<A>::family;

/// Stands in the place of a part whose partial is kept by an earlier one.
struct kept_elsewhere {
  using input = anything;
  struct partial {
    friend constexpr bool operator==(const partial&, const partial&) = default;
    template <typename Writer>
    void encode(Writer&) const {}
    template <typename Reader>
    bool decode(Reader&) {
      return true;
    }
  };
  using output = partial;

  constexpr partial identity() const noexcept { return {}; }
  constexpr partial lift(const anything&) const noexcept { return {}; }
  constexpr partial combine(const partial&, const partial&) const noexcept { return {}; }
  constexpr output lower(const partial&) const noexcept { return {}; }
  constexpr void add(partial&, const anything&) const noexcept {}
};

/// How the parts of a composition are kept: each by itself, or a family of them in the cell of its first member.
template <typename... Aggregates>
class composition {
  template <std::size_t I>
  using part = std::tuple_element_t<I, std::tuple<Aggregates...>>;

 public:
  /// The part whose cell holds part `I`.
  template <std::size_t I>
  static constexpr std::size_t keeper() {
    using family = family_of<part<I>>;
    if constexpr (std::is_void_v<family>) {
      return I;
    } else {
      std::size_t first = 0;
      (void)((std::is_same_v<family_of<Aggregates>, family> || (++first, false)) || ...);
      return first;
    }
  }
  /// How many members of its family come before part `I`.
  template <std::size_t I>
  static constexpr std::size_t rank() {
    return []<std::size_t... J>(std::index_sequence<J...>) {
      return (std::size_t{0} + ... + std::size_t{J < I && keeper<J>() == keeper<I>()});
    }(std::index_sequence_for<Aggregates...>{});
  }
  template <std::size_t I>
  static constexpr bool is_shared() {
    return []<std::size_t... J>(std::index_sequence<J...>) {
      return ((J != I && keeper<J>() == keeper<I>()) || ...);
    }(std::index_sequence_for<Aggregates...>{});
  }

  /// What is kept in the place of part `I`.
  template <std::size_t I>
  static constexpr auto cell(const std::tuple<Aggregates...>& parts) {
    if constexpr (!is_shared<I>()) {
      return std::get<I>(parts);
    } else if constexpr (keeper<I>() != I) {
      return kept_elsewhere{};
    } else {
      return [&]<std::size_t... J>(std::index_sequence<J...>) {
        return together<family_of<part<I>>>(std::tuple_cat(member<I, J>(parts)...));
      }(std::index_sequence_for<Aggregates...>{});
    }
  }

 private:
  template <std::size_t I, std::size_t J>
  static constexpr auto member(const std::tuple<Aggregates...>& parts) {
    if constexpr (keeper<J>() == I) {
      return std::tuple<part<J>>(std::get<J>(parts));
    } else {
      return std::tuple<>();
    }
  }
  template <typename Family, typename... Members>
  static constexpr auto together(std::tuple<Members...> members) {
    return typename Family::template together<Members...>(std::move(members));
  }
};

template <typename Parts, typename Indices>
struct composition_cells;
template <typename... Aggregates, std::size_t... I>
struct composition_cells<std::tuple<Aggregates...>, std::index_sequence<I...>> {
  using type = std::tuple<decltype(composition<Aggregates...>::template cell<I>(
      std::declval<const std::tuple<Aggregates...>&>()))...>;
};
template <typename Cells>
struct cell_partials;
template <typename... Cells>
struct cell_partials<std::tuple<Cells...>> {
  using type = std::tuple<typename Cells::partial...>;
};

}  // namespace detail

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
  using composition = detail::composition<Aggregates...>;
  using cells = typename detail::composition_cells<std::tuple<Aggregates...>, indices>::type;

 public:
  using input = Input;
  using partial = typename detail::cell_partials<cells>::type;
  using output = row<column<Names, typename Aggregates::output>...>;
  static constexpr bool drifts = (drifts_when_removed<Aggregates> || ...);

  explicit constexpr composed(named<Names, Aggregates>... parts)
      : cells_(cells_of(std::tuple<Aggregates...>(std::move(parts.value)...), indices{})) {}

  constexpr partial identity() const {
    return std::apply([](const auto&... a) { return partial{a.identity()...}; }, cells_);
  }
  constexpr partial lift(const input& event) const
    requires(!positioned_aggregate<Aggregates> && ...)
  {
    return std::apply([&](const auto&... a) { return partial{a.lift(event)...}; }, cells_);
  }
  constexpr partial lift(const input& event, event_position at) const
    requires(positioned_aggregate<Aggregates> || ...)
  {
    return std::apply([&](const auto&... a) { return partial{lift_at(a, event, at)...}; }, cells_);
  }
  constexpr partial combine(partial earlier, const partial& later) const {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return partial{std::get<I>(cells_).combine(std::move(std::get<I>(earlier)), std::get<I>(later))...};
    }(indices{});
  }
  constexpr partial remove(partial from, const partial& earlier) const
    requires(invertible_aggregate<Aggregates> && ...)
  {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return partial{std::get<I>(cells_).remove(std::move(std::get<I>(from)), std::get<I>(earlier))...};
    }(indices{});
  }
  constexpr output lower(const partial& p) const {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return output{column<Names, typename Aggregates::output>{lower_part<I>(p)}...};
    }(indices{});
  }

  constexpr void add(partial& p, const input& event, event_position at = {}) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (add_to(std::get<I>(cells_), std::get<I>(p), event, at), ...);
    }(indices{});
  }
  // Part by part, since a partial put together elsewhere would have to be copied.
  constexpr void append(partial& p, const partial& later) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (append_to(std::get<I>(cells_), std::get<I>(p), std::get<I>(later)), ...);
    }(indices{});
  }
  constexpr void prepend(partial& p, const partial& earlier) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (prepend_to(std::get<I>(cells_), std::get<I>(p), std::get<I>(earlier)), ...);
    }(indices{});
  }
  constexpr void cut(partial& p, const partial& earlier) const
    requires(invertible_aggregate<Aggregates> && ...)
  {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (cut_from(std::get<I>(cells_), std::get<I>(p), std::get<I>(earlier)), ...);
    }(indices{});
  }
  constexpr void take(partial& p, const input& event, event_position at = {}) const
    requires(retractable_aggregate<Aggregates> && ...)
  {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (take_from(std::get<I>(cells_), std::get<I>(p), event, at), ...);
    }(indices{});
  }
  constexpr void settle(partial& p) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (oriel::settle(std::get<I>(cells_), std::get<I>(p)), ...);
    }(indices{});
  }
  [[gnu::always_inline]] constexpr void prefetch(const partial& p) const { prefetch_parts(p, indices{}); }
  constexpr auto retracting() const
    requires(!(retractable_aggregate<Aggregates> && ...) && (has_retracting_form<Aggregates> && ...))
  {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return composed<Input, named<Names, retracting_form<Aggregates>>...>{
          named<Names, retracting_form<Aggregates>>{oriel::retracting(part<I>())}...};
    }(indices{});
  }

 private:
  template <std::size_t... I>
  static constexpr cells cells_of(const std::tuple<Aggregates...>& parts, std::index_sequence<I...>) {
    return cells{composition::template cell<I>(parts)...};
  }
  template <std::size_t... I>
  [[gnu::always_inline]] constexpr void prefetch_parts(const partial& p, std::index_sequence<I...>) const {
    (oriel::prefetch(std::get<I>(cells_), std::get<I>(p)), ...);
  }
  template <std::size_t I>
  constexpr const auto& part() const {
    if constexpr (composition::template is_shared<I>()) {
      return std::get<composition::template keeper<I>()>(cells_).template part<composition::template rank<I>()>();
    } else {
      return std::get<I>(cells_);
    }
  }
  template <std::size_t I>
  constexpr auto lower_part(const partial& p) const {
    constexpr std::size_t keeper = composition::template keeper<I>();
    if constexpr (composition::template is_shared<I>()) {
      return std::get<keeper>(cells_).lower(std::get<keeper>(p), composition::template rank<I>());
    } else {
      return std::get<I>(cells_).lower(std::get<I>(p));
    }
  }

  [[no_unique_address]] cells cells_;
};

/// One aggregate over events of type `Input` from several named ones.
template <typename Input, fixed_string... Names, typename... Aggregates>
constexpr auto compose(named<Names, Aggregates>... parts) {
  return composed<Input, named<Names, Aggregates>...>{std::move(parts)...};
}

}  // namespace oriel

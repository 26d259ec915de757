// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/distinct.hpp - how many different values, exactly, and their sum.
//
// The partial is the set of values (aggregate/value_table.hpp): a set is the only partial
// from which the distinct values of two stretches together can be told. Where that is too
// much to remember, `approx_count_distinct` takes 16 KiB at most.
//
// Filters share a set. A dashboard counts the users who saw, who clicked and who bought: three
// sets of mostly the same users. In one composition, counts over one projection keep one
// table instead, with a bit per count, so that a user is looked up and kept once:
//
//   "reach"_col  = count_distinct(&ad_event::user),                    user   reach click buyer
//   "clicks"_col = count_distinct(&ad_event::user).where(is_click),    ann      1     1     0
//   "buyers"_col = count_distinct(&ad_event::user).where(is_order)     bob      1     0     0
//
// It is `compose` that sees it, since nothing need be said that is not said already. What is
// shared is decided by the type of the projection. Two members of one type share a table
// as well: it then holds the values of both, each with its own bits, which costs what two tables do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/value_table.hpp>
#include <oriel/aggregate/where.hpp>
#include <oriel/core/int128.hpp>
#include <oriel/core/throw.hpp>

namespace oriel {

namespace detail {

/// The distinct values of a group, and their number of those that are present.
template <typename V>
struct value_set {
  value_table<V> values;

  void put(const V& v) { values.touch(v); }
  void merge(const value_set& other) {
    values.merge(other.values, [](no_extra, no_extra, bool) {});
  }
  std::int64_t present() const noexcept { return static_cast<std::int64_t>(values.size()); }

  template <typename Writer>
  void encode(Writer& out) const {
    out.put(values);
  }
  template <typename Reader>
  bool decode(Reader& in) {
    return in.get(values);
  }
};

/// The same, where values can be taken out again: how often each was put in.
template <typename V>
struct value_multiset {
  value_table<V, occurrences> values;
  std::int64_t values_present = 0;

  void put(const V& v, std::int64_t times = 1) { change(values.touch(v).extra, times); }
  void merge(const value_multiset& other, std::int64_t sign = 1) {
    if (sign == 1 && other.values.size() > values.size()) {
      value_multiset larger = other;
      larger.merge(*this);
      *this = std::move(larger);
      return;
    }
    other.values.for_each(
        [&](const auto& key, const occurrences& theirs) { change(values.touch_key(key).extra, sign * theirs.count); });
  }
  std::int64_t present() const noexcept { return values_present; }

  template <typename Writer>
  void encode(Writer& out) const {
    out.put(values);
    out.put(values_present);
  }
  template <typename Reader>
  bool decode(Reader& in) {
    if (!in.get(values) || !in.get(values_present)) return false;
    std::int64_t counted = 0;
    values.for_each([&](const auto&, const occurrences& o) { counted += o.count > 0; });
    return counted == values_present;
  }

 private:
  void change(occurrences& o, std::int64_t times) {
    values_present -= o.count > 0;
    o.count += times;
    values_present += o.count > 0;
  }
};

template <typename V>
using sum_of = std::conditional_t<std::is_integral_v<V>, wide_integer, double>;

template <typename V>
struct summed_set {
  value_table<V> values;
  sum_of<V> total{};

  void put(const V& v) {
    if (values.touch(v).added) total += v;
  }
  void merge(const summed_set& other) {
    if (other.values.size() > values.size()) {
      summed_set larger = other;
      larger.merge(*this);
      *this = std::move(larger);
      return;
    }
    other.values.for_each([&](const auto& key, no_extra) {
      if (values.touch_key(key).added) total += value_of_key<V>(key);
    });
  }
  sum_of<V> sum() const noexcept { return total; }

  template <typename Writer>
  void encode(Writer& out) const {
    out.put(values);
    out.put(total);
  }
  template <typename Reader>
  bool decode(Reader& in) {
    return in.get(values) && in.get(total);
  }
};

template <typename V>
struct summed_multiset : value_multiset<V> {
  sum_of<V> sum() const noexcept {
    sum_of<V> total{};
    this->values.for_each([&](const auto& key, const occurrences& o) {
      if (o.count > 0) total += value_of_key<V>(key);
    });
    return total;
  }
};

/// An aggregate over the set of a projection's values; `Set` is the partial.
template <typename Aggregate, typename Input, typename Projection, typename Set>
class over_set : public restrictable<Aggregate> {
 protected:
  using value = projected_value<Projection, Input>;

 public:
  using input = Input;
  using partial = Set;

  constexpr over_set() = default;
  explicit constexpr over_set(Projection projection) : projection_(std::move(projection)) {}

  partial identity() const { return {}; }
  partial lift(const input& event) const {
    partial p;
    add(p, event);
    return p;
  }
  partial combine(partial earlier, const partial& later) const {
    earlier.merge(later);
    return earlier;
  }
  partial remove(partial from, const partial& earlier) const
    requires requires(partial p) { p.merge(p, -1); }
  {
    from.merge(earlier, -1);
    return from;
  }
  void add(partial& p, const input& event) const {
    if_present(project(projection_, event), [&](const value& v) { p.put(v); });
  }
  void take(partial& p, const input& event) const
    requires requires(partial q, const value& v) { q.put(v, -1); }
  {
    if_present(project(projection_, event), [&](const value& v) { p.put(v, -1); });
  }

  constexpr const Projection& projection() const noexcept { return projection_; }

 private:
  [[no_unique_address]] Projection projection_{};
};

}  // namespace detail

/// `count_distinct` where events are taken back: a multiset, 19 to 40 bytes per number. Made by `retracting`.
template <typename Input, typename Projection>
class retracting_count_distinct
    : public detail::over_set<retracting_count_distinct<Input, Projection>, Input, Projection,
                              detail::value_multiset<projected_value<Projection, Input>>> {
 public:
  using output = std::int64_t;
  using retracting_count_distinct::over_set::over_set;

  output lower(const typename retracting_count_distinct::partial& p) const noexcept { return p.present(); }
};

/// The number of different values of a member or projection, exactly; nulls are skipped.
///
/// Values are told apart as SQL does: NaN equals itself, -0.0 equals 0.0, strings are equal by their bytes.
/// Memory: 24 bytes, and per distinct number its width and a byte, times 1.15 to 2.3 (64 bits: 10 to 21 bytes); strings
/// 48 bytes, and 11 to 22 bytes and the characters of each. The first value takes room for seven.
/// Complexity: O(1) per event; `combine` is O(values of the smaller set).
/// Errors: `error{exhausted}` beyond 1.6 thousand million values, or 4 GiB of text, in one group.
///
///     "reach"_col = count_distinct(&ad_event::user_id)
template <typename Input, typename Projection = itself>
class count_distinct : public detail::over_set<count_distinct<Input, Projection>, Input, Projection,
                                               detail::value_set<projected_value<Projection, Input>>> {
 public:
  using output = std::int64_t;
  using count_distinct::over_set::over_set;

  output lower(const typename count_distinct::partial& p) const noexcept { return p.present(); }
  auto retracting() const { return retracting_count_distinct<Input, Projection>(this->projection()); }
};
template <typename Projection>
count_distinct(Projection) -> count_distinct<callable_argument<Projection>, Projection>;

namespace detail {

/// The sum of a set, told as `sum` tells it.
template <typename V, typename Set>
auto told_sum(const Set& set) {
  if constexpr (std::is_integral_v<V>) {
    const wide_integer total = set.sum();
    if (!total.fits_int64()) {
      throw_exhausted("sum_distinct: the total does not fit in 64 bits; sum a floating-point projection instead");
    }
    return static_cast<std::int64_t>(static_cast<int128>(total));
  } else {
    return set.sum();
  }
}

}  // namespace detail

/// `sum_distinct` where events are taken back. Made by `retracting`. `lower` is O(values).
template <typename Input, typename Projection>
class retracting_sum_distinct
    : public detail::over_set<retracting_sum_distinct<Input, Projection>, Input, Projection,
                              detail::summed_multiset<projected_value<Projection, Input>>> {
  using number = projected_value<Projection, Input>;

 public:
  using output = std::conditional_t<std::is_integral_v<number>, std::int64_t, double>;
  using retracting_sum_distinct::over_set::over_set;

  output lower(const typename retracting_sum_distinct::partial& p) const { return detail::told_sum<number>(p); }
};

/// The sum of the different values of a member or projection; nulls are skipped, and the sum of nothing is 0.
///
/// Memory: as `count_distinct`, and the sum. Precision and errors: as `sum`.
///
///     "list_price"_col = sum_distinct(&sale::unit_price)
template <typename Input, typename Projection = itself>
class sum_distinct : public detail::over_set<sum_distinct<Input, Projection>, Input, Projection,
                                             detail::summed_set<projected_value<Projection, Input>>> {
  using number = projected_value<Projection, Input>;
  static_assert(std::is_arithmetic_v<number>, "sum_distinct: the projected value must be a number");

 public:
  using output = std::conditional_t<std::is_integral_v<number>, std::int64_t, double>;
  using sum_distinct::over_set::over_set;

  output lower(const typename sum_distinct::partial& p) const { return detail::told_sum<number>(p); }
  auto retracting() const { return retracting_sum_distinct<Input, Projection>(this->projection()); }
};
template <typename Projection>
sum_distinct(Projection) -> sum_distinct<callable_argument<Projection>, Projection>;

namespace detail {

template <typename A>
constexpr const auto& unrestricted(const A& a) {
  if constexpr (requires { a.inner(); }) {
    return unrestricted(a.inner());
  } else {
    return a;
  }
}
template <typename A, typename Input>
constexpr bool is_told(const A& a, const Input& event) {
  if constexpr (requires { a.inner(); }) {
    return is_told(a.inner(), event) && a.accepts(event);
  } else {
    return true;
  }
}
template <typename Projection>
constexpr bool same_projection(const Projection& a, const Projection& b) {
  if constexpr (std::is_empty_v<Projection>) {
    return true;
  } else if constexpr (requires { { a == b } -> std::same_as<bool>; }) {
    return a == b;
  } else {
    return false;
  }
}

/// Several distinct counts over projections of one type: one table of values, with a bit per count.
template <typename... Counts>
class shared_count_distinct {
  static_assert(sizeof...(Counts) <= 64, "count_distinct: at most 64 counts over one projection in a composition");
  using first_count = std::remove_cvref_t<decltype(unrestricted(std::declval<const std::tuple_element_t<0, std::tuple<Counts...>>&>()))>;
  using projection_type = std::remove_cvref_t<decltype(std::declval<const first_count&>().projection())>;
  using value = projected_value<projection_type, typename first_count::input>;
  static constexpr std::size_t count = sizeof...(Counts);
  using bits = unsigned_of<count <= 8 ? 1 : count <= 16 ? 2 : count <= 32 ? 4 : 8>;
  using indices = std::index_sequence_for<Counts...>;

 public:
  using input = typename first_count::input;
  struct partial {
    value_table<value, bits> values;
    std::int64_t counts[count] = {};

    template <typename Writer>
    void encode(Writer& out) const {
      out.put(values);
    }
    template <typename Reader>
    bool decode(Reader& in) {
      *this = {};
      if (!in.get(values)) return false;
      bool known = true;
      values.for_each([&](const auto&, bits b) {
        if constexpr (count < 8 * sizeof(bits)) known = known && (b >> count) == 0;
        if (known) note(b);
      });
      return known;
    }

    void note(bits fresh) {
      for (std::uint64_t left = fresh; left != 0; left &= left - 1) ++counts[__builtin_ctzll(left)];
    }
  };
  using output = std::int64_t;  // that of each count

  explicit constexpr shared_count_distinct(std::tuple<Counts...> counts)
      : counts_(std::move(counts)), one_projection_(all_alike(indices{})) {}

  template <std::size_t I>
  constexpr const auto& part() const noexcept {
    return std::get<I>(counts_);
  }

  partial identity() const { return {}; }
  partial lift(const input& event) const {
    partial p;
    add(p, event);
    return p;
  }
  partial combine(partial earlier, const partial& later) const {
    if (later.values.size() > earlier.values.size()) {
      partial larger = later;
      put_in(larger, earlier);
      return larger;
    }
    put_in(earlier, later);
    return earlier;
  }
  output lower(const partial& p) const noexcept { return p.counts[0]; }
  output lower(const partial& p, std::size_t which) const noexcept { return p.counts[which]; }

  void add(partial& p, const input& event) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      const bits told = static_cast<bits>(
          (... | (is_told(std::get<I>(counts_), event) ? std::uint64_t{1} << I : std::uint64_t{0})));
      if (told == 0) return;
      if (one_projection_) {
        put(p, unrestricted(std::get<0>(counts_)).projection(), event, told);
      } else {
        (put(p, unrestricted(std::get<I>(counts_)).projection(), event,
             static_cast<bits>(told & (std::uint64_t{1} << I))),
         ...);
      }
    }(indices{});
  }

 private:
  template <std::size_t... I>
  constexpr bool all_alike(std::index_sequence<I...>) const {
    return (same_projection(unrestricted(std::get<0>(counts_)).projection(),
                            unrestricted(std::get<I>(counts_)).projection()) && ...);
  }
  static void put(partial& p, const projection_type& projection, const input& event, bits told) {
    if (told == 0) return;
    if_present(project(projection, event), [&](const value& v) { set(p, p.values.touch(v).extra, told); });
  }
  static void put_in(partial& p, const partial& other) {
    other.values.for_each([&](const auto& key, bits theirs) { set(p, p.values.touch_key(key).extra, theirs); });
  }
  static void set(partial& p, bits& known, bits told) {
    const auto fresh = static_cast<bits>(told & ~known);
    if (fresh == 0) return;
    known = static_cast<bits>(known | told);
    p.note(fresh);
  }

  [[no_unique_address]] std::tuple<Counts...> counts_;
  bool one_projection_;
};

/// Counts over projections of this type are kept together by `compose`.
template <typename Input, typename Projection>
struct distinct_family {
  template <typename... Counts>
  using together = shared_count_distinct<Counts...>;
};
template <typename Input, typename Projection>
struct sharing<count_distinct<Input, Projection>> {
  using family = distinct_family<Input, Projection>;
};

}  // namespace detail

}  // namespace oriel

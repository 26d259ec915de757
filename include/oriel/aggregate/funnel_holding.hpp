// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/funnel_holding.hpp - a funnel whose chains agree on a property.
//
// Somebody who views one product and buys another has not bought what was viewed. A funnel
// for each value of the property, side by side, says how far somebody came with any of them:
//
//     view p  ──  view q  ──  cart p  ──  buy q       holding the product: level 2 (with p, or q)
//
// Exclusions and the events a strict funnel sees in between are told apart by the value too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/kept.hpp>
#include <oriel/aggregate/where.hpp>
#include <oriel/core/column_name.hpp>

namespace oriel {

/// The best answer of `Funnel` over the events of each value of a property. Made with `funnel(...).holding(property)`.
///
/// Of paths the one with the highest level is best, among equals the one completed first, then that of the lowest
/// value; its completions are those with all values. Events whose property is null make no chain.
/// Memory: a partial of `Funnel` for each value.
template <typename Funnel, typename Projection>
class funnel_holding : public restrictable<funnel_holding<Funnel, Projection>> {
  using value = projected_value<Projection, typename Funnel::input>;

 public:
  using input = typename Funnel::input;
  using output = typename Funnel::output;
  struct held {
    detail::kept<value> key{};
    typename Funnel::partial inside{};

    template <typename Writer>
    void encode(Writer& out) const {
      out.put(key);
      out.put(inside);
    }
    template <typename Reader>
    bool decode(Reader& in) {
      return in.get(key) && in.get(inside);
    }
  };
  using partial = std::vector<held>;  // by key, ascending

  funnel_holding(Funnel each, Projection property) : each_(std::move(each)), property_(std::move(property)) {}

  partial identity() const { return {}; }
  partial lift(const input& event, event_position at) const {
    partial p;
    add(p, event, at);
    return p;
  }
  partial combine(partial earlier, const partial& later) const {
    for (const held& h : later) {
      held& mine = place_of(earlier, h.key);
      mine.inside = each_.combine(std::move(mine.inside), h.inside);
    }
    return earlier;
  }
  output lower(const partial& p) const {
    output best = each_.lower(each_.identity());
    for (const held& h : p) {
      output one = each_.lower(h.inside);
      if constexpr (std::is_integral_v<output>) {
        if (one > best) best = one;
      } else {
        constexpr column_name<"completions"> completions{};
        const std::int64_t together = best[completions] + one[completions];
        if (is_better(one, best)) best = std::move(one);
        best[completions] = together;
      }
    }
    return best;
  }

  void add(partial& p, const input& event, event_position at) const {
    detail::if_present(project(property_, event),
                       [&](const value& v) { each_.add(place_of(p, v).inside, event, at); });
  }

  /// Takes an event back out of the partial it was added to.
  void take(partial& p, const input& event, event_position at) const {
    detail::if_present(project(property_, event), [&](const value& v) {
      held& h = place_of(p, v);
      each_.take(h.inside, event, at);
      if (h.inside.is_empty()) p.erase(p.begin() + (&h - p.data()));
    });
  }
  void settle(partial& p) const {
    for (held& h : p) each_.settle(h.inside);
  }

 private:
  template <typename Key>
  static held& place_of(partial& p, const Key& key) {
    std::size_t first = 0;
    for (std::size_t count = p.size(); count > 0;) {
      const std::size_t half = count / 2;
      if (p[first + half].key < key) {
        first += half + 1;
        count -= half + 1;
      } else {
        count = half;
      }
    }
    if (first == p.size() || key < p[first].key) {
      p.insert(p.begin() + static_cast<std::ptrdiff_t>(first), held{detail::kept<value>(key), each_type()});
    }
    return p[first];
  }
  using each_type = typename Funnel::partial;

  static bool is_better(const output& a, const output& b) {
    constexpr column_name<"level"> level{};
    constexpr column_name<"times"> times{};
    if (a[level] != b[level]) return a[level] > b[level];
    return a[level] > 0 && a[times].back() < b[times].back();
  }

  Funnel each_;
  [[no_unique_address]] Projection property_;
};

}  // namespace oriel

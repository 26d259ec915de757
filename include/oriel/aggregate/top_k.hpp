// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/top_k.hpp - the most frequent values, exactly and about.
//
// `top_k` counts every different value. `approx_top_k` keeps at most 2 m counters: when
// they are full, the (m+1)-th greatest count is subtracted from all, and what is left
// with nothing is forgotten. Each time at least m + 1 counters lose that much, so after n
// events no count has lost more than n / (m + 1) in all, and a value more frequent than
// that is never forgotten. The loss is kept and told with the answer.
//
// Sources: Misra, Gries, "Finding repeated elements", 1982, which is the space-saving
// summary of Metwally, Agrawal, El Abbadi, ICDT 2005, less its least counter; that the two
// are the same and how they merge: Agarwal et al., "Mergeable summaries", PODS 2012;
// subtracting once for many events: Anderson et al., "A high-performance algorithm for
// identifying frequent items in data streams", IMC 2017.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/kept.hpp>
#include <oriel/aggregate/value_table.hpp>
#include <oriel/aggregate/where.hpp>
#include <oriel/core/export.hpp>

namespace oriel {

/// A value and how often it occurred.
template <typename V>
struct frequent_value {
  V value{};
  std::int64_t count = 0;

  friend bool operator==(const frequent_value&, const frequent_value&) = default;
};

/// A value and about how often it occurred: at most `count` times and at least `count - error` times.
template <typename V>
struct approx_frequent_value {
  V value{};
  std::int64_t count = 0;
  std::int64_t error = 0;

  friend bool operator==(const approx_frequent_value&, const approx_frequent_value&) = default;
};

namespace detail {

/// The `n`-th greatest of some counts, from 0. Reorders them. Requires: `n < size`.
ORIEL_EXPORT std::int64_t nth_greatest(std::int64_t* counts, std::size_t size, std::size_t n);

template <typename V, typename Key>
shown<V> shown_key(const Key& key) {
  if constexpr (text_value<V>) {
    return {key.data, key.size};
  } else {
    return value_of_key<V>(key);
  }
}

/// The `k` most frequent values, most frequent first, equally frequent ones in ascending order.
template <typename V, typename Frequent>
std::vector<Frequent> most_frequent(const value_table<V, occurrences>& counts, std::size_t k) {
  std::vector<Frequent> top;
  if (k == 0) return top;
  const auto comes_first = [](const Frequent& a, const Frequent& b) {
    return a.count != b.count ? a.count > b.count : a.value < b.value;
  };
  counts.for_each([&](const auto& key, const occurrences& o) {
    if (o.count <= 0 || (top.size() == k && o.count < top.back().count)) return;
    Frequent f;
    f.value = shown_key<V>(key);
    f.count = o.count;
    if (top.size() == k) {
      if (!comes_first(f, top.back())) return;
      top.pop_back();
    }
    auto at = top.end();
    while (at != top.begin() && comes_first(f, *(at - 1))) --at;
    top.insert(at, f);
  });
  return top;
}

}  // namespace detail

/// The `k` most frequent values of a member or projection with their counts, most frequent first.
///
/// Equally frequent values are told in ascending order; nulls are skipped.
/// Memory: 24 bytes, and per different value 19 to 40 bytes (strings: and their characters).
/// Complexity: O(1) per event; `combine` and `lower` O(values).
/// Invertible, retractable.
///
///     "top_pages"_col = top_k(&visit::page, 10)
template <typename Input, typename Projection = itself>
class top_k : public restrictable<top_k<Input, Projection>> {
  using value = projected_value<Projection, Input>;

 public:
  using input = Input;
  using partial = value_table<value, detail::occurrences>;
  using output = std::vector<frequent_value<detail::shown<value>>>;

  explicit constexpr top_k(Projection projection, std::size_t k = 10) : projection_(std::move(projection)), k_(k) {}

  partial identity() const { return {}; }
  partial lift(const input& event) const {
    partial p;
    add(p, event);
    return p;
  }
  partial combine(partial earlier, const partial& later) const {
    earlier.merge(later, [](auto& here, const auto& there, bool) { here.count += there.count; });
    return earlier;
  }
  partial remove(partial from, const partial& earlier) const {
    earlier.for_each([&](const auto& key, const auto& o) { from.touch_key(key).extra.count -= o.count; });
    return from;
  }

  /// Lifetime: strings in the output view the partial.
  output lower(const partial& p) const {
    return detail::most_frequent<value, frequent_value<detail::shown<value>>>(p, k_);
  }

  void add(partial& p, const input& event) const {
    detail::if_present(project(projection_, event), [&](const value& v) { ++p.touch(v).extra.count; });
  }
  void take(partial& p, const input& event) const {
    detail::if_present(project(projection_, event), [&](const value& v) { --p.touch(v).extra.count; });
  }

 private:
  [[no_unique_address]] Projection projection_{};
  std::size_t k_;
};
template <typename Projection>
top_k(Projection, std::size_t = 10) -> top_k<callable_argument<Projection>, Projection>;

/// How much `approx_top_k` counts.
struct approx_top_k_options {
  std::size_t counters = 1024;  ///< m: counts are off by at most n / (m + 1) after n events
};

/// About the `k` most frequent values of a member or projection, with counts and their error.
///
/// The true count of a value is at most its `count` and at least `count - error`; `error` is at most n / (m + 1) after
/// n events, in whatever order and grouping they were combined. The values told are all those with a true count
/// above n / (m + 1), if k allows. Exact, with error 0, up to 2 m different values.
/// Memory: 40 bytes, and 19 to 40 bytes for each of at most 2 m values (strings: and their characters).
/// Complexity: O(1) amortised per event; `combine` and `lower` O(m).
/// Order: unlike exact aggregates, the answer within that bound depends on order and grouping. Events cannot be
/// taken back. Errors: `error{invalid}` without counters.
///
///     "top_urls"_col = approx_top_k(&request::url, 10, {.counters = 4096})
template <typename Input, typename Projection = itself>
class approx_top_k : public restrictable<approx_top_k<Input, Projection>> {
  using value = projected_value<Projection, Input>;
  using counts_type = value_table<value, detail::occurrences>;

 public:
  using input = Input;
  using output = std::vector<approx_frequent_value<detail::shown<value>>>;
  struct partial {
    counts_type counts;
    std::int64_t events = 0;
    std::int64_t lost = 0;  // by every count, at most

    template <typename Writer>
    void encode(Writer& out) const {
      out.put(std::uint8_t{1});  // format
      out.put(events);
      out.put(lost);
      out.put(counts);
    }
    template <typename Reader>
    bool decode(Reader& in) {
      std::uint8_t format = 0;
      if (!in.get(format) || format != 1 || !in.get(events) || !in.get(lost) || !in.get(counts)) return false;
      bool good = events >= 0 && lost >= 0 && lost <= events;
      counts.for_each([&](const auto&, const detail::occurrences& o) {
        good = good && o.count > 0 && o.count <= events - lost;
      });
      return good;
    }
  };

  explicit approx_top_k(Projection projection, std::size_t k = 10, approx_top_k_options options = {})
      : projection_(std::move(projection)), k_(k), counters_(options.counters) {
    if (counters_ == 0) throw_invalid("approx_top_k: at least one counter is needed");
  }

  partial identity() const { return {}; }
  partial lift(const input& event) const {
    partial p;
    add(p, event);
    return p;
  }
  partial combine(partial earlier, const partial& later) const {
    earlier.counts.merge(later.counts, [](auto& here, const auto& there, bool) { here.count += there.count; });
    earlier.events += later.events;
    earlier.lost += later.lost;
    if (earlier.counts.size() > 2 * counters_) forget(earlier);
    return earlier;
  }

  /// Lifetime: strings in the output view the partial.
  output lower(const partial& p) const {
    auto top = detail::most_frequent<value, approx_frequent_value<detail::shown<value>>>(p.counts, k_);
    for (auto& f : top) {
      f.count += p.lost;
      f.error = p.lost;
    }
    return top;
  }

  void add(partial& p, const input& event) const {
    detail::if_present(project(projection_, event), [&](const value& v) {
      const auto t = p.counts.touch(v);
      ++t.extra.count;
      ++p.events;
      if (t.added && p.counts.size() > 2 * counters_) forget(p);
    });
  }

 private:
  [[gnu::noinline]] void forget(partial& p) const {
    detail::plain_array<std::int64_t> counts(p.counts.size());
    std::size_t n = 0;
    p.counts.for_each([&](const auto&, const auto& o) { counts[n++] = o.count; });
    const std::int64_t least = detail::nth_greatest(counts.begin(), counts.size(), counters_);
    counts_type left;
    p.counts.for_each([&](const auto& key, const auto& o) {
      if (o.count > least) left.touch_key(key).extra.count = o.count - least;
    });
    p.counts = std::move(left);
    p.lost += least;
  }

  [[no_unique_address]] Projection projection_{};
  std::size_t k_;
  std::size_t counters_;
};
template <typename Projection>
approx_top_k(Projection, std::size_t = 10, approx_top_k_options = {})
    -> approx_top_k<callable_argument<Projection>, Projection>;

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/histogram.hpp - how many values lie between given bounds, or in pieces of equal width.
//
// Buckets are half-open, as all intervals are: a value at a bound belongs to the bucket
// that begins there. With bounds there is one bucket more than there are bounds, the
// first and the last being open; with a width only buckets that hold something are told.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/value_table.hpp>
#include <oriel/aggregate/where.hpp>
#include <oriel/core/export.hpp>
#include <oriel/core/throw.hpp>

namespace oriel {

/// The number of values in [from, to).
struct histogram_bucket {
  double from = 0;
  double to = 0;
  std::int64_t count = 0;

  friend bool operator==(const histogram_bucket&, const histogram_bucket&) = default;
};

namespace detail {

/// Puts buckets in ascending order.
ORIEL_EXPORT void sort_buckets(histogram_bucket* buckets, std::size_t size);

}  // namespace detail

/// How many values of a member or projection lie below, between and above some bounds.
///
/// NaN and nulls are skipped. Memory: 8 bytes per bucket. Complexity: O(log bounds) per event.
/// Invertible, retractable. Errors: `error{invalid}` unless the bounds ascend.
///
///     "latency"_col = histogram(&request::milliseconds, {10, 100, 1000})
template <typename Input, typename Projection, std::size_t Bounds>
class histogram : public restrictable<histogram<Input, Projection, Bounds>> {
  using value = projected_value<Projection, Input>;
  static_assert(std::is_arithmetic_v<value>, "histogram: the projected value must be a number");

 public:
  using input = Input;
  using output = std::array<histogram_bucket, Bounds + 1>;
  struct partial {
    std::int64_t counts[Bounds + 1] = {};

    template <typename Writer>
    void encode(Writer& out) const {
      for (const std::int64_t n : counts) out.put(n);
    }
    template <typename Reader>
    bool decode(Reader& in) {
      for (std::int64_t& n : counts) {
        if (!in.get(n)) return false;
      }
      return true;
    }
  };

  histogram(Projection projection, const double (&bounds)[Bounds]) : projection_(std::move(projection)) {
    for (std::size_t i = 0; i < Bounds; ++i) {
      if (bounds[i] != bounds[i] || (i > 0 && !(bounds[i - 1] < bounds[i]))) {
        throw_invalid("histogram: the bounds must be in ascending order");
      }
      bounds_[i] = bounds[i];
    }
  }

  constexpr partial identity() const noexcept { return {}; }
  constexpr partial lift(const input& event) const {
    partial p;
    add(p, event);
    return p;
  }
  constexpr partial combine(partial earlier, const partial& later) const noexcept {
    for (std::size_t i = 0; i <= Bounds; ++i) earlier.counts[i] += later.counts[i];
    return earlier;
  }
  constexpr partial remove(partial from, const partial& earlier) const noexcept {
    for (std::size_t i = 0; i <= Bounds; ++i) from.counts[i] -= earlier.counts[i];
    return from;
  }
  constexpr output lower(const partial& p) const noexcept {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    output buckets;
    for (std::size_t i = 0; i <= Bounds; ++i) {
      buckets[i] = {i == 0 ? -infinity : bounds_[i - 1], i == Bounds ? infinity : bounds_[i], p.counts[i]};
    }
    return buckets;
  }

  constexpr void add(partial& p, const input& event) const { put(p, event, 1); }
  constexpr void take(partial& p, const input& event) const { put(p, event, -1); }

 private:
  constexpr void put(partial& p, const input& event, std::int64_t times) const {
    detail::if_present(project(projection_, event), [&](const value& v) {
      const auto number = static_cast<double>(v);
      if (number != number) return;
      std::size_t below = 0;  // bounds that are not above the number
      for (std::size_t left = Bounds; left > 0;) {
        const std::size_t half = left / 2;
        if (bounds_[below + half] <= number) {
          below += half + 1;
          left -= half + 1;
        } else {
          left = half;
        }
      }
      p.counts[below] += times;
    });
  }

  [[no_unique_address]] Projection projection_{};
  std::array<double, Bounds> bounds_{};
};

template <typename Projection, std::size_t Bounds>
histogram(Projection, const double (&)[Bounds]) -> histogram<callable_argument<Projection>, Projection, Bounds>;

/// The width of an even histogram's buckets, which begin at `offset + n * width`.
struct histogram_width {
  double width = 1;
  double offset = 0;
};

/// How many values of a member or projection lie in each piece of a given width.
///
/// NaN, infinities and nulls are skipped. Memory: 24 bytes, and 19 to 40 bytes per bucket that holds something.
/// Invertible, retractable. Errors: `error{invalid}` unless the width is positive and finite.
///
///     "ages"_col = even_histogram(&user::age, {.width = 10})
template <typename Input, typename Projection>
class even_histogram : public restrictable<even_histogram<Input, Projection>> {
  using value = projected_value<Projection, Input>;
  static_assert(std::is_arithmetic_v<value>, "histogram: the projected value must be a number");

 public:
  using input = Input;
  using partial = value_table<double, detail::occurrences>;  // by the number of the bucket, a whole number
  using output = std::vector<histogram_bucket>;

  even_histogram(Projection projection, histogram_width buckets)
      : projection_(std::move(projection)), buckets_(buckets) {
    if (!(buckets.width > 0 && buckets.width < std::numeric_limits<double>::infinity())) {
      throw_invalid("histogram: the width must be positive");
    }
  }

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

  /// The buckets that hold something, in ascending order.
  output lower(const partial& p) const {
    output found;
    p.for_each([&](std::uint64_t key, const detail::occurrences& o) {
      const auto number = detail::value_of_key<double>(key);
      if (o.count > 0) found.push_back({number, number + 1, o.count});
    });
    detail::sort_buckets(found.data(), found.size());
    for (histogram_bucket& b : found) {
      b.from = buckets_.offset + b.from * buckets_.width;
      b.to = buckets_.offset + b.to * buckets_.width;
    }
    return found;
  }

  void add(partial& p, const input& event) const { put(p, event, 1); }
  void take(partial& p, const input& event) const { put(p, event, -1); }

 private:
  void put(partial& p, const input& event, std::int64_t times) const {
    detail::if_present(project(projection_, event), [&](const value& v) {
      const double number = __builtin_floor((static_cast<double>(v) - buckets_.offset) / buckets_.width);
      if (number - number == 0) p.touch(number).extra.count += times;
    });
  }

  [[no_unique_address]] Projection projection_{};
  histogram_width buckets_;
};
template <typename Projection>
even_histogram(Projection, histogram_width) -> even_histogram<callable_argument<Projection>, Projection>;

}  // namespace oriel

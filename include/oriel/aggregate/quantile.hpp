// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/quantile.hpp - medians and percentiles, from a sketch that merges.
//
// Values are counted, each by itself while there are few different ones, so small groups
// and whole numbers of a small range are answered exactly. Beyond 256 different values
// they are counted in buckets: all doubles with the same sign, exponent and first k bits
// after the point. The middle of a bucket is within a factor of 1 +- 1/(2^(k+1) + 1) of
// everything in it. So the answer is the value of some event near the quantile's rank,
// exactly at that rank, off by a relative error that was chosen (1 % or better by default).
//
//   bits of a double   [ sign | exponent | k bits | ............... ]
//                        ------- the bucket -------
//
// No logarithm is computed: a bucket is a shift of the number's own bits, the same on
// every machine. A sketch depends on the values alone, not on their order or grouping.
//
// Sources: the guarantee is that of Masson, Rim, Lee, "DDSketch", PVLDB 12(12), 2019; the
// buckets are those of HdrHistogram (Tene).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/value_table.hpp>
#include <oriel/aggregate/where.hpp>
#include <oriel/core/export.hpp>

namespace oriel {

/// Numbers, counted in buckets of a bounded relative width once they are many.
///
/// Memory: 32 bytes, and 19 to 40 bytes per different value or bucket; a factor of ten between the least and the
/// greatest value is 212 buckets at an error of 1 %.
/// Errors: `error{invalid}` when the relative error is not in [0, 1).
class ORIEL_EXPORT quantile_sketch {
 public:
  /// `relative_error` 0 counts every value by itself for ever.
  explicit quantile_sketch(double relative_error = 0.01);

  bool is_exact() const noexcept { return bits_ == all_bits; }

  /// Puts a number in `times` times; fewer than zero takes it out. NaN is skipped.
  void add(double v, std::int64_t times = 1) {
    if (v != v) return;
    const auto t = counts_.touch(detail::table_key(v) & mask());
    t.extra.count += times;
    if (t.added && is_exact() && counts_.size() > exact_values) [[unlikely]] make_coarser(bits_wanted_);
  }

  /// Puts the counts of another sketch in, or (`sign` -1) takes them out.
  void merge(const quantile_sketch& other, std::int64_t sign = 1);

  /// The least value that at least the share `q` of the values does not exceed; null when there are none.
  std::optional<double> quantile(double q) const;

  /// Several at once, into `results`.
  void quantiles(const double* q, std::size_t n, std::optional<double>* results) const;

  /// Bytes of memory held, beside the sketch itself.
  std::size_t bytes() const noexcept { return counts_.bytes(); }

  // Format 1: version, bits wanted and bits kept, a byte each; the number of values or buckets; for each, ascending,
  // the bits of its least absolute number and its count.
  template <typename Writer>
  void encode(Writer& out) const {
    out.put(format);
    out.put(bits_wanted_);
    out.put(bits_);
    const auto entries = sorted_entries();
    out.put(static_cast<std::uint64_t>(entries.size()));
    for (const entry& e : entries) {
      out.put(e.key);
      out.put(e.times);
    }
  }
  template <typename Reader>
  bool decode(Reader& in) {
    std::uint8_t version = 0;
    std::uint64_t entries = 0;
    *this = quantile_sketch();
    if (!in.get(version) || version != format || !in.get(bits_wanted_) || !in.get(bits_)) return false;
    if (bits_wanted_ > all_bits || (bits_ > bits_wanted_ && !is_exact()) || !in.get(entries)) return false;
    for (std::uint64_t i = 0, before = 0; i < entries; ++i) {
      entry e;
      if (!in.get(e.key) || !in.get(e.times) || e.times.is_nothing() || !is_key(e.key)) return false;
      if (i > 0 && in_order(e.key) <= in_order(before)) return false;
      before = e.key;
      counts_.touch(e.key).extra = e.times;
    }
    return true;
  }

 private:
  struct entry {
    std::uint64_t key = 0;
    detail::occurrences times;
  };
  static constexpr std::uint8_t format = 1;
  static constexpr std::uint8_t all_bits = 52;
  static constexpr std::size_t exact_values = 256;

  std::uint64_t mask() const noexcept { return ~std::uint64_t{0} << (all_bits - bits_); }
  bool is_key(std::uint64_t key) const noexcept;
  double value_of(std::uint64_t key) const noexcept;
  void make_coarser(std::uint8_t bits);
  detail::plain_array<entry> sorted_entries() const;

  /// The bits of a double as an integer that orders like it.
  static std::uint64_t in_order(std::uint64_t key) noexcept {
    constexpr std::uint64_t sign = std::uint64_t{1} << 63;
    return (key & sign) != 0 ? ~key : key | sign;
  }

  detail::number_table<std::uint64_t, detail::occurrences> counts_;
  std::uint8_t bits_wanted_;      // after the point, once there are many values
  std::uint8_t bits_ = all_bits;  // kept now
};

/// How exact `quantile` and `quantiles` are.
struct quantile_options {
  double relative_error = 0.01;  ///< of the answer; 0 counts every value by itself, whatever it costs
};

namespace detail {

template <typename Aggregate, typename Input, typename Projection>
class over_quantile_sketch : public restrictable<Aggregate> {
  using value = projected_value<Projection, Input>;
  static_assert(std::is_arithmetic_v<value>, "quantile: the projected value must be a number");

 public:
  using input = Input;
  using partial = quantile_sketch;
  static constexpr bool drifts = true;  // a coarse sketch stays coarse

  partial identity() const { return none_; }
  partial lift(const input& event) const {
    partial p = none_;
    add(p, event);
    return p;
  }
  partial combine(partial earlier, const partial& later) const {
    earlier.merge(later);
    return earlier;
  }
  partial remove(partial from, const partial& earlier) const {
    from.merge(earlier, -1);
    return from;
  }
  void add(partial& p, const input& event) const { put(p, event, 1); }
  void take(partial& p, const input& event) const { put(p, event, -1); }

 protected:
  over_quantile_sketch(Projection projection, quantile_options options)
      : projection_(std::move(projection)), none_(options.relative_error) {}

 private:
  void put(partial& p, const input& event, std::int64_t times) const {
    if_present(project(projection_, event), [&](const value& v) { p.add(static_cast<double>(v), times); });
  }

  [[no_unique_address]] Projection projection_{};
  quantile_sketch none_;
};

}  // namespace detail

/// The least value that at least the share `q` of the values does not exceed; null when there were none.
///
/// Exact up to 256 different values; beyond, within `relative_error` of it (1 % unless told otherwise, of zero and
/// of numbers below 2.3e-308 in absolute terms). NaN and nulls are skipped; integers beyond 2^53 are rounded first.
/// Complexity: O(1) per event; `combine` O(buckets), `lower` O(buckets * log buckets).
/// Memory: 32 bytes, and 19 to 40 bytes per different value or bucket (212 buckets per factor of ten).
/// Invertible, retractable; what has become coarse stays so.
///
///     "p99"_col = quantile(&request::milliseconds, 0.99)
template <typename Input, typename Projection = itself>
class quantile : public detail::over_quantile_sketch<quantile<Input, Projection>, Input, Projection> {
  using base = detail::over_quantile_sketch<quantile<Input, Projection>, Input, Projection>;

 public:
  using output = std::optional<double>;

  explicit quantile(Projection projection, double q = 0.5, quantile_options options = {})
      : base(std::move(projection), options), q_(q) {
    if (!(q >= 0 && q <= 1)) throw_invalid("quantile: q must be 0 to 1");
  }

  output lower(const quantile_sketch& p) const { return p.quantile(q_); }

 private:
  double q_;
};
template <typename Projection>
quantile(Projection, double = 0.5, quantile_options = {}) -> quantile<callable_argument<Projection>, Projection>;

/// Several quantiles from one sketch: an array, in the order they were asked for. Otherwise as `quantile`.
///
///     "latency"_col = quantiles(&request::milliseconds, {0.5, 0.9, 0.99})
template <typename Input, typename Projection, std::size_t N>
class quantiles : public detail::over_quantile_sketch<quantiles<Input, Projection, N>, Input, Projection> {
  using base = detail::over_quantile_sketch<quantiles<Input, Projection, N>, Input, Projection>;

 public:
  using output = std::array<std::optional<double>, N>;

  quantiles(Projection projection, const double (&q)[N], quantile_options options = {})
      : base(std::move(projection), options) {
    for (std::size_t i = 0; i < N; ++i) {
      if (!(q[i] >= 0 && q[i] <= 1)) throw_invalid("quantiles: every q must be 0 to 1");
      q_[i] = q[i];
    }
  }

  output lower(const quantile_sketch& p) const {
    output answers;
    p.quantiles(q_.data(), N, answers.data());
    return answers;
  }

 private:
  std::array<double, N> q_{};
};
template <typename Projection, std::size_t N>
quantiles(Projection, const double (&)[N], quantile_options = {})
    -> quantiles<callable_argument<Projection>, Projection, N>;

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/hyper_log_log.hpp - about how many different values, in a bounded space.
//
// Every value is hashed to 64 bits. The first p bits choose one of 2^p registers, which
// remembers the longest run of zeros the other bits began with; long runs are rare, so
// they tell how many different hashes there were. Equal values change nothing, two
// sketches merge by the greater of each register, and the estimate is within a standard
// error of 1.04 / sqrt(2^p): 0.81 % for the default p = 14, with registers of 16 KiB.
//
// Few values need few registers. Up to 3/32 of 2^p different values (1 536) the sketch
// is a table of 26-bit register numbers, from which the estimate is all but exact; it is
// folded into registers when it grows beyond. Which of the two forms a sketch has, and
// every bit of it, depends on the set of values alone: not on their order, nor on how
// they were grouped before merging.
//
// Sources: Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog", AofA 2007; the sparse form
// after Heule, Nunkesser, Hall, "HyperLogLog in practice", EDBT 2013; the estimate is the
// improved raw estimator of Ertl, "New cardinality estimation algorithms for HyperLogLog
// sketches", arXiv 1702.01284, which needs no tables of bias.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/value_table.hpp>
#include <oriel/aggregate/where.hpp>
#include <oriel/core/export.hpp>

namespace oriel {

/// A sketch of a set of 64-bit hashes.
///
/// Memory: 48 bytes, and 7 to 14 bytes per hash while sparse, or 2^precision.
/// Errors: `error{invalid}` when the precision is not 4 to 18.
class ORIEL_EXPORT hyper_log_log {
 public:
  explicit hyper_log_log(unsigned precision = 14);

  unsigned precision() const noexcept { return precision_; }
  bool is_sparse() const noexcept { return registers_.empty(); }

  /// Complexity: O(1).
  void add_hash(std::uint64_t hash) {
    if (is_sparse()) return add_sparse(hash);
    const std::uint64_t rest = hash << precision_ | std::uint64_t{1} << (precision_ - 1);
    raise(static_cast<std::size_t>(hash >> (64 - precision_)), static_cast<unsigned>(__builtin_clzll(rest)) + 1);
  }

  /// Puts the values of another sketch in; the coarser of two precisions stays.
  void merge(const hyper_log_log& other);

  /// How many different hashes there were, about. Complexity: O(2^precision) unless sparse.
  double estimate() const;
  std::int64_t rounded_estimate() const;

  /// Bytes of memory held, beside the sketch itself.
  std::size_t bytes() const noexcept { return sparse_.bytes() + registers_.bytes(); }

  // Format 1: version, precision and form (0 sparse, 1 registers), a byte each; then the number of entries and the
  // entries, register number * 64 + run, ascending, or all registers.
  template <typename Writer>
  void encode(Writer& out) const {
    out.put(format);
    out.put(static_cast<std::uint8_t>(precision_));
    out.put(static_cast<std::uint8_t>(!is_sparse()));
    if (is_sparse()) {
      const auto entries = sorted_entries();
      out.put(static_cast<std::uint32_t>(entries.size()));
      for (const std::uint32_t e : entries) out.put(e);
    } else {
      out.put_bytes(reinterpret_cast<const char*>(registers_.slots()), registers_.capacity());
    }
  }
  template <typename Reader>
  bool decode(Reader& in) {
    std::uint8_t version = 0;
    std::uint8_t precision = 0;
    std::uint8_t form = 0;
    if (!in.get(version) || !in.get(precision) || !in.get(form)) return false;
    if (version != format || precision < least_precision || precision > greatest_precision || form > 1) return false;
    *this = hyper_log_log(precision);
    if (form == 1) {
      const char* registers = nullptr;
      std::size_t size = 0;
      return in.get_bytes(registers, size) && set_registers(registers, size);
    }
    std::uint32_t entries = 0;
    if (!in.get(entries)) return false;
    for (std::uint32_t i = 0, before = 0; i < entries; ++i) {
      std::uint32_t e = 0;
      if (!in.get(e) || (i > 0 && e >> 6 <= before >> 6) || !set_entry(e)) return false;
      before = e;
    }
    return true;
  }

  static constexpr unsigned least_precision = 4;
  static constexpr unsigned greatest_precision = 18;

 private:
  static constexpr std::uint8_t format = 1;

  void raise(std::size_t index, unsigned run) noexcept {
    std::uint8_t& r = registers_.slots()[index];
    if (r < run) r = static_cast<std::uint8_t>(run);
  }
  void add_sparse(std::uint64_t hash);
  void add_entry(std::uint32_t index, std::uint8_t run);
  void make_dense();
  void fold_to(unsigned precision);
  detail::plain_array<std::uint32_t> sorted_entries() const;
  bool set_entry(std::uint32_t entry);
  bool set_registers(const char* registers, std::size_t size);

  unsigned precision_;
  detail::number_table<std::uint32_t, std::uint8_t> sparse_;            // register number of 26 bits -> longest run
  detail::slot_block<std::uint8_t, detail::no_extra> registers_;  // empty while sparse
};

/// How exact `approx_count_distinct` is.
struct approx_count_distinct_options {
  unsigned precision = 14;  ///< 4 to 18: registers are 2^precision bytes, the standard error 1.04 / 2^(precision / 2)
};

namespace detail {

/// A hash of a value that a sketch can count zeros of.
template <typename V>
std::uint64_t sketch_hash(const V& v) noexcept {
  const auto key = table_key(v);
  if constexpr (text_value<V>) {
    return hash_bytes(key.data, key.size);
  } else {
    return hash_integer(hash_integer(key) + 0xd6e8feb86659fd93u);  // one product spreads a run of integers too evenly
  }
}

}  // namespace detail

/// About how many different values of a member or projection there are; nulls are skipped.
///
/// Standard error: `standard_error()`, 0.81 % at the default precision; all but exact up to 1 536 values.
/// Memory: 48 bytes, at most 14 bytes per value while few, then 16 KiB; four times that for half the error.
/// Complexity: O(1) per event; `combine` and `lower` read all registers, some microseconds.
/// Events cannot be taken back. Errors: `error{invalid}` when the precision is not 4 to 18.
///
///     "reach"_col = approx_count_distinct(&ad_event::user_id, {.precision = 12})
template <typename Input, typename Projection = itself>
class approx_count_distinct : public restrictable<approx_count_distinct<Input, Projection>> {
  using value = projected_value<Projection, Input>;

 public:
  using input = Input;
  using partial = hyper_log_log;
  using output = std::int64_t;

  approx_count_distinct() = default;
  explicit approx_count_distinct(Projection projection, approx_count_distinct_options options = {})
      : projection_(std::move(projection)), none_(options.precision) {}

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
  output lower(const partial& p) const { return p.rounded_estimate(); }

  void add(partial& p, const input& event) const {
    detail::if_present(project(projection_, event), [&](const value& v) { p.add_hash(detail::sketch_hash(v)); });
  }

  /// The standard deviation of the answer, divided by the true number.
  double standard_error() const noexcept {
    return 1.04 / __builtin_sqrt(static_cast<double>(std::uint64_t{1} << none_.precision()));
  }

 private:
  [[no_unique_address]] Projection projection_{};
  hyper_log_log none_;
};
template <typename Projection>
approx_count_distinct(Projection, approx_count_distinct_options = {})
    -> approx_count_distinct<callable_argument<Projection>, Projection>;

}  // namespace oriel

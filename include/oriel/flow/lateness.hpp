// SPDX-License-Identifier: Apache-2.0
// oriel/flow/lateness.hpp - how late events are, so that out-of-orderness need not be guessed.
//
// An event is behind by the difference between its time and the greatest time seen
// before it; with partitions, the greatest time of the one that lags most. That is
// the least out-of-orderness with which it would have been on time, so the quantiles
// of this distribution are the answer to "which bound shall I give?".
//
// Differences fall into buckets whose width grows with their value, as in Tene's
// HdrHistogram: 64 of one millisecond, then 32 for every doubling. What is read from
// them is at most 1/32 too great, and never too small.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <oriel/core/export.hpp>
#include <oriel/core/time.hpp>
#include <oriel/flow/node.hpp>

namespace oriel {

namespace detail {

/// The buckets: exact below 64 ms, then 32 per doubling.
struct lateness_buckets {
  static constexpr int exact_bits = 6;
  static constexpr std::size_t count = std::size_t{32} * (64 - exact_bits) + 64;

  static constexpr std::size_t of(std::uint64_t behind) noexcept {
    const auto shift = static_cast<int>(std::bit_width(behind | 63)) - exact_bits;
    return static_cast<std::size_t>(shift) * 32 + static_cast<std::size_t>(behind >> shift);
  }
  /// The greatest value in a bucket.
  static constexpr std::uint64_t last(std::size_t bucket) noexcept {
    if (bucket < 64) return bucket;
    const std::size_t shift = bucket / 32 - 1;
    return ((static_cast<std::uint64_t>(bucket - shift * 32) + 1) << shift) - 1;
  }
};

}  // namespace detail

/// How far events were behind the greatest time seen, up to one moment.
///
///     const lateness seen = p.lateness("clicks");
///     seen.suggested_out_of_orderness(0.999);   // one event in a thousand would have been late
class ORIEL_EXPORT lateness {
 public:
  struct bucket {
    duration up_to;        ///< the greatest difference counted here
    std::uint64_t events;
  };

  lateness() = default;
  lateness(std::vector<bucket> buckets, duration max);

  std::uint64_t events() const noexcept { return events_; }

  /// Events that were behind at all.
  std::uint64_t behind() const noexcept {
    return events_ - (!buckets_.empty() && buckets_.front().up_to.count() == 0 ? buckets_.front().events : 0);
  }

  /// How far the furthest was behind; exact.
  duration max() const noexcept { return max_; }

  /// The buckets that are not empty, nearest first.
  std::span<const bucket> buckets() const noexcept { return {buckets_.data(), buckets_.size()}; }

  /// The least difference that at least a share of `q` of the events does not exceed, or up to 1/32 more;
  /// zero when there were none. Requires: 0 <= q <= 1.
  duration quantile(double q) const noexcept;

  /// The smallest `out_of_orderness` with which that share of the events seen would have been on time, or up
  /// to 1/32 more.
  duration suggested_out_of_orderness(double share) const noexcept { return quantile(share); }

 private:
  std::vector<bucket> buckets_;
  duration max_{};
  std::uint64_t events_ = 0;
};

/// Counts how far events are behind.
///
/// Memory: 15 KiB.
/// Threads: one adds, any may take a snapshot.
class ORIEL_EXPORT lateness_recorder {
 public:
  /// Takes note of events with their times and the watermarks they were judged against, made with `bound`.
  void add(std::span<const timestamp> times, std::span<const timestamp> watermarks, duration bound) noexcept;

  lateness snapshot() const;

 private:
  static constexpr timestamp latest = at_ms(std::int64_t{1} << 60);  // of any event

  std::array<counter, detail::lateness_buckets::count> counts_;
  std::atomic<std::int64_t> max_{0};
};

}  // namespace oriel

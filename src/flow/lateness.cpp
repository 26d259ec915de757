// SPDX-License-Identifier: Apache-2.0
#include <oriel/flow/lateness.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace oriel {

lateness::lateness(std::vector<bucket> buckets, duration max) : buckets_(std::move(buckets)), max_(max) {
  for (const bucket& b : buckets_) events_ += b.events;
}

duration lateness::quantile(double q) const noexcept {
  const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(events_));
  std::uint64_t seen = 0;
  for (const bucket& b : buckets_) {
    seen += b.events;
    if (static_cast<double>(seen) >= wanted) return std::min(b.up_to, max_);
  }
  return max_;
}

void lateness_recorder::add(std::span<const timestamp> times, std::span<const timestamp> watermarks,
                            duration bound) noexcept {
  std::uint64_t in_order = 0;
  std::int64_t furthest = max_.load(std::memory_order_relaxed);
  bound = std::min(bound, 2 * latest.time_since_epoch());  // so that no sum below overflows
  for (std::size_t i = 0; i < times.size(); ++i) {
    const timestamp greatest = std::min(watermarks[i], latest) + bound;
    if (times[i] >= greatest) {
      ++in_order;
      continue;
    }
    const std::int64_t behind = (greatest - times[i]).count();
    furthest = std::max(furthest, behind);
    counts_[detail::lateness_buckets::of(static_cast<std::uint64_t>(behind))].add(1);
  }
  counts_[0].add(in_order);
  max_.store(furthest, std::memory_order_relaxed);
}

lateness lateness_recorder::snapshot() const {
  std::vector<lateness::bucket> buckets;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (const std::uint64_t events = counts_[i].value(); events != 0) {
      buckets.push_back({duration{static_cast<std::int64_t>(detail::lateness_buckets::last(i))}, events});
    }
  }
  return {std::move(buckets), duration{max_.load(std::memory_order_relaxed)}};
}

}  // namespace oriel

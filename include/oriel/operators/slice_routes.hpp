// SPDX-License-Identifier: Apache-2.0
// oriel/operators/slice_routes.hpp - which of the last few slices an event belongs to, without looking for it.
//
// Out of order, events alternate between slices in a way no processor can predict. The
// slice of an event is the last that starts by its time; with eight starts in a row,
// counting those takes no branch and is done for several at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>

#include <oriel/core/interval.hpp>

namespace oriel {

/// The way to the last open slices.
///
/// Complexity: O(1) per event.
template <typename Slice>
class slice_routes {
 public:
  static constexpr std::size_t most = 8;

  /// Leads to the last of `slices` (by ascending start) for which `leads_to(slice)`, as far as all later ones do.
  template <typename LeadsTo>
  void make(std::span<const std::unique_ptr<Slice>> slices, const LeadsTo& leads_to) {
    std::size_t first = slices.size();
    while (first > 0 && slices.size() - first < most && leads_to(*slices[first - 1]) &&
           offset(slices.back()->span().start, slices[first - 1]->span().start) < furthest) {
      --first;
    }
    const std::size_t count = slices.size() - first;
    base_ = count == 0 ? beginning_of_time : slices[first]->span().start;
    for (std::size_t i = 0; i < most; ++i) {
      Slice* const s = i < count ? slices[first + i].get() : nullptr;
      starts_[i] = s ? static_cast<std::int32_t>(offset(s->span().start, base_)) : furthest;
      ends_[i] = s ? s->span().end : beginning_of_time;
      slices_[i] = s;
    }
    newest_ = count == 0 ? nullptr : slices.back().get();
  }

  /// The slice that contains `t`; nullptr when none of these does.
  Slice* operator()(timestamp t) const noexcept {
    const std::uint64_t behind = offset(t, base_);
    if (behind >= static_cast<std::uint64_t>(furthest)) return nullptr;
    const auto x = static_cast<std::int32_t>(behind);
    std::int32_t by_then = -1;
    for (std::size_t i = 0; i < most; ++i) by_then += starts_[i] <= x;
    return t < ends_[static_cast<std::size_t>(by_then)] ? slices_[static_cast<std::size_t>(by_then)] : nullptr;
  }

  /// The last slice of all; nullptr when there is no route.
  Slice* newest() const noexcept { return newest_; }

 private:
  static constexpr std::int32_t furthest = std::numeric_limits<std::int32_t>::max();

  static std::uint64_t offset(timestamp t, timestamp from) noexcept {
    return static_cast<std::uint64_t>(to_ms(t)) - static_cast<std::uint64_t>(to_ms(from));
  }

  timestamp base_ = beginning_of_time;
  std::array<std::int32_t, most> starts_{};  // after the base; unused: the furthest
  std::array<timestamp, most> ends_{};
  std::array<Slice*, most> slices_{};
  Slice* newest_ = nullptr;
};

}  // namespace oriel

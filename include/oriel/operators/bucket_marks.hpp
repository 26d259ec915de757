// SPDX-License-Identifier: Apache-2.0
// oriel/operators/bucket_marks.hpp - in which buckets of the calendar one entity was seen.
//
// A user has thousands of events and some dozens of days. Days are what retention asks
// about, so days are what is kept: a list in their order, each with what happened in it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

namespace oriel {

/// The buckets in which an entity qualified for a cohort and those in which it was back. `Counted`: with how many
/// events, so that events may be taken back.
///
/// Complexity: O(1) for the latest bucket, otherwise O(buckets). Memory: 16 bytes per bucket, `Counted` 24.
template <bool Counted>
class bucket_marks {
 public:
  /// An event (sign 1) of this bucket qualifies, or is taken back (-1). Returns 1 when the entity qualifies there from
  /// now on, -1 when it does no longer, 0 when nothing has changed.
  int qualify(std::int64_t bucket, int sign) { return change(bucket, sign, &mark::qualified); }

  /// The same of coming back.
  int come_back(std::int64_t bucket, int sign) { return change(bucket, sign, &mark::back); }

  /// The first bucket other than `bucket` in which the entity qualified.
  std::optional<std::int64_t> first_qualified_except(std::int64_t bucket) const {
    for (const mark& m : marks_) {
      if (m.qualified > 0 && m.bucket != bucket) return m.bucket;
    }
    return std::nullopt;
  }

  /// The last bucket other than `bucket` in which the entity was back.
  std::optional<std::int64_t> last_return_except(std::optional<std::int64_t> bucket) const {
    for (std::size_t i = marks_.size(); i-- > 0;) {
      if (marks_[i].back > 0 && marks_[i].bucket != bucket) return marks_[i].bucket;
    }
    return std::nullopt;
  }

  /// Calls `f(bucket)` for the buckets up to `last` in which the entity qualified, in order, while it returns true.
  template <typename F>
  void for_each_qualified(std::int64_t last, F&& f) const {
    for (std::size_t i = 0; i < marks_.size() && marks_[i].bucket <= last; ++i) {
      if (marks_[i].qualified > 0 && !f(marks_[i].bucket)) return;
    }
  }

  /// The same for the buckets from `first` on in which it was back.
  template <typename F>
  void for_each_return(std::int64_t first, F&& f) const {
    for (const mark& m : marks_) {
      if (m.bucket >= first && m.back > 0 && !f(m.bucket)) return;
    }
  }

  std::size_t bytes() const noexcept { return marks_.capacity() * sizeof(mark); }

 private:
  using count = std::conditional_t<Counted, std::int64_t, std::int8_t>;  // not counted: 0 or 1
  struct mark {
    std::int64_t bucket;
    count qualified = 0;
    count back = 0;
  };

  int change(std::int64_t bucket, int sign, count mark::*which) {
    const auto place = find(bucket);
    count& n = (*place).*which;
    const bool before = n > 0;
    if constexpr (Counted) {
      n += sign;
    } else {
      n = 1;
    }
    const bool after = n > 0;
    if (place->qualified == 0 && place->back == 0) marks_.erase(place);
    return static_cast<int>(after) - static_cast<int>(before);
  }

  /// The mark of a bucket, new if need be.
  auto find(std::int64_t bucket) {
    if (!marks_.empty() && marks_.back().bucket == bucket) return marks_.end() - 1;
    const auto place = std::lower_bound(marks_.begin(), marks_.end(), bucket,
                                        [](const mark& m, std::int64_t b) { return m.bucket < b; });
    return place != marks_.end() && place->bucket == bucket ? place : marks_.insert(place, mark{bucket});
  }

  std::vector<mark> marks_;
};

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/ordered_values.hpp - all that was seen, in order: the partials of aggregates that can take back.
//
// A minimum forgets the second least, and `first` the second event; when the one they
// kept is taken back out there is nothing to fall back on. Their retracting forms keep
// all: values with the number of times they occur, or values at their places. What is
// taken out before it was put in (it may have been put into another partial) is owed,
// and settled when the two meet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include <oriel/aggregate/kept.hpp>

namespace oriel::detail {

struct less_of_any {
  using is_transparent = void;
  constexpr bool operator()(const auto& a, const auto& b) const { return a < b; }
};

/// A multiset of values, in ascending order.
///
/// Complexity: O(log values). Memory: about 56 bytes per different value; strings besides.
template <typename V>
class ordered_values {
 public:
  /// Puts a value in `times` times; fewer than zero takes it out.
  template <typename U>
  void put(const U& value, std::int64_t times = 1) {
    if (times == 0) return;
    const auto at = counts_.lower_bound(value);
    if (at == counts_.end() || value < at->first) {
      counts_.emplace_hint(at, value, times);
    } else if ((at->second += times) == 0) {
      counts_.erase(at);
    }
  }
  void merge(const ordered_values& other, std::int64_t sign = 1) {
    for (const auto& [value, times] : other.counts_) put(value, sign * times);
  }

  /// The least and the greatest value that are there more often than not; null when there are none.
  const V* least() const noexcept {
    for (const auto& [value, times] : counts_) {
      if (times > 0) return &value;
    }
    return nullptr;
  }
  const V* greatest() const noexcept {
    for (auto it = counts_.rbegin(); it != counts_.rend(); ++it) {
      if (it->second > 0) return &it->first;
    }
    return nullptr;
  }

  template <typename Writer>
  void encode(Writer& out) const {
    out.put(static_cast<std::uint64_t>(counts_.size()));
    for (const auto& [value, times] : counts_) {
      out.put(value);
      out.put(times);
    }
  }
  template <typename Reader>
  bool decode(Reader& in) {
    counts_.clear();
    std::uint64_t values = 0;
    if (!in.get(values)) return false;
    for (std::uint64_t i = 0; i < values; ++i) {
      V value{};
      std::int64_t times = 0;
      if (!in.get(value) || !in.get(times) || times == 0 || !(value == value)) return false;
      if (!counts_.empty() && !((counts_.rbegin()->first) < value)) return false;
      counts_.emplace_hint(counts_.end(), std::move(value), times);
    }
    return true;
  }

 private:
  std::map<V, std::int64_t, less_of_any> counts_;
};

/// Where a value stands: by `major` (an event time, or what another member says), then by arrival.
template <typename Major>
struct place {
  Major major{};
  std::uint64_t arrival = 0;

  friend bool operator<(const place& a, const place& b) {
    if (a.major < b.major) return true;
    return !(b.major < a.major) && a.arrival < b.arrival;
  }
};

/// Values at their places. A value is taken from the place it is said to be at; if it is not there, the newest equal
/// one with the same major; if there is none and `Anywhere`, the newest equal one; if there is none, it is owed.
/// So a value taken from another partial than it was put into may be an equal one at another place.
///
/// Complexity: O(log values) at the place or near it, O(values) elsewhere. Memory: about 64 bytes per event; strings
/// besides.
template <typename Major, typename V, bool Anywhere>
class placed_values {
  static constexpr std::uint64_t last_arrival = std::numeric_limits<std::uint64_t>::max();

 public:
  using place_type = place<Major>;
  using values_type = std::multimap<place_type, V>;

  const values_type& values() const noexcept { return values_; }

  template <typename U>
  void put(const place_type& at, const U& value) {
    for (std::size_t i = owed_.size(); i-- > 0;) {
      if (owed_[i].second == value && (Anywhere || is_near(owed_[i].first, at))) {
        owed_.erase(owed_.begin() + static_cast<std::ptrdiff_t>(i));
        return;
      }
    }
    values_.emplace_hint(values_.upper_bound(at), at, V(value));
  }
  template <typename U>
  void take(const place_type& at, const U& value) {
    if (take_newest(values_.lower_bound(at), values_.upper_bound(at), value)) return;
    const auto first = values_.lower_bound({at.major, 0});
    const auto last = values_.upper_bound({at.major, last_arrival});
    if (take_newest(first, last, value)) return;
    if (Anywhere && take_newest(values_.begin(), values_.end(), value)) return;
    owed_.emplace_back(at, V(value));
  }
  void merge(const placed_values& later) {
    for (const auto& [at, value] : later.values_) put(at, value);
    for (const auto& [at, value] : later.owed_) take(at, value);
  }

  /// The first value with the greatest major. Requires: there is one.
  const V& first_of_greatest() const { return values_.lower_bound({values_.rbegin()->first.major, 0})->second; }

  template <typename Writer>
  void encode(Writer& out) const {
    out.put(static_cast<std::uint64_t>(values_.size()));
    for (const auto& [at, value] : values_) put_entry(out, at, value);
    out.put(static_cast<std::uint64_t>(owed_.size()));
    for (const auto& [at, value] : owed_) put_entry(out, at, value);
  }
  template <typename Reader>
  bool decode(Reader& in) {
    *this = {};
    std::uint64_t entries = 0;
    std::pair<place_type, V> entry;
    if (!in.get(entries)) return false;
    for (std::uint64_t i = 0; i < entries; ++i) {
      if (!get_entry(in, entry) || (i > 0 && (entry.first) < values_.rbegin()->first)) return false;
      values_.emplace_hint(values_.end(), entry.first, entry.second);
    }
    if (!in.get(entries)) return false;
    for (std::uint64_t i = 0; i < entries; ++i) {
      if (!get_entry(in, entry)) return false;
      owed_.push_back(entry);
    }
    return true;
  }

 private:
  static bool is_near(const place_type& a, const place_type& b) { return !(a.major < b.major) && !(b.major < a.major); }

  template <typename U>
  bool take_newest(typename values_type::iterator first, typename values_type::iterator last, const U& value) {
    while (last != first) {
      --last;
      if (last->second == value) {
        values_.erase(last);
        return true;
      }
    }
    return false;
  }

  template <typename Writer>
  static void put_entry(Writer& out, const place_type& at, const V& value) {
    out.put(at.major);
    out.put(at.arrival);
    out.put(value);
  }
  template <typename Reader>
  static bool get_entry(Reader& in, std::pair<place_type, V>& entry) {
    return in.get(entry.first.major) && in.get(entry.first.arrival) && in.get(entry.second) &&
           entry.first.major == entry.first.major;
  }

  values_type values_;
  std::vector<std::pair<place_type, V>> owed_;  // taken out, never put in: see the head
};

}  // namespace oriel::detail

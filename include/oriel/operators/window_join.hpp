// SPDX-License-Identifier: Apache-2.0
// oriel/operators/window_join.hpp - rows of two streams that fall into the same window.
//
//   left     ──l1────l2──│──────l3─────│───>
//   right    ────r1──────│─────────────│r2─>      one key, tumbling: (l1, r1) (l2, r1); l3 and r2 are alone
//
// Rows are kept by slice (window/slicing.hpp): once, however many windows overlap. A
// window is joined when it is complete and no row can come for it any more, which is its
// allowed lateness after its end. So every pair and every lone row is told of once and
// for good, and a slice is freed with the last of its windows.
//
// What is sent bears its window's last millisecond, and the watermark sent on is held back by
// the allowance: windows behind the join, also those of the same size, lose nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/core/arena.hpp>
#include <oriel/core/interval.hpp>
#include <oriel/core/join_kind.hpp>
#include <oriel/core/owned.hpp>
#include <oriel/operators/join_node.hpp>
#include <oriel/state/key_dictionary.hpp>
#include <oriel/window/slicing.hpp>

namespace oriel {

/// Two rows of one window, or one without a partner in it.
template <typename L, typename R>
struct window_pair {
  interval window{};
  std::optional<L> left{};
  std::optional<R> right{};

  friend bool operator==(const window_pair&, const window_pair&) = default;
};

/// Joins two streams window by window, all kinds of join.
///
/// `LeftKey` and `RightKey` make a `std::optional<key_type>` of a row; rows without a key have no partners.
/// Pairs of a window come in the order of their left rows, then right rows: by slice, then arrival.
///
/// Complexity: O(1) per row; O(rows and pairs) per window. Memory: rows and their strings until the last window they
/// are in is complete and its allowance over (`state_bytes`).
/// Late events: a row late for some of its windows is in the others; late for all, it goes to `late_left()` or
/// `late_right()`.
template <typename L, typename R, typename LeftKey, typename RightKey, sliceable Windows>
class window_join_node final
    : public join_node<window_join_node<L, R, LeftKey, RightKey, Windows>, L, R, window_pair<L, R>> {
  using base = typename window_join_node::join_node;
  friend base;
  using key_type = typename std::remove_cvref_t<std::invoke_result_t<const LeftKey&, const L&>>::value_type;

 public:
  using typename base::row_type;

  window_join_node(std::string name, LeftKey left_key, RightKey right_key, Windows windows, join_kind kind)
      : base(std::move(name)),
        left_key_(std::move(left_key)),
        right_key_(std::move(right_key)),
        windows_(std::move(windows)),
        kind_(kind) {}

  std::string label() const override { return std::string(to_string(kind_)) + " join, " + windows_.label(); }
  std::size_t state_bytes() const override {
    std::size_t n = keys_.bytes();
    for (const auto& [start, s] : slices_) {
      n += sizeof s + s.left.capacity() * sizeof(entry<L>) + s.right.capacity() * sizeof(entry<R>) + s.bytes.capacity();
    }
    return n;
  }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  template <typename Row>
  struct entry {
    Row row;
    std::uint32_t key;  // `none`: null
  };
  struct slice {
    interval span;
    std::vector<entry<L>> left{};
    std::vector<entry<R>> right{};
    arena bytes{};

    template <bool Left>
    auto& side() {
      if constexpr (Left) {
        return left;
      } else {
        return right;
      }
    }
  };
  struct candidate {
    const entry<R>* of;
    std::uint32_t next;  // with the same key
    bool matched;
  };

  bool tells_left() const noexcept {
    return kind_ == join_kind::left || kind_ == join_kind::full || kind_ == join_kind::anti;
  }
  bool tells_right() const noexcept { return kind_ == join_kind::right || kind_ == join_kind::full; }
  bool tells_pairs() const noexcept { return kind_ != join_kind::semi && kind_ != join_kind::anti; }

  template <bool Left, typename Batch>
  void accept(const Batch& batch) {
    const timestamp other = this->template other_watermark<Left>();
    std::uint64_t late = 0;
    std::uint64_t without_key = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const timestamp w = std::min(batch.watermarks[i], other);
      if (w >= next_deadline_) complete(w);  // in the middle of a batch: what is late must not depend on its size
      if (saturating_add(last_window_at(windows_, batch.times[i]).end, windows_.allowed_lateness) <= w) {
        ++late;
        this->template turn_away<Left>(batch, i);
        continue;
      }
      complete_until_ = std::max(complete_until_, saturating_add(w, -windows_.allowed_lateness));
      without_key += !take<Left>(batch.rows[i], batch.times[i]);
    }
    this->count(batch.size(), late, without_key);
  }

  /// Keeps a row until its windows are complete; false if it has no key.
  template <bool Left, typename Row>
  bool take(const Row& row, timestamp time) {
    std::optional<key_type> key;
    if constexpr (Left) {
      key = left_key_(row);
    } else {
      key = right_key_(row);
    }
    if (!key && !(Left ? tells_left() : tells_right())) return false;
    slice& s = slice_of(time);
    auto& rows = s.template side<Left>();
    rows.push_back({row, key ? keys_.intern(*key) : none});
    for_each_text(rows.back().row, [&](std::string_view& text) { text = s.bytes.store(text); });
    ++kept_;
    return key.has_value();
  }

  slice& slice_of(timestamp time) {
    if (current_ != nullptr && current_->span.contains(time)) return *current_;
    const interval span = slice_at(windows_, time);
    current_ = &slices_.try_emplace(span.start, slice{span}).first->second;
    next_deadline_ = std::min(next_deadline_, deadline(first_open(span)));
    return *current_;
  }

  /// The first window over a slice that is not complete. Requires: there is one.
  interval first_open(interval span) const {
    return window_ending_after(windows_, std::max(complete_until_, span.end - duration{1}));
  }
  timestamp deadline(interval window) const { return saturating_add(window.end, windows_.allowed_lateness); }

  /// The watermark has reached `w`: joins the windows it completes, and frees slices.
  void complete(timestamp w) {
    next_deadline_ = end_of_time;
    while (!slices_.empty()) {
      const interval window = first_open(slices_.begin()->second.span);
      if (deadline(window) > w) {
        next_deadline_ = deadline(window);
        break;
      }
      join(window);
      complete_until_ = window.end;
      free_slices();
    }
    if (w != end_of_time) complete_until_ = std::max(complete_until_, saturating_add(w, -windows_.allowed_lateness));
    free_slices();
    forget_keys();
  }

  void free_slices() {
    while (!slices_.empty() && last_window_at(windows_, slices_.begin()->first).end <= complete_until_) {
      kept_ -= slices_.begin()->second.left.size() + slices_.begin()->second.right.size();
      slices_.erase(slices_.begin());
      current_ = nullptr;
    }
  }

  void join(interval window) {
    const auto from = slices_.lower_bound(window.start);
    const auto to = slices_.lower_bound(window.end);
    list_right(from, to);
    for (auto s = from; s != to; ++s) {
      for (const entry<L>& l : s->second.left) join_left(window, l);
    }
    for (candidate& r : candidates_) {
      if (r.of->key != none) first_[r.of->key] = none;
      if (!r.matched && tells_right()) tell({window, std::nullopt, r.of->row});
    }
    this->send();
  }

  /// Lists the right rows of a window and chains those with equal keys, in their order.
  template <typename Slices>
  void list_right(Slices from, Slices to) {
    candidates_.clear();
    for (auto s = from; s != to; ++s) {
      for (const entry<R>& r : s->second.right) candidates_.push_back({&r, none, false});
    }
    first_.resize(keys_.size(), none);
    for (std::size_t i = candidates_.size(); i-- > 0;) {
      candidate& r = candidates_[i];
      if (r.of->key != none) r.next = std::exchange(first_[r.of->key], static_cast<std::uint32_t>(i));
    }
  }

  void join_left(interval window, const entry<L>& l) {
    const std::uint32_t first = l.key == none ? none : first_[l.key];
    if (first == none) {
      if (tells_left()) tell({window, l.row, std::nullopt});
      return;
    }
    if (kind_ == join_kind::semi) tell({window, l.row, std::nullopt});
    for (std::uint32_t i = first; i != none; i = candidates_[i].next) {
      candidates_[i].matched = true;
      if (tells_pairs()) tell({window, l.row, candidates_[i].of->row});
    }
  }

  void tell(const row_type& pair) {
    this->out(pair, pair.window.end - duration{1});
  }
  void forget_keys() {
    if (!keys_.outnumbers(kept_)) return;
    key_dictionary<key_type> fresh;
    const auto rename = [&](auto& rows) {
      for (auto& e : rows) {
        if (e.key != none) e.key = fresh.intern(keys_[e.key]);
      }
    };
    for (auto& [start, s] : slices_) {
      rename(s.left);
      rename(s.right);
    }
    keys_ = std::move(fresh);
    first_.clear();
    first_.shrink_to_fit();
  }

  void advance() {
    const timestamp w = this->watermark();
    if (w >= next_deadline_) complete(w);
    this->send_watermark(windows_.allowed_lateness);
  }

  LeftKey left_key_;
  RightKey right_key_;
  Windows windows_;
  join_kind kind_;
  key_dictionary<key_type> keys_;
  std::map<timestamp, slice> slices_;  // by start
  slice* current_ = nullptr;           // of the last row
  std::size_t kept_ = 0;
  timestamp complete_until_ = beginning_of_time;  // windows that end by then are done with
  timestamp next_deadline_ = end_of_time;         // when the next window with rows is
  std::vector<candidate> candidates_;  // right rows of the window being joined
  std::vector<std::uint32_t> first_;   // of them by key id; `none` between windows
};

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/operators/interval_join.hpp - rows of two streams that happened close to each other.
//
// A left and a right row with equal keys are partners when
//
//     left.ts + lower <= right.ts <= left.ts + upper
//
//   right    ────────────[=====●=====]────────────>      [ ] where a partner of l may be
//   left     ────────────l───────────────────────>
//
// Each row looks for partners among those that came before it, and waits for those to
// come until the watermark says that none will. So what comes out does not depend on
// which of two partners arrived first. A row that found none is told of when it stops
// waiting (left, right and full joins, anti joins), or at once and taken back when a
// partner comes (`eager`).
//
// What is sent can be older than the watermark that came in; the watermark sent on is held
// back by as much, so windows behind a join lose nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/core/change.hpp>
#include <oriel/core/error.hpp>
#include <oriel/core/join_kind.hpp>
#include <oriel/core/joined.hpp>
#include <oriel/core/owned.hpp>
#include <oriel/operators/join_node.hpp>
#include <oriel/operators/join_state.hpp>
#include <oriel/state/key_dictionary.hpp>

namespace oriel {

/// Of several partners of a left row, which are told of.
enum class join_match : std::uint8_t {
  all,
  first,    ///< the earliest; among equals the one that arrived first
  nearest,  ///< the one with the least distance in time; among equals the earlier one
};

/// The event time of a pair. A row without a partner keeps its own.
enum class join_time : std::uint8_t { latest, left, right };

/// What `interval_join` is told.
struct interval_join_options {
  duration lower{};             ///< a right row may be this much after its left row, or before it if negative
  duration upper{};             ///< and this much at most; not less than `lower`
  join_kind kind = join_kind::inner;
  join_match match = join_match::all;  ///< with `first` and `nearest`, pairs are told when no better one can come
  join_time time = join_time::latest;
  duration allowed_lateness{};  ///< how far behind the watermark a row may be and still be joined

  /// Errors: throws `error{invalid}` naming the field, its value and a fix.
  void validate() const {
    const auto refuse = [](const std::string& what) { throw error(error_kind::invalid, "interval_join: " + what); };
    if (upper < lower) {
      refuse("upper " + format_duration(upper) + " is less than lower " + format_duration(lower) +
             ", so no rows are partners; exchange them");
    }
    if (allowed_lateness.count() < 0) {
      refuse("allowed_lateness is " + format_duration(allowed_lateness) + "; it must not be negative");
    }
  }
};

/// Joins two streams within bounds of event time.
///
/// `LeftKey` and `RightKey` make a `std::optional<key_type>` of a row; rows without a key have no partners.
/// With `Eager`, rows without a partner are told of at once, and what comes out is a changelog.
///
/// Complexity: O(1) per row and per row waiting under its key. Memory: a row waits for `upper - lower` of event time,
/// its strings and 70 to 150 bytes with it, and as much again for a key nobody else uses (`state_bytes`); keys are
/// forgotten when more than half of them have no row.
/// Late events: a row whose time plus the allowance is behind the watermark goes to `late_left()` or `late_right()`.
template <typename L, typename R, typename LeftKey, typename RightKey, bool Eager = false>
class interval_join_node final
    : public join_node<interval_join_node<L, R, LeftKey, RightKey, Eager>, L, R,
                       std::conditional_t<Eager, change<joined<L, R>>, joined<L, R>>> {
  using base = typename interval_join_node::join_node;
  friend base;
  using key_type = typename std::remove_cvref_t<std::invoke_result_t<const LeftKey&, const L&>>::value_type;

 public:
  using pair_type = joined<L, R>;
  using typename base::row_type;

  interval_join_node(std::string name, LeftKey left_key, RightKey right_key, interval_join_options options)
      : base(std::move(name)),
        left_key_(std::move(left_key)),
        right_key_(std::move(right_key)),
        options_(options),
        left_(bucket_width(options)),
        right_(bucket_width(options)) {}

  std::string label() const override {
    return "join " + format_duration(options_.lower) + " to " + format_duration(options_.upper);
  }
  std::size_t state_bytes() const override { return keys_.bytes() + left_.bytes() + right_.bytes(); }

 private:
  struct left_extra {
    bool matched = false;
    std::shared_ptr<const owned<R>> best{};  // of `first` and `nearest`
    timestamp best_time{};
    std::uint64_t best_arrival = 0;
  };
  struct right_extra {
    bool matched = false;
  };
  using left_entry = typename join_state<L, left_extra>::entry;
  using right_entry = typename join_state<R, right_extra>::entry;

  static duration bucket_width(const interval_join_options& o) {
    return std::max((o.upper - o.lower + o.allowed_lateness) / 8, duration{1});
  }

  bool one_partner() const noexcept { return options_.match != join_match::all; }
  bool tells_left() const noexcept {
    return options_.kind == join_kind::left || options_.kind == join_kind::full || options_.kind == join_kind::anti;
  }
  bool tells_right() const noexcept { return options_.kind == join_kind::right || options_.kind == join_kind::full; }
  bool tells_pairs() const noexcept { return options_.kind != join_kind::semi && options_.kind != join_kind::anti; }

  template <bool Left, typename Batch>
  void accept(const Batch& batch) {
    const timestamp other = this->template other_watermark<Left>();
    std::uint64_t late = 0;
    std::uint64_t without_key = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const timestamp time = batch.times[i];
      if (saturating_add(time, options_.allowed_lateness) < std::min(batch.watermarks[i], other)) {
        ++late;
        this->template turn_away<Left>(batch, i);
        continue;
      }
      const std::uint64_t arrival = this->counters_.in.value() + i;
      if constexpr (Left) {
        without_key += !take_left(batch.rows[i], time, arrival);
      } else {
        without_key += !take_right(batch.rows[i], time, arrival);
      }
    }
    this->count(batch.size(), late, without_key);
    this->send();
    told_.clear();
  }

  /// A left row: its partners so far, then it waits for more. False if it has no key.
  bool take_left(const L& row, timestamp time, std::uint64_t arrival) {
    const auto key = left_key_(row);
    if (!key) {
      if (tells_left()) tell(row, time);
      return false;
    }
    const std::uint32_t id = keys_.intern(*key);
    left_extra extra;
    partners_right_.clear();
    right_.for_each_of(id, saturating_add(time, options_.lower), saturating_add(time, options_.upper),
                       [&](right_entry& r) { partners_right_.push_back(&r); });
    sort_by_time(partners_right_);
    for (right_entry* r : partners_right_) {
      take_back_right(*r);
      meet(row, time, extra, r->row, r->time, r->arrival, r->extra);
    }
    if (Eager && !extra.matched && tells_left()) tell(row, time);
    if (left_.holds(time)) {
      left_.add(row, time, arrival, id).extra = std::move(extra);
    } else {
      leave(row, time, extra);
      if (extra.best) told_.push_back(std::move(extra.best));
    }
    return true;
  }

  /// The same for a right row.
  bool take_right(const R& row, timestamp time, std::uint64_t arrival) {
    const auto key = right_key_(row);
    if (!key) {
      if (tells_right()) tell_right(row, time);
      return false;
    }
    const std::uint32_t id = keys_.intern(*key);
    right_extra extra;
    partners_left_.clear();
    left_.for_each_of(id, saturating_add(time, -options_.upper), saturating_add(time, -options_.lower),
                      [&](left_entry& l) { partners_left_.push_back(&l); });
    sort_by_time(partners_left_);
    for (left_entry* l : partners_left_) {
      take_back_left(*l);
      meet(l->row, l->time, l->extra, row, time, arrival, extra);
    }
    if (Eager && !extra.matched && tells_right()) tell_right(row, time);
    if (right_.holds(time)) {
      right_.add(row, time, arrival, id).extra = extra;
    } else {
      leave_right(row, time, extra);
    }
    return true;
  }

  template <typename Entry>
  static void sort_by_time(std::vector<Entry*>& partners) {
    if (partners.size() < 2) return;
    std::sort(partners.begin(), partners.end(), [](const Entry* a, const Entry* b) {
      return a->time != b->time ? a->time < b->time : a->arrival < b->arrival;
    });
  }

  /// A row that was told of as alone is about to meet its first partner.
  void take_back_left(const left_entry& l) {
    if constexpr (Eager) {
      if (!l.extra.matched && tells_left()) this->out(row_type::erase({l.row, std::nullopt}), l.time);
    }
  }
  void take_back_right(const right_entry& r) {
    if constexpr (Eager) {
      if (!r.extra.matched && tells_right()) this->out(row_type::erase({std::nullopt, r.row}), r.time);
    }
  }

  void meet(const L& l, timestamp lt, left_extra& of_left, const R& r, timestamp rt, std::uint64_t arrival,
            right_extra& of_right) {
    const bool first = !of_left.matched;
    of_left.matched = of_right.matched = true;
    if (options_.kind == join_kind::semi) {
      if (first) send_pair({l, std::nullopt}, lt);
    } else if (tells_pairs() && one_partner()) {
      if (first || better(lt, rt, arrival, of_left)) {
        of_left.best = std::make_shared<const owned<R>>(r);
        of_left.best_time = rt;
        of_left.best_arrival = arrival;
      }
    } else if (tells_pairs()) {
      send_pair({l, r}, options_.time == join_time::left    ? lt
                        : options_.time == join_time::right ? rt
                                                            : std::max(lt, rt));
    }
  }

  bool better(timestamp lt, timestamp rt, std::uint64_t arrival, const left_extra& than) const {
    if (options_.match == join_match::nearest) {
      const duration distance = rt > lt ? rt - lt : lt - rt;
      const duration best = than.best_time > lt ? than.best_time - lt : lt - than.best_time;
      if (distance != best) return distance < best;
    }
    return rt != than.best_time ? rt < than.best_time : arrival < than.best_arrival;
  }

  /// A left row that no right row can come for any more.
  void leave(const L& row, timestamp time, const left_extra& extra) {
    if (!extra.matched) {
      if (tells_left() && !Eager) tell(row, time);
    } else if (extra.best) {
      send_pair({row, **extra.best}, options_.time == join_time::left    ? time
                                     : options_.time == join_time::right ? extra.best_time
                                                                         : std::max(time, extra.best_time));
    }
  }

  void leave_right(const R& row, timestamp time, const right_extra& extra) {
    if (!extra.matched && tells_right() && !Eager) tell_right(row, time);
  }

  void tell(const L& row, timestamp time) { send_pair({row, std::nullopt}, time); }
  void tell_right(const R& row, timestamp time) { send_pair({std::nullopt, row}, time); }

  void send_pair(const pair_type& pair, timestamp time) {
    if constexpr (Eager) {
      this->out(row_type::insert(pair), time);
    } else {
      this->out(pair, time);
    }
  }

  void advance() {
    const timestamp w = this->watermark();
    if (w != beginning_of_time) {
      const duration late = options_.allowed_lateness;
      left_.drop_before(saturating_add(w, -options_.upper - late),
                        [&](left_entry& l) { leave(l.row, l.time, l.extra); });
      right_.drop_before(saturating_add(w, options_.lower - late),
                         [&](right_entry& r) { leave_right(r.row, r.time, r.extra); });
      this->send();
      left_.free_dropped();
      right_.free_dropped();
      forget_keys();
    }
    this->send_watermark(hold());
  }

  /// How much older than the watermark what is sent can be. A row that comes is up to the allowance behind; the other
  /// row of its pair can be `upper` (a left one) or `-lower` (a right one) before it. A row that waits is told of when
  /// the watermark is that far past it, up to a bucket later; so the best partner of a left row, which is told with it,
  /// can be older by `-lower` still, `upper - lower` in all.
  duration hold() const {
    const bool waits = tells_left() || tells_right() || one_partner();
    duration most = options_.allowed_lateness;
    if (options_.time != join_time::latest || waits || options_.kind == join_kind::semi) {
      const bool of_best = one_partner() && tells_pairs() && options_.time == join_time::right;
      most += std::max({options_.upper, -options_.lower, of_best ? options_.upper - options_.lower : duration{0}});
    }
    return waits ? most + left_.bucket_width() : most;
  }

  void forget_keys() {
    if (!keys_.outnumbers(left_.size() + right_.size())) return;
    key_dictionary<key_type> fresh;
    const auto rename = [&](std::uint32_t id) { return fresh.intern(keys_[id]); };
    left_.rename(rename);
    right_.rename(rename);
    keys_ = std::move(fresh);
  }

  LeftKey left_key_;
  RightKey right_key_;
  interval_join_options options_;
  key_dictionary<key_type> keys_;
  join_state<L, left_extra> left_;
  join_state<R, right_extra> right_;
  std::vector<left_entry*> partners_left_;
  std::vector<right_entry*> partners_right_;
  std::vector<std::shared_ptr<const owned<R>>> told_;  // best partners of rows that did not wait: about to be sent
};

}  // namespace oriel

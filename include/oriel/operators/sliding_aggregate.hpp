// SPDX-License-Identifier: Apache-2.0
// oriel/operators/sliding_aggregate.hpp - for each event, aggregates of its key's events just before it.
//
// A key's events are in a finger tree by time (window/finger_tree.hpp), as long as a
// window may still want them. A window is complete when the watermark is past its
// event, so it has seen everything that came before its event, in whatever order.
//
// The life of the window of an event at t, with L the allowed lateness:
//
//      event          watermark > t               watermark > t + L
//   ──────┬────────────────┬──────────────────────────┬─────────────> final
//         │  early panes   │ on_time pane             │
//         │  (if asked for)│ then late panes, one per │
//         │                │ correcting batch         │
//
// An event is in the windows of all its key's events in [t, t + size). One that is behind the
// allowance of some of them is counted as a correction and goes into the others; one that is
// behind all of them (t + size + L <= watermark) is late.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/flow/node.hpp>
#include <oriel/operators/pane_writer.hpp>
#include <oriel/operators/window_operator.hpp>
#include <oriel/state/key_dictionary.hpp>
#include <oriel/window/deadline_queue.hpp>
#include <oriel/window/finger_tree.hpp>
#include <oriel/window/pane.hpp>
#include <oriel/window/sliding.hpp>

namespace oriel {

/// Aggregates per key over the time before each event; one pane per key and event time.
///
/// Complexity: O(log events in the window) per event. An event that comes after windows of later events are
/// complete, or with early panes, costs that for each of them again.
/// Memory: per event of the last size + lateness 16 bytes and a partial, half as much again for slack; per key
/// about 100 bytes. Keys without events in that time are forgotten.
/// Late events: within the allowance they correct windows; behind all of theirs they go to `late_events()`.
template <typename In, typename KeyOf, aggregate Aggregate>
class sliding_aggregate final : public windowed_node<In> {
  static_assert(!detail::takes_back<In>, "sliding windows are of events that stay, and a changelog takes rows back: use windows of "
                                         "fixed bounds (tumbling, hopping, calendar)");
 public:
  using key_type = typename KeyOf::key_type;
  using pane_type = pane<key_type, typename Aggregate::output>;

  sliding_aggregate(std::string name, KeyOf key_of, sliding windows, Aggregate aggregate,
                    window_operator_options chosen = {})
      : windowed_node<In>(std::move(name), chosen),
        key_of_(std::move(key_of)),
        windows_(windows),
        aggregate_(std::move(aggregate)),
        queue_(std::max(windows.size / 16, duration{1})) {}

  outlet<pane_type>& panes() noexcept { return panes_.panes(); }
  std::string label() const override { return windows_.label(); }
  std::size_t state_bytes() const override {
    std::size_t n = keys_.bytes() + queue_.bytes() + keyed_.capacity() * sizeof(key_state);
    for (const key_state& k : keyed_) n += k.events.bytes() + k.windows.capacity() * sizeof(open_window);
    return n;
  }

  void on_batch(const batch_view<In>& batch) override {
    ids_.resize(batch.size());
    keys_.intern(std::span(ids_), [&](std::size_t i) { return key_of_(batch.rows[i]); });
    while (keyed_.size() < keys_.size()) keyed_.emplace_back(aggregate_);
    std::uint64_t corrected = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (batch.watermarks[i] >= queue_.next()) advance(batch.watermarks[i]);
      watermark_ = batch.watermarks[i];
      corrected += apply(ids_[i], batch.rows[i], {to_ms(batch.times[i]), this->counters_.in.value() + i});
    }
    this->count_batch(batch.size(), corrected);
    finish_batch();
  }

  void on_watermark(timestamp w) override {
    if (w >= queue_.next()) advance(w);
    watermark_ = w;
    finish_batch();
    panes().watermark(w);
    this->late_events().watermark(w);
  }

  void on_end() override {
    panes().end();
    this->late_events().end();
  }

 private:
  using windowed_node<In>::watermark_;

  /// The window of one event time: may still change.
  struct open_window {
    timestamp time;
    std::uint32_t panes = 0;
    bool changed = false;  // since the newest pane, and we will say so
  };

  struct key_state {
    explicit key_state(const Aggregate& aggregate) : events(aggregate) {}

    finger_tree<Aggregate> events;
    std::vector<open_window> windows;  // by time; those before `live` are final
    std::size_t live = 0;
    std::size_t pending = 0;           // those before it are complete
    timestamp armed = end_of_time;     // when we look at this key next
    bool changed = false;              // some window has changed
  };

  /// The first watermark with which a window at `t` is complete, and with which it is final.
  static timestamp completion(timestamp t) noexcept { return t + duration{1}; }
  timestamp finality(timestamp t) const noexcept { return saturating_add(completion(t), windows_.allowed_lateness); }
  /// The first watermark with which no window wants an event at `t`.
  timestamp expiry(timestamp t) const noexcept {
    return saturating_add(saturating_add(t, windows_.size), windows_.allowed_lateness);
  }

  timestamp deadline(const key_state& k) const noexcept {
    timestamp due = end_of_time - duration{1};
    if (k.pending < k.windows.size()) due = std::min(due, completion(k.windows[k.pending].time));
    if (k.live < k.windows.size()) return std::min(due, finality(k.windows[k.live].time));
    return k.events.empty() ? due : std::min(due, expiry(at_ms(k.events.newest().time)));
  }

  /// Applies one event; whether its window was complete already.
  bool apply(std::uint32_t id, const In& event, event_position at) {
    const timestamp t = at_ms(at.time);
    if (expiry(t) <= watermark_) {
      this->reject_late(event, t);
      return false;
    }
    key_state& k = keyed_[id];
    if (k.events.empty()) ++live_keys_;
    k.events.insert(event, at);
    const bool complete = completion(t) <= watermark_;
    std::size_t at_or_after = k.windows.size();
    while (at_or_after > k.live && k.windows[at_or_after - 1].time >= t) --at_or_after;
    const bool known = at_or_after < k.windows.size() && k.windows[at_or_after].time == t;
    if (!known && finality(t) > watermark_) {
      k.windows.insert(k.windows.begin() + static_cast<std::ptrdiff_t>(at_or_after), open_window{t});
      if (complete) ++k.pending;
    }
    if (complete || this->tells_early()) {
      const timestamp until = saturating_add(t, windows_.size);
      for (std::size_t i = at_or_after; i < k.windows.size() && k.windows[i].time < until; ++i) {
        if (i < k.pending || this->tells_early()) note_change(id, k.windows[i]);
      }
    }
    arm(id);
    return complete;
  }

  void note_change(std::uint32_t id, open_window& w) {
    w.changed = true;
    if (std::exchange(keyed_[id].changed, true)) return;
    changed_.push_back(id);
  }

  void arm(std::uint32_t id) {
    key_state& k = keyed_[id];
    const timestamp due = deadline(k);
    if (due >= k.armed) return;
    k.armed = due;
    queue_.push(due, id);
  }

  /// The watermark has reached `w`: completes windows, and lets go of what no window wants.
  void advance(timestamp w) {
    const auto revised = [&](std::uint32_t id, timestamp due) -> std::optional<timestamp> {
      key_state& k = keyed_[id];
      if (k.armed != due) return std::nullopt;  // left over from a later deadline
      return k.armed = deadline(k);
    };
    queue_.advance(w, revised, [&](std::uint32_t id) {
      key_state& k = keyed_[id];
      const timestamp now = std::exchange(k.armed, end_of_time);
      while (k.pending < k.windows.size() && completion(k.windows[k.pending].time) <= now) {
        emit(id, k.windows[k.pending++], pane_timing::on_time);
      }
      while (k.live < k.pending && finality(k.windows[k.live].time) <= now) {
        if (k.windows[k.live].changed) emit(id, k.windows[k.live], pane_timing::late);
        ++k.live;
      }
      close_up(k);
      const timestamp wanted = saturating_add(saturating_add(now, -windows_.size), -windows_.allowed_lateness);
      k.events.evict_before(saturating_add(wanted, duration{1}));
      if (k.events.empty()) {
        --live_keys_;
      } else {
        arm(id);
      }
    });
  }

  /// Frees the final windows when they are more than the others.
  static void close_up(key_state& k) {
    if (2 * k.live < k.windows.size()) return;
    k.windows.erase(k.windows.begin(), k.windows.begin() + static_cast<std::ptrdiff_t>(k.live));
    k.pending -= k.live;
    k.live = 0;
  }

  void finish_batch() {
    emit_changed();
    panes_.send();
    forget_unused_keys();
    this->send_late_events();
  }

  /// Late panes of complete windows, and early ones of others when it is time for them.
  void emit_changed() {
    if (changed_.empty()) return;
    const bool early = this->early_due();
    std::size_t kept = 0;
    for (const std::uint32_t id : changed_) {
      key_state& k = keyed_[id];
      k.changed = false;
      for (std::size_t i = k.live; i < k.windows.size(); ++i) {
        if (!k.windows[i].changed) continue;
        if (i < k.pending) {
          emit(id, k.windows[i], pane_timing::late);
        } else if (early) {
          emit(id, k.windows[i], pane_timing::early);
        } else {
          k.changed = true;
        }
      }
      if (k.changed) changed_[kept++] = id;
    }
    changed_.resize(kept);
  }

  void emit(std::uint32_t id, open_window& w, pane_timing timing) {
    const interval span = windows_.window_of(w.time);
    auto lowered = [&] {
      if constexpr (views_partials<Aggregate>) {
        if (panes_.empty()) lowered_.clear();
        lowered_.push_back(keyed_[id].events.total(span));
        return aggregate_.lower(lowered_.back());
      } else {
        return keyed_[id].events.query(span);
      }
    };
    panes_.add({keys_[id], span, w.panes == 0 ? change_kind::insert : change_kind::update, timing, w.panes, lowered()},
               watermark_);
    ++w.panes;
    w.changed = false;
  }

  /// Between batches, when ids outnumber the keys with events by more than two to one.
  void forget_unused_keys() {
    if (!keys_.outnumbers(live_keys_) || !changed_.empty()) return;
    key_dictionary<key_type> fresh;
    std::vector<key_state> live;
    std::vector<std::optional<std::uint32_t>> renamed(keys_.size());
    for (std::uint32_t id = 0; id < keys_.size(); ++id) {
      if (keyed_[id].events.empty()) continue;
      renamed[id] = fresh.intern(keys_[id]);
      live.push_back(std::move(keyed_[id]));
    }
    queue_.rename([&](std::uint32_t id) { return renamed[id]; });
    keys_ = std::move(fresh);
    keyed_.swap(live);
  }

  KeyOf key_of_;
  sliding windows_;
  Aggregate aggregate_;
  deadline_queue queue_;                      // of keys
  key_dictionary<key_type> keys_;
  std::vector<key_state> keyed_;              // by key id
  std::size_t live_keys_ = 0;                 // keys with events
  std::vector<std::uint32_t> ids_;            // the key ids of the present batch
  std::vector<std::uint32_t> changed_;        // keys with windows to be told of at the end of the batch
  std::deque<typename Aggregate::partial> lowered_;  // what panes not sent yet may view
  pane_writer<pane_type> panes_{*this, this->counters_};
};

template <>
struct window_operator<sliding> {
  template <typename In, typename KeyOf, typename Aggregate>
  using type = sliding_aggregate<In, KeyOf, Aggregate>;
};

}  // namespace oriel

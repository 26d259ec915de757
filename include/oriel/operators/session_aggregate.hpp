// SPDX-License-Identifier: Apache-2.0
// oriel/operators/session_aggregate.hpp - aggregates per key and session.
//
// Per event one look at the newest session of its key, which it nearly always extends.
// Sessions close by the watermark, in the order of their ends; who is due is kept in
// coarse buckets of time (window/deadline_queue.hpp), so neither an event nor a
// watermark looks at keys it does not concern.
//
// The life of a session, with L the allowed lateness:
//
//      first event     watermark > end = last + gap     watermark > end + L
//   ──────┬────────────────────┬──────────────────────────────┬───────> final
//         │  early panes       │ on_time pane                 │ nothing joins it any more;
//         │  (if asked for)    │ then late panes, one per     │ an event beside it begins
//         │                    │ correcting batch             │ another or is late
//
// An event that extends a session changes its window, so what was said of the old one is
// taken back by a pane of kind `erase`: with the next pane when only the end has moved; at
// once when the start has, when two sessions became one, or when a complete session was
// extended to where the watermark is not yet and is running again. An early pane does not
// outlive its window: when the watermark passes the end it told of, the next one comes,
// whatever the clock says.
//
// While events are at most `out_of_orderness` plus L behind, the final table does not depend on
// their order. Behind that, an event is late unless the session it makes or joins is not.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/core/row.hpp>
#include <oriel/flow/node.hpp>
#include <oriel/operators/pane_writer.hpp>
#include <oriel/operators/window_operator.hpp>
#include <oriel/state/key_dictionary.hpp>
#include <oriel/window/deadline_queue.hpp>
#include <oriel/window/pane.hpp>
#include <oriel/window/session.hpp>
#include <oriel/window/session_store.hpp>

namespace oriel {

/// Aggregates per key and session. The rows of its panes begin with the column `last_event`.
///
/// Complexity: O(1) per event in order; O(open sessions of its key) otherwise.
/// Memory: per open session 48 bytes, the partial and 24 bytes in the queue; keys without sessions are forgotten.
/// Late events: within the allowance they correct their session; beyond it they go to `late_events()`.
template <typename In, typename KeyOf, aggregate Aggregate>
class session_aggregate final : public windowed_node<In> {
  static_assert(!detail::takes_back<In>, "sessions are of events that stay, and a changelog takes rows back: use windows of "
                                         "fixed bounds (tumbling, hopping, calendar)");
  using last_event_column = column<"last_event", timestamp>;
  using aggregates = typename Aggregate::output;
  static_assert(!has_column<aggregates, "last_event">, "a session has a column last_event of its own: rename yours");

 public:
  using key_type = typename KeyOf::key_type;
  using row_type = joined_row<row<last_event_column>, aggregates>;
  using pane_type = pane<key_type, row_type>;

  session_aggregate(std::string name, KeyOf key_of, session windows, Aggregate aggregate,
                    window_operator_options chosen = {})
      : windowed_node<In>(std::move(name), chosen),
        key_of_(std::move(key_of)),
        windows_(windows),
        store_(windows, std::move(aggregate)),
        queue_(std::max(windows.gap / 16, duration{1})) {}

  outlet<pane_type>& panes() noexcept { return panes_.panes(); }
  std::string label() const override { return windows_.label(); }
  std::size_t state_bytes() const override { return keys_.bytes() + store_.bytes() + queue_.bytes(); }

  void on_batch(const batch_view<In>& batch) override {
    ids_.resize(batch.size());
    keys_.intern(std::span(ids_), [&](std::size_t i) { return key_of_(batch.rows[i]); });
    store_.reserve_keys(keys_.size());
    std::uint64_t corrected = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (i + 32 < batch.size()) store_.prefetch_head(ids_[i + 32]);
      if (i + 16 < batch.size()) store_.prefetch_newest(ids_[i + 16]);
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
  using store_type = session_store<Aggregate>;
  using record = typename store_type::record;

  timestamp end_of(const record& s) const noexcept { return saturating_add(s.last_event, windows_.gap); }

  /// The first watermark past `t`.
  static timestamp first_after(timestamp t) noexcept {
    return std::min(saturating_add(t, duration{1}), end_of_time - duration{1});
  }

  /// The end of the window its newest pane tells of.
  timestamp shown_end(const record& s) const noexcept { return saturating_add(s.shown_last_event, windows_.gap); }

  /// When something next happens to a session: the first watermark that completes it or outdates its early pane,
  /// or that makes it final.
  timestamp deadline(const record& s) const noexcept {
    const timestamp end = s.complete    ? saturating_add(end_of(s), windows_.allowed_lateness)
                          : s.panes > 0 ? shown_end(s)
                                        : end_of(s);
    return first_after(end);
  }

  /// Applies one event; whether it corrected a session that was complete.
  bool apply(std::uint32_t id, const In& event, event_position at) {
    const timestamp t = at_ms(at.time);
    const std::uint32_t newest = store_.newest_extended_by(id, t);
    if (newest != store_type::none && !store_[newest].complete) [[likely]] {
      record& s = store_[newest];
      if (views_partials<Aggregate> && s.sending == panes_.batch_number()) panes_.send();
      s.last_event = std::max(s.last_event, t);
      add_to(store_.aggregate(), s.partial, event, at);
      if (this->tells_early()) note_change(newest);
      return false;
    }
    return apply_beside(id, event, at);
  }

  bool apply_beside(std::uint32_t id, const In& event, event_position at) {
    const timestamp t = at_ms(at.time);
    const auto near = store_.near(id, t);
    const auto [older, newer] = near;
    if (older == store_type::none && newer == store_type::none &&
        saturating_add(saturating_add(t, windows_.gap), windows_.allowed_lateness) < watermark_) {
      this->reject_late(event, t);
      return false;
    }
    bool correcting = false;
    for (const std::uint32_t i : {older, newer}) {
      if (i == store_type::none) continue;
      correcting = correcting || store_[i].complete;
      if (views_partials<Aggregate> && store_[i].sending == panes_.batch_number()) panes_.send();
    }
    const auto done = store_.add(id, near, event, at);
    record& s = store_[done.joined];
    if (done.absorbed != store_type::none) take_back(store_[done.absorbed], store_[done.absorbed].start);
    const bool complete = end_of(s) < watermark_;
    if (s.start != done.old_start || (s.complete && !complete)) take_back(s, done.old_start);
    s.complete = complete;
    if (s.complete || this->tells_early()) note_change(done.joined);
    if (deadline(s) < s.armed) {
      s.armed = deadline(s);
      queue_.push(s.armed, done.joined);
    }
    return correcting || s.complete;
  }

  void note_change(std::uint32_t i) {
    if (store_[i].changed) return;
    store_[i].changed = true;
    changed_.push_back(i);
  }

  /// Erases what was said of a session when it began at `start`.
  void take_back(record& s, timestamp start) {
    if (s.panes == 0) return;
    push({keys_[s.key], interval{start, shown_end(s)}, change_kind::erase,
          s.complete ? pane_timing::late : pane_timing::early, s.panes, {}});
    s.panes = 0;
  }

  /// The watermark has reached `w`: completes sessions and lets go of those that are final.
  void advance(timestamp w) {
    const auto revised = [&](std::uint32_t i, timestamp due) -> std::optional<timestamp> {
      record& s = store_[i];
      if (s.armed != due) return std::nullopt;  // left over from an earlier session or a later deadline
      return s.armed = deadline(s);
    };
    queue_.advance(w, revised, [&](std::uint32_t i) { at_deadline(i); },
                   [&](std::uint32_t i) __attribute__((always_inline)) { store_.prefetch(i); });
  }

  void at_deadline(std::uint32_t i) {
    record& s = store_[i];
    const timestamp now = s.armed;
    if (!s.complete) {
      s.complete = first_after(end_of(s)) <= now;
      emit(s, s.complete ? pane_timing::on_time : pane_timing::early);
    }
    if (deadline(s) > now) {
      s.armed = deadline(s);
      queue_.push(s.armed, i);
      return;
    }
    if (s.changed) emit(s, pane_timing::late);
    store_.drop(i);
    if constexpr (!views_partials<Aggregate>) store_.release();
  }

  void finish_batch() {
    emit_changed();
    panes_.send();
    store_.release();
    forget_unused_keys();
    this->send_late_events();
  }

  /// Late panes of complete sessions, and early ones of others when it is time for them.
  void emit_changed() {
    if (changed_.empty()) return;
    const bool early = this->early_due();
    std::size_t kept = 0;
    for (const std::uint32_t i : changed_) {
      record& s = store_[i];
      if (!s.changed) continue;
      if (s.complete) {
        emit(s, pane_timing::late);
      } else if (early) {
        emit(s, pane_timing::early);
      } else if (this->tells_early()) {
        changed_[kept++] = i;
      } else {
        s.changed = false;  // runs again, and will be on time
      }
    }
    changed_.resize(kept);
  }

  void emit(record& s, pane_timing timing) {
    if (s.shown_last_event != s.last_event) take_back(s, s.start);
    s.sending = panes_.batch_number();
    push({keys_[s.key], interval{s.start, end_of(s)}, s.panes == 0 ? change_kind::insert : change_kind::update, timing,
          s.panes, with_last_event(s)});
    s.shown_last_event = s.last_event;
    ++s.panes;
    s.changed = false;
  }

  row_type with_last_event(const record& s) const {
    row_type out;
    static_cast<last_event_column&>(out).value = s.last_event;
    copy_columns(store_.aggregate().lower(s.partial), out);
    return out;
  }
  template <typename... Columns>
  static void copy_columns(row<Columns...>&& from, row_type& to) {
    ((static_cast<Columns&>(to) = std::move(static_cast<Columns&>(from))), ...);
  }

  void push(pane_type&& p) {
    const timestamp end = p.window.end;  // a session is complete only when the watermark is past it
    panes_.add_at(end, std::move(p), watermark_);
  }

  /// Between batches, when ids outnumber the keys with sessions by more than two to one.
  void forget_unused_keys() {
    if (!keys_.outnumbers(store_.live_keys())) return;
    key_dictionary<key_type> fresh;
    std::vector<std::uint32_t> renamed(keys_.size(), 0);
    for (std::uint32_t id = 0; id < keys_.size(); ++id) {
      if (store_.has_sessions(id)) renamed[id] = fresh.intern(keys_[id]);
    }
    store_.rename(renamed, fresh.size());
    keys_ = std::move(fresh);
  }

  KeyOf key_of_;
  session windows_;
  session_store<Aggregate> store_;
  deadline_queue queue_;
  key_dictionary<key_type> keys_;
  std::vector<std::uint32_t> ids_;            // the key ids of the present batch
  std::vector<std::uint32_t> changed_;        // sessions to be told of at the end of the batch
  pane_writer<pane_type> panes_{*this, this->counters_};
};

template <>
struct window_operator<session> {
  template <typename In, typename KeyOf, typename Aggregate>
  using type = session_aggregate<In, KeyOf, Aggregate>;
};

}  // namespace oriel

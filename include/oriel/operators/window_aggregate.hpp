// SPDX-License-Identifier: Apache-2.0
// oriel/operators/window_aggregate.hpp - aggregates per key and window.
//
// Per batch: one look-up of all keys (state/key_dictionary.hpp), then per event one
// slice and one partial. Before an event is applied, windows that its watermark
// completes are emitted, so what is on time and what is late never depends on where
// a batch was cut. Windows close by the watermark, for all keys at once; a key that
// went quiet gets its result when everyone else does.
//
// The life of a slice, with L the allowed lateness:
//
//      first event        watermark >= end           watermark >= end + L
//   ──────┬───────────────────┬──────────────────────────┬─────────> dropped
//         │  early panes      │ on_time panes            │ events from now on
//         │  (if asked for)   │ then late panes, one per │ are late_events()
//         │                   │ key and correcting batch │
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/flow/node.hpp>
#include <oriel/operators/keyed_slices.hpp>
#include <oriel/operators/pane_writer.hpp>
#include <oriel/operators/window_operator.hpp>
#include <oriel/window/assigner.hpp>
#include <oriel/window/pane.hpp>
#include <oriel/window/slice_store.hpp>

namespace oriel {

/// Aggregates per key and window.
///
/// `Assigner::assign(t)` names the window of an event; windows must not overlap.
/// Complexity: O(1) per event, O(keys touched) per window emitted.
/// With `Mode` discarding a partial starts anew whenever it has been emitted.
/// Late events: within the allowance they correct their window; beyond it they go to `late_events()`.
template <typename In, typename KeyOf, assigner Assigner, aggregate Aggregate,
          pane_mode Mode = pane_mode::accumulating>
class window_aggregate final : public windowed_node<In> {
 public:
  using key_type = typename KeyOf::key_type;
  using pane_type = pane<key_type, typename Aggregate::output, Mode>;

  window_aggregate(std::string name, KeyOf key_of, Assigner assigner, Aggregate aggregate,
                   window_operator_options chosen = {})
      : windowed_node<In>(std::move(name), chosen),
        assigner_(std::move(assigner)),
        state_(std::move(key_of), std::move(aggregate)) {}

  outlet<pane_type>& panes() noexcept { return panes_.panes(); }
  std::string label() const override { return assigner_.label(); }
  std::size_t state_bytes() const override { return state_.bytes(); }

  void on_batch(const batch_view<In>& batch) override {
    state_.begin_batch(batch.rows);
    const std::uint64_t corrected = within_current_slice(batch) ? apply_all(batch) : apply_each(batch);
    state_.end_batch();
    watermark_ = batch.watermarks.back();
    this->count_batch(batch.size(), corrected);
    finish_batch();
  }

  void on_watermark(timestamp w) override {
    if (w >= next_deadline_) advance(w, 0);
    watermark_ = w;
    finish_batch();
    panes_.panes().watermark(w);
    this->late_events().watermark(w);
  }

  void on_end() override {
    panes_.panes().end();
    this->late_events().end();
  }

 private:
  using windowed_node<In>::watermark_;
  using slice_type = typename slice_store<Aggregate>::slice_type;

  /// Whether nothing happens along the batch: no window completes, and every event is in the current slice.
  bool within_current_slice(const batch_view<In>& batch) const {
    if (current_ == nullptr || batch.watermarks.back() >= next_deadline_) return false;
    const interval span = current_->span();
    bool inside = true;
    for (const timestamp t : batch.times) inside &= span.start <= t && t < span.end;
    return inside;
  }

  /// Applies a batch along which nothing happens; how many events corrected a window.
  std::uint64_t apply_all(const batch_view<In>& batch) {
    state_.store.add(*current_, state_.ids(), state_.id_limit(), batch.rows.data(), batch.times.data(),
                     this->counters_.in.value());
    return current_->complete ? batch.size() : 0;
  }

  /// Applies events one by one, completing windows where the watermark does; how many corrected a window.
  std::uint64_t apply_each(const batch_view<In>& batch) {
    std::uint64_t corrected = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (batch.watermarks[i] >= next_deadline_) [[unlikely]] advance(batch.watermarks[i], i);
      watermark_ = batch.watermarks[i];
      const timestamp t = batch.times[i];
      if ((current_ == nullptr || !current_->span().contains(t)) && !open(assigner_.assign(t))) {
        this->reject_late(batch.rows[i], t);
        continue;
      }
      state_.store.add(*current_, state_.ids()[i], batch.rows[i], {to_ms(t), this->counters_.in.value() + i});
      corrected += current_->complete;
    }
    return corrected;
  }

  /// Makes the slice of `window` the current one; false when the window is past its allowance.
  bool open(interval window) {
    if (saturating_add(window.end, assigner_.allowed_lateness) <= watermark_) return false;
    current_ = &state_.store.at(window);
    if (!current_->complete && watermark_ >= window.end) current_->complete = true;  // never had an on_time pane
    if (current_->complete || this->tells_early()) current_->track_changes();
    next_deadline_ = std::min(next_deadline_, deadline(*current_));
    return true;
  }

  /// When something next happens to a slice: it completes, or it is dropped.
  timestamp deadline(const slice_type& s) const {
    return s.complete ? saturating_add(s.span().end, assigner_.allowed_lateness) : s.span().end;
  }

  /// The watermark has reached `w`, `applied` rows into the batch: completes and drops slices.
  void advance(timestamp w, std::size_t applied) {
    bool dropping = false;
    for (const auto& s : state_.store.slices()) {
      if (!s->complete && s->span().end <= w) {
        s->for_each([&](std::uint32_t id, const auto& p) { emit(*s, id, p, pane_timing::on_time); });
        s->complete = true;
        s->forget_changes();
        s->track_changes();
      }
      dropping = dropping || (s->complete && deadline(*s) <= w);
    }
    if (dropping) emit_late();
    // Panes may view strings in partials about to go, or about to be corrected.
    if (dropping || Mode == pane_mode::discarding || views_partials<Aggregate>) {
      send_panes();
    }
    if (dropping) {
      state_.drop_before(kept_from(w), applied, [](auto) {});
    }
    current_ = nullptr;
    next_deadline_ = end_of_time;
    for (const auto& s : state_.store.slices()) next_deadline_ = std::min(next_deadline_, deadline(*s));
  }

  /// The start of the first slice not dropped at `w`: windows do not overlap and have one allowance, so what can go
  /// starts before what must stay.
  timestamp kept_from(timestamp w) const {
    for (const auto& s : state_.store.slices()) {
      if (!s->complete || deadline(*s) > w) return s->span().start;
    }
    return end_of_time;
  }

  void finish_batch() {
    emit_late();
    emit_early();
    send_panes();
    this->send_late_events();
  }

  void emit_late() {
    if (assigner_.allowed_lateness.count() == 0) return;
    for (const auto& s : state_.store.slices()) {
      if (!s->complete) break;
      s->for_each_changed([&](std::uint32_t id, const auto& p) { emit(*s, id, p, pane_timing::late); });
    }
  }

  void emit_early() {
    if (!this->early_due()) return;
    for (const auto& s : state_.store.slices()) {
      if (s->complete) continue;
      s->for_each_changed([&](std::uint32_t id, const auto& p) { emit(*s, id, p, pane_timing::early); });
    }
  }

  void emit(slice_type& s, std::uint32_t id, const typename Aggregate::partial& p, pane_timing timing) {
    const bool repeats = this->tells_early() || assigner_.allowed_lateness.count() != 0;
    std::uint32_t only = 0;
    panes_.add(state_.store.aggregate(), state_[id], s.span(), timing, repeats ? s.pane_index(id) : only, p, watermark_);
    if constexpr (Mode == pane_mode::discarding) told_.emplace_back(&s, id);
  }

  void send_panes() {
    panes_.send();
    for (const auto& [s, id] : told_) s->forget(id);
    told_.clear();
  }

  Assigner assigner_;
  keyed_slices<In, KeyOf, Aggregate> state_;
  slice_type* current_ = nullptr;                  // of the last event applied
  timestamp next_deadline_ = end_of_time;          // when the first of the slices completes or is dropped
  std::vector<std::pair<slice_type*, std::uint32_t>> told_;  // in panes not sent yet, to be discarded then
  pane_writer<pane_type> panes_{*this, this->counters_};
};

template <assigner Assigner>
struct window_operator<Assigner> {
  template <typename In, typename KeyOf, typename Aggregate>
  using type = window_aggregate<In, KeyOf, Assigner, Aggregate>;
};

}  // namespace oriel

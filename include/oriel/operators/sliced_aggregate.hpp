// SPDX-License-Identifier: Apache-2.0
// oriel/operators/sliced_aggregate.hpp - aggregates per key over windows that share slices.
//
// Hopping and cumulating windows, and several kinds of windows over one stream. An
// event updates one slice (window/slicing.hpp) however many windows contain it; when
// the watermark completes a window, its slices have already been combined but for the
// last one (window/combined_slices.hpp), for all keys at once.
//
//   events ──> slice store ──┬── combined_slices of kind 0 ──> panes
//              (shared)      └── combined_slices of kind 1 ──> panes
//
// What an event may still change is decided window by window: it is late for those that
// ended, with their allowance, by its watermark, corrects those that are complete, and
// is on time for the rest. Late for all of them, it goes to `late_events()`.
//
// A window is never looked at unless it holds a slice, so a gap in event time costs
// nothing however many windows it spans.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/flow/node.hpp>
#include <oriel/operators/keyed_slices.hpp>
#include <oriel/operators/pane_writer.hpp>
#include <oriel/operators/slice_routes.hpp>
#include <oriel/operators/window_operator.hpp>
#include <oriel/window/combined_slices.hpp>
#include <oriel/window/pane.hpp>
#include <oriel/window/slicing.hpp>

namespace oriel {

/// Aggregates per key and window, for windows of one or several kinds that are runs of slices.
///
/// Complexity: O(1) per event, O(keys) per window emitted, O(slices) per key corrected.
/// Memory: a partial per key and slice, and one or two per key (`combined_slices`).
/// Late events: late for some of its windows, an event is applied to the others; late for all, it goes to
/// `late_events()`.
template <typename In, typename KeyOf, aggregate Aggregate, sliceable... Windows>
class sliced_aggregate final : public windowed_node<In> {
 public:
  using key_type = typename KeyOf::key_type;
  using pane_type = pane<key_type, typename Aggregate::output>;

  sliced_aggregate(std::string name, KeyOf key_of, std::tuple<Windows...> kinds, Aggregate aggregate,
                   window_operator_options chosen = {})
      : windowed_node<In>(std::move(name), chosen),
        windows_(std::move(kinds)),
        state_(std::move(key_of), std::move(aggregate)),
        kinds_(std::apply([&](const Windows&... w) { return std::tuple{origin<Windows>{*this, w}...}; }, windows_)) {}

  sliced_aggregate(std::string name, KeyOf key_of, std::tuple_element_t<0, std::tuple<Windows...>> only,
                   Aggregate aggregate, window_operator_options chosen = {})
    requires(sizeof...(Windows) == 1)
      : sliced_aggregate(std::move(name), std::move(key_of), std::tuple<Windows...>(std::move(only)),
                         std::move(aggregate), chosen) {}

  /// The panes of the `I`th kind of windows.
  template <std::size_t I = 0>
  outlet<pane_type>& panes() noexcept {
    return std::get<I>(kinds_).panes.panes();
  }

  std::string label() const override {
    std::string text;
    std::apply([&](const Windows&... w) { ((text += (text.empty() ? "" : "; ") + std::string(w.label())), ...); }, windows_);
    return text;
  }
  std::size_t state_bytes() const override {
    std::size_t n = state_.bytes();
    each_kind([&](const auto& k) { n += k.combined.bytes(); });
    return n;
  }

  /// Windows that missed an event which other windows took.
  std::uint64_t missed_windows() const noexcept { return missed_windows_.value(); }

  void on_batch(const batch_view<In>& batch) override {
    state_.begin_batch(batch.rows);
    std::uint64_t corrected = 0;
    for (std::size_t first = 0; first < batch.size();) {
      first = apply_routed(batch, first);
      if (first < batch.size()) corrected += apply_one(batch, first++);
    }
    state_.end_batch();
    watermark_ = batch.watermarks.back();
    this->count_batch(batch.size(), corrected);
    finish_batch();
  }

  void on_watermark(timestamp w) override {
    if (w >= next_deadline_) advance(w, 0);
    watermark_ = w;
    finish_batch();
    each_kind([&](auto& k) { k.panes.panes().watermark(w); });
    this->late_events().watermark(w);
  }

  void on_end() override {
    each_kind([](auto& k) { k.panes.panes().end(); });
    this->late_events().end();
  }

 private:
  using windowed_node<In>::watermark_;
  using partial = typename Aggregate::partial;
  using store_type = slice_store<Aggregate>;
  using slice_type = typename store_type::slice_type;

  template <typename W>
  struct origin {
    sliced_aggregate& owner;
    const W& windows;
  };

  /// One kind of windows.
  template <typename W>
  struct kind {
    kind(const origin<W>& from)  // NOLINT: tuples are made from tuples by conversion
        : windows(from.windows),
          name(sizeof...(Windows) == 1 ? std::string() : std::string(windows.label())),
          combined(from.owner.state_.store.aggregate()),
          panes(from.owner, from.owner.counters_, name) {}

    const W& windows;
    std::string name;
    combined_slices<Aggregate> combined;
    timestamp complete_until = beginning_of_time;  ///< windows that end by then are complete
    std::map<timestamp, std::vector<std::uint32_t>> pane_indexes;  ///< by end of window and key id, if panes repeat
    std::deque<partial> kept;  ///< of panes not sent yet, whose rows may view strings in them
    pane_writer<pane_type> panes;
  };

  /// An event applied to a slice of which some window was complete.
  struct late_touch {
    interval slice;
    timestamp watermark;
    std::uint32_t id;
  };

  template <typename F>
  void each_kind(F&& f) {
    std::apply([&](auto&... k) { (f(k), ...); }, kinds_);
  }
  template <typename F>
  void each_kind(F&& f) const {
    std::apply([&](const auto&... k) { (f(k), ...); }, kinds_);
  }

  /// Applies events from `first` on as long as nothing happens: no window completes, and every event is in one of the
  /// last open slices, none of whose windows is complete. Returns the first event not applied.
  std::size_t apply_routed(const batch_view<In>& batch, std::size_t first) {
    if (first == 0) {
      make_routes();
      if (slice_type* const s = routes_.newest(); s != nullptr && is_within(s->span(), batch)) {
        state_.store.add(*s, state_.ids(), state_.id_limit(), batch.rows.data(), batch.times.data(),
                         this->counters_.in.value());
        return batch.size();
      }
    }
    std::array<slice_type*, 256> slices;
    for (;;) {
      std::size_t n = 0;
      const std::size_t most = std::min(slices.size(), batch.size() - first);
      for (; n < most && batch.watermarks[first + n] < next_deadline_; ++n) {
        slices[n] = routes_(batch.times[first + n]);
        if (slices[n] == nullptr) break;
      }
      state_.store.add_each(std::span<slice_type* const>(slices.data(), n), state_.ids().data() + first,
                            batch.rows.data() + first, batch.times.data() + first, this->counters_.in.value() + first);
      first += n;
      if (n < slices.size()) return first;
    }
  }

  /// Whether nothing happens along a batch and all its events are in `span`.
  bool is_within(interval span, const batch_view<In>& batch) const {
    if (batch.watermarks.back() >= next_deadline_ || !span.contains(batch.times.back())) return false;
    bool inside = true;
    for (const timestamp t : batch.times) inside &= span.contains(t);
    return inside;
  }

  void make_routes() {
    routes_.make(state_.store.slices(), [&](slice_type& s) {
      s.make_room(state_.id_limit());
      return !s.complete;
    });
  }

  /// Applies one event, having completed the windows its watermark completes; whether it corrected one.
  bool apply_one(const batch_view<In>& batch, std::size_t i) {
    if (batch.watermarks[i] >= next_deadline_) advance(batch.watermarks[i], i);
    watermark_ = batch.watermarks[i];
    const timestamp t = batch.times[i];
    slice_type* const s = open(t);
    bool corrects = false;
    if (s == nullptr) {
      this->reject_late(batch.rows[i], t);
    } else {
      const std::uint32_t id = state_.ids()[i];
      if (s->complete) corrects = note_late(s->span(), id);
      state_.store.add(*s, id, batch.rows[i], {to_ms(t), this->counters_.in.value() + i});
    }
    make_routes();
    return corrects;
  }

  /// The slice around `t`; nullptr when all its windows are past their allowance.
  slice_type* open(timestamp t) {
    bool accepted = false;
    each_kind([&](const auto& k) { accepted |= dropped_at(k, last_window_at(k.windows, t).end) > watermark_; });
    if (!accepted) return nullptr;
    slice_type& s = state_.store.at(shared_slice_at(windows_, t));
    if (this->tells_early()) s.track_changes();
    each_kind([&](auto& k) { k.complete_until = std::max(k.complete_until, watermark_); });
    note_complete(s, watermark_);
    next_deadline_ = std::min(next_deadline_, slice_deadline(s));
    return &s;
  }

  template <typename W>
  static timestamp dropped_at(const kind<W>& k, timestamp end) {
    return saturating_add(end, k.windows.allowed_lateness);
  }

  void note_complete(slice_type& s, timestamp w) {
    each_kind([&](const auto& k) {
      s.complete |= window_ending_after(k.windows, s.span().end - duration{1}).end <= w;
    });
  }

  /// Notes that an event is about to reach complete windows; whether it corrects one.
  bool note_late(interval slice, std::uint32_t id) {
    bool corrects = false;
    bool misses = false;
    each_kind([&](auto& k) {
      for_each_window_over(k.windows, slice, [&](interval window) {
        if (window.end > watermark_) return;
        const bool allowed = dropped_at(k, window.end) > watermark_;
        corrects |= allowed;
        misses |= !allowed;
        if (!allowed) missed_windows_.add(1);
      });
      k.combined.mark(id, slice);
    });
    if (misses) emit_late();  // corrections due to earlier events must not show this one in windows it misses
    if (corrects) late_touches_.push_back({slice, watermark_, id});
    return corrects;
  }

  /// When something next happens because of this slice.
  timestamp slice_deadline(const slice_type& s) const {
    timestamp next = drop_deadline(s);
    each_kind([&](const auto& k) {
      const timestamp after = std::max(k.complete_until, s.span().end - duration{1});
      if (after < last_window_at(k.windows, s.span().start).end) {
        next = std::min(next, window_ending_after(k.windows, after).end);
      }
    });
    return next;
  }

  /// When the last of the windows over a slice is dropped.
  timestamp drop_deadline(const slice_type& s) const {
    timestamp last = beginning_of_time;
    each_kind([&](const auto& k) { last = std::max(last, dropped_at(k, last_window_at(k.windows, s.span().start).end)); });
    return last;
  }

  /// The watermark has reached `w`, `applied` rows into the batch: completes windows and drops slices.
  void advance(timestamp w, std::size_t applied) {
    each_kind([&](auto& k) { complete_until(k, w); });
    const std::span<const std::unique_ptr<slice_type>> slices = state_.store.slices();
    for (const auto& s : slices) {
      if (s->span().start >= w) break;
      note_complete(*s, w);
    }
    if (!slices.empty() && drop_deadline(*slices.front()) <= w) drop(w, applied);
    next_deadline_ = end_of_time;
    if (!state_.store.empty()) next_deadline_ = drop_deadline(*state_.store.slices().front());
    each_kind([&](const auto& k) {
      if (const auto window = next_window(k)) next_deadline_ = std::min(next_deadline_, window->end);
    });
  }

  template <typename W>
  void complete_until(kind<W>& k, timestamp w) {
    for (auto window = next_window(k); window && window->end <= w; window = next_window(k)) {
      k.combined.move_to(*window, state_.store);
      k.combined.for_each([&](std::uint32_t id, const partial& p) { emit(k, *window, id, p, pane_timing::on_time); });
      k.complete_until = window->end;
    }
    k.complete_until = std::max(k.complete_until, w);
    k.combined.leave_before(w == end_of_time ? w : window_ending_after(k.windows, w).start, state_.store);
  }

  /// The first window to complete next that holds a slice.
  template <typename W>
  std::optional<interval> next_window(const kind<W>& k) const {
    const auto slices = state_.store.slices();
    if (slices.empty() || k.complete_until == end_of_time) return std::nullopt;
    interval window = window_ending_after(k.windows, std::max(k.complete_until, slices.front()->span().end - duration{1}));
    const auto later = state_.store.within({window.start, end_of_time});
    if (later.empty()) return std::nullopt;
    if (later.front()->span().start < window.end) return window;
    return window_ending_after(k.windows, later.front()->span().end - duration{1});
  }

  void drop(timestamp w, std::size_t applied) {
    emit_late();
    each_kind([](auto& k) { k.panes.send(); });  // panes view keys, which may be about to go
    timestamp keep_from = end_of_time;
    for (const auto& s : state_.store.slices()) {
      if (drop_deadline(*s) <= w) continue;
      keep_from = s->span().start;
      break;
    }
    each_kind([&](auto& k) {
      while (!k.pane_indexes.empty() && dropped_at(k, k.pane_indexes.begin()->first) <= w) {
        k.pane_indexes.erase(k.pane_indexes.begin());
      }
    });
    state_.drop_before(keep_from, applied, [&](std::span<const std::uint32_t> renamed) {
      each_kind([&](auto& k) {
        k.combined.reset();
        for (auto& [end, indexes] : k.pane_indexes) indexes = renamed_indexes(indexes, renamed);
      });
    });
  }

  static std::vector<std::uint32_t> renamed_indexes(const std::vector<std::uint32_t>& old,
                                                    std::span<const std::uint32_t> renamed) {
    std::vector<std::uint32_t> fresh;
    for (std::size_t id = 0; id < old.size(); ++id) {
      if (old[id] == 0) continue;
      if (fresh.size() <= renamed[id]) fresh.resize(std::size_t{renamed[id]} + 1, 0);
      fresh[renamed[id]] = old[id];
    }
    return fresh;
  }

  void finish_batch() {
    emit_late();
    emit_early();
    each_kind([](auto& k) {
      k.panes.send();
      k.kept.clear();
    });
    this->send_late_events();
  }

  /// Emits anew the windows that were complete when late events reached them, as far as they are kept.
  void emit_late() {
    if (late_touches_.empty()) return;
    each_kind([&](auto& k) {
      for (const late_touch& touch : late_touches_) {
        for_each_window_over(k.windows, touch.slice, [&](interval window) {
          if (window.end <= touch.watermark && dropped_at(k, window.end) > touch.watermark) {
            revised_.emplace_back(window, touch.id);
          }
        });
      }
      emit_revised(k, pane_timing::late);
    });
    late_touches_.clear();
  }

  void emit_early() {
    if (!this->early_due()) return;
    std::vector<std::pair<interval, std::uint32_t>> changed;
    for (const auto& s : state_.store.slices()) {
      s->for_each_changed([&](std::uint32_t id, const partial&) { changed.emplace_back(s->span(), id); });
    }
    each_kind([&](auto& k) {
      for (const auto& [slice, id] : changed) {
        for_each_window_over(k.windows, slice, [&, i = id](interval window) {
          if (window.end > k.complete_until) revised_.emplace_back(window, i);
        });
      }
      emit_revised(k, pane_timing::early);
    });
  }

  /// Puts together and emits the windows and keys in `revised_`.
  template <typename W>
  void emit_revised(kind<W>& k, pane_timing timing) {
    std::sort(revised_.begin(), revised_.end());
    revised_.erase(std::unique(revised_.begin(), revised_.end()), revised_.end());
    for (const auto& [window, id] : revised_) {
      partial whole = state_.store.aggregate().identity();
      for (const auto& s : state_.store.within(window)) {
        if (const partial* p = s->find(id)) whole = state_.store.aggregate().combine(std::move(whole), *p);
      }
      emit(k, window, id, whole, timing);
    }
    revised_.clear();
  }

  template <typename W>
  void emit(kind<W>& k, interval window, std::uint32_t id, const partial& p, pane_timing timing) {
    std::uint32_t only = 0;
    std::uint32_t* index = &only;
    if (this->tells_early() || k.windows.allowed_lateness.count() != 0) {
      std::vector<std::uint32_t>& indexes = k.pane_indexes[window.end];
      if (indexes.size() <= id) indexes.resize(std::size_t{id} + 1, 0);
      index = &indexes[id];
    }
    const partial* kept = &p;
    if constexpr (views_partials<Aggregate>) {
      if (k.panes.empty()) k.kept.clear();
      kept = &k.kept.emplace_back(p);
    }
    k.panes.add(state_.store.aggregate(), state_[id], window, timing, *index, *kept, watermark_);
  }

  std::tuple<Windows...> windows_;
  keyed_slices<In, KeyOf, Aggregate> state_;
  std::tuple<kind<Windows>...> kinds_;
  slice_routes<slice_type> routes_;          // to the last slices without complete windows
  timestamp next_deadline_ = end_of_time;    // when a window next completes or a slice is dropped
  std::vector<late_touch> late_touches_;     // of the present batch
  std::vector<std::pair<interval, std::uint32_t>> revised_;
  counter missed_windows_;
};

template <sliced_windows Windows>
struct window_operator<Windows> {
  template <typename In, typename KeyOf, typename Aggregate>
  using type = sliced_aggregate<In, KeyOf, Aggregate, Windows>;
};

template <sliceable... Windows>
struct window_operator<std::tuple<Windows...>> {
  template <typename In, typename KeyOf, typename Aggregate>
  using type = sliced_aggregate<In, KeyOf, Aggregate, Windows...>;
};

}  // namespace oriel

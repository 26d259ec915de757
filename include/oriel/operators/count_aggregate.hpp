// SPDX-License-Identifier: Apache-2.0
// oriel/operators/count_aggregate.hpp - aggregates per key over so many events.
//
// Where windows overlap, a key's events are cut into slices of gcd(size, hop) events,
// so that every window begins and ends with a slice. An event updates the slice being
// filled; full slices go through two stacks (window/two_stacks.hpp). Where windows do
// not overlap the slice is the window, and a key costs one partial.
//
// A window is complete with its last event, at once and for good: its pane is on_time.
// What is still incomplete at the end of input never gets one; `early` shows it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/core/row.hpp>
#include <oriel/flow/node.hpp>
#include <oriel/operators/pane_writer.hpp>
#include <oriel/operators/window_operator.hpp>
#include <oriel/state/key_dictionary.hpp>
#include <oriel/window/count_window.hpp>
#include <oriel/window/pane.hpp>
#include <oriel/window/two_stacks.hpp>

namespace oriel {

namespace detail {

/// An aggregate that also knows when its first and last events happened.
template <aggregate Aggregate>
class timed {
 public:
  using input = typename Aggregate::input;
  using output = typename Aggregate::output;
  struct partial {
    timestamp first = end_of_time;
    timestamp last = beginning_of_time;
    typename Aggregate::partial inner;
  };

  explicit timed(Aggregate inner) : inner_(std::move(inner)) {}

  partial identity() const { return {end_of_time, beginning_of_time, inner_.identity()}; }
  partial lift(const input& event, event_position at) const {
    return {at_ms(at.time), at_ms(at.time), lift_at(inner_, event, at)};
  }
  void add(partial& p, const input& event, event_position at) const {
    p.first = std::min(p.first, at_ms(at.time));
    p.last = std::max(p.last, at_ms(at.time));
    add_to(inner_, p.inner, event, at);
  }
  partial combine(const partial& earlier, const partial& later) const {
    return {std::min(earlier.first, later.first), std::max(earlier.last, later.last),
            inner_.combine(earlier.inner, later.inner)};
  }
  output lower(const partial& p) const { return inner_.lower(p.inner); }

 private:
  [[no_unique_address]] Aggregate inner_;
};

}  // namespace detail

/// Aggregates per key and number of events.
///
/// The window of a pane is from its earliest event to just after its latest. Its row begins with the column
/// `window_number`, which counts a key's windows from 0. Windows of one key may start at the same time: in a table
/// whose key is (key, window_start) the later one then stays.
/// Complexity: O(1) amortised per event. Memory: per key ever seen about 60 bytes and a partial; where windows overlap,
/// size / gcd(size, hop) partials more. Keys are never forgotten, since nothing says that a key is done.
/// Late events: none; events count as they arrive.
template <typename In, typename KeyOf, aggregate Aggregate>
class count_aggregate final : public windowed_node<In> {
  static_assert(!detail::takes_back<In>, "count windows are of events that stay, and a changelog takes rows back: use windows of "
                                         "fixed bounds (tumbling, hopping, calendar)");
  using number_column = column<"window_number", std::int64_t>;
  using aggregates = typename Aggregate::output;
  static_assert(!has_column<aggregates, "window_number">,
                "a count window has a column window_number of its own: rename yours");

 public:
  using key_type = typename KeyOf::key_type;
  using row_type = joined_row<row<number_column>, aggregates>;
  using pane_type = pane<key_type, row_type>;

  count_aggregate(std::string name, KeyOf key_of, count_window windows, Aggregate aggregate,
                  window_operator_options chosen = {})
      : windowed_node<In>(std::move(name), chosen),
        key_of_(std::move(key_of)),
        windows_(windows),
        aggregate_(std::move(aggregate)),
        slice_size_(std::gcd(windows.size, windows.step())) {}

  outlet<pane_type>& panes() noexcept { return panes_.panes(); }
  std::string label() const override { return windows_.label(); }
  std::size_t state_bytes() const override {
    std::size_t n = keys_.bytes() + keyed_.capacity() * sizeof(key_state);
    for (const auto& s : slices_) n += s.bytes();
    return n;
  }

  void on_batch(const batch_view<In>& batch) override {
    ids_.resize(batch.size());
    keys_.intern(std::span(ids_), [&](std::size_t i) { return key_of_(batch.rows[i]); });
    while (keyed_.size() < keys_.size()) {
      keyed_.push_back({.filling = aggregate_.identity()});
      if (overlapping()) slices_.emplace_back(aggregate_);
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      watermark_ = batch.watermarks[i];
      apply(ids_[i], batch.rows[i], {to_ms(batch.times[i]), this->counters_.in.value() + i});
    }
    this->count_batch(batch.size(), 0);
    finish_batch();
  }

  void on_watermark(timestamp w) override {
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
  using timed_aggregate = detail::timed<Aggregate>;
  using partial = typename timed_aggregate::partial;

  struct key_state {
    partial filling;              // the slice being filled
    std::int64_t in_slice = 0;    // events in it
    std::int64_t in_window = 0;   // events in the window being filled
    std::int64_t number = 0;      // of that window
    interval shown{};             // by its newest early pane
    std::uint32_t panes = 0;      // early panes it has had
    bool changed = false;         // since then, and we will say so
  };

  bool overlapping() const noexcept { return slice_size_ != windows_.size; }

  void apply(std::uint32_t id, const In& event, event_position at) {
    key_state& k = keyed_[id];
    aggregate_.add(k.filling, event, at);
    ++k.in_window;
    if (++k.in_slice == slice_size_) {
      if (overlapping()) {
        slices_[id].insert_partial(std::exchange(k.filling, aggregate_.identity()));
        k.in_slice = 0;
      }
      if (k.in_window == windows_.size) return complete(id);
    }
    if (this->tells_early() && !std::exchange(k.changed, true)) changed_.push_back(id);
  }

  void complete(std::uint32_t id) {
    key_state& k = keyed_[id];
    emit(id, pane_timing::on_time);
    if (overlapping()) {
      for (std::int64_t gone = 0; gone < windows_.step(); gone += slice_size_) slices_[id].evict();
    } else {
      k.filling = aggregate_.identity();
      k.in_slice = 0;
    }
    k.in_window = windows_.size - windows_.step();
    ++k.number;
    k.panes = 0;
    k.changed = this->tells_early() && k.changed;  // it is in changed_ still: the next window may have a pane
  }

  void finish_batch() {
    emit_early();
    panes_.send();
  }

  void emit_early() {
    if (changed_.empty()) return;
    if (!this->early_due()) return;
    for (const std::uint32_t id : changed_) {
      keyed_[id].changed = false;
      if (keyed_[id].in_window > 0) emit(id, pane_timing::early);
    }
    changed_.clear();
  }

  void emit(std::uint32_t id, pane_timing timing) {
    key_state& k = keyed_[id];
    partial total = overlapping() ? aggregate_.combine(slices_[id].total(), k.filling) : k.filling;
    const interval window{total.first, total.last + duration{1}};
    if (k.panes > 0 && window != k.shown) {
      panes_.add({keys_[id], k.shown, change_kind::erase, pane_timing::early, k.panes, {}}, watermark_);
      k.panes = 0;
    }
    panes_.add({keys_[id], window, k.panes == 0 ? change_kind::insert : change_kind::update, timing, k.panes,
                with_number(k.number, std::move(total))},
               watermark_);
    k.shown = window;
    ++k.panes;
  }

  row_type with_number(std::int64_t number, partial&& total) {
    row_type out;
    static_cast<number_column&>(out).value = number;
    if constexpr (views_partials<Aggregate>) {
      if (panes_.empty()) lowered_.clear();
      lowered_.push_back(std::move(total));
      copy_columns(aggregate_.lower(lowered_.back()), out);
    } else {
      copy_columns(aggregate_.lower(total), out);
    }
    return out;
  }
  template <typename... Columns>
  static void copy_columns(row<Columns...>&& from, row_type& to) {
    ((static_cast<Columns&>(to) = std::move(static_cast<Columns&>(from))), ...);
  }

  KeyOf key_of_;
  count_window windows_;
  timed_aggregate aggregate_;
  std::int64_t slice_size_;
  key_dictionary<key_type> keys_;
  std::vector<key_state> keyed_;                    // by key id
  std::vector<two_stacks<timed_aggregate>> slices_; // by key id, where windows overlap
  std::vector<std::uint32_t> ids_;                  // the key ids of the present batch
  std::vector<std::uint32_t> changed_;              // keys with an early pane to come
  std::deque<partial> lowered_;                     // what panes not sent yet may view
  pane_writer<pane_type> panes_{*this, this->counters_};
};

template <>
struct window_operator<count_window> {
  template <typename In, typename KeyOf, typename Aggregate>
  using type = count_aggregate<In, KeyOf, Aggregate>;
};

}  // namespace oriel

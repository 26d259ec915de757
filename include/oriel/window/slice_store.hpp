// SPDX-License-Identifier: Apache-2.0
// oriel/window/slice_store.hpp - partial results by time and key.
//
// Time is cut into slices, the longest pieces no window boundary runs through. An
// event updates exactly one slice, however many windows overlap there. A slice
// holds one partial per key, in pages of 256 consecutive key ids (window/key_column.hpp).
//
// Slices are looked up by start time: the last one used is tried first, then a
// binary search over the few that are open. A gap in event time costs nothing,
// since slices nobody touched do not exist. A finished slice is freed whole.
//
//   start ->   10:00      10:01      10:02          one slice_store per operator
//   ids 0-255  [page]     [page]     [page]
//   256-511    [page]       .        [page]         . = no event, no memory
//
// Source: pairs and panes as in Krishnamurthy, Wu, Franklin, "On-the-fly sharing for
// streamed aggregation", SIGMOD 2006; key ids as columns are ours.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/core/interval.hpp>
#include <oriel/window/key_column.hpp>

namespace oriel {

/// The partials of one stretch of time, by key id.
template <typename Partial>
class slice : public key_column<Partial> {
  using column = key_column<Partial>;
  using page = typename column::page;

 public:
  using column::page_size;
  using column::pages;

  slice(interval span, detail::page_pool<Partial>& pool) : column(pool), span_(span) {}

  const interval& span() const noexcept { return span_; }

  /// The partial of key `id`, made by `identity` if this is the first time.
  template <typename Identity>
  Partial& touch(std::uint32_t id, const Identity& identity) {
    column::make_room(std::size_t{id} + 1);
    return reach(id, identity);
  }

  /// As `touch`. Requires: room was made for `id`.
  template <typename Identity>
  Partial& reach(std::uint32_t id, const Identity& identity) {
    page& p = column::reach(id, identity);
    if (tracking_) p.changed.set(id % page_size);
    return p.values[id % page_size];
  }

  /// From now on remembers which keys are touched, for `for_each_changed`.
  void track_changes() noexcept { tracking_ = true; }

  /// Calls `f(id, partial)` for every key touched since the last call, by ascending id.
  template <typename F>
  void for_each_changed(F&& f) {
    for (std::size_t i = 0; i < pages().size(); ++i) {
      if (!pages()[i] || !pages()[i]->changed.any()) continue;
      const page_mask changed = std::exchange(pages()[i]->changed, {});
      changed.for_each(
          [&](std::size_t at) { f(static_cast<std::uint32_t>(i * page_size + at), pages()[i]->values[at]); });
    }
  }

  void forget_changes() noexcept {
    for (auto& p : pages()) {
      if (p) p->changed.clear();
    }
  }

  /// Gives every key a new id: the key of id `i` becomes `renamed[i]`.
  template <typename Identity>
  void rename(std::span<const std::uint32_t> renamed, const Identity& identity) {
    column old = std::move(*this);
    const std::vector<std::uint32_t> old_indexes = std::exchange(pane_indexes, {});
    for (std::size_t i = 0; i < old.pages().size(); ++i) {
      if (!old.pages()[i]) continue;
      page& from = *old.pages()[i];
      from.touched.for_each([&](std::size_t at) {
        const std::size_t id = i * page_size + at;
        const std::uint32_t to = renamed[id];
        column::touch(to, identity) = std::move(from.values[at]);
        if (from.changed.test(at)) pages()[to / page_size]->changed.set(to % page_size);
        if (id < old_indexes.size()) pane_index(to) = old_indexes[id];
      });
    }
  }

  std::size_t bytes() const noexcept { return sizeof(*this) + column::bytes(); }

  // What the operator remembers of this slice's emissions.
  bool complete = false;                     ///< the on-time panes are out
  std::vector<std::uint32_t> pane_indexes;   ///< next pane index per key id; empty: all 0

  /// The index of the next pane of key `id`.
  std::uint32_t& pane_index(std::uint32_t id) {
    if (pane_indexes.size() <= id) pane_indexes.resize(std::size_t{id} + 1, 0);
    return pane_indexes[id];
  }

 private:
  interval span_;
  bool tracking_ = false;
};

/// The open slices of one operator, by start time.
///
/// Complexity: finding a slice is O(1) for the one used last, O(log slices) otherwise.
/// Threads: not synchronised.
template <aggregate Aggregate>
class slice_store {
 public:
  using partial = typename Aggregate::partial;
  using slice_type = slice<partial>;

  explicit slice_store(Aggregate aggregate) : aggregate_(std::move(aggregate)) {}

  const Aggregate& aggregate() const noexcept { return aggregate_; }

  /// The slice covering `span`, new if need be. A reference stays good until the slice is dropped.
  slice_type& at(interval span) {
    auto it = lower_bound(slices_, span.start);
    if (it == slices_.end() || (*it)->span().start != span.start) {
      it = slices_.insert(it, std::make_unique<slice_type>(span, *pool_));
    }
    return **it;
  }

  /// Adds one event to the partial of `id` in `s`.
  void add(slice_type& s, std::uint32_t id, const typename Aggregate::input& event, event_position at = {}) {
    add_to(aggregate_, s.touch(id, identity()), event, at);
  }

  /// Adds a batch of events to one slice: `events[i]` at `times[i]` to the partial of `ids[i]`.
  /// `arrival` is how many events came before the first. Requires: ids below `id_limit`.
  template <typename Event>
  void add(slice_type& s, std::span<const std::uint32_t> ids, std::size_t id_limit, const Event* events,
           const timestamp* times, std::uint64_t arrival) {
    s.make_room(id_limit);
    const bool is_cold = s.is_large() || s.key_count() < id_limit - id_limit / 8;  // a new one's memory lay idle long
    for (std::size_t i = 0; i < ids.size();) {
      const std::size_t end = std::min(i + stride, ids.size());
      for (std::size_t ahead = i; is_cold && ahead < end; ++ahead) s.prefetch(ids[ahead]);
      for (; i < end; ++i) {
        __builtin_prefetch(events + ids.size() + i);  // a host pushes long spans: the next batch is often there
        add_to(aggregate_, s.reach(ids[i], identity()), events[i], {to_ms(times[i]), arrival + i});
      }
    }
  }

  /// The same for events of several slices: `events[i]` belongs to `slices[i]`, in which room was made for its id.
  template <typename Event>
  void add_each(std::span<slice_type* const> slices, const std::uint32_t* ids, const Event* events,
                const timestamp* times, std::uint64_t arrival) {
    for (std::size_t i = 0; i < slices.size();) {
      const std::size_t end = std::min(i + stride, slices.size());
      for (std::size_t ahead = i; ahead < end; ++ahead) slices[ahead]->prefetch(ids[ahead]);
      for (; i < end; ++i) {
        add_to(aggregate_, slices[i]->reach(ids[i], identity()), events[i], {to_ms(times[i]), arrival + i});
      }
    }
  }

  /// Gives the keys of all slices new ids: see `slice::rename`.
  void rename(std::span<const std::uint32_t> renamed) {
    for (const auto& s : slices_) s->rename(renamed, identity());
  }

  /// The open slices that lie in `span`. Requires: no slice lies across its bounds.
  std::span<const std::unique_ptr<slice_type>> within(interval span) const noexcept {
    const auto first = lower_bound(slices_, span.start);
    return {first, lower_bound(slices_, span.end)};
  }

  /// The open slices by ascending start.
  std::span<const std::unique_ptr<slice_type>> slices() const noexcept { return slices_; }
  bool empty() const noexcept { return slices_.empty(); }

  /// Frees the slices that start before `t`. Their pages are kept for the next slices, but never more than
  /// were in use.
  void drop_before(timestamp t) {
    std::size_t in_use = 0;
    for (const auto& s : slices_) in_use += s->pages().size();
    slices_.erase(slices_.begin(), lower_bound(slices_, t));
    pool_->trim(in_use);
  }

  std::size_t bytes() const noexcept {
    std::size_t n = pool_->bytes();
    for (const auto& s : slices_) n += s->bytes();
    return n;
  }

 private:
  static constexpr std::size_t stride = 128;  // partials asked for at a time

  auto identity() const {
    return [this] { return aggregate_.identity(); };
  }

  static auto lower_bound(auto& slices, timestamp start) {
    return std::lower_bound(slices.begin(), slices.end(), start,
                            [](const auto& s, timestamp t) { return s->span().start < t; });
  }

  [[no_unique_address]] Aggregate aggregate_;
  std::unique_ptr<detail::page_pool<partial>> pool_ = std::make_unique<detail::page_pool<partial>>();
  std::vector<std::unique_ptr<slice_type>> slices_;  // after the pool: slices give back pages when they go
};

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/window/combined_slices.hpp - the window that moves over slices, for all keys at once.
//
// One partial per key, of the slices covered at present. Moving on, slices enter at
// the front and leave at the back, and only the keys of those slices are touched:
//
//   - When the aggregate can be undone exactly, one column of running partials: a slice
//     that enters is combined in, one that leaves is removed (subtract-on-evict).
//   - Otherwise two stacks, a column each. Slices enter the newer one. When the older one
//     runs out, all slices are turned over into it, newest first, and for each key what the
//     column held before is noted down: a slice leaves by putting those notes back.
//
// Late events reach slices already covered. Their keys are marked, and before the next
// move put together again from the slices themselves.
//
// Card: order needed: slices enter in order, events in any; operator: associative (removable for
// the first form); time: per slice and key in it, 2 combines and 1 for the answer; a marked key,
// one combine for each slice it is in; space: one partial a key, with two stacks also one for each
// slice and key; source: two stacks after Tangwongsan, Hirzel, Schneider, Wu, PVLDB 8(7), 2015.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/window/slice_store.hpp>

namespace oriel {

namespace detail {

/// Column of running partials, with the number of covered slices each key is in.
template <aggregate Aggregate>
class running_column {
  using partial = typename Aggregate::partial;

 public:
  explicit running_column(const Aggregate& aggregate) : aggregate_(aggregate) {}

  void enter(const slice<partial>& s) {
    s.for_each([&](std::uint32_t id, const partial& p) { add(id, p); });
  }
  template <typename Slices>
  void leave(const slice<partial>& s, const Slices&) {
    s.for_each([&](std::uint32_t id, const partial& p) {
      entry& e = column_.touch(id, identity());
      e.running = aggregate_.remove(e.running, p);
      if (--e.slices == 0) column_.forget(id, identity());
    });
  }
  template <typename Slices>
  void recombine(std::uint32_t id, const Slices& covered) {
    if (column_.find(id)) column_.forget(id, identity());
    for (const auto& s : covered) {
      if (const partial* p = s->find(id)) add(id, *p);
    }
  }
  void clear() { column_.clear(); }

  template <typename F>
  void for_each(F&& f) const {
    column_.for_each([&](std::uint32_t id, const entry& e) { f(id, e.running); });
  }
  std::size_t bytes() const noexcept { return column_.bytes() + pool_->bytes(); }

 private:
  struct entry {
    partial running;
    std::uint32_t slices = 0;
  };

  void add(std::uint32_t id, const partial& p) {
    entry& e = column_.touch(id, identity());
    e.running = aggregate_.combine(std::move(e.running), p);
    ++e.slices;
  }
  auto identity() const {
    return [this] { return entry{aggregate_.identity(), 0}; };
  }

  [[no_unique_address]] Aggregate aggregate_;
  std::unique_ptr<page_pool<entry>> pool_ = std::make_unique<page_pool<entry>>();
  slice<entry> column_{{}, *pool_};
};

/// Two stacks, a column each.
template <aggregate Aggregate>
class stacked_columns {
  using partial = typename Aggregate::partial;

 public:
  explicit stacked_columns(const Aggregate& aggregate) : aggregate_(aggregate) {}

  void enter(const slice<partial>& s) {
    s.for_each([&](std::uint32_t id, const partial& p) {
      partial& newer = newer_.touch(id, identity());
      newer = aggregate_.combine(std::move(newer), p);
    });
  }

  /// The oldest of the slices `covered` leaves.
  template <typename Slices>
  void leave(const slice<partial>&, const Slices& covered) {
    if (layers_.empty()) turn_over(covered);
    for (note& n : layers_.back().notes) put_back(n);
    layers_.pop_back();
  }

  template <typename Slices>
  void recombine(std::uint32_t id, const Slices& covered) {
    const timestamp turned_until = layers_.empty() ? beginning_of_time : layers_.front().start;
    note older{id, std::nullopt};
    std::size_t depth = 0;
    for (std::size_t i = covered.size(); i-- > 0;) {
      const auto& s = covered[i];
      if (s->span().start > turned_until) continue;
      while (depth < layers_.size() && layers_[depth].start > s->span().start) ++depth;
      if (depth == layers_.size() || layers_[depth].start != s->span().start) {
        layers_.insert(layers_.begin() + static_cast<std::ptrdiff_t>(depth), {s->span().start, {}});
      }
      if (const partial* p = s->find(id)) {
        write_down(layers_[depth].notes, older);
        older.before = older.before ? aggregate_.combine(*p, *older.before) : *p;
      }
    }
    put_back(older);
    if (newer_.find(id)) newer_.forget(id, identity());
    for (const auto& s : covered) {
      const partial* p = s->span().start > turned_until ? s->find(id) : nullptr;
      if (p == nullptr) continue;
      partial& newer = newer_.touch(id, identity());
      newer = aggregate_.combine(std::move(newer), *p);
    }
  }

  void clear() {
    older_.clear();
    newer_.clear();
    layers_.clear();
  }

  template <typename F>
  void for_each(F&& f) const {
    older_.for_each_with(newer_, [&](std::uint32_t id, const partial* older, const partial* newer) {
      if (older && newer) {
        f(id, aggregate_.combine(*older, *newer));
      } else {
        f(id, older ? *older : *newer);
      }
    });
  }
  std::size_t bytes() const noexcept {
    std::size_t n = older_.bytes() + newer_.bytes() + pool_->bytes();
    for (const auto& l : layers_) n += l.notes.capacity() * sizeof(note);
    return n;
  }

 private:
  /// What the older column held of a key before a slice was put on top.
  struct note {
    std::uint32_t id;
    std::optional<partial> before;
  };
  struct layer {
    timestamp start;
    std::vector<note> notes;  // by ascending id
  };

  template <typename Slices>
  void turn_over(const Slices& covered) {
    newer_.clear();
    for (std::size_t i = covered.size(); i-- > 0;) {
      const auto& s = covered[i];
      layer& top = layers_.emplace_back(layer{s->span().start, {}});
      top.notes.reserve(s->key_count());
      s->for_each([&](std::uint32_t id, const partial& p) {
        const partial* before = older_.find(id);
        top.notes.push_back(before ? note{id, *before} : note{id, std::nullopt});
        older_.touch(id, identity()) = before ? aggregate_.combine(p, *before) : p;
      });
    }
  }

  void put_back(note& n) {
    if (n.before) {
      older_.touch(n.id, identity()) = std::move(*n.before);
    } else if (older_.find(n.id)) {
      older_.forget(n.id, identity());
    }
  }

  static void write_down(std::vector<note>& notes, const note& n) {
    auto at = std::lower_bound(notes.begin(), notes.end(), n.id, [](const note& a, std::uint32_t id) { return a.id < id; });
    if (at == notes.end() || at->id != n.id) {
      notes.insert(at, n);
    } else {
      *at = n;
    }
  }

  auto identity() const {
    return [this] { return aggregate_.identity(); };
  }

  [[no_unique_address]] Aggregate aggregate_;
  std::unique_ptr<page_pool<partial>> pool_ = std::make_unique<page_pool<partial>>();
  slice<partial> older_{{}, *pool_};  // of each key, the partial of the slices turned over and not left
  slice<partial> newer_{{}, *pool_};  // of each key, the partial of the slices entered since
  std::vector<layer> layers_;         // one for each slice turned over, the newest first
};

}  // namespace detail

/// The partials of all keys over a run of slices that moves forward in time.
///
/// Threads: not synchronised.
template <aggregate Aggregate>
class combined_slices {
 public:
  using store = slice_store<Aggregate>;

  explicit combined_slices(const Aggregate& aggregate) : columns_(aggregate) {}

  /// Covers the slices in `window`. Requires: neither bound is before that of the last window.
  void move_to(interval window, const store& slices) {
    leave_before(window.start, slices);
    for (const auto& s : slices.within({covered_.end, window.end})) columns_.enter(*s);
    covered_.end = window.end;
  }

  /// Stops covering the slices that start before `t`.
  void leave_before(timestamp t, const store& slices) {
    recombine_marked(slices);
    if (t >= covered_.end) {
      columns_.clear();
      covered_ = {t, t};
      return;
    }
    for (const auto& s : slices.within({covered_.start, t})) {
      columns_.leave(*s, slices.within(covered_));
      covered_.start = s->span().end;
    }
    covered_.start = std::max(covered_.start, t);
  }

  /// Says that an event of key `id` was added to the slice `span`, covered or not.
  void mark(std::uint32_t id, interval span) {
    if (covered_.start <= span.start && span.end <= covered_.end) marked_.push_back(id);
  }

  /// Calls `f(id, partial)` for each key with an event in the slices covered, by ascending id.
  /// Requires: no `mark` since the last move. The partial is good during the call.
  template <typename F>
  void for_each(F&& f) const {
    columns_.for_each(f);
  }

  /// Starts over: slices or key ids are not what they were.
  void reset() {
    columns_.clear();
    marked_.clear();
    covered_ = {covered_.start, covered_.start};
  }

  std::size_t bytes() const noexcept { return columns_.bytes() + marked_.capacity() * sizeof(marked_[0]); }

 private:
  void recombine_marked(const store& slices) {
    if (marked_.empty()) return;
    std::sort(marked_.begin(), marked_.end());
    marked_.erase(std::unique(marked_.begin(), marked_.end()), marked_.end());
    for (const std::uint32_t id : marked_) columns_.recombine(id, slices.within(covered_));
    marked_.clear();
  }

  static constexpr bool undone = exactly_invertible_aggregate<Aggregate>;
  std::conditional_t<undone, detail::running_column<Aggregate>, detail::stacked_columns<Aggregate>> columns_;
  interval covered_{beginning_of_time, beginning_of_time};
  std::vector<std::uint32_t> marked_;
};

}  // namespace oriel

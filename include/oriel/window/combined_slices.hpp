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
    column_.touch_all(s, [&](std::uint32_t, entry& e, const partial& p, bool is_first) {
      if (is_first) {
        e = {p, 1};
      } else {
        append_to(aggregate_, e.running, p);
        ++e.slices;
      }
    });
  }
  template <typename Slices>
  void leave(const slice<partial>& s, const Slices&) {
    column_.keep_if(s, [&](entry& e, const partial& p) {
      cut_from(aggregate_, e.running, p);
      return --e.slices != 0;
    });
  }
  template <typename Slices>
  void recombine(std::uint32_t id, const Slices& covered) {
    if (column_.find(id)) column_.forget(id);
    for (const auto& s : covered) {
      const partial* p = s->find(id);
      if (p == nullptr) continue;
      entry& e = column_.touch(id, [&] { return entry{aggregate_.identity(), 0}; });
      append_to(aggregate_, e.running, *p);
      ++e.slices;
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

  [[no_unique_address]] Aggregate aggregate_;
  std::unique_ptr<page_pool<entry>> pool_ = std::make_unique<page_pool<entry>>();
  key_column<entry> column_{*pool_};
};

/// Two stacks, a column each.
template <aggregate Aggregate>
class stacked_columns {
  using partial = typename Aggregate::partial;

 public:
  explicit stacked_columns(const Aggregate& aggregate) : aggregate_(aggregate) {}

  void enter(const slice<partial>& s) {
    newer_.touch_all(s, [&](std::uint32_t, partial& newer, const partial& p, bool is_first) {
      if (is_first) {
        newer = p;
      } else {
        append_to(aggregate_, newer, p);
      }
    });
  }

  /// The oldest of the slices `covered` leaves.
  template <typename Slices>
  void leave(const slice<partial>&, const Slices& covered) {
    if (layers_.empty()) turn_over(covered);
    layer& top = layers_.back();
    for (note& n : top.notes) older_[n.id] = std::move(n.before);
    for (const std::uint32_t id : top.added) older_.forget(id);
    top.notes.clear();
    top.added.clear();
    spare_.push_back(std::move(top));
    layers_.pop_back();
  }

  template <typename Slices>
  void recombine(std::uint32_t id, const Slices& covered) {
    const timestamp turned_until = layers_.empty() ? beginning_of_time : layers_.front().start;
    std::optional<partial> older;
    std::size_t depth = 0;
    for (std::size_t i = covered.size(); i-- > 0;) {
      const auto& s = covered[i];
      if (s->span().start > turned_until) continue;
      while (depth < layers_.size() && layers_[depth].start > s->span().start) ++depth;
      if (depth == layers_.size() || layers_[depth].start != s->span().start) {
        layers_.insert(layers_.begin() + static_cast<std::ptrdiff_t>(depth), layer{s->span().start, {}, {}});
      }
      if (const partial* p = s->find(id)) {
        layers_[depth].write_down(id, older);
        older = older ? aggregate_.combine(*p, *older) : *p;
      }
    }
    if (older) {
      older_.touch(id, identity()) = std::move(*older);
    } else if (older_.find(id)) {
      older_.forget(id);
    }
    if (newer_.find(id)) newer_.forget(id);
    for (const auto& s : covered) {
      const partial* p = s->span().start > turned_until ? s->find(id) : nullptr;
      if (p != nullptr) append_to(aggregate_, newer_.touch(id, identity()), *p);
    }
  }

  void clear() {
    older_.clear();
    newer_.clear();
    layers_.clear();
    spare_.clear();
  }

  template <typename F>
  void for_each(F&& f) const {
    older_.for_each_with(newer_, [&](std::uint32_t id, const partial* older, const partial* newer) {
      if (older && newer) {
        partial both = *older;
        append_to(aggregate_, both, *newer);
        f(id, both);
      } else {
        f(id, older ? *older : *newer);
      }
    });
  }
  std::size_t bytes() const noexcept {
    std::size_t n = older_.bytes() + newer_.bytes() + pool_->bytes();
    for (const auto& l : layers_) n += l.bytes();
    for (const auto& l : spare_) n += l.bytes();
    return n;
  }

 private:
  /// What the older column held of a key before a slice was put on top.
  struct note {
    std::uint32_t id;
    partial before;
  };
  /// What undoes the putting on top of one slice.
  struct layer {
    timestamp start;
    std::vector<note> notes;           // by ascending id
    std::vector<std::uint32_t> added;  // keys of which it held nothing, ascending

    std::size_t bytes() const noexcept { return notes.capacity() * sizeof(note) + added.capacity() * sizeof(added[0]); }

    void write_down(std::uint32_t id, const std::optional<partial>& before) {
      const auto n = std::lower_bound(notes.begin(), notes.end(), id, [](const note& a, std::uint32_t b) { return a.id < b; });
      const auto a = std::lower_bound(added.begin(), added.end(), id);
      const bool is_noted = n != notes.end() && n->id == id;
      const bool is_added = a != added.end() && *a == id;
      if (before) {
        if (is_added) added.erase(a);
        if (is_noted) {
          n->before = *before;
        } else {
          notes.insert(n, {id, *before});
        }
      } else {
        if (is_noted) notes.erase(n);
        if (!is_added) added.insert(a, id);
      }
    }
  };

  template <typename Slices>
  void turn_over(const Slices& covered) {
    newer_.clear();
    for (std::size_t i = covered.size(); i-- > 0;) {
      const auto& s = covered[i];
      layer& top = new_layer(s->span().start);
      older_.touch_all(*s, [&](std::uint32_t id, partial& older, const partial& p, bool is_first) {
        if (is_first) {
          top.added.push_back(id);
          older = p;
        } else {
          top.notes.push_back({id, older});
          prepend_to(aggregate_, older, p);
        }
      });
    }
  }

  /// A layer on top, in memory of one that has left.
  layer& new_layer(timestamp start) {
    if (spare_.empty()) return layers_.emplace_back(layer{start, {}, {}});
    layers_.push_back(std::move(spare_.back()));
    spare_.pop_back();
    layers_.back().start = start;
    return layers_.back();
  }

  auto identity() const {
    return [this] { return aggregate_.identity(); };
  }

  [[no_unique_address]] Aggregate aggregate_;
  std::unique_ptr<page_pool<partial>> pool_ = std::make_unique<page_pool<partial>>();
  key_column<partial> older_{*pool_};  // of each key, the partial of the slices turned over and not left
  key_column<partial> newer_{*pool_};  // of each key, the partial of the slices entered since
  std::vector<layer> layers_;          // one for each slice turned over, the newest first
  std::vector<layer> spare_;           // emptied
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

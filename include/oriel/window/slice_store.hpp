// SPDX-License-Identifier: Apache-2.0
// oriel/window/slice_store.hpp - partial results by time and key.
//
// Time is cut into slices, the longest pieces no window boundary runs through. An
// event updates exactly one slice, however many windows overlap there. A slice
// holds one partial per key, in pages of 256 consecutive key ids, so a slice few
// keys touched stays small and one that all keys touched is a plain array.
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
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/core/interval.hpp>

namespace oriel {

/// A set of small integers below 256.
class page_mask {
 public:
  void set(std::size_t i) noexcept { words_[i >> 6] |= std::uint64_t{1} << (i & 63); }
  void reset(std::size_t i) noexcept { words_[i >> 6] &= ~(std::uint64_t{1} << (i & 63)); }
  void set(const page_mask& others) noexcept {
    for (std::size_t w = 0; w < words_.size(); ++w) words_[w] |= others.words_[w];
  }
  bool test(std::size_t i) const noexcept { return (words_[i >> 6] >> (i & 63)) & 1; }
  void clear() noexcept { words_ = {}; }
  bool any() const noexcept { return (words_[0] | words_[1] | words_[2] | words_[3]) != 0; }

  template <typename F>
  void for_each(F&& f) const {
    for (std::size_t w = 0; w < words_.size(); ++w) {
      for (std::uint64_t left = words_[w]; left != 0; left &= left - 1) {
        f(w * 64 + static_cast<std::size_t>(std::countr_zero(left)));
      }
    }
  }

 private:
  std::array<std::uint64_t, 4> words_{};
};

namespace detail {

/// The partials of 256 consecutive key ids.
template <typename Partial>
struct slice_page {
  static constexpr std::size_t size = 256;

  page_mask touched;
  page_mask changed;
  std::array<Partial, size> partials;
};

/// Pages that slices have given back: the next slice needs as many.
template <typename Partial>
class page_pool {
 public:
  using page = slice_page<Partial>;

  /// A page nobody has touched; what its partials hold does not matter.
  std::unique_ptr<page> take() {
    if (spare_.empty()) return std::make_unique_for_overwrite<page>();
    std::unique_ptr<page> p = std::move(spare_.back());
    spare_.pop_back();
    p->touched.clear();
    p->changed.clear();
    return p;
  }
  void give_back(std::unique_ptr<page> p) {
    if constexpr (!std::is_trivially_destructible_v<Partial>) p->partials.fill(Partial{});  // frees what they hold
    spare_.push_back(std::move(p));
  }
  std::size_t bytes() const noexcept { return spare_.size() * sizeof(page); }

  /// Frees all but `keep` pages.
  void trim(std::size_t keep) {
    if (spare_.size() > keep) spare_.resize(keep);
  }

 private:
  std::vector<std::unique_ptr<page>> spare_;
};

}  // namespace detail

/// The partials of one stretch of time, by key id.
template <typename Partial>
class slice {
  using page = detail::slice_page<Partial>;

 public:
  static constexpr std::size_t page_size = page::size;

  slice(interval span, detail::page_pool<Partial>& pool) : span_(span), pool_(pool) {}
  slice(const slice&) = delete;
  slice& operator=(const slice&) = delete;
  ~slice() { give_back(pages_); }

  const interval& span() const noexcept { return span_; }

  /// The partial of key `id`, made from `identity` if this is the first time.
  template <typename Identity>
  Partial& touch(std::uint32_t id, const Identity& identity) {
    const std::size_t index = id / page_size;
    const std::size_t at = id % page_size;
    page* p = index < pages_.size() ? pages_[index].get() : nullptr;
    if (p == nullptr || !p->touched.test(at)) [[unlikely]] p = &first_touch(id, identity);
    if (tracking_) [[unlikely]] p->changed.set(at);
    return p->partials[at];
  }

  /// `touch` for a whole batch: calls `f(i, partial of ids[i])` for each `i`. Requires: ids below `id_limit`.
  template <typename Identity, typename F>
  void touch_each(std::span<const std::uint32_t> ids, std::size_t id_limit, const Identity& identity, F&& f) {
    make_room(id_limit);
    if (is_large()) {
      for (const std::uint32_t id : ids) prefetch(id);
    }
    const std::unique_ptr<page>* const pages = pages_.data();
    const bool tracking = tracking_;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const std::size_t at = ids[i] % page_size;
      page* p = pages[ids[i] / page_size].get();
      if (p == nullptr || !p->touched.test(at)) [[unlikely]] p = &first_touch(ids[i], identity);
      if (tracking) p->changed.set(at);
      f(i, p->partials[at]);
    }
  }

  /// Room for ids below `id_limit`: `reach` may be called for them.
  void make_room(std::size_t id_limit) {
    pages_.resize(std::max(pages_.size(), (id_limit + page_size - 1) / page_size));
  }

  /// As `touch`. Requires: room was made for `id`.
  template <typename Identity>
  Partial& reach(std::uint32_t id, const Identity& identity) {
    const std::size_t at = id % page_size;
    page* p = pages_[id / page_size].get();
    if (p == nullptr || !p->touched.test(at)) [[unlikely]] p = &first_touch(id, identity);
    if (tracking_) p->changed.set(at);
    return p->partials[at];
  }

  /// Whether it pays to ask for memory before reaching for it.
  bool is_large() const noexcept { return pages_.size() * sizeof(page) > cached_bytes; }

  /// Asks for the memory of a partial that will be reached for. Requires: room was made for `id`.
  void prefetch(std::uint32_t id) const noexcept {
    if (const page* p = pages_[id / page_size].get()) __builtin_prefetch(&p->partials[id % page_size], 1);
  }

  const Partial& operator[](std::uint32_t id) const { return pages_[id / page_size]->partials[id % page_size]; }

  /// The partial of key `id`; nullptr when it has none.
  const Partial* find(std::uint32_t id) const noexcept {
    const std::size_t index = id / page_size;
    if (index >= pages_.size() || !pages_[index] || !pages_[index]->touched.test(id % page_size)) return nullptr;
    return &pages_[index]->partials[id % page_size];
  }

  /// Takes the partial of key `id` away; it would be made anew. Requires: it has one.
  template <typename Identity>
  void forget(std::uint32_t id, const Identity& identity) {
    page& p = *pages_[id / page_size];
    p.touched.reset(id % page_size);
    if constexpr (!std::is_trivially_destructible_v<Partial>) p.partials[id % page_size] = identity();
    --key_count_;
  }

  /// From now on remembers which keys are touched, for `for_each_changed`.
  void track_changes() noexcept { tracking_ = true; }

  /// Calls `f(id, partial)` for every key touched, by ascending id.
  template <typename F>
  void for_each(F&& f) const {
    for (std::size_t i = 0; i < pages_.size(); ++i) {
      if (!pages_[i]) continue;
      pages_[i]->touched.for_each(
          [&](std::size_t at) { f(static_cast<std::uint32_t>(i * page_size + at), pages_[i]->partials[at]); });
    }
  }

  /// Calls `f(id, partial, other partial)` for every key touched here or in `other`, by ascending id; nullptr
  /// stands for the partial of the one that was not.
  template <typename F>
  void for_each_with(const slice& other, F&& f) const {
    for (std::size_t i = 0; i < std::max(pages_.size(), other.pages_.size()); ++i) {
      const page* a = i < pages_.size() ? pages_[i].get() : nullptr;
      const page* b = i < other.pages_.size() ? other.pages_[i].get() : nullptr;
      page_mask either;
      if (a) either.set(a->touched);
      if (b) either.set(b->touched);
      either.for_each([&](std::size_t at) {
        f(static_cast<std::uint32_t>(i * page_size + at), a && a->touched.test(at) ? &a->partials[at] : nullptr,
          b && b->touched.test(at) ? &b->partials[at] : nullptr);
      });
    }
  }

  /// Forgets all keys.
  void clear() {
    give_back(pages_);
    pages_.clear();
    key_count_ = 0;
  }

  /// Calls `f(id, partial)` for every key touched since the last call, by ascending id.
  template <typename F>
  void for_each_changed(F&& f) {
    for (std::size_t i = 0; i < pages_.size(); ++i) {
      if (!pages_[i] || !pages_[i]->changed.any()) continue;
      const page_mask changed = std::exchange(pages_[i]->changed, {});
      changed.for_each(
          [&](std::size_t at) { f(static_cast<std::uint32_t>(i * page_size + at), pages_[i]->partials[at]); });
    }
  }

  void forget_changes() noexcept {
    for (auto& p : pages_) {
      if (p) p->changed.clear();
    }
  }

  /// Gives every key a new id: the key of id `i` becomes `renamed[i]`.
  template <typename Identity>
  void rename(std::span<const std::uint32_t> renamed, const Identity& identity) {
    std::vector<std::unique_ptr<page>> old = std::move(pages_);
    pages_.clear();
    key_count_ = 0;
    std::vector<std::uint32_t> old_indexes = std::move(pane_indexes);
    pane_indexes.clear();
    for (std::size_t i = 0; i < old.size(); ++i) {
      if (!old[i]) continue;
      old[i]->touched.for_each([&](std::size_t at) {
        const std::size_t from = i * page_size + at;
        const std::uint32_t to = renamed[from];
        page& p = first_touch(to, identity);
        p.partials[to % page_size] = std::move(old[i]->partials[at]);
        if (old[i]->changed.test(at)) p.changed.set(to % page_size);
        if (from < old_indexes.size()) {
          if (pane_indexes.size() <= to) pane_indexes.resize(std::size_t{to} + 1, 0);
          pane_indexes[to] = old_indexes[from];
        }
      });
    }
    give_back(old);
  }

  std::size_t page_count() const noexcept { return pages_.size(); }

  /// Number of keys touched.
  std::size_t key_count() const noexcept { return key_count_; }

  std::size_t bytes() const noexcept {
    std::size_t n = sizeof(*this) + pages_.capacity() * sizeof(pages_[0]);
    for (const auto& p : pages_) n += p ? sizeof(page) : 0;
    return n;
  }

  // What the operator remembers of this slice's emissions.
  bool complete = false;                     ///< the on-time panes are out
  std::vector<std::uint32_t> pane_indexes;   ///< next pane index per key id; empty: all 0

  /// The index of the next pane of key `id`.
  std::uint32_t& pane_index(std::uint32_t id) {
    if (pane_indexes.size() <= id) pane_indexes.resize(std::size_t{id} + 1, 0);
    return pane_indexes[id];
  }

 private:
  static constexpr std::size_t cached_bytes = std::size_t{1} << 18;  // what a cache keeps without being asked

  template <typename Identity>
  [[gnu::noinline]] page& first_touch(std::uint32_t id, const Identity& identity) {
    const std::size_t index = id / page_size;
    if (index >= pages_.size()) pages_.resize(index + 1);
    if (!pages_[index]) pages_[index] = pool_.take();
    page& p = *pages_[index];
    if (!p.touched.test(id % page_size)) {
      p.touched.set(id % page_size);
      p.partials[id % page_size] = identity();
      ++key_count_;
    }
    return p;
  }

  void give_back(std::vector<std::unique_ptr<page>>& pages) {
    for (auto& p : pages) {
      if (p) pool_.give_back(std::move(p));
    }
  }

  interval span_;
  detail::page_pool<Partial>& pool_;
  bool tracking_ = false;
  std::size_t key_count_ = 0;
  std::vector<std::unique_ptr<page>> pages_;
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
    s.touch_each(ids, id_limit, identity(), [&](std::size_t i, partial& p) {
      __builtin_prefetch(events + ids.size() + i);  // a host pushes long spans: the next batch is often there
      add_to(aggregate_, p, events[i], {to_ms(times[i]), arrival + i});
    });
  }

  /// The same for events of several slices: `events[i]` belongs to `slices[i]`, in which room was made for its id.
  template <typename Event>
  void add_each(std::span<slice_type* const> slices, const std::uint32_t* ids, const Event* events,
                const timestamp* times, std::uint64_t arrival) {
    if (!slices.empty() && slices.front()->is_large()) {
      for (std::size_t i = 0; i < slices.size(); ++i) slices[i]->prefetch(ids[i]);
    }
    for (std::size_t i = 0; i < slices.size(); ++i) {
      add_to(aggregate_, slices[i]->reach(ids[i], identity()), events[i], {to_ms(times[i]), arrival + i});
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
    for (const auto& s : slices_) in_use += s->page_count();
    slices_.erase(slices_.begin(), lower_bound(slices_, t));
    pool_->trim(in_use);
  }

  std::size_t bytes() const noexcept {
    std::size_t n = pool_->bytes();
    for (const auto& s : slices_) n += s->bytes();
    return n;
  }

 private:
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

// SPDX-License-Identifier: Apache-2.0
// oriel/window/session_store.hpp - the open sessions of all keys.
//
// A session is one record: where it starts, its last event, one partial, and what has
// been said of it. Records of all keys lie in one array; a key's are a list through
// it, newest first, so an event in order looks at one record and a key without
// sessions costs four bytes.
//
//   heads     key 0 ──> [record] ──> [record]      newest first
//             key 1 ──> none
//             key 2 ──> [record]
//
// An event extends a session, joins two, or begins one. Within a session partials are
// combined in the order of arrival; two sessions that become one, in the order of time.
//
// Invariant: the sessions of a key do not overlap; of two next to each other, the older one's
// last event is more than `gap` before the start of the newer, or the two are too long for one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/core/cache_line.hpp>
#include <oriel/core/interval.hpp>
#include <oriel/window/session.hpp>

namespace oriel {

namespace detail {

/// What is kept of one session of one key.
template <typename Partial>
struct session_fields {
  timestamp start;
  timestamp last_event;
  timestamp armed = end_of_time;  ///< when the operator looks at it next
  timestamp shown_last_event;     ///< of the newest pane
  std::uint32_t key = 0;
  std::uint32_t older = 0;        ///< the key's session before this one
  std::uint32_t sending = 0;      ///< the output batch its newest pane is in
  std::uint32_t panes : 30 = 0;   ///< panes that are out of its present window
  bool complete : 1 = false;      ///< the watermark has passed its end
  bool changed : 1 = false;       ///< since the newest pane, and the operator will say so
  Partial partial;
};

}  // namespace detail

/// One session of one key: with a count and a sum, one cache line.
template <typename Partial>
struct alignas(detail::line_alignment<detail::session_fields<Partial>>) open_session
    : detail::session_fields<Partial> {};

/// Sessions by key id and time.
///
/// Complexity: O(1) for the newest session of a key; O(open sessions of the key) for others.
/// Memory: a record of 48 bytes and the partial per open session, 4 bytes per key.
/// Threads: not synchronised.
template <aggregate Aggregate>
class session_store {
 public:
  using partial = typename Aggregate::partial;
  using record = open_session<partial>;
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  /// What an event did: the session it is in, and the one it was joined with, which is no more.
  struct outcome {
    std::uint32_t joined = none;    ///< none: no session is near, and it was not to begin one
    std::uint32_t absorbed = none;  ///< its record stays readable until `release`
    timestamp old_start{};          ///< of `joined` before
    bool fresh = false;             ///< `joined` did not exist
  };

  session_store(session windows, Aggregate aggregate) : windows_(windows), aggregate_(std::move(aggregate)) {}

  const Aggregate& aggregate() const noexcept { return aggregate_; }
  record& operator[](std::uint32_t i) noexcept { return records_[i]; }
  const record& operator[](std::uint32_t i) const noexcept { return records_[i]; }

  /// Makes room for the keys below `id_limit`.
  void reserve_keys(std::size_t id_limit) {
    if (heads_.size() < id_limit) heads_.resize(id_limit, none);
  }
  void prefetch_head(std::uint32_t id) const { __builtin_prefetch(&heads_[id]); }
  void prefetch_newest(std::uint32_t id) const {
    if (heads_[id] != none) prefetch(heads_[id]);
  }
  [[gnu::always_inline]] void prefetch(std::uint32_t i) const { detail::prefetch_lines(records_[i]); }

  /// The newest session of a key when an event at `t` leaves its start and its neighbours alone, else `none`.
  std::uint32_t newest_extended_by(std::uint32_t id, timestamp t) const noexcept {
    const std::uint32_t i = heads_[id];
    if (i == none) return none;
    const record& r = records_[i];
    return t >= r.start && t - r.last_event <= windows_.gap && fits(r.start, t) ? i : none;
  }

  /// The sessions an event at `t` of a key would be in: the older first.
  std::pair<std::uint32_t, std::uint32_t> near(std::uint32_t id, timestamp t) const noexcept {
    std::uint32_t newer = none;
    std::uint32_t i = heads_[id];
    for (; i != none && records_[i].start > t; i = records_[i].older) newer = i;
    const bool joins_older =
        i != none && (t <= records_[i].last_event ||
                      (t - records_[i].last_event <= windows_.gap && fits(records_[i].start, t)));
    const bool inside = joins_older && t <= records_[i].last_event;
    const bool joins_newer = newer != none && !inside && records_[newer].start - t <= windows_.gap &&
                             fits(joins_older ? records_[i].start : t, records_[newer].last_event);
    return {joins_older ? i : none, joins_newer ? newer : none};
  }

  /// Adds an event to the sessions `near` has named, or begins one.
  outcome add(std::uint32_t id, std::pair<std::uint32_t, std::uint32_t> sessions,
              const typename Aggregate::input& event, event_position at) {
    const auto [older, newer] = sessions;
    const timestamp t = at_ms(at.time);
    outcome done;
    if (older == none && newer == none) {
      done.joined = begin(id, t);
      done.fresh = true;
    } else {
      done.joined = older != none ? older : newer;
    }
    record& r = records_[done.joined];
    done.old_start = r.start;
    r.start = std::min(r.start, t);
    r.last_event = std::max(r.last_event, t);
    add_to(aggregate_, r.partial, event, at);
    if (older != none && newer != none) {
      record& gone = records_[newer];
      r.last_event = gone.last_event;
      r.partial = aggregate_.combine(r.partial, gone.partial);
      unlink(newer);
      done.absorbed = newer;
    }
    return done;
  }

  /// Takes a session away from its key. Its record stays readable until `release`.
  void drop(std::uint32_t i) { unlink(i); }

  /// Frees the records of sessions that are no more.
  void release() {
    for (const std::uint32_t i : retired_) {
      if constexpr (!std::is_trivially_destructible_v<partial>) records_[i].partial = aggregate_.identity();
      spare_.push_back(i);
    }
    retired_.clear();
  }

  bool has_sessions(std::uint32_t id) const noexcept { return heads_[id] != none; }

  /// Keys with sessions.
  std::size_t live_keys() const noexcept { return live_keys_; }

  /// Gives every key with sessions a new id: `renamed[id]`, below `id_limit`.
  void rename(std::span<const std::uint32_t> renamed, std::size_t id_limit) {
    std::vector<std::uint32_t> heads(id_limit, none);
    for (std::uint32_t id = 0; id < heads_.size(); ++id) {
      if (heads_[id] == none) continue;
      heads[renamed[id]] = heads_[id];
      for (std::uint32_t i = heads_[id]; i != none; i = records_[i].older) records_[i].key = renamed[id];
    }
    heads_ = std::move(heads);
  }

  std::size_t bytes() const noexcept {
    return records_.capacity() * sizeof(record) + (heads_.capacity() + spare_.capacity()) * sizeof(std::uint32_t);
  }

 private:
  bool fits(timestamp start, timestamp last) const noexcept {
    return !windows_.max_length || last - start <= *windows_.max_length;
  }

  record begun_at(timestamp t) const {
    return {{.start = t, .last_event = t, .shown_last_event = t, .partial = aggregate_.identity()}};
  }
  std::uint32_t begin(std::uint32_t id, timestamp t) {
    std::uint32_t fresh = 0;
    if (spare_.empty()) {
      fresh = static_cast<std::uint32_t>(records_.size());
      records_.push_back(begun_at(t));
    } else {
      fresh = spare_.back();
      spare_.pop_back();
      records_[fresh] = begun_at(t);
    }
    std::uint32_t* link = &heads_[id];
    if (*link == none) ++live_keys_;
    while (*link != none && records_[*link].start > t) link = &records_[*link].older;
    records_[fresh].key = id;
    records_[fresh].older = *link;
    *link = fresh;
    return fresh;
  }

  void unlink(std::uint32_t i) {
    record& r = records_[i];
    std::uint32_t* link = &heads_[r.key];
    while (*link != i) link = &records_[*link].older;
    *link = r.older;
    if (heads_[r.key] == none) --live_keys_;
    r.changed = false;
    r.armed = end_of_time;
    retired_.push_back(i);
  }

  session windows_;
  [[no_unique_address]] Aggregate aggregate_;
  std::vector<record> records_;
  std::vector<std::uint32_t> heads_;    // by key id
  std::vector<std::uint32_t> spare_;
  std::vector<std::uint32_t> retired_;  // no longer linked, not yet spare
  std::size_t live_keys_ = 0;
};

}  // namespace oriel

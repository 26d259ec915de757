// SPDX-License-Identifier: Apache-2.0
// oriel/operators/keyed_aggregate.hpp - running aggregates: one row per key, kept up to date.
//
// There is no window, so nothing ever closes; after each batch the row of every
// key that the batch touched is sent on. State would grow with the number of keys
// for ever, so its user has said either how long a quiet key is remembered (`ttl`,
// in event time) or that the number of keys is bounded by what they are.
//
// Expiry is exact for every event: a key whose last event is `ttl` or more behind
// the watermark when the next one arrives starts afresh. Memory is reclaimed, and
// the erase sent, at a sweep: whenever the watermark passes a multiple of a quarter
// of `ttl`, which is a matter of the events alone, not of how they are batched.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <oriel/aggregate/signed.hpp>
#include <oriel/core/cache_line.hpp>
#include <oriel/core/keyed_row.hpp>
#include <oriel/flow/node.hpp>
#include <oriel/operators/change_writer.hpp>
#include <oriel/state/key_dictionary.hpp>

namespace oriel {

/// Running aggregates per key.
///
/// Complexity: O(1) per event, one row out per key and batch.
/// Memory: one partial and one timestamp per live key; for `changes()` also its last row.
/// Late events: none; a running aggregate takes every event.
template <typename In, typename KeyOf, aggregate Aggregate>
class keyed_aggregate final : public operator_node<In> {
 public:
  using key_type = typename KeyOf::key_type;
  using row_type = keyed_row<key_type, typename Aggregate::output>;

  /// `ttl`: how long, in event time, a key without events is remembered; none: for ever.
  keyed_aggregate(std::string name, KeyOf key_of, Aggregate aggregate, std::optional<duration> ttl)
      : operator_node<In>(std::move(name)),
        key_of_(std::move(key_of)),
        aggregate_(std::move(aggregate)),
        ttl_(ttl),
        next_sweep_(ttl ? beginning_of_time + duration{1} : end_of_time) {}

  outlet<row_type>& rows() noexcept { return rows_; }

  /// What each row replaces; rows that say nothing new are left out. As `to_changelog` behind the rows, without looking
  /// their keys up once more.
  outlet<change<row_type>>& changes() noexcept { return changes_; }

  std::string label() const override { return ttl_ ? "running, ttl " + format_duration(*ttl_) : "running"; }
  std::size_t state_bytes() const override {
    return keys_.bytes() + states_.capacity() * sizeof(state) + told_.capacity() * sizeof(last_row);
  }

  void on_batch(const batch_view<In>& batch) override {
    const std::size_t n = batch.size();
    ids_.resize(n);
    look_up_keys(batch.rows, 0);

    for (std::size_t i = 0; i < n; ++i) {
      if (batch.watermarks[i] >= next_sweep_) [[unlikely]] {
        emit_touched(batch.watermarks[i]);
        sweep(batch.watermarks[i]);
        look_up_keys(batch.rows, i);
      }
      prefetch_states(i);
      state& s = states_[ids_[i]];
      if (expired(s, batch.watermarks[i])) s = state{{aggregate_.identity(), beginning_of_time, s.sent, s.pending}};
      add_to(aggregate_, s.partial, batch.rows[i], {to_ms(batch.times[i]), this->counters_.in.value() + i});
      s.last_event = std::max(s.last_event, batch.times[i]);
      if (!s.pending) {
        s.pending = true;
        touched_.push_back(ids_[i]);
      }
    }
    emit_touched(batch.watermarks[n - 1]);
    this->counters_.in.add(n);
    this->counters_.applied.add(n);
    send_rows();
  }

  void on_watermark(timestamp w) override {
    if (w >= next_sweep_ && w != end_of_time) sweep(w);
    rows_.watermark(w);
    changes_.watermark(w);
  }

  void on_end() override {
    rows_.end();
    changes_.end();
  }

 private:
  using last_row = typename change_writer<row_type>::last_row;
  struct fields {
    typename Aggregate::partial partial;
    timestamp last_event = beginning_of_time;
    bool sent = false;     // a row of this key is out
    bool pending = false;  // touched by the present batch
  };
  struct alignas(detail::line_alignment<fields>) state : fields {};

  bool expired(const state& s, timestamp watermark) const {
    return ttl_ && s.last_event != beginning_of_time && saturating_add(s.last_event, *ttl_) <= watermark;
  }

  void look_up_keys(std::span<const In> rows, std::size_t first) {
    keys_.intern(std::span(ids_).subspan(first), [&](std::size_t i) { return key_of_(rows[first + i]); });
    while (states_.size() < keys_.size()) states_.push_back(state{{aggregate_.identity()}});
  }

  /// Fetches what events a little further on will touch: first the states, then what their partials hold elsewhere.
  [[gnu::always_inline]] void prefetch_states(std::size_t i) const {
    constexpr std::size_t far = 24;
    constexpr std::size_t near = 12;
    if (i + far < ids_.size()) detail::prefetch_lines(states_[ids_[i + far]]);
    if (i + near < ids_.size()) prefetch(aggregate_, states_[ids_[i + near]].partial);
  }

  void emit_touched(timestamp watermark) {
    std::size_t next = out_.size();
    make_room(next + touched_.size());
    for (const std::uint32_t id : touched_) {
      state& s = states_[id];
      s.pending = false;
      if (is_empty(aggregate_, s.partial)) {
        if (s.sent) put(next++, id, change_kind::erase, watermark);
        s = state{{aggregate_.identity(), s.last_event}};
        continue;
      }
      settle(aggregate_, s.partial);
      put(next++, id, s.sent ? change_kind::update : change_kind::insert, watermark);
      s.sent = true;
    }
    make_room(next);
    touched_.clear();
  }

  void sweep(timestamp w) {
    const duration step = std::max(*ttl_ / 4, duration{1});
    next_sweep_ = saturating_add(floor_to(w, step), step);
    key_dictionary<key_type> fresh;
    std::vector<state> live;
    std::vector<std::uint32_t> live_ids;
    for (std::uint32_t id = 0; id < states_.size(); ++id) {
      if (expired(states_[id], w)) {
        if (!states_[id].sent) continue;
        make_room(out_.size() + 1);
        put(out_.size() - 1, id, change_kind::erase, w);
      } else {
        fresh.intern(keys_[id]);
        live.push_back(std::move(states_[id]));
        live_ids.push_back(id);
      }
    }
    send_rows();  // their keys view strings of the dictionary about to go
    if (changes_.connected()) keep_told(live_ids);
    keys_ = std::move(fresh);
    states_ = std::move(live);
  }

  void keep_told(const std::vector<std::uint32_t>& ids) {
    told_.resize(keys_.size());
    std::vector<last_row> kept;
    kept.reserve(ids.size());
    for (const std::uint32_t id : ids) kept.push_back(std::move(told_[id]));
    told_ = std::move(kept);
  }

  void make_room(std::size_t rows) {
    out_.resize(rows);
    out_ids_.resize(rows);
  }
  void put(std::size_t at, std::uint32_t id, change_kind kind, timestamp watermark) {
    const state& s = states_[id];
    out_ids_[at] = id;
    out_.set(at, {keys_[id], kind, aggregate_.lower(s.partial)}, s.last_event, watermark);
  }

  void send_rows() {
    if (out_.empty()) return;
    if (changes_.connected()) tell_changes();
    if (rows_.connected()) this->counters_.out.add(out_.size());
    rows_.send(out_);
    out_.clear();
  }

  void tell_changes() {
    constexpr std::size_t ahead = 12;
    told_.resize(keys_.size());
    for (std::size_t i = 0; i < out_.size(); ++i) {
      if (i + ahead < out_.size()) detail::prefetch_lines(told_[out_ids_[i + ahead]]);
      writer_.tell(told_[out_ids_[i]], out_.rows[i], out_.times[i], out_.watermarks[i]);
    }
    writer_.send(changes_, this->counters_.out);
  }

  KeyOf key_of_;
  Aggregate aggregate_;
  std::optional<duration> ttl_;
  key_dictionary<key_type> keys_;
  std::vector<state> states_;  // by key id
  timestamp next_sweep_;
  std::vector<std::uint32_t> ids_;
  std::vector<std::uint32_t> touched_;
  batch<row_type> out_;
  std::vector<std::uint32_t> out_ids_;
  std::vector<last_row> told_;  // by key id, if there is somebody to be told of changes
  change_writer<row_type> writer_;
  outlet<row_type> rows_{*this};
  outlet<change<row_type>> changes_{*this, "changes"};
};

}  // namespace oriel

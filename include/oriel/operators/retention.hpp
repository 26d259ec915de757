// SPDX-License-Identifier: Apache-2.0
// oriel/operators/retention.hpp - who comes back: of the users of one day, how many are there n days later.
//
//              bucket 0   1    2    3      A *cohort* is all entities (users, accounts) with their first
//   cohort Mon     120   41   38   35?     qualifying event in one day, week or month: a *bucket*. A row
//   cohort Tue     104   39   33?          says how many of them were back in bucket n after it. The last
//   cohort Wed      97   30?               diagonal (?) is of a bucket that is not over: it may still grow.
//
// Of an entity only the buckets are remembered in which it qualified and in which it was
// back, so its second event in a bucket costs a look-up and changes nothing. A new bucket
// adds one to a row or, when the cohort itself moves because an earlier event arrived
// late, moves the entity's row entries along: arrival order never matters.
//
// Invariant: a row's users = the entities whose remembered buckets say so, and those forgotten by `ttl`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/aggregate/signed.hpp>
#include <oriel/core/keyed_row.hpp>
#include <oriel/flow/node.hpp>
#include <oriel/operators/bucket_marks.hpp>
#include <oriel/operators/retention_options.hpp>
#include <oriel/operators/top_n.hpp>
#include <oriel/state/key_dictionary.hpp>

namespace oriel {

namespace detail {

/// A key without its last part, which is the entity.
template <typename Key>
struct retention_group {
  using type = std::tuple<>;
  static type of(const Key&) { return {}; }
};
template <typename... Parts>
struct retention_group<std::tuple<Parts...>> {
  static_assert(sizeof...(Parts) > 0, "retention: key_by() puts all events together; key by what comes back: "
                                      "key_by(&event::user_id)");
  template <std::size_t... I>
  static auto part(const std::tuple<Parts...>& key, std::index_sequence<I...>) {
    return std::tuple<std::tuple_element_t<I, std::tuple<Parts...>>...>(std::get<I>(key)...);
  }
  static auto of(const std::tuple<Parts...>& key) {
    return part(key, std::make_index_sequence<sizeof...(Parts) - 1>());
  }
  using type = decltype(of(std::declval<const std::tuple<Parts...>&>()));
};

template <typename Group>
struct retention_key;
template <typename... Parts>
struct retention_key<std::tuple<Parts...>> {
  using type = std::tuple<Parts..., timestamp, std::int64_t>;
};

}  // namespace detail

/// Counts, per cohort and bucket, the entities that came back. The last part of the key is the entity; parts before it
/// divide entities into groups with cohorts of their own.
///
/// A row of bucket 0 is there as long as its cohort has entities, other rows as long as someone was back.
/// A bucket is `complete` when the watermark has passed its end; the end of the input completes none, since events may
/// have been cut off in the middle of a day. What arrives later still counts.
/// Whether an event qualifies or returns is told apart by bucket only: both may be in bucket 0 in any order.
///
/// Complexity: a look-up per event. A new bucket of an entity changes one row; with `each`, one per cohort of the
/// entity; with `on_or_after`, one per bucket since its last. Memory: per entity its key, 40 bytes, and 16 (of a
/// changelog 24) per bucket in which it was seen; a row per cohort and bucket.
/// With `ttl` an entity without events is forgotten and what was counted stays: back later, it is a new entity.
/// Late events: an event of an entity that is not remembered, `ttl` or more behind the watermark, would begin one that
/// is forgotten at once. It goes to `late_events()`.
template <typename In, typename KeyOf, typename Qualifies, typename Returns>
class retention final : public operator_node<In> {
  static constexpr bool retracts = detail::unsigned_event<In>::retracts;
  using group_of = detail::retention_group<typename KeyOf::key_type>;
  using group_key = typename group_of::type;
  using marks = bucket_marks<retracts>;

 public:
  using key_type = typename detail::retention_key<group_key>::type;
  using row_type = keyed_row<key_type, retention_row>;

  /// `ttl`: how long, in event time, an entity without events is remembered; none: for ever.
  retention(std::string name, KeyOf key_of, retention_options options, Qualifies qualifies, Returns returns,
            std::optional<duration> ttl)
      : operator_node<In>(std::move(name)),
        key_of_(std::move(key_of)),
        options_(std::move(options)),
        qualifies_(std::move(qualifies)),
        returns_(std::move(returns)),
        ttl_(ttl),
        next_sweep_(ttl ? beginning_of_time + duration{1} : end_of_time) {}

  outlet<row_type>& rows() noexcept { return rows_; }
  outlet<In>& late_events() noexcept { return late_events_; }
  std::string label() const override {
    return std::string("retention by ") + to_string(options_.unit) + ", " + options_.zone.name();
  }
  std::size_t state_bytes() const override {
    std::size_t n = keys_.bytes() + groups_.bytes() + cohort_ids_.bytes() + cell_ids_.bytes() +
                    entities_.capacity() * sizeof(entity) + cohorts_.capacity() * sizeof(cohort) +
                    cells_.capacity() * sizeof(cell);
    for (const entity& e : entities_) n += e.seen.bytes();
    return n;
  }

  void on_batch(const batch_view<In>& batch) override {
    const std::size_t n = batch.size();
    ids_.resize(n);
    look_up(batch.rows, 0);
    for (std::size_t i = 0; i < n; ++i) {
      if (batch.watermarks[i] >= next_sweep_) [[unlikely]] {
        sweep(batch.watermarks[i]);
        look_up(batch.rows, i);
      }
      entity& e = entities_[ids_[i]];
      if (!is_remembered(e.last_event, batch.watermarks[i])) {
        if (!is_remembered(batch.times[i], batch.watermarks[i])) {
          late_.push_back(batch.rows[i], batch.times[i], batch.watermarks[i]);
          continue;
        }
        e = entity{{}, beginning_of_time, e.group};
      }
      e.last_event = std::max(e.last_event, batch.times[i]);
      apply(e, batch.rows[i], batch.times[i]);
    }
    pass(batch.watermarks[n - 1]);
    emit_touched();
    this->counters_.in.add(n);
    this->counters_.late.add(late_.size());
    this->counters_.applied.add(n - late_.size());
    if (late_.empty()) return;
    late_events_.send(late_);
    late_.clear();
  }

  void on_watermark(timestamp w) override {
    if (w >= next_sweep_ && w != end_of_time) sweep(w);
    pass(w);
    emit_touched();
    rows_.watermark(w);
    late_events_.watermark(w);
  }
  void on_end() override {
    rows_.end();
    late_events_.end();
  }

 private:
  struct entity {
    marks seen;
    timestamp last_event = beginning_of_time;
    std::uint32_t group = 0;
  };
  struct cohort {
    std::uint32_t group;
    std::int64_t bucket;
    std::int64_t users = 0;
    std::vector<std::uint32_t> cells{};
  };
  struct cell {
    std::uint32_t cohort;
    std::int64_t n;
    std::int64_t users = 0;
    timestamp end{};                           // of the bucket
    timestamp changed_at = beginning_of_time;  // by an event, or because the bucket was over
    bool sent = false;
    bool pending = false;
  };

  /// Whether an entity is whose last event was then; `beginning_of_time`: none, it was looked up for a late event.
  bool is_remembered(timestamp last_event, timestamp watermark) const {
    return !ttl_ || (last_event != beginning_of_time && saturating_add(last_event, *ttl_) > watermark);
  }

  void look_up(std::span<const In> rows, std::size_t first) {
    keys_.intern(std::span(ids_).subspan(first), [&](std::size_t i) { return key_of_(rows[first + i]); });
    while (entities_.size() < keys_.size()) {
      const auto& key = keys_[static_cast<std::uint32_t>(entities_.size())];
      entities_.push_back({{}, beginning_of_time, groups_.intern(group_of::of(key))});
    }
  }

  std::int64_t bucket_at(timestamp t) {
    if (!last_span_.contains(t)) [[unlikely]] {
      last_bucket_ = options_.zone.number(options_.unit, t);
      last_span_ = options_.zone.span_of(options_.unit, last_bucket_);
    }
    return last_bucket_;
  }

  void apply(entity& e, const In& row, timestamp time) {
    if constexpr (retracts) {
      note(e, row.event, row.sign, time);
    } else {
      note(e, row, 1, time);
    }
  }
  template <typename Event>
  void note(entity& e, const Event& event, int sign, timestamp time) {
    const std::int64_t bucket = bucket_at(time);
    now_ = time;
    if (project(qualifies_, event)) {
      if (const int changed = e.seen.qualify(bucket, sign)) cohorts_changed(e, bucket, changed);
    }
    if (project(returns_, event)) {
      if (const int changed = e.seen.come_back(bucket, sign)) returns_changed(e, bucket, changed);
    }
  }

  /// The entity now qualifies (1) or no longer does (-1) in a bucket.
  void cohorts_changed(const entity& e, std::int64_t bucket, int sign) {
    if (options_.cohort == retention_cohort::first) {
      const std::optional<std::int64_t> other = e.seen.first_qualified_except(bucket);
      if (other && *other < bucket) return;
      if (other) tell_cohort(e, *other, -sign);
    }
    tell_cohort(e, bucket, sign);
  }

  /// Counts the entity into a cohort and into what it came back for, or out of it.
  void tell_cohort(const entity& e, std::int64_t bucket, int sign) {
    const std::uint32_t id = cohort_id(e.group, bucket);
    cohorts_[id].users += sign;
    for (const std::uint32_t c : cohorts_[id].cells) touch(c);
    touch(cell_id(id, 0));
    if (options_.returned == retention_return::on) {
      e.seen.for_each_return(bucket, [&](std::int64_t back) { return count(id, back - bucket, sign); });
    } else if (const auto last = e.seen.last_return_except(std::nullopt)) {
      count_range(id, 0, *last - bucket, sign);
    }
  }

  /// The entity was now back (1) or no longer was (-1) in a bucket.
  void returns_changed(const entity& e, std::int64_t bucket, int sign) {
    const auto other = e.seen.last_return_except(bucket);
    const bool on = options_.returned == retention_return::on;
    if (!on && other && *other >= bucket) return;
    e.seen.for_each_qualified(bucket, [&](std::int64_t c) {
      const std::uint32_t id = cohort_id(e.group, c);
      if (on) {
        count(id, bucket - c, sign);
      } else {
        count_range(id, other ? std::max<std::int64_t>(*other - c + 1, 0) : 0, bucket - c, sign);
      }
      return options_.cohort == retention_cohort::each;  // of the first only its own
    });
  }

  void count_range(std::uint32_t of, std::int64_t first, std::int64_t last, int sign) {
    for (std::int64_t n = first; n <= last && count(of, n, sign); ++n) {
    }
  }
  /// Whether later buckets may still be told.
  bool count(std::uint32_t of, std::int64_t n, int sign) {
    if (n >= options_.buckets) return false;
    const std::uint32_t id = cell_id(of, n);
    cells_[id].users += sign;
    touch(id);
    return true;
  }

  std::uint32_t cohort_id(std::uint32_t group, std::int64_t bucket) {
    const std::uint32_t id = cohort_ids_.intern({group, bucket});
    if (id == cohorts_.size()) cohorts_.push_back({group, bucket});
    return id;
  }
  std::uint32_t cell_id(std::uint32_t of, std::int64_t n) {
    const std::uint32_t id = cell_ids_.intern({of, n});
    if (id == cells_.size()) {
      cells_.push_back({of, n});
      cells_[id].end = options_.zone.span_of(options_.unit, cohorts_[of].bucket + n).end;
      cohorts_[of].cells.push_back(id);
      if (cells_[id].end > watermark_) open_.emplace(cells_[id].end, id);
    }
    return id;
  }

  void touch(std::uint32_t id) {
    cell& c = cells_[id];
    c.changed_at = std::max(c.changed_at, now_);
    if (!std::exchange(c.pending, true)) touched_.push_back(id);
  }

  /// Event time has come so far: buckets that are over are complete. Their rows are of the end of the bucket, and come
  /// before the watermark that has passed it, so that they are late for nothing.
  void pass(timestamp w) {
    if (w == end_of_time || w <= watermark_) return;
    const timestamp before = std::exchange(watermark_, w);
    for (; !open_.empty() && open_.begin()->first <= w; open_.erase(open_.begin())) {
      cell& c = cells_[open_.begin()->second];
      c.changed_at = std::max(c.changed_at, c.end);
      if (c.sent || c.pending) tell(c, before);
    }
  }

  void emit_touched() {
    for (const std::uint32_t id : touched_) {
      if (cells_[id].pending) tell(cells_[id], watermark_);
    }
    touched_.clear();
    if (out_.empty()) return;
    this->counters_.out.add(out_.size());
    rows_.send(out_);
    out_.clear();
  }

  void tell(cell& c, timestamp watermark) {
    c.pending = false;
    const cohort& of = cohorts_[c.cohort];
    const bool there = c.users != 0 || (c.n == 0 && of.users != 0);
    if (!there && !c.sent) return;
    const change_kind kind = !there ? change_kind::erase : c.sent ? change_kind::update : change_kind::insert;
    c.sent = there;
    const timestamp start = options_.zone.span_of(options_.unit, of.bucket).start;
    out_.push_back({std::tuple_cat(groups_[of.group], std::tuple(start, c.n)), kind,
                    {{c.users}, {of.users}, {c.end <= watermark_}}},
                   c.changed_at, watermark);
  }

  void sweep(timestamp w) {
    const duration step = std::max(*ttl_ / 4, duration{1});
    next_sweep_ = saturating_add(floor_to(w, step), step);
    key_dictionary<typename KeyOf::key_type> fresh;
    std::vector<entity> live;
    for (std::uint32_t id = 0; id < entities_.size(); ++id) {
      if (!is_remembered(entities_[id].last_event, w)) continue;
      fresh.intern(keys_[id]);
      live.push_back(std::move(entities_[id]));
    }
    keys_ = std::move(fresh);
    entities_ = std::move(live);
  }

  KeyOf key_of_;
  retention_options options_;
  [[no_unique_address]] Qualifies qualifies_;
  [[no_unique_address]] Returns returns_;
  std::optional<duration> ttl_;
  timestamp next_sweep_;
  key_dictionary<typename KeyOf::key_type> keys_;
  std::vector<entity> entities_;  // by key id
  key_dictionary<group_key> groups_;
  key_dictionary<std::tuple<std::uint32_t, std::int64_t>> cohort_ids_;  // group, bucket
  std::vector<cohort> cohorts_;
  key_dictionary<std::tuple<std::uint32_t, std::int64_t>> cell_ids_;  // cohort, n
  std::vector<cell> cells_;
  std::multimap<timestamp, std::uint32_t> open_;  // cells by the end of their bucket, which is to come
  timestamp watermark_ = beginning_of_time;
  timestamp now_{};  // of the event that is being applied
  interval last_span_{};
  std::int64_t last_bucket_ = 0;
  std::vector<std::uint32_t> ids_;
  std::vector<std::uint32_t> touched_;
  batch<row_type> out_;
  batch<In> late_;
  outlet<row_type> rows_{*this};
  outlet<In> late_events_{*this, "late"};
};

}  // namespace oriel

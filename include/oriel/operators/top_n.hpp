// SPDX-License-Identifier: Apache-2.0
// oriel/operators/top_n.hpp - of each group the n greatest rows, kept right while rows come and go.
//
// What comes out is a changelog: a row that enters the top is inserted, one that is
// pushed out or taken back is erased. It is sent once per batch and group, however
// often the top changed in between.
//
// From a stream that only appends, a row that is not among the n greatest can never be
// again and is let go. From a changelog it can, when a greater one is taken back; then
// all rows are kept.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/signed.hpp>
#include <oriel/core/change.hpp>
#include <oriel/core/owned.hpp>
#include <oriel/flow/node.hpp>
#include <oriel/state/key_dictionary.hpp>

namespace oriel {

namespace detail {

template <typename T>
struct unsigned_event {
  using type = T;
  static constexpr bool retracts = false;
};
template <typename Event>
struct unsigned_event<signed_event<Event>> {
  using type = Event;
  static constexpr bool retracts = true;
};

}  // namespace detail

/// The `n` rows of each group with the greatest `by(row)`; among equals, those that came first.
///
/// `In` is a row, or a `signed_event` of one. A group is forgotten, and its rows erased, when the watermark has passed
/// its last event by `ttl`; nullopt keeps groups for ever.
/// Complexity: O(log rows kept) per event, O(n) per group and batch.
/// Memory: n rows per group, or all rows of a changelog.
template <typename In, typename KeyOf, typename By>
class top_n final : public operator_node<In> {
  using event_type = typename detail::unsigned_event<In>::type;
  static constexpr bool retracts = detail::unsigned_event<In>::retracts;
  using score_type = projected<By, event_type>;

 public:
  using row_type = change<event_type>;

  top_n(std::string name, KeyOf key_of, std::size_t n, By by, std::optional<duration> ttl)
      : operator_node<In>(std::move(name)), key_of_(std::move(key_of)), n_(n), by_(std::move(by)), ttl_(ttl) {}

  outlet<row_type>& rows() noexcept { return rows_; }
  std::string label() const override { return "top " + std::to_string(n_); }

  void on_batch(const batch_view<In>& batch) override {
    ids_.resize(batch.size());
    groups_by_key_.intern(std::span(ids_), [&](std::size_t i) { return key_of_(batch.rows[i]); });
    groups_.resize(groups_by_key_.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      group& g = groups_[ids_[i]];
      if (!g.touched) touched_.push_back(ids_[i]);
      g.touched = true;
      g.last_event = std::max(g.last_event, batch.times[i]);
      apply(g, batch.rows[i], batch.times[i], this->counters_.in.value() + i);
    }
    for (const std::uint32_t id : touched_) send_difference(groups_[id], batch.watermarks.back());
    touched_.clear();
    this->counters_.in.add(batch.size());
    this->counters_.applied.add(batch.size());
    send();
  }

  void on_watermark(timestamp w) override {
    if (ttl_ && w >= next_sweep_ && w != end_of_time) sweep(w);
    rows_.watermark(w);
  }
  void on_end() override { rows_.end(); }

 private:
  struct entry {
    score_type score;
    std::uint64_t arrival;
    timestamp time;
    owned<event_type> row;
  };
  struct greater_first {
    bool operator()(const entry& a, const entry& b) const {
      if (b.score < a.score) return true;
      return !(a.score < b.score) && a.arrival < b.arrival;
    }
  };
  struct group {
    std::set<entry, greater_first> rows;
    std::vector<entry> top;  // as sent last
    timestamp last_event = beginning_of_time;
    bool touched = false;
  };

  void apply(group& g, const In& in, timestamp time, std::uint64_t arrival) {
    if constexpr (retracts) {
      if (in.sign < 0) {
        take_out(g, in.event);
        return;
      }
      insert(g, in.event, time, arrival);
    } else {
      insert(g, in, time, arrival);
      if (g.rows.size() > n_) g.rows.erase(std::prev(g.rows.end()));
    }
  }

  void insert(group& g, const event_type& row, timestamp time, std::uint64_t arrival) {
    owned<event_type> kept(row);
    score_type score = project(by_, *kept);  // a score may view the row's strings
    g.rows.insert(entry{std::move(score), arrival, time, std::move(kept)});
  }

  void take_out(group& g, const event_type& row) {
    const entry probe{project(by_, row), 0, {}, owned<event_type>(row)};
    for (auto at = g.rows.lower_bound(probe); at != g.rows.end() && !(at->score < probe.score); ++at) {
      if (*at->row == row) {
        g.rows.erase(at);
        return;
      }
    }
  }

  /// Tells what has changed among the first n of a group.
  void send_difference(group& g, timestamp watermark) {
    g.touched = false;
    const auto end = std::next(g.rows.begin(), static_cast<std::ptrdiff_t>(std::min(n_, g.rows.size())));
    const auto is_in = [](auto first, auto last, const entry& e) {
      return std::find_if(first, last, [&](const entry& other) { return other.arrival == e.arrival; }) != last;
    };
    for (const entry& e : g.top) {
      if (!is_in(g.rows.begin(), end, e)) out_.push_back(row_type::erase(*e.row), e.time, watermark);
    }
    for (auto at = g.rows.begin(); at != end; ++at) {
      if (!is_in(g.top.begin(), g.top.end(), *at)) out_.push_back(row_type::insert(*at->row), at->time, watermark);
    }
    for (entry& e : g.top) replaced_.push_back(std::move(e));
    g.top.clear();
    for (auto at = g.rows.begin(); at != end; ++at) {
      g.top.push_back({at->score, at->arrival, at->time, owned<event_type>(*at->row)});
    }
  }

  void send() {
    this->counters_.out.add(out_.size());
    rows_.send(out_);
    out_.clear();
    replaced_.clear();
  }

  void sweep(timestamp w) {
    const duration step = std::max(*ttl_ / 4, duration{1});
    next_sweep_ = saturating_add(floor_to(w, step), step);
    key_dictionary<typename KeyOf::key_type> fresh;
    std::vector<group> live;
    for (std::uint32_t id = 0; id < groups_.size(); ++id) {
      group& g = groups_[id];
      if (saturating_add(g.last_event, *ttl_) > w) {
        fresh.intern(groups_by_key_[id]);
        live.push_back(std::move(g));
      } else {
        g.rows.clear();
        send_difference(g, w);
      }
    }
    send();
    groups_by_key_ = std::move(fresh);
    groups_ = std::move(live);
  }

  KeyOf key_of_;
  std::size_t n_;
  By by_;
  std::optional<duration> ttl_;
  key_dictionary<typename KeyOf::key_type> groups_by_key_;
  std::vector<group> groups_;  // by key id
  timestamp next_sweep_ = beginning_of_time + duration{1};
  std::vector<std::uint32_t> ids_;
  std::vector<std::uint32_t> touched_;
  std::vector<entry> replaced_;  // by the present batch: what is about to be sent views their strings
  batch<row_type> out_;
  outlet<row_type> rows_{*this};
};

}  // namespace oriel

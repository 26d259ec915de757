// SPDX-License-Identifier: Apache-2.0
// oriel/operators/temporal_join.hpp - each row with the version that was valid at its time.
//
//   versions   v1────────────v2──────────x             x: erased
//   rows       ────a────b────────c───────────d──>      (a, v1) (b, v1) (c, v2) (d, -)
//
// A version is valid from its event time until that of the next one of its key, until it is
// erased, or for `valid_for`. A row takes the newest version that is not after it, so it waits
// until the versions' watermark has passed its time; what comes out does not depend on which
// of the two streams was read first.
//
// Of each key the versions kept are those that rows may still ask for: the newest one
// that is not after the rows' watermark (and the rows that wait), and all later ones. That one
// was erased stays known for as long as an earlier version may still come.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/core/change.hpp>
#include <oriel/core/error.hpp>
#include <oriel/core/join_kind.hpp>
#include <oriel/core/joined.hpp>
#include <oriel/core/owned.hpp>
#include <oriel/operators/join_bound.hpp>
#include <oriel/operators/join_node.hpp>
#include <oriel/state/key_dictionary.hpp>

namespace oriel {

/// What `temporal_join` is told.
struct temporal_join_options {
  join_bound valid_for;                ///< how long a version is valid without a next one; or `unbounded`
  join_kind kind = join_kind::inner;   ///< or left: rows without a version too
  duration allowed_lateness{};         ///< how far behind its stream's watermark a row or a version may be

  /// Errors: throws `error{invalid}` naming the field, its value and a fix.
  void validate() const {
    const auto refuse = [](const std::string& what) { throw error(error_kind::invalid, "temporal_join: " + what); };
    if (valid_for.span().count() <= 0) {
      refuse("valid_for is " + format_duration(valid_for.span()) + ", so no version is ever valid; it must be positive");
    }
    if (kind != join_kind::inner && kind != join_kind::left) {
      refuse(std::string("kind is ") + to_string(kind) + "; kinds are inner and left, since versions are not used up");
    }
    if (allowed_lateness.count() < 0) {
      refuse("allowed_lateness is " + format_duration(allowed_lateness) + "; it must not be negative");
    }
  }
};

/// Joins each left row with the version of its key that was valid at its event time.
///
/// `V` is a row that is a version, or a keyed row or pane that may erase one. Of versions with equal times the one that
/// arrived last counts. `LeftKey` and `VersionKey` make a `std::optional<key_type>`; null equals nothing.
///
/// Complexity: O(log versions of the key) per row, O(log rows that wait) if it must wait. Memory: the versions rows may
/// still ask for, at most twice as many, and the rows ahead of the versions' watermark (`state_bytes`). A key is
/// forgotten when its last version is no longer valid; `unbounded`, when it was erased before both watermarks.
/// Late events: a row or version whose time plus the allowance is behind the watermark of its stream goes to
/// `late_left()` or `late_right()`.
template <typename L, typename V, typename LeftKey, typename VersionKey>
class temporal_join_node final
    : public join_node<temporal_join_node<L, V, LeftKey, VersionKey>, L, V, joined<L, V>> {
  using base = typename temporal_join_node::join_node;
  friend base;
  using key_type = typename std::remove_cvref_t<std::invoke_result_t<const LeftKey&, const L&>>::value_type;

 public:
  using typename base::row_type;

  temporal_join_node(std::string name, LeftKey left_key, VersionKey version_key, temporal_join_options options)
      : base(std::move(name)),
        left_key_(std::move(left_key)),
        version_key_(std::move(version_key)),
        options_(options) {}

  std::string label() const override { return std::string(to_string(options_.kind)) + " join, as of"; }
  std::size_t state_bytes() const override {
    return keys_.bytes() + by_key_.capacity() * sizeof(by_key_[0]) + versions_ * sizeof(version) +
           waiting_.capacity() * sizeof(waiting_row) + text_bytes_;
  }

 private:
  struct version {
    timestamp time;
    owned<V> row;
    bool erased;
  };
  struct waiting_row {
    timestamp time;
    std::uint64_t arrival;
    owned<L> row;
    std::uint32_t key;

    /// For a heap whose top is the earliest.
    friend bool operator<(const waiting_row& a, const waiting_row& b) {
      return a.time != b.time ? a.time > b.time : a.arrival > b.arrival;
    }
  };

  template <bool Left, typename Batch>
  void accept(const Batch& batch) {
    std::uint64_t late = 0;
    std::uint64_t without_key = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const timestamp time = batch.times[i];
      if (saturating_add(time, options_.allowed_lateness) < batch.watermarks[i]) {
        ++late;
        this->template turn_away<Left>(batch, i);
        continue;
      }
      if constexpr (Left) {
        without_key += !take_row(batch.rows[i], time, this->counters_.in.value() + i);
      } else {
        without_key += !take_version(batch.rows[i], time);
      }
    }
    this->count(batch.size(), late, without_key);
    this->send();
  }

  /// A left row: joined if no version up to its time can come any more, kept otherwise. False if it has no key.
  bool take_row(const L& row, timestamp time, std::uint64_t arrival) {
    const auto key = left_key_(row);
    if (!key) {
      if (options_.kind == join_kind::left) this->out({row, std::nullopt}, time);
      return false;
    }
    const std::uint32_t id = id_of(*key);
    if (is_settled(time)) {
      join(row, time, id);
    } else {
      waiting_.push_back({time, arrival, owned<L>(row), id});
      text_bytes_ += waiting_.back().row.text_bytes();
      std::push_heap(waiting_.begin(), waiting_.end());
    }
    return true;
  }

  /// Whether all versions up to `time` are known.
  bool is_settled(timestamp time) const {
    return saturating_add(time, options_.allowed_lateness) < this->right_watermark();
  }

  bool take_version(const V& row, timestamp time) {
    const auto key = version_key_(row);
    if (!key) return false;
    std::vector<version>& of_key = by_key_[id_of(*key)];
    bool erased = false;
    if constexpr (stream_kind_of<V> == stream_kind::upsert) erased = row.kind == change_kind::erase;
    version fresh{time, owned<V>(row), erased};
    text_bytes_ += fresh.row.text_bytes();
    const auto after = first_after(of_key, time);
    if (after != of_key.begin() && (after - 1)->time == time) {
      text_bytes_ -= (after - 1)->row.text_bytes();
      *(after - 1) = std::move(fresh);
    } else {
      of_key.insert(after, std::move(fresh));
      ++versions_;
    }
    return true;
  }

  std::uint32_t id_of(const key_type& key) {
    const std::uint32_t id = keys_.intern(key);
    if (id == by_key_.size()) by_key_.emplace_back();
    return id;
  }

  static auto first_after(std::vector<version>& of_key, timestamp time) {
    return std::upper_bound(of_key.begin(), of_key.end(), time,
                            [](timestamp t, const version& v) { return t < v.time; });
  }

  /// Whether a version older than `time` can come.
  bool is_awaited_before(timestamp time) const {
    return saturating_add(this->right_watermark(), -options_.allowed_lateness) < time;
  }

  bool is_valid(const version& v, timestamp at) const { return !v.erased && at < options_.valid_for.end_of(v.time); }

  void join(const L& row, timestamp time, std::uint32_t id) {
    std::vector<version>& of_key = by_key_[id];
    const auto after = first_after(of_key, time);
    if (after != of_key.begin() && is_valid(*(after - 1), time)) {
      this->out({row, *(after - 1)->row}, time);
    } else if (options_.kind == join_kind::left) {
      this->out({row, std::nullopt}, time);
    }
  }

  void advance() {
    while (!waiting_.empty() && is_settled(waiting_.front().time)) {
      std::pop_heap(waiting_.begin(), waiting_.end());
      text_bytes_ -= waiting_.back().row.text_bytes();
      joined_.push_back(std::move(waiting_.back()));
      waiting_.pop_back();
      join(*joined_.back().row, joined_.back().time, joined_.back().key);
    }
    this->send();
    joined_.clear();
    if (versions_ > 2 * versions_swept_ + 1024 || keys_.outnumbers(keys_swept_)) sweep();
    this->send_watermark(options_.allowed_lateness);
  }

  /// Forgets versions no row can ask for, and keys without any.
  void sweep() {
    timestamp asked_from = saturating_add(this->left_watermark(), -options_.allowed_lateness);
    if (!waiting_.empty()) asked_from = std::min(asked_from, waiting_.front().time);
    for (std::vector<version>& of_key : by_key_) forget_before(of_key, asked_from);

    key_dictionary<key_type> fresh;
    std::vector<std::vector<version>> kept;
    const auto renamed = [&](std::uint32_t id) {
      const std::uint32_t to = fresh.intern(keys_[id]);
      if (to == kept.size()) kept.push_back(std::move(by_key_[id]));
      return to;
    };
    for (std::uint32_t id = 0; id < by_key_.size(); ++id) {
      if (!by_key_[id].empty()) renamed(id);
    }
    for (waiting_row& row : waiting_) row.key = renamed(row.key);
    keys_ = std::move(fresh);
    by_key_ = std::move(kept);
    versions_swept_ = versions_;
    keys_swept_ = keys_.size();
  }

  /// Keeps the version valid at `asked_from` and those after it. One that is erased is kept while an earlier version
  /// can come, which would be valid without it; one whose span is over hides none that is not over as well.
  void forget_before(std::vector<version>& of_key, timestamp asked_from) {
    auto end = first_after(of_key, asked_from);
    if (end != of_key.begin() && asked_from < options_.valid_for.end_of((end - 1)->time) &&
        (!(end - 1)->erased || is_awaited_before((end - 1)->time))) {
      --end;
    }
    for (auto v = of_key.begin(); v != end; ++v) text_bytes_ -= v->row.text_bytes();
    versions_ -= static_cast<std::size_t>(end - of_key.begin());
    of_key.erase(of_key.begin(), end);
  }

  LeftKey left_key_;
  VersionKey version_key_;
  temporal_join_options options_;
  key_dictionary<key_type> keys_;
  std::vector<std::vector<version>> by_key_;  // by key id; each by time
  std::size_t versions_ = 0;
  std::size_t versions_swept_ = 0;  // left by the last sweep, as are:
  std::size_t keys_swept_ = 0;
  std::size_t text_bytes_ = 0;         // of versions and rows that wait
  std::vector<waiting_row> waiting_;   // a heap
  std::vector<waiting_row> joined_;    // whose strings are about to be sent
};

}  // namespace oriel

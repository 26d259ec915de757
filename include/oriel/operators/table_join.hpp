// SPDX-License-Identifier: Apache-2.0
// oriel/operators/table_join.hpp - two tables joined for as long as they change.
//
// Both sides are changelogs (a stream that only appends is one of inserts), and so is
// what comes out: the changes of the join of the two tables as they stand. A row of one
// side is paired with every row of the other that has its key; a row without any is
// padded with nulls where the kind of join says so, and the padded row is taken back
// when a first partner comes, and told of again when the last one goes.
//
// A side is a bag of rows by key (operators/row_bag.hpp): the rows need no primary key of their
// own, a row is taken back by being equal to one that was put in (NaN equals NaN there). The
// changes of each side count in their own order; however those of the two sides interleave,
// what comes out ends as the join of the two tables at the end. A row that is taken back
// though it is not there, as when a side is out of order, changes nothing and is counted.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/core/change.hpp>
#include <oriel/core/join_kind.hpp>
#include <oriel/core/joined.hpp>
#include <oriel/core/owned.hpp>
#include <oriel/operators/join_node.hpp>
#include <oriel/operators/row_bag.hpp>
#include <oriel/state/key_dictionary.hpp>

namespace oriel {

namespace detail {

/// The row of a stream that is joined as a table: of a changelog, the row that changes.
template <typename T>
struct table_row {
  using type = T;
};
template <typename Row>
struct table_row<change<Row>> {
  using type = Row;
};

}  // namespace detail

/// Joins two tables continuously: inner, left, right or full.
///
/// `LeftIn` and `RightIn` are rows, or changes of rows; `LeftKey` and `RightKey` make an optional key of a row, and
/// rows without a key have no partners. Semi and anti joins are not there. Rows without a key, and changes that take
/// back a row that is not there, count as dropped.
///
/// Complexity: O(rows of the other side with the key) per change. Memory: the rows of both tables as they stand, their
/// strings and some 50 bytes each (`state_bytes`); a key is forgotten when both have no row of it.
template <typename LeftIn, typename RightIn, typename LeftKey, typename RightKey>
class table_join_node final
    : public join_node<table_join_node<LeftIn, RightIn, LeftKey, RightKey>, LeftIn, RightIn,
                       change<joined<typename detail::table_row<LeftIn>::type, typename detail::table_row<RightIn>::type>>> {
  using base = typename table_join_node::join_node;
  friend base;
  using L = typename detail::table_row<LeftIn>::type;
  using R = typename detail::table_row<RightIn>::type;
  using key_type = typename std::remove_cvref_t<std::invoke_result_t<const LeftKey&, const L&>>::value_type;

 public:
  using pair_type = joined<L, R>;
  using typename base::row_type;

  table_join_node(std::string name, LeftKey left_key, RightKey right_key, join_kind kind)
      : base(std::move(name)), left_key_(std::move(left_key)), right_key_(std::move(right_key)), kind_(kind) {}

  std::string label() const override { return std::string(to_string(kind_)) + " join of tables"; }
  std::size_t state_bytes() const override { return keys_.bytes() + groups_.capacity() * sizeof(group) + bag_bytes_; }

 private:
  /// The rows of both sides with one key.
  struct group {
    row_bag<L> left{};
    row_bag<R> right{};

    bool empty() const noexcept { return left.empty() && right.empty(); }
    std::size_t bytes() const noexcept { return left.bytes() + right.bytes(); }
  };

  enum class taken : std::uint8_t { back, missing, without_key };

  void advance() { this->send_watermark(duration{}); }

  bool pads_left() const noexcept { return kind_ == join_kind::left || kind_ == join_kind::full; }
  bool pads_right() const noexcept { return kind_ == join_kind::right || kind_ == join_kind::full; }

  template <bool Left, typename Batch>
  void accept(const Batch& batch) {
    std::uint64_t dropped = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      time_ = batch.times[i];
      const auto& in = batch.rows[i];
      bool has_key = false;
      bool is_missing = false;
      if constexpr (requires { in.before, in.after; }) {
        if (in.kind != change_kind::insert) {
          const taken before = take<Left>(in.before);
          has_key = before != taken::without_key;
          is_missing = before == taken::missing;
        }
        if (in.kind != change_kind::erase) has_key |= put<Left>(in.after);
      } else {
        has_key = put<Left>(in);
      }
      dropped += !has_key || is_missing;
    }
    this->count(batch.size(), 0, dropped);
    send_changes();
    forget_keys();
  }

  template <bool Left, typename Row>
  std::optional<key_type> key_of(const Row& row) const {
    if constexpr (Left) {
      return left_key_(row);
    } else {
      return right_key_(row);
    }
  }

  group& group_of(const key_type& key) {
    const std::uint32_t id = keys_.intern(key);
    if (id == groups_.size()) groups_.emplace_back();
    return groups_[id];
  }

  template <bool Left>
  static auto& own_side(group& g) {
    if constexpr (Left) {
      return g.left;
    } else {
      return g.right;
    }
  }

  /// A row of one side beside one of the other, or by itself.
  template <bool Left, typename Row, typename Other>
  static pair_type pair(const Row& row, const Other& other) {
    if constexpr (Left) {
      return {row, other};
    } else {
      return {other, row};
    }
  }

  template <bool Left>
  bool pads() const noexcept {
    return Left ? pads_left() : pads_right();
  }

  /// A row comes: pairs with all partners, or padded. False if it has no key.
  template <bool Left, typename Row>
  bool put(const Row& row) {
    const auto key = key_of<Left>(row);
    if (!key) {
      if (pads<Left>()) tell(change_kind::insert, pair<Left>(row, std::nullopt));
      return false;
    }
    group& g = group_of(*key);
    auto& own = own_side<Left>(g);
    const auto& partners = own_side<!Left>(g);
    if (partners.empty() && pads<Left>()) tell(change_kind::insert, pair<Left>(row, std::nullopt));
    const bool first = own.empty() && pads<!Left>();
    partners.for_each([&](const auto& partner) {
      if (first) tell(change_kind::erase, pair<!Left>(partner, std::nullopt));
      tell(change_kind::insert, pair<Left>(row, partner));
    });
    live_groups_ += g.empty();
    bag_bytes_ -= own.bytes();
    own.add(row);
    bag_bytes_ += own.bytes();
    return true;
  }

  /// A row goes: its pairs are taken back, and partners left alone are padded.
  template <bool Left, typename Row>
  taken take(const Row& row) {
    const auto key = key_of<Left>(row);
    if (!key) {
      if (pads<Left>()) tell(change_kind::erase, pair<Left>(row, std::nullopt));
      return taken::without_key;
    }
    group& g = group_of(*key);
    auto& own = own_side<Left>(g);
    const auto& partners = own_side<!Left>(g);
    bag_bytes_ -= own.bytes();
    auto gone = own.remove(row);
    bag_bytes_ += own.bytes();
    if (!gone) return taken::missing;
    if (partners.empty() && pads<Left>()) tell(change_kind::erase, pair<Left>(**gone, std::nullopt));
    const bool last = own.empty() && pads<!Left>();
    partners.for_each([&](const auto& partner) {
      tell(change_kind::erase, pair<Left>(**gone, partner));
      if (last) tell(change_kind::insert, pair<!Left>(partner, std::nullopt));
    });
    live_groups_ -= g.empty();
    if constexpr (Left) {
      gone_left_.push_back(std::move(*gone));
    } else {
      gone_right_.push_back(std::move(*gone));
    }
    return taken::back;
  }

  void tell(change_kind kind, const pair_type& pair) {
    this->out(kind == change_kind::insert ? row_type::insert(pair) : row_type::erase(pair), time_);
  }

  void send_changes() {
    this->send();
    gone_left_.clear();
    gone_right_.clear();
  }

  void forget_keys() {
    if (!keys_.outnumbers(live_groups_)) return;
    key_dictionary<key_type> fresh;
    std::vector<group> live;
    for (std::uint32_t id = 0; id < groups_.size(); ++id) {
      if (groups_[id].empty()) continue;
      fresh.intern(keys_[id]);
      live.push_back(std::move(groups_[id]));
    }
    keys_ = std::move(fresh);
    groups_ = std::move(live);
  }

  LeftKey left_key_;
  RightKey right_key_;
  join_kind kind_;
  key_dictionary<key_type> keys_;
  std::vector<group> groups_;  // by key id
  std::size_t live_groups_ = 0;      // that hold any row
  std::size_t bag_bytes_ = 0;        // of all of them
  std::vector<owned<L>> gone_left_;  // taken back by the present batch: what is about to be sent views their strings
  std::vector<owned<R>> gone_right_;
  timestamp time_{};
};

}  // namespace oriel

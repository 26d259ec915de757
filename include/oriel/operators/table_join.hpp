// SPDX-License-Identifier: Apache-2.0
// oriel/operators/table_join.hpp - two tables joined for as long as they change.
//
// Both sides are changelogs (a stream that only appends is one of inserts), and so is
// what comes out: the changes of the join of the two tables as they stand. A row of one
// side is paired with every row of the other that has its key; a row without any is
// padded with nulls where the kind of join says so, and the padded row is taken back
// when a first partner comes, and told of again when the last one goes.
//
// A side is a bag of rows by key: the rows need no primary key of their own, a row is
// taken back by being equal to one that was put in. So every order in which changes arrive
// ends in the same result, which is the join of the two tables at the end.
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
#include <oriel/core/owned.hpp>
#include <oriel/flow/node.hpp>
#include <oriel/operators/interval_join.hpp>
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

/// Joins two tables continuously: inner, left or full.
///
/// `LeftIn` and `RightIn` are rows, or changes of rows; `LeftKey` and `RightKey` make an optional key of a row, and
/// rows without a key have no partners. Kinds `right`, `semi` and `anti` are not there: exchange the sides, or filter.
///
/// Complexity: O(rows of the other side with the key) per change, and O(rows of its own side with the key) to take one
/// back. Memory: both tables, their strings and 40 bytes per row.
template <typename LeftIn, typename RightIn, typename LeftKey, typename RightKey>
class table_join_node final : public node {
  using L = typename detail::table_row<LeftIn>::type;
  using R = typename detail::table_row<RightIn>::type;
  using key_type = typename std::remove_cvref_t<std::invoke_result_t<const LeftKey&, const L&>>::value_type;

 public:
  using pair_type = joined<L, R>;
  using row_type = change<pair_type>;

  table_join_node(std::string name, LeftKey left_key, RightKey right_key, join_kind kind)
      : node(std::move(name)), left_key_(std::move(left_key)), right_key_(std::move(right_key)), kind_(kind) {}

  inlet<LeftIn>& left() noexcept { return left_port_; }
  inlet<RightIn>& right() noexcept { return right_port_; }
  outlet<row_type>& rows() noexcept { return rows_; }
  std::string label() const override { return "table join"; }
  std::size_t state_bytes() const override {
    return keys_.bytes() + groups_.capacity() * sizeof(group) + left_rows_ * (sizeof(owned<L>)) + right_rows_ * sizeof(owned<R>);
  }

 private:
  struct group {
    std::vector<owned<L>> left;
    std::vector<owned<R>> right;
  };

  template <bool Left>
  class port final : public inlet<std::conditional_t<Left, LeftIn, RightIn>> {
    using in = std::conditional_t<Left, LeftIn, RightIn>;

   public:
    explicit port(table_join_node& owner) : owner_(owner) {}
    void on_batch(const batch_view<in>& batch) override { owner_.template accept<Left>(batch); }
    void on_watermark(timestamp w) override {
      watermark = w;
      owner_.held_back_ = std::min(owner_.left_port_.watermark, owner_.right_port_.watermark);
      owner_.rows_.watermark(owner_.held_back_);
    }
    void on_end() override {
      if (++owner_.ended_ == 2) owner_.rows_.end();
    }

    timestamp watermark = beginning_of_time;

   private:
    table_join_node& owner_;
  };

  bool pads_left() const noexcept { return kind_ != join_kind::inner; }
  bool pads_right() const noexcept { return kind_ == join_kind::full; }

  template <bool Left, typename Batch>
  void accept(const Batch& batch) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      time_ = batch.times[i];
      const auto& in = batch.rows[i];
      if constexpr (requires { in.before, in.after; }) {
        if (in.kind != change_kind::insert) take<Left>(in.before);
        if (in.kind != change_kind::erase) put<Left>(in.after);
      } else {
        put<Left>(in);
      }
    }
    counters_.in.add(batch.size());
    counters_.applied.add(batch.size());
    send();
  }

  template <bool Left>
  group* group_of(const std::conditional_t<Left, L, R>& row) {
    std::optional<key_type> key;
    if constexpr (Left) {
      key = left_key_(row);
    } else {
      key = right_key_(row);
    }
    if (!key) return nullptr;
    const std::uint32_t id = keys_.intern(*key);
    if (id == groups_.size()) groups_.emplace_back();
    return &groups_[id];
  }

  /// A row comes: pairs with all partners, or padded.
  template <bool Left>
  void put(const std::conditional_t<Left, L, R>& row) {
    group* const g = group_of<Left>(row);
    if constexpr (Left) {
      if (g == nullptr || g->right.empty()) {
        if (pads_left()) tell(change_kind::insert, {row, std::nullopt});
      } else {
        for (const auto& r : g->right) {
          if (pads_right() && g->left.empty()) tell(change_kind::erase, {std::nullopt, *r});
          tell(change_kind::insert, {row, *r});
        }
      }
      if (g != nullptr) g->left.emplace_back(row);
      left_rows_ += g != nullptr;
    } else {
      if (g == nullptr || g->left.empty()) {
        if (pads_right()) tell(change_kind::insert, {std::nullopt, row});
      } else {
        for (const auto& l : g->left) {
          if (pads_left() && g->right.empty()) tell(change_kind::erase, {*l, std::nullopt});
          tell(change_kind::insert, {*l, row});
        }
      }
      if (g != nullptr) g->right.emplace_back(row);
      right_rows_ += g != nullptr;
    }
  }

  /// A row goes: its pairs are taken back, and partners left alone are padded.
  template <bool Left>
  void take(const std::conditional_t<Left, L, R>& row) {
    group* const g = group_of<Left>(row);
    if constexpr (Left) {
      if (g == nullptr || g->right.empty()) {
        if (pads_left()) tell(change_kind::erase, {row, std::nullopt});
      }
      if (g == nullptr || !remove(g->left, row, gone_left_)) return;
      --left_rows_;
      for (const auto& r : g->right) {
        tell(change_kind::erase, {row, *r});
        if (pads_right() && g->left.empty()) tell(change_kind::insert, {std::nullopt, *r});
      }
    } else {
      if (g == nullptr || g->left.empty()) {
        if (pads_right()) tell(change_kind::erase, {std::nullopt, row});
      }
      if (g == nullptr || !remove(g->right, row, gone_right_)) return;
      --right_rows_;
      for (const auto& l : g->left) {
        tell(change_kind::erase, {*l, row});
        if (pads_left() && g->right.empty()) tell(change_kind::insert, {*l, std::nullopt});
      }
    }
  }

  /// Takes one row equal to `row` out; it lives on in `gone` until what views it has been sent.
  template <typename Row>
  static bool remove(std::vector<owned<Row>>& rows, const Row& row, std::vector<owned<Row>>& gone) {
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const owned<Row>& r) { return *r == row; });
    if (found == rows.end()) return false;
    gone.push_back(std::move(*found));
    rows.erase(found);
    return true;
  }

  void tell(change_kind kind, const pair_type& pair) {
    out_.push_back(kind == change_kind::insert ? row_type::insert(pair) : row_type::erase(pair), time_, held_back_);
    if (out_.size() == default_batch_size) send_rows();
  }

  void send_rows() {
    counters_.out.add(out_.size());
    rows_.send(out_);
    out_.clear();
  }
  void send() {
    send_rows();
    gone_left_.clear();
    gone_right_.clear();
  }

  LeftKey left_key_;
  RightKey right_key_;
  join_kind kind_;
  key_dictionary<key_type> keys_;
  std::vector<group> groups_;  // by key id
  std::size_t left_rows_ = 0;
  std::size_t right_rows_ = 0;
  std::vector<owned<L>> gone_left_;  // taken back by the present batch
  std::vector<owned<R>> gone_right_;
  timestamp time_{};
  timestamp held_back_ = beginning_of_time;
  int ended_ = 0;
  batch<row_type> out_;
  port<true> left_port_{*this};
  port<false> right_port_{*this};
  outlet<row_type> rows_{*this};
};

}  // namespace oriel

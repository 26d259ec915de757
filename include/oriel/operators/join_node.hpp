// SPDX-License-Identifier: Apache-2.0
// oriel/operators/join_node.hpp - what the joins of two streams have in common: two ways in, one out, late rows beside.
//
//   left  ──> ┌──────┐ ──> rows          the watermark of rows is held back by as much as what is
//   right ──> │ join │ ──> late_left     sent may be older than the watermarks that came in
//             └──────┘ ──> late_right
//
// A join says what it does with a batch of either side and when a watermark has moved.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include <oriel/core/batch.hpp>
#include <oriel/flow/node.hpp>

namespace oriel {

/// A node with two inputs, for `Join` to derive from and befriend. `Join` has
///
///     template <bool Left, typename Batch> void accept(const Batch&);   // rows of a side
///     void advance();                                                   // a watermark has moved
template <typename Join, typename L, typename R, typename Row>
class join_node : public node {
 public:
  using row_type = Row;

  inlet<L>& left() noexcept { return left_; }
  inlet<R>& right() noexcept { return right_; }
  outlet<Row>& rows() noexcept { return rows_; }
  outlet<L>& late_left() noexcept { return left_.late; }
  outlet<R>& late_right() noexcept { return right_.late; }

 protected:
  explicit join_node(std::string name) : node(std::move(name)) {}

  timestamp left_watermark() const noexcept { return left_.watermark; }
  timestamp right_watermark() const noexcept { return right_.watermark; }
  timestamp watermark() const noexcept { return std::min(left_.watermark, right_.watermark); }
  template <bool Left>
  timestamp other_watermark() const noexcept {
    return Left ? right_.watermark : left_.watermark;
  }

  /// Hands out a row of a batch that came too late.
  template <bool Left, typename Batch>
  void turn_away(const Batch& batch, std::size_t i) {
    if constexpr (Left) {
      left_.late.send(batch.subview(i, 1));
    } else {
      right_.late.send(batch.subview(i, 1));
    }
  }

  /// Keeps the books of a batch: rows without a key have no partners and count as dropped.
  void count(std::size_t in, std::uint64_t late, std::uint64_t without_key) {
    counters_.in.add(in);
    counters_.late.add(late);
    counters_.dropped.add(without_key);
    counters_.applied.add(in - late - without_key);
  }

  void out(const Row& row, timestamp time) {
    out_.push_back(row, time, held_back_);
    if (out_.size() == default_batch_size) send();
  }
  void send() {
    if (out_.empty()) return;
    counters_.out.add(out_.size());
    rows_.send(out_);
    out_.clear();
  }

  /// Tells the watermark of what comes out, `hold` behind the one that came in.
  void send_watermark(duration hold) {
    held_back_ = watermark() == end_of_time ? end_of_time : saturating_add(watermark(), -hold);
    rows_.watermark(held_back_);
  }

 private:
  template <bool Left>
  class port final : public inlet<std::conditional_t<Left, L, R>> {
    using row = std::conditional_t<Left, L, R>;

   public:
    explicit port(join_node& owner) : late(owner, Left ? "late left" : "late right"), owner_(owner) {}
    void on_batch(const batch_view<row>& batch) override {
      static_cast<Join&>(owner_).template accept<Left>(batch);
    }
    void on_watermark(timestamp w) override {
      watermark = w;
      static_cast<Join&>(owner_).advance();
      late.watermark(w);
    }
    void on_end() override {
      if (++owner_.ended_ < 2) return;
      owner_.rows_.end();
      owner_.left_.late.end();
      owner_.right_.late.end();
    }

    timestamp watermark = beginning_of_time;
    outlet<row> late;

   private:
    join_node& owner_;
  };

  timestamp held_back_ = beginning_of_time;
  int ended_ = 0;
  batch<Row> out_;
  port<true> left_{*this};
  port<false> right_{*this};
  outlet<Row> rows_{*this};
};

}  // namespace oriel

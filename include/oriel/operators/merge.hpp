// SPDX-License-Identifier: Apache-2.0
// oriel/operators/merge.hpp - several streams of one type as one.
//
// Rows pass in the order they come. Event time is as far as the stream that is least far:
// the watermark of each row is lowered to the least of the others, and a stream that has
// ended no longer counts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <oriel/flow/node.hpp>

namespace oriel {

/// The union of several streams.
///
/// Complexity: O(1) per row, which is not copied. Memory: none.
template <typename T>
class merge final : public node {
 public:
  merge(std::string name, std::size_t inputs) : node(std::move(name)), running_(inputs) {
    for (std::size_t i = 0; i < inputs; ++i) ports_.emplace_back(*this);
  }

  inlet<T>& port(std::size_t i) noexcept { return ports_[i]; }
  outlet<T>& rows() noexcept { return rows_; }
  std::string label() const override { return "merge"; }

 private:
  class port_type final : public inlet<T> {
   public:
    explicit port_type(merge& owner) : owner_(owner) {}
    void on_batch(const batch_view<T>& batch) override { owner_.pass_on(*this, batch); }
    void on_watermark(timestamp w) override {
      watermark = w;
      owner_.rows_.watermark(owner_.least());
    }
    void on_end() override {
      if (--owner_.running_ == 0) owner_.rows_.end();
    }

    timestamp watermark = beginning_of_time;

   private:
    merge& owner_;
  };

  void pass_on(port_type& from, const batch_view<T>& batch) {
    timestamp others = end_of_time;
    for (const port_type& p : ports_) {
      if (&p != &from) others = std::min(others, p.watermark);
    }
    watermarks_.resize(batch.size());
    std::transform(batch.watermarks.begin(), batch.watermarks.end(), watermarks_.begin(),
                   [&](timestamp w) { return std::min(w, others); });
    counters_.in.add(batch.size());
    counters_.applied.add(batch.size());
    counters_.out.add(batch.size());
    rows_.send({batch.rows, batch.times, watermarks_});
  }

  timestamp least() const {
    timestamp w = end_of_time;
    for (const port_type& p : ports_) w = std::min(w, p.watermark);
    return w;
  }

  std::deque<port_type> ports_;  // inlets stay where they are
  std::size_t running_;
  std::vector<timestamp> watermarks_;
  outlet<T> rows_{*this};
};

}  // namespace oriel

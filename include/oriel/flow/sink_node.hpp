// SPDX-License-Identifier: Apache-2.0
// oriel/flow/sink_node.hpp - where a branch of the graph ends: a sink, or a call back into the host.
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <oriel/flow/node.hpp>
#include <oriel/flow/sink.hpp>

namespace oriel {

/// Hands batches to a sink.
template <typename T>
class sink_node final : public operator_node<T> {
 public:
  sink_node(std::string name, std::unique_ptr<sink<T>> to) : operator_node<T>(std::move(name)), to_(std::move(to)) {}

  void on_batch(const batch_view<T>& batch) override {
    to_->write(batch);
    this->counters_.in.add(batch.size());
    this->counters_.applied.add(batch.size());
  }
  void on_watermark(timestamp) override {}
  void on_end() override { to_->finish(); }

 private:
  std::unique_ptr<sink<T>> to_;
};

/// Calls `f` for every row: `f(row)`, or `f(row, time)` if it takes the event time too.
template <typename T, typename F>
class callback_node final : public operator_node<T> {
 public:
  callback_node(std::string name, F f) : operator_node<T>(std::move(name)), f_(std::move(f)) {}

  void on_batch(const batch_view<T>& batch) override {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if constexpr (std::is_invocable_v<F&, const T&, timestamp>) {
        f_(batch.rows[i], batch.times[i]);
      } else {
        f_(batch.rows[i]);
      }
    }
    this->counters_.in.add(batch.size());
    this->counters_.applied.add(batch.size());
  }
  void on_watermark(timestamp) override {}
  void on_end() override {}

 private:
  F f_;
};

}  // namespace oriel

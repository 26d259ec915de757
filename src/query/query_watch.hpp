// SPDX-License-Identifier: Apache-2.0
// src/query/query_watch.hpp - whether a running query may go on: time, memory, and somebody who wants it to stop.
//
// Asked once for each batch of rows, which is some microseconds of work.
#pragma once

#include <atomic>
#include <cstddef>
#include <limits>
#include <optional>
#include <stop_token>
#include <string>

#include <oriel/core/clock.hpp>
#include <oriel/core/error.hpp>
#include <oriel/core/time.hpp>

namespace oriel::detail {

class query_watch {
 public:
  query_watch(const clock& time, std::optional<timestamp> deadline, std::stop_token stop, std::size_t memory)
      : clock_(time), deadline_(deadline), stop_(std::move(stop)), memory_(memory) {}

  /// Errors: throws `error{unavailable}` if the query is to stop, `error{exhausted}` behind its deadline.
  void check() const {
    if (stop_.stop_requested()) throw error(error_kind::unavailable, "the query was stopped");
    if (deadline_ && clock_.now() >= *deadline_) {
      throw error(error_kind::exhausted, "the query did not finish before its deadline");
    }
  }

  /// Notes that so much more is kept until the end. Errors: throws `error{exhausted}` beyond the budget.
  /// Threads: any.
  void use(std::size_t bytes) {
    const std::size_t all = used_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    if (all > memory_) {
      throw error(error_kind::exhausted, "the query needs more than the " + std::to_string(memory_) +
                                             " bytes it may use; group or select less, or raise the budget");
    }
  }

  std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

 private:
  const clock& clock_;
  std::optional<timestamp> deadline_;
  std::stop_token stop_;
  std::size_t memory_;
  std::atomic<std::size_t> used_ = 0;
};

}  // namespace oriel::detail

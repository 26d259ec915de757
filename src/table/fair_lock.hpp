// SPDX-License-Identifier: Apache-2.0
// src/table/fair_lock.hpp - first come, first served.
//
// A ticket lock: whoever comes draws a number and waits until it is called. A writer
// that releases and comes back at once stands behind every reader that waited. The
// thread that holds the lock may take it again (a snapshot or a write within a unit).
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include <oriel/core/assert.hpp>

namespace oriel::detail {

class fair_lock {
 public:
  void lock() noexcept {
    const std::thread::id self = std::this_thread::get_id();
    if (owner_.load(std::memory_order_relaxed) == self) {  // only this thread can have stored that
      ++depth_;
      return;
    }
    const std::uint32_t ticket = next_.fetch_add(1, std::memory_order_relaxed);
    for (std::uint32_t called = called_.load(std::memory_order_acquire); called != ticket;
         called = called_.load(std::memory_order_acquire)) {
      called_.wait(called, std::memory_order_acquire);
    }
    owner_.store(self, std::memory_order_relaxed);
    depth_ = 1;
  }

  /// Requires: this thread holds the lock.
  void unlock() noexcept {
    ORIEL_ASSERT(owner_.load(std::memory_order_relaxed) == std::this_thread::get_id());
    if (--depth_ > 0) return;
    owner_.store(std::thread::id{}, std::memory_order_relaxed);
    // Sequentially consistent, not just release: notify looks for sleepers and must not do so before the store.
    called_.fetch_add(1, std::memory_order_seq_cst);
    called_.notify_all();
  }

 private:
  std::atomic<std::uint32_t> next_{0};
  std::atomic<std::uint32_t> called_{0};
  std::atomic<std::thread::id> owner_{};
  std::uint32_t depth_ = 0;  // the owner's
};

}  // namespace oriel::detail

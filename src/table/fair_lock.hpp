// SPDX-License-Identifier: Apache-2.0
// src/table/fair_lock.hpp - those who wait come to their turn, and soon.
//
// Who finds the lock free takes it, even past those who wait: whoever was called needs some
// microseconds to wake up, on a busy machine milliseconds, and a lock that is handed from
// sleeper to sleeper makes everybody wait for that every time. But not for ever: `passes`
// such acquisitions after somebody began to wait, the lock is kept for the first in the
// queue. So a writer that releases and comes back at once keeps a reader waiting for a few
// batches, and never for longer.
//
// The thread that holds the lock may take it again (a snapshot or a write within a unit).
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include <oriel/core/assert.hpp>

namespace oriel::detail {

class fair_lock {
 public:
  /// How many may pass those who wait before the first of them has his turn.
  static constexpr std::uint32_t passes = 8;

  void lock() {
    const std::thread::id self = std::this_thread::get_id();
    if (owner_.load(std::memory_order_relaxed) == self) {  // only this thread can have stored that
      ++depth_;
      return;
    }
    std::unique_lock guard(mutex_);
    if (!is_held_ && (first_ == nullptr || passed_ < passes)) {
      passed_ += first_ != nullptr ? 1 : 0;
    } else {
      wait(guard);
    }
    is_held_ = true;
    owner_.store(self, std::memory_order_relaxed);
    depth_ = 1;
  }

  /// Requires: this thread holds the lock.
  void unlock() noexcept {
    ORIEL_ASSERT(owner_.load(std::memory_order_relaxed) == std::this_thread::get_id());
    if (--depth_ > 0) return;
    const std::lock_guard guard(mutex_);
    owner_.store(std::thread::id{}, std::memory_order_relaxed);
    is_held_ = false;
    if (first_ != nullptr) first_->called.notify_one();  // with the mutex, since `first_` goes when it wakes
  }

 private:
  struct waiter {
    std::condition_variable called{};
    waiter* next = nullptr;
  };

  void wait(std::unique_lock<std::mutex>& guard) {
    waiter self;
    (first_ == nullptr ? first_ : last_->next) = &self;
    last_ = &self;
    self.called.wait(guard, [&] { return !is_held_ && first_ == &self; });
    first_ = self.next;
    passed_ = 0;
  }

  std::mutex mutex_;        // of what follows, except for the owner's
  waiter* first_ = nullptr;  // those who wait, on their own stacks
  waiter* last_ = nullptr;   // good while there is a first
  std::uint32_t passed_ = 0;
  bool is_held_ = false;
  std::atomic<std::thread::id> owner_{};
  std::uint32_t depth_ = 0;  // the owner's
};

}  // namespace oriel::detail

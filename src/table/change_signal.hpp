// SPDX-License-Identifier: Apache-2.0
// src/table/change_signal.hpp - waking those who wait for a table to change.
//
// A writer says the new version and looks whether anybody waits; only then does it take the
// mutex. A waiter counts itself before it looks at the version. Both are sequentially
// consistent, so one of the two sees the other.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace oriel::detail {

class change_signal {
 public:
  void set(std::uint64_t version) noexcept {
    version_.store(version);
    if (waiting_.load() == 0) return;
    { const std::lock_guard guard(mutex_); }  // who has looked at the version before is asleep by now
    changed_.notify_all();
  }

  /// Whether the version is another than `known` before `timeout` passes.
  bool wait(std::uint64_t known, std::chrono::milliseconds timeout) {
    std::unique_lock guard(mutex_);
    waiting_.fetch_add(1);
    const bool is_other = changed_.wait_for(guard, timeout, [&] { return version_.load() != known; });
    waiting_.fetch_sub(1);
    return is_other;
  }

 private:
  std::atomic<std::uint64_t> version_{0};
  std::atomic<std::uint32_t> waiting_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace oriel::detail

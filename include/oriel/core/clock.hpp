// SPDX-License-Identifier: Apache-2.0
// oriel/core/clock.hpp - processing time, always handed in and never looked up.
//
// Nothing in Oriel asks the operating system for the time on its own: a pipeline
// or a query reads the clock it was given. That is what makes a test with a
// `manual_clock` see exactly what production sees.
#pragma once

#include <atomic>

#include <oriel/core/export.hpp>
#include <oriel/core/time.hpp>

namespace oriel {

/// Where processing time comes from.
///
/// Threads: `now()` may be called from any thread.
class clock {
 public:
  clock() = default;
  clock(const clock&) = delete;
  clock& operator=(const clock&) = delete;
  virtual ~clock() = default;

  virtual timestamp now() const = 0;
};

/// The operating system's clock. It lives for the whole program.
ORIEL_EXPORT const clock& system_clock() noexcept;

/// A clock that stands still until it is told otherwise.
///
///     manual_clock clock{at_ms(0)};
///     clock.advance(5s);
class manual_clock final : public clock {
 public:
  explicit manual_clock(timestamp start = timestamp{}) : now_(start) {}

  timestamp now() const override { return now_.load(std::memory_order_relaxed); }
  void set(timestamp t) noexcept { now_.store(t, std::memory_order_relaxed); }
  void advance(duration d) noexcept { set(now() + d); }

 private:
  std::atomic<timestamp> now_;
};

}  // namespace oriel

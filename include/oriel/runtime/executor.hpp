// SPDX-License-Identifier: Apache-2.0
// oriel/runtime/executor.hpp - runs a graph on one thread, deterministically.
//
// The executor knows sources and nothing else: it lets them fill, picks the one
// whose next event is earliest (ties: the one declared first) and releases its rows
// up to where another source is. Releasing carries the rows through the whole graph.
// So several files are one stream ordered by event time, however they were cut.
//
//   fill all ──> pick the earliest ──> release up to the next one's time ──┐
//      ^                                                                   │
//      └───────────────────────────────────────────────────────────────────┘
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include <oriel/core/export.hpp>
#include <oriel/flow/source_node.hpp>

namespace oriel {

/// What readers outside see at once or not at all: one release, from `begin` to `end`.
class unit_of_work {
 public:
  virtual void begin() = 0;
  virtual void end() = 0;

  /// Holds one begun while it lives.
  class scope {
   public:
    explicit scope(unit_of_work& unit) : unit_(unit) { unit_.begin(); }
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;
    ~scope() { unit_.end(); }

   private:
    unit_of_work& unit_;
  };

 protected:
  ~unit_of_work() = default;
};

/// Wakes an executor that waits for input.
///
/// Threads: `notify` may be called from any thread.
class ORIEL_EXPORT wake_signal {
 public:
  wake_signal();
  ~wake_signal();
  void notify();
  /// Until the next `notify`, at most `most`; at once if one came since the last wait.
  void wait(std::chrono::milliseconds most);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// How a run is going, for progress lines.
struct run_progress {
  std::uint64_t events = 0;                  ///< released so far, by all sources
  timestamp watermark = beginning_of_time;   ///< the least of the sources still running
  source_progress input{};                   ///< summed over the sources; total 0: unknown
};

/// Runs sources until they are finished or a stop is asked for.
///
/// Threads: one `run` at a time.
class ORIEL_EXPORT executor {
 public:
  struct options {
    std::size_t batch_size = default_batch_size;
    unit_of_work* unit = nullptr;
    std::function<void(const run_progress&)> on_progress{};  ///< called after every release
    wake_signal* wake = nullptr;  ///< where sources that wait make themselves heard
  };

  executor(std::vector<source_node*> sources, options chosen);

  /// Returns when every source is finished (true), or soon after a stop was requested (false).
  /// Errors: throws whatever a source, an operator or a sink throws; the graph must not be run again then.
  bool run(const std::stop_token& stop = {});

 private:
  struct choice {
    std::size_t index;
    timestamp limit;  ///< of another source's next event
    bool inclusive;
  };

  bool fill();
  bool release_next();
  std::optional<choice> choose() const;
  void within_unit(const std::function<void()>& work) const;
  void report();

  std::vector<source_node*> sources_;  // in order of declaration; finished ones are taken out
  options options_;
  std::uint64_t events_ = 0;
  source_progress finished_input_;
};

}  // namespace oriel

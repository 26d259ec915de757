// SPDX-License-Identifier: Apache-2.0
// apps/common/progress_line.hpp - how far a long run is, on one line of a terminal.
#pragma once

#include <chrono>

#include <oriel/runtime/executor.hpp>

namespace apps {

/// A line on standard error that says how many events are done, how fast, up to when, and which share
/// of the input that is. It is gone when the object is.
///
/// Writes nothing when standard error is not a terminal.
class progress_line {
 public:
  progress_line();
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;
  ~progress_line();

  /// Shows this unless the line has just been written.
  void show(const oriel::run_progress& progress);

 private:
  using clock = std::chrono::steady_clock;

  bool terminal_;
  bool shown_ = false;
  clock::time_point begun_;
  clock::time_point next_;
};

}  // namespace apps

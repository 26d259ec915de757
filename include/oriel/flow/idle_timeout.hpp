// SPDX-License-Identifier: Apache-2.0
// oriel/flow/idle_timeout.hpp - the opt-in guess that a quiet partition is idle.
//
// Idleness is a fact a source declares. Where no source can know, a
// host may settle for silence on the wall clock, at the price of answers that depend
// on it. Silence counts only while the input was asked and had nothing: what waits in
// a queue because the pipeline is slow is not silence.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include <oriel/core/time.hpp>

namespace oriel {

/// Tells for how long the partitions of a source have been silent.
class idle_timeout {
 public:
  idle_timeout(duration limit, std::size_t partitions) : limit_(limit), heard_(partitions) {}

  std::size_t partitions() const noexcept { return heard_.size(); }

  /// It is `now`. `listening`: since the last call the input had nothing more to give.
  void pass(timestamp now, bool listening) noexcept {
    if (last_ && listening) listened_ += std::max(now - *last_, duration{0});
    last_ = now;
  }

  /// Something came from partition `p`.
  void hear(std::size_t p) noexcept { heard_[p] = listened_; }

  bool expired(std::size_t p) const noexcept { return listened_ - heard_[p] >= limit_; }

 private:
  duration limit_;
  duration listened_{};            // on the wall clock, while the input had nothing to give
  std::optional<timestamp> last_;  // when time last passed
  std::vector<duration> heard_;    // `listened_` when something last came
};

}  // namespace oriel

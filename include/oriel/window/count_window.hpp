// SPDX-License-Identifier: Apache-2.0
// oriel/window/count_window.hpp - windows of so many events.
//
//     count_window{.size = 4}              |a b c d|e f g h|i ...
//     count_window{.size = 4, .hop = 2}    |a b c d|
//                                              |c d e f|
//                                                  |e f g h|
//
// Events are counted as they arrive, per key. This is the one kind of window whose answers
// depend on the order of arrival; where that is not wanted, windows go by time.
#pragma once

#include <cstdint>
#include <string>

#include <oriel/core/error.hpp>
#include <oriel/core/time.hpp>

namespace oriel {

/// The first `size` events of a key, then every `hop` events the last `size` again.
///
///     .window(count_window{.size = 100})
struct count_window {
  std::int64_t size = 0;  ///< events in a window; must be positive
  std::int64_t hop = 0;   ///< events from one window to the next; 0: as many as `size`, so they do not overlap

  static constexpr duration allowed_lateness{};  ///< no event is late: arrival counts

  constexpr std::int64_t step() const noexcept { return hop == 0 ? size : hop; }

  /// For drawings: "count 100, hop 10".
  std::string label() const {
    std::string text = "count " + std::to_string(size);
    if (step() != size) text += ", hop " + std::to_string(hop);
    return text;
  }

  /// Errors: throws `error{invalid}` naming the field, its value and a fix.
  void validate() const {
    if (size <= 0) {
      throw error(error_kind::invalid, "count_window: size is " + std::to_string(size) + "; it must be positive");
    }
    if (hop < 0 || hop > size) {
      throw error(error_kind::invalid, "count_window: hop is " + std::to_string(hop) + "; it must be from 1 to size (" +
                                           std::to_string(size) + "), or left out");
    }
  }
};

}  // namespace oriel

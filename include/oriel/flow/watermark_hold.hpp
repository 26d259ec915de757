// SPDX-License-Identifier: Apache-2.0
// oriel/flow/watermark_hold.hpp - why a window is still open.
//
// A window is complete when the watermark reaches its end, and the watermark is the
// least of several. When nothing comes out, this says which of them it is: the input,
// the partition, how far it is and what would move it on.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <oriel/core/export.hpp>
#include <oriel/core/interval.hpp>
#include <oriel/core/time.hpp>
#include <oriel/flow/source_node.hpp>

namespace oriel {

/// A partition of an input that keeps a window from being complete.
struct watermark_hold {
  std::string input;
  std::size_t partition = 0;
  timestamp watermark = beginning_of_time;  ///< of the partition; `beginning_of_time`: it has sent nothing yet
  std::optional<duration> missing;          ///< from there to the window's end, when it has sent something
  std::string why;                          ///< a sentence for people, with all of this in it
};

/// What holds back the windows that end with `window`, in the order of declaration; empty when nothing does.
///
/// Idle and finished partitions hold nothing back, unless all of an input are: then nobody moves it on.
/// Threads: any. The sources go on meanwhile, so this is how each stood when it was asked.
ORIEL_EXPORT std::vector<watermark_hold> what_holds(std::span<source_node* const> sources, interval window);

}  // namespace oriel

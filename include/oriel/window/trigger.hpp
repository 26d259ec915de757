// SPDX-License-Identifier: Apache-2.0
// oriel/window/trigger.hpp - when a window says what it knows.
//
// Every window emits a pane when the watermark reaches its end, and another after
// each batch that corrected it. What can be chosen is whether it also speaks
// before: a live dashboard wants to see the minute that is still running. The
// table a pane goes into ends up with the same rows whatever is chosen here.
#pragma once

#include <optional>

#include <oriel/core/time.hpp>

namespace oriel {

/// How often partial results are published; see `every` and `each_batch`.
struct early_trigger {
  std::optional<duration> interval{};  ///< of processing time; none: after every batch
};

/// Early panes at most once per `interval` of the pipeline's clock.
inline early_trigger every(duration interval) { return {interval}; }

/// Early panes after every batch that touched a window.
inline constexpr early_trigger each_batch{};

/// When windows emit.
struct emit {
  std::optional<early_trigger> early{};  ///< none: nothing before the window is complete
};

}  // namespace oriel

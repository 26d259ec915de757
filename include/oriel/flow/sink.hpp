// SPDX-License-Identifier: Apache-2.0
// oriel/flow/sink.hpp - where results go.
#pragma once

#include <oriel/core/batch.hpp>

namespace oriel {

/// A receiver of rows: a file, a topic, a table of another system.
///
/// A sink receives batches in order on the pipeline's thread; `finish` comes once, after
/// the last. What the rows view is valid during the call only.
///
/// Errors: throws `error`; the run stops with it.
template <typename T>
class sink {
 public:
  using event_type = T;

  sink() = default;
  sink(const sink&) = delete;
  sink& operator=(const sink&) = delete;
  virtual ~sink() = default;

  virtual void write(const batch_view<T>& batch) = 0;
  virtual void finish() {}
};

}  // namespace oriel

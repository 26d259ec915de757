// SPDX-License-Identifier: Apache-2.0
// oriel/io/memory.hpp - events that are already here: the shortest example of a source.
//
// A source has two halves. The specification (`memory`) is a plain struct the user
// writes down; the pipeline calls `open` on it when it starts to run. What `open`
// returns does the work: `read` replaces the contents of the batch it is given, and
// says whether to ask again. Everything else in this folder has the same shape.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <oriel/flow/source.hpp>

namespace oriel {

namespace detail {

template <typename T>
class memory_source final : public source<T> {
 public:
  explicit memory_source(std::vector<T> rows) : rows_(std::move(rows)) {}

  source_state read(source_batch<T>& out, std::size_t most) override {
    out.clear();
    const std::size_t count = std::min(most, rows_.size() - next_);
    const auto first = rows_.begin() + static_cast<std::ptrdiff_t>(next_);
    out.rows.assign(first, first + static_cast<std::ptrdiff_t>(count));
    next_ += count;
    return next_ == rows_.size() ? source_state::finished : source_state::ready;
  }

  source_progress progress() const override { return {next_, rows_.size()}; }

 private:
  std::vector<T> rows_;
  std::size_t next_ = 0;
};

}  // namespace detail

/// A source of the given rows, in order.
///
/// What views in the rows point into is the caller's and must outlive the run.
/// Memory: `open` copies the rows; events in numbers are better pushed (`pipeline::input`).
///
///     p.from(memory<click>{.rows = {{"/home", at_ms(0)}, {"/cart", at_ms(1500)}}});
template <typename T>
struct memory {
  using event_type = T;

  std::vector<T> rows = {};

  std::unique_ptr<source<T>> open() const { return std::make_unique<detail::memory_source<T>>(rows); }
};

}  // namespace oriel

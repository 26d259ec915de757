// SPDX-License-Identifier: Apache-2.0
// oriel/core/batch.hpp - what travels between operators: some hundred events at a time.
//
// A `batch_view` is three parallel columns: the rows, the event time of each, and
// the watermark each is judged against, which is the one made by the events before
// it. Because every row carries its own watermark, cutting a stream into batches
// differently changes nothing downstream.
//
// A `batch` owns what a view looks at, including the bytes that string views in its
// rows point into. A view is good for the duration of the call it is passed to; an
// operator that remembers a string copies it, once.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <oriel/core/arena.hpp>
#include <oriel/core/time.hpp>

namespace oriel {

/// How many rows sources put into a batch unless told otherwise.
inline constexpr std::size_t default_batch_size = 1024;

/// Rows with their event times and the watermarks they are judged against.
///
/// Requires: the three spans have the same length.
template <typename T>
struct batch_view {
  std::span<const T> rows;
  std::span<const timestamp> times;
  std::span<const timestamp> watermarks;

  std::size_t size() const noexcept { return rows.size(); }
  bool empty() const noexcept { return rows.empty(); }
  batch_view subview(std::size_t first, std::size_t count) const {
    return {rows.subspan(first, count), times.subspan(first, count), watermarks.subspan(first, count)};
  }
};

/// The storage of a batch; reused from one batch to the next.
template <typename T>
struct batch {
  std::vector<T> rows;
  std::vector<timestamp> times;
  std::vector<timestamp> watermarks;
  arena bytes;  ///< what string views in the rows point into

  std::size_t size() const noexcept { return rows.size(); }
  bool empty() const noexcept { return rows.empty(); }
  operator batch_view<T>() const noexcept { return {rows, times, watermarks}; }  // NOLINT: a batch is viewable

  void push_back(const T& row, timestamp time, timestamp watermark) {
    rows.push_back(row);
    times.push_back(time);
    watermarks.push_back(watermark);
  }
  void resize(std::size_t size) {
    rows.resize(size);
    times.resize(size);
    watermarks.resize(size);
  }
  void set(std::size_t i, T&& row, timestamp time, timestamp watermark) {
    rows[i] = std::move(row);
    times[i] = time;
    watermarks[i] = watermark;
  }
  void clear() noexcept {
    rows.clear();
    times.clear();
    watermarks.clear();
    bytes.clear();
  }
};

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// src/query/query_trace.hpp - what EXPLAIN tells: the steps of a query that has been carried out.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <oriel/query/result_set.hpp>

namespace oriel::detail {

/// One step: rows it read and made, chunks it read of those there are, and how long it took.
struct traced_step {
  std::string name;
  std::size_t rows_in = 0;
  std::size_t rows_out = 0;
  std::size_t chunks = 0;
  std::size_t chunks_read = 0;
  std::int64_t microseconds = 0;
};

class query_trace {
 public:
  /// Times a step from here to `done`.
  void begin() { began_ = std::chrono::steady_clock::now(); }
  void done(traced_step step) {
    const auto took = std::chrono::steady_clock::now() - began_;
    step.microseconds = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    steps_.push_back(std::move(step));
  }

  /// A row for each step.
  result_set table() const {
    std::vector<result_column> columns(6);
    const char* const names[] = {"step", "rows_in", "rows_out", "chunks", "chunks_read", "microseconds"};
    for (std::size_t c = 0; c < columns.size(); ++c) columns[c].name = names[c];
    columns[0].type = column_type::string;
    columns[0].offsets.push_back(0);
    for (const traced_step& s : steps_) {
      columns[0].bytes += s.name;
      columns[0].offsets.push_back(columns[0].bytes.size());
      columns[1].int64s.push_back(static_cast<std::int64_t>(s.rows_in));
      columns[2].int64s.push_back(static_cast<std::int64_t>(s.rows_out));
      columns[3].int64s.push_back(static_cast<std::int64_t>(s.chunks));
      columns[4].int64s.push_back(static_cast<std::int64_t>(s.chunks_read));
      columns[5].int64s.push_back(s.microseconds);
    }
    return {std::move(columns), steps_.size()};
  }

 private:
  std::chrono::steady_clock::time_point began_;
  std::vector<traced_step> steps_;
};

}  // namespace oriel::detail

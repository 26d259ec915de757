// SPDX-License-Identifier: Apache-2.0
// src/query/accumulator.hpp - what an aggregate keeps for each group, updated a column at a time.
//
// An update is one tight loop over rows of a batch: the value at a position goes to
// the slot of the row's group. Nothing is virtual within it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <oriel/core/int128.hpp>
#include <query/column_vector.hpp>
#include <query/relation.hpp>

namespace oriel::detail {

/// Rows of one group that follow each other in a row set; they end in front of the `end`-th.
struct row_run {
  std::uint32_t group = 0;
  std::uint32_t end = 0;
};

/// Rows of a batch and the group of each; `groups` is nullptr if all are in group 0.
struct grouped_rows {
  row_set rows;
  const std::uint32_t* groups = nullptr;

  /// The same by runs, if a row is mostly in the group of the row before it, as when grouping by time; else empty.
  /// The values of a run are added up before a total in memory is touched.
  std::span<const row_run> runs{};
};

enum class accumulator_kind : std::uint8_t {
  rows,
  values,
  sum,
  minimum,
  maximum,
  moments,
  samples,
  mode,
  first_by,
  last_by,
  quantiles,
  registers,
  funnel,
  funnel_count,
  funnel_max_step
};

class accumulator {
 public:
  accumulator() = default;
  accumulator(const accumulator&) = delete;
  accumulator& operator=(const accumulator&) = delete;
  virtual ~accumulator() = default;

  /// Makes room for groups; new ones are empty.
  virtual void resize(std::size_t groups) = 0;

  /// Adds rows. Requires: room for their groups. `values` is not looked at by a count of rows.
  virtual void update(const column_vector& values, const grouped_rows& rows) = 0;

  /// The same for aggregates of several arguments; `more` are those behind the first.
  virtual void update_many(const column_vector& values, std::span<const column_vector> /*more*/,
                           const grouped_rows& rows) {
    update(values, rows);
  }

  /// Adds a batch whose rows are all in one group. Requires: the zone has a sum; this keeps sums.
  virtual void add_sum(const zone& /*values*/, std::size_t /*group*/) {}

  /// The bytes of values remembered since this was asked last, beyond a fixed part per group.
  virtual std::size_t grown() noexcept { return 0; }

  // Results, as far as an accumulator has them.
  virtual std::int64_t count(std::size_t /*group*/) const noexcept { return 0; }
  virtual int128 int64_sum(std::size_t /*group*/) const noexcept { return 0; }
  virtual double float64_sum(std::size_t /*group*/) const noexcept { return 0; }

  /// The variance of a sample; nothing for fewer than two values.
  virtual std::optional<double> variance(std::size_t /*group*/) const noexcept { return std::nullopt; }

  /// For each group, the value that this share (0 to 100) of all values are below; null where there is none.
  virtual column_data percentiles(std::size_t /*groups*/, double /*percent*/) const {
    return column_data(column_type::float64);
  }

  /// The value of each group as a column, null where there is none.
  virtual column_data values(std::size_t /*groups*/) const { return column_data(column_type::int64); }
};

/// What a sketch keeps. `precision` is that of HyperLogLog.
std::unique_ptr<accumulator> make_sketch(accumulator_kind kind, column_type type, unsigned precision);

/// What VAR, PERCENTILE, MODE, FIRSTWITHTIME and LASTWITHTIME keep.
std::unique_ptr<accumulator> make_statistics(accumulator_kind kind, column_type type,
                                             const text_dictionary* dictionary);

/// `dictionary` is what strings come as ids of, or nullptr.
std::unique_ptr<accumulator> make_accumulator(accumulator_kind kind, column_type type,
                                              const text_dictionary* dictionary);

}  // namespace oriel::detail

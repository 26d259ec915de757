// SPDX-License-Identifier: Apache-2.0
// src/table/chunk_block.cpp - references and bounds of several chunks.
#include <table/chunk_block.hpp>

#include <algorithm>
#include <utility>

namespace oriel::detail {

chunk_block::chunk_block(std::shared_ptr<chunk_pool> pool, std::span<chunk* const> chunks, std::size_t columns,
                         bool is_full)
    : pool_(std::move(pool)), count_(chunks.size()), is_full_(is_full), bounds_(columns) {
  std::copy(chunks.begin(), chunks.end(), chunks_.begin());
  for (chunk* const c : chunks) c->share();
}

zone chunk_block::bounds(std::size_t column) const noexcept {
  if (!is_full_) return {};
  const std::lock_guard guard(mutex_);
  std::optional<zone>& known = bounds_[column];
  if (!known) known = find_bounds(column);
  return *known;
}

zone chunk_block::find_bounds(std::size_t column) const noexcept {
  std::optional<zone> all;
  for (const chunk* const c : chunks_) {
    const zone z = c->bounds(column, chunk_rows, c->validity(column));
    if (!z.bounded) return {};
    if (!all) all = z;
    all->has_nan |= z.has_nan;
    all->min_int64 = std::min(all->min_int64, z.min_int64);
    all->max_int64 = std::max(all->max_int64, z.max_int64);
    all->min_float64 = std::min(all->min_float64, z.min_float64);
    all->max_float64 = std::max(all->max_float64, z.max_float64);
  }
  all->ascending = false;
  all->summed = false;
  return *all;
}

}  // namespace oriel::detail

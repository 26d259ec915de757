// SPDX-License-Identifier: Apache-2.0
// src/table/table_expiry.cpp - keys that come to the end of their time.
#include <table/table_store.hpp>

#include <algorithm>
#include <limits>

namespace oriel::detail {

void table_store::observe(std::int64_t time) noexcept {
  const bool is_first = greatest_ == std::numeric_limits<std::int64_t>::min();
  if (!is_first && time <= greatest_) return;
  greatest_ = time;
  const std::int64_t ttl = options_.ttl.count();
  has_horizon_ = time >= std::numeric_limits<std::int64_t>::min() + ttl;
  if (has_horizon_) horizon_ = time - ttl;
}

void table_store::sweep(write_result& result) {
  if (!has_horizon_) return;
  const auto make_anew = [this] {
    expiry_.clear();
    expiry_.reserve(store_.rows() + 1);
    for (std::uint32_t row = 0; row < store_.rows(); ++row) expiry_.add(newest(row), row);
  };
  constexpr std::size_t few = 1024;
  if (expiry_.size() > 2 * store_.rows() + few) make_anew();  // leftovers of rows that moved

  while (expiry_.is_due(horizon_)) {
    const std::uint32_t row = expiry_.take();
    if (row >= store_.rows()) continue;
    if (const std::int64_t time = newest(row); !is_past(time)) {
      expiry_.add(time, row);
      continue;
    }
    note_erase(row);
    try {
      remove_row(row, tag_of(row));
    } catch (...) {
      expiry_.add(horizon_, row);  // there is room: one was taken
      throw;
    }
    count_expired(result);
  }
  if (erased_.size() > next_erased_sweep_) {
    erase_if(erased_, [this](const auto& entry) { return is_past(entry.second); });
    next_erased_sweep_ = std::max<std::size_t>(2 * erased_.size(), few);
  }
}

}  // namespace oriel::detail

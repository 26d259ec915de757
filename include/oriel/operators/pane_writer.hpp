// SPDX-License-Identifier: Apache-2.0
// oriel/operators/pane_writer.hpp - panes on their way out of an operator, a batch at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/aggregate/signed.hpp>
#include <oriel/core/batch.hpp>
#include <oriel/flow/node.hpp>
#include <oriel/window/pane.hpp>

namespace oriel {

/// Collects panes and sends them on in batches.
///
/// A pane has the event time of the last moment of its window: windows of a coarser kind over panes put it where
/// its events belong. Strings in a pane's row must live until `send`, which `add` may call by itself.
template <typename Pane>
class pane_writer {
 public:
  pane_writer(const node& owner, node_counters& counters, std::string_view name = {})
      : panes_(owner, name), counters_(counters) {}

  outlet<Pane>& panes() noexcept { return panes_; }
  bool empty() const noexcept { return size_ == 0; }

  /// The number of the batch being filled: until it is another, what its panes view must stay.
  std::uint32_t batch_number() const noexcept { return batch_number_; }

  void add(Pane&& pane, timestamp watermark) {
    const timestamp last_moment = pane.window.end - duration{1};
    add_at(last_moment, std::move(pane), watermark);
  }
  void add_at(timestamp t, Pane&& pane, timestamp watermark) {
    rows_[size_] = std::move(pane);
    push(t, watermark);
  }

  /// Adds the pane of a partial and counts it in `index`, which says how many this key and window have had: an insert
  /// if it is the first, and nothing at all if the first one would be empty.
  template <aggregate Aggregate>
  void add(const Aggregate& aggregate, const typename Pane::key_type& key, interval window, pane_timing timing,
           std::uint32_t& index, const typename Aggregate::partial& p, timestamp watermark) {
    change_kind kind = index == 0 ? change_kind::insert : change_kind::update;
    if (is_empty(aggregate, p)) {
      if (index == 0) return;
      kind = change_kind::erase;
    }
    if constexpr (std::is_trivially_destructible_v<Pane>) {  // made where it stays: a row is not copied
      ::new (static_cast<void*>(&rows_[size_])) Pane{key, window, kind, timing, index++, aggregate.lower(p)};
      push(window.end - duration{1}, watermark);
    } else {
      add({key, window, kind, timing, index++, aggregate.lower(p)}, watermark);
    }
  }

  void send() {
    if (size_ == 0) return;
    counters_.out.add(size_);
    panes_.send(batch_view<Pane>{rows_, times_, watermarks_}.subview(0, size_));
    size_ = 0;
    ++batch_number_;
  }

 private:
  /// Takes the row at the end into the batch.
  void push(timestamp t, timestamp watermark) {
    times_[size_] = t;
    watermarks_[size_] = watermark;
    if (++size_ == default_batch_size) send();
  }

  std::vector<Pane> rows_ = std::vector<Pane>(default_batch_size);
  std::vector<timestamp> times_ = std::vector<timestamp>(default_batch_size);
  std::vector<timestamp> watermarks_ = std::vector<timestamp>(default_batch_size);
  std::size_t size_ = 0;
  std::uint32_t batch_number_ = 1;
  outlet<Pane> panes_;
  node_counters& counters_;
};

}  // namespace oriel

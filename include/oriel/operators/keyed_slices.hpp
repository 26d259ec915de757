// SPDX-License-Identifier: Apache-2.0
// oriel/operators/keyed_slices.hpp - what windows over slices remember: keys, and partials by slice and key.
//
// Keys come and go. When ids outnumber the keys that still have state by more than
// two to one, the dictionary is rebuilt, at a point that depends on the events and
// their watermarks alone; so the order of emission (by first appearance) does too.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <oriel/core/batch.hpp>
#include <oriel/state/key_dictionary.hpp>
#include <oriel/window/slice_store.hpp>

namespace oriel {

/// Keys as dense ids, and a slice store whose columns they index.
template <typename In, typename KeyOf, aggregate Aggregate>
class keyed_slices {
 public:
  using key_type = typename KeyOf::key_type;

  keyed_slices(KeyOf key_of, Aggregate aggregate) : store(std::move(aggregate)), key_of_(std::move(key_of)) {}

  /// Looks up the keys of a batch. Requires: the rows live until `end_batch`.
  void begin_batch(std::span<const In> rows) {
    rows_ = rows;
    look_up(0);
  }
  void end_batch() {
    seen_ = keys_.size();
    rows_ = {};
  }

  /// The key ids of the batch.
  std::span<const std::uint32_t> ids() const noexcept { return {ids_.data(), ids_.size()}; }
  std::size_t id_limit() const noexcept { return keys_.size(); }
  const key_type& operator[](std::uint32_t id) const { return keys_[id]; }

  /// Frees the slices that start before `t`, `applied` rows into the batch. When that leaves too many ids unused, keys
  /// get new ids, and `on_rename(renamed)` hears the new id of each old one.
  template <typename F>
  void drop_before(timestamp t, std::size_t applied, F&& on_rename) {
    const auto dropped = store.within({beginning_of_time, t});
    if (!dropped.empty()) last_keys_ = dropped.back()->key_count();
    store.drop_before(t);

    for (std::size_t i = 0; i < std::min(applied, rows_.size()); ++i) {
      seen_ = std::max<std::size_t>(seen_, std::size_t{ids_[i]} + 1);
    }
    if (!keys_.outnumber(seen_, 0)) return;
    std::size_t wanted = last_keys_;  // the next window will see most of them again
    for (const auto& s : store.slices()) wanted += s->key_count();
    if (!keys_.outnumber(seen_, wanted)) return;

    std::vector<std::uint8_t> used(keys_.size(), 0);
    for (const auto& s : store.slices()) {
      s->for_each([&](std::uint32_t id, const auto&) { used[id] = 1; });
    }
    key_dictionary<key_type> fresh;
    std::vector<std::uint32_t> renamed(keys_.size(), 0);
    for (std::uint32_t id = 0; id < used.size(); ++id) {
      if (used[id]) renamed[id] = fresh.intern(keys_[id]);
    }
    store.rename(renamed);
    on_rename(std::span<const std::uint32_t>(renamed));
    keys_ = std::move(fresh);
    seen_ = keys_.size();
    if (applied < rows_.size()) look_up(applied);
  }

  std::size_t bytes() const noexcept { return keys_.bytes() + store.bytes(); }

  slice_store<Aggregate> store;

 private:
  void look_up(std::size_t first) {
    ids_.resize(rows_.size());
    keys_.intern(std::span(ids_).subspan(first), [&](std::size_t i) { return key_of_(rows_[first + i]); });
  }

  KeyOf key_of_;
  key_dictionary<key_type> keys_;
  std::size_t last_keys_ = 0;       // keys of the slice dropped last
  std::size_t seen_ = 0;            // ids given to events already applied
  std::span<const In> rows_;        // the present batch
  std::vector<std::uint32_t> ids_;  // its key ids
};

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/operators/deduplicate.hpp - of events with the same key, the first.
//
// Networks deliver twice. The first event of a key passes, and copies are dropped and
// counted for as long as the key is remembered: a time to live from the event time of
// the one that passed. Forgetting is judged event by event, like lateness, so it does
// not depend on how the stream was cut into batches.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <oriel/flow/node.hpp>
#include <oriel/state/key_dictionary.hpp>

namespace oriel {

/// Drops events whose key has been seen less than `ttl` of event time ago.
///
/// A key is forgotten when the watermark, or the event itself, is `ttl` past the event that passed.
/// Complexity: one look-up per event; rows that pass are not copied. Memory: 8 bytes and the key for each key of
/// the last `ttl`, a quarter more at most.
template <typename In, typename KeyOf>
class deduplicate final : public operator_node<In> {
 public:
  deduplicate(std::string name, KeyOf key_of, duration ttl)
      : operator_node<In>(std::move(name)), key_of_(std::move(key_of)), ttl_(ttl) {}

  outlet<In>& rows() noexcept { return rows_; }
  outlet<In>& duplicates() noexcept { return duplicates_; }
  std::string label() const override { return "deduplicate, ttl " + format_duration(ttl_); }
  std::size_t state_bytes() const override { return keys_.bytes() + passed_.capacity() * sizeof(passed_[0]); }

  void on_batch(const batch_view<In>& batch) override {
    ids_.resize(batch.size());
    keys_.intern(std::span(ids_), [&](std::size_t i) { return key_of_(batch.rows[i]); });
    std::size_t first = 0;  // of the rows that pass and are not sent yet
    std::size_t dropped = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (passes(ids_[i], batch.times[i], batch.watermarks[i])) continue;
      rows_.send(batch.subview(first, i - first));
      duplicates_.send(batch.subview(i, 1));
      first = i + 1;
      ++dropped;
    }
    rows_.send(batch.subview(first, batch.size() - first));
    this->counters_.in.add(batch.size());
    this->counters_.dropped.add(dropped);
    this->counters_.applied.add(batch.size() - dropped);
    this->counters_.out.add(batch.size() - dropped);
  }

  void on_watermark(timestamp w) override {
    if (w >= next_sweep_ && w != end_of_time) sweep(w);
    rows_.watermark(w);
    duplicates_.watermark(w);
  }
  void on_end() override {
    rows_.end();
    duplicates_.end();
  }

 private:
  bool passes(std::uint32_t id, timestamp time, timestamp watermark) {
    if (id >= passed_.size()) {
      passed_.push_back(time);  // ids are given in order of appearance
      return true;
    }
    if (saturating_add(passed_[id], ttl_) > std::max(time, watermark)) return false;
    passed_[id] = time;
    return true;
  }

  void sweep(timestamp w) {
    const duration step = std::max(ttl_ / 4, duration{1});
    next_sweep_ = saturating_add(floor_to(w, step), step);
    key_dictionary<typename KeyOf::key_type> fresh;
    std::vector<timestamp> live;
    for (std::uint32_t id = 0; id < passed_.size(); ++id) {
      if (saturating_add(passed_[id], ttl_) <= w) continue;
      fresh.intern(keys_[id]);
      live.push_back(passed_[id]);
    }
    keys_ = std::move(fresh);
    passed_ = std::move(live);
  }

  KeyOf key_of_;
  duration ttl_;
  key_dictionary<typename KeyOf::key_type> keys_;
  std::vector<timestamp> passed_;  // event time of the one that passed, by key id
  timestamp next_sweep_ = beginning_of_time + duration{1};
  std::vector<std::uint32_t> ids_;
  outlet<In> rows_{*this};
  outlet<In> duplicates_{*this, "duplicates"};
};

}  // namespace oriel

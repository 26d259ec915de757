// SPDX-License-Identifier: Apache-2.0
// oriel/operators/newest_row.hpp - of each key the newest row: an entity's present version.
//
// A feed that sends an order again whenever something about it changed, a table that is
// repeated line by line. The row with the greatest event time counts, among equals the
// one that came later; an older one is dropped and counted. What comes out is a changelog,
// so whatever was made of the former version is taken back when the next one comes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <oriel/core/change.hpp>
#include <oriel/core/owned.hpp>
#include <oriel/flow/node.hpp>
#include <oriel/state/key_dictionary.hpp>

namespace oriel {

/// The newest row of each key, as a changelog: insert, update(before, after), and erase when a key's time to live
/// is over.
///
/// An update whose event time has moved is told as an erase at the old time and an insert at the new one.
/// Complexity: one look-up per row. Memory: a row with its strings per key; with `ttl`, until the watermark is that far
/// past the row.
template <typename In, typename KeyOf>
class newest_row final : public operator_node<In> {
 public:
  using row_type = change<In>;

  newest_row(std::string name, KeyOf key_of, std::optional<duration> ttl)
      : operator_node<In>(std::move(name)), key_of_(std::move(key_of)), ttl_(ttl) {}

  outlet<row_type>& rows() noexcept { return rows_; }
  std::string label() const override { return "newest"; }
  std::size_t state_bytes() const override { return keys_.bytes() + newest_.capacity() * sizeof(newest_[0]); }

  void on_batch(const batch_view<In>& batch) override {
    ids_.resize(batch.size());
    keys_.intern(std::span(ids_), [&](std::size_t i) { return key_of_(batch.rows[i]); });
    newest_.reserve(keys_.size());
    std::uint64_t dropped = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      dropped += !apply(ids_[i], batch.rows[i], batch.times[i], batch.watermarks[i]);
    }
    this->counters_.in.add(batch.size());
    this->counters_.dropped.add(dropped);
    this->counters_.applied.add(batch.size() - dropped);
    send();
  }

  void on_watermark(timestamp w) override {
    if (ttl_ && w >= next_sweep_ && w != end_of_time) sweep(w);
    rows_.watermark(w);
  }
  void on_end() override { rows_.end(); }

 private:
  struct version {
    owned<In> row;
    timestamp time;
  };

  bool apply(std::uint32_t id, const In& row, timestamp time, timestamp watermark) {
    if (id == newest_.size()) {
      newest_.push_back({owned<In>(row), time});
      out_.push_back(row_type::insert(row), time, watermark);
      return true;
    }
    version& last = newest_[id];
    if (time < last.time) return false;
    if (time == last.time) {
      out_.push_back(row_type::update(*last.row, row), time, watermark);
    } else {
      out_.push_back(row_type::erase(*last.row), last.time, watermark);
      out_.push_back(row_type::insert(row), time, watermark);
    }
    replaced_.push_back(std::exchange(last.row, owned<In>(row)));
    last.time = time;
    return true;
  }

  void sweep(timestamp w) {
    const duration step = std::max(*ttl_ / 4, duration{1});
    next_sweep_ = saturating_add(floor_to(w, step), step);
    key_dictionary<typename KeyOf::key_type> fresh;
    std::vector<version> live;
    for (std::uint32_t id = 0; id < newest_.size(); ++id) {
      if (saturating_add(newest_[id].time, *ttl_) > w) {
        fresh.intern(keys_[id]);
        live.push_back(std::move(newest_[id]));
      } else {
        out_.push_back(row_type::erase(*newest_[id].row), newest_[id].time, w);
      }
    }
    send();
    keys_ = std::move(fresh);
    newest_ = std::move(live);
  }

  void send() {
    this->counters_.out.add(out_.size());
    rows_.send(out_);
    out_.clear();
    replaced_.clear();
  }

  KeyOf key_of_;
  std::optional<duration> ttl_;
  key_dictionary<typename KeyOf::key_type> keys_;
  std::vector<version> newest_;  // by key id
  timestamp next_sweep_ = beginning_of_time + duration{1};
  std::vector<std::uint32_t> ids_;
  std::vector<owned<In>> replaced_;  // by the present batch: what is about to be sent views their strings
  batch<row_type> out_;
  outlet<row_type> rows_{*this};
};

}  // namespace oriel

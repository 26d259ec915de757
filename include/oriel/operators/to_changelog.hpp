// SPDX-License-Identifier: Apache-2.0
// oriel/operators/to_changelog.hpp - from "this is the row now" to "this was the row, and now it is that".
//
// Panes and keyed rows replace what was sent before under the same key. Whoever adds
// them up must know what to take back, so the last row of each key is remembered here
// and goes along: insert(after), update(before, after), erase(before); change_writer.hpp
// says when which. Behind a running aggregate there is no need for this operator: that
// one knows its keys and tells the changes itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <oriel/core/cache_line.hpp>
#include <oriel/core/interval.hpp>
#include <oriel/flow/node.hpp>
#include <oriel/operators/change_writer.hpp>
#include <oriel/state/key_dictionary.hpp>

namespace oriel {

/// Turns a stream that replaces rows by key into a changelog.
///
/// Complexity: one look-up per row. Memory: the last row of every key; of panes, until the watermark has passed
/// the end of their window by `kept_for`, the window's allowed lateness.
template <typename In>
class to_changelog final : public operator_node<In> {
  static_assert(stream_kind_of<In> == stream_kind::upsert, "to_changelog: rows that never change need no changelog");
  static constexpr bool windowed = requires(const In& row) { row.window; };

 public:
  using row_type = change<In>;

  explicit to_changelog(std::string name, duration kept_for = duration{0})
      : operator_node<In>(std::move(name)), kept_for_(kept_for) {}

  outlet<row_type>& rows() noexcept { return rows_; }
  std::string label() const override { return "changelog"; }
  std::size_t state_bytes() const override {
    std::size_t n = 0;
    for (const auto& [window, kept] : kept_) n += kept.keys.bytes() + kept.rows.capacity() * sizeof(kept.rows[0]);
    return n;
  }

  void on_batch(const batch_view<In>& batch) override {
    if constexpr (windowed) {
      for (std::size_t i = 0; i < batch.size(); ++i) {
        rows_by_key& kept = kept_[batch.rows[i].window];
        apply(last_of(kept, kept.keys.intern(batch.rows[i].key)), kept, batch, i);
      }
    } else {
      rows_by_key& kept = kept_[interval{}];
      ids_.resize(batch.size());
      kept.keys.intern(ids_, [&](std::size_t i) { return batch.rows[i].key; });
      for (std::size_t i = 0; i < batch.size(); ++i) {
        if (i + ahead < ids_.size() && ids_[i + ahead] < kept.rows.size()) {
          detail::prefetch_lines(kept.rows[ids_[i + ahead]]);
        }
        apply(last_of(kept, ids_[i]), kept, batch, i);
      }
    }
    this->counters_.in.add(batch.size());
    this->counters_.applied.add(batch.size());
    changes_.send(rows_, this->counters_.out);
    if constexpr (!windowed) forget_erased();
  }

  void on_watermark(timestamp w) override {
    if constexpr (windowed) {
      while (!kept_.empty() && saturating_add(kept_.begin()->first.end, kept_for_) < w) kept_.erase(kept_.begin());
    }
    rows_.watermark(w);
  }
  void on_end() override { rows_.end(); }

 private:
  using last_row = typename change_writer<In>::last_row;
  struct rows_by_key {
    key_dictionary<typename In::key_type> keys;
    std::vector<last_row> rows;  // by key id
    std::size_t erased = 0;
  };
  struct ends_earlier {
    bool operator()(const interval& a, const interval& b) const {
      return a.end != b.end ? a.end < b.end : a.start < b.start;
    }
  };

  static last_row& last_of(rows_by_key& kept, std::uint32_t id) {
    while (kept.rows.size() <= id) kept.rows.emplace_back();
    return kept.rows[id];
  }

  void apply(last_row& last, rows_by_key& kept, const batch_view<In>& batch, std::size_t i) {
    const bool there = last.has_value();
    changes_.tell(last, batch.rows[i], batch.times[i], batch.watermarks[i]);
    if (there && !last) ++kept.erased;
  }

  void forget_erased() {
    for (auto& [window, kept] : kept_) {
      if (kept.erased * 2 <= kept.rows.size() + 4096) continue;
      rows_by_key fresh;
      for (auto& last : kept.rows) {
        if (!last) continue;
        fresh.keys.intern(last->row->key);
        fresh.rows.push_back(std::move(last));
      }
      kept = std::move(fresh);
    }
  }

  static constexpr std::size_t ahead = 12;  // rows whose last one is being fetched

  duration kept_for_;
  std::vector<std::uint32_t> ids_;
  std::map<interval, rows_by_key, ends_earlier> kept_;  // by window; rows without one are in one of their own
  change_writer<In> changes_;
  outlet<row_type> rows_{*this};
};

}  // namespace oriel

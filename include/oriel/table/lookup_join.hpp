// SPDX-License-Identifier: Apache-2.0
// oriel/table/lookup_join.hpp - each row with the row a table holds at that moment.
//
//   table    k: a ─────────── k: b ────>       written by this pipeline, another one, the host
//   rows        ──k──────────────k─────>       (k, a) (k, b)
//
// The table is the state; the join has none. "At that moment" is when the batch of the row is
// processed: the join asks nothing of event time, so what comes out depends on what had been
// written by then, and it is the table as it is, never as it was. `temporal_join` is the
// join that does not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/core/join_kind.hpp>
#include <oriel/core/joined.hpp>
#include <oriel/core/key.hpp>
#include <oriel/flow/node.hpp>
#include <oriel/table/table_lookup.hpp>

namespace oriel {

/// Joins rows with the rows of a table by its primary key: inner or left.
///
/// `LeftKey` makes a `std::optional` of the key, a tuple where it has several columns. Rows without a key have no
/// partner.
/// Complexity: one look-up in the table's index per row, a batch at a time. Memory: none but one batch.
template <typename L, typename R, typename LeftKey>
class lookup_join_node final : public operator_node<L> {
 public:
  using row_type = joined<L, R>;

  lookup_join_node(std::string name, LeftKey left_key, std::string table_name, table_lookup lookup, join_kind kind)
      : operator_node<L>(std::move(name)),
        left_key_(std::move(left_key)),
        table_name_(std::move(table_name)),
        lookup_(std::move(lookup)),
        kind_(kind) {}

  outlet<row_type>& rows() noexcept { return rows_; }
  std::string label() const override { return std::string(to_string(kind_)) + " join, table " + table_name_; }

  void on_batch(const batch_view<L>& batch) override {
    asked_.clear();
    lookup_.clear();  // of a batch whose keys could not all be read
    std::size_t with_key = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (const auto key = left_key_(batch.rows[i])) {
        ++with_key;
        if (!may_be_found(*key)) continue;
        push(*key);
        asked_.push_back(i);
      }
    }
    found_.assign(asked_.size(), 0);
    partners_.assign(asked_.size(), R{});
    lookup_.read(partners_.data(), sizeof(R), found_);
    send(batch);
    this->counters_.in.add(batch.size());
    this->counters_.dropped.add(batch.size() - with_key);
    this->counters_.applied.add(with_key);
  }
  void on_watermark(timestamp w) override { rows_.watermark(w); }
  void on_end() override { rows_.end(); }

 private:
  /// No row has a number above those of a LONG column, which would be negative there.
  template <typename Key>
  static bool may_be_found(const Key& key) {
    if constexpr (detail::is_tuple<Key>) {
      return std::apply([](const auto&... part) { return (may_be_found(part) && ...); }, key);
    } else if constexpr (std::is_enum_v<Key>) {
      return may_be_found(static_cast<std::underlying_type_t<Key>>(key));
    } else if constexpr (std::is_unsigned_v<Key> && sizeof(Key) == sizeof(std::int64_t)) {
      return std::in_range<std::int64_t>(key);
    } else {
      return true;
    }
  }
  template <typename Key>
  void push(const Key& key) {
    if constexpr (detail::is_tuple<Key>) {
      std::size_t part = 0;
      std::apply([&](const auto&... value) { (push_part(part++, value), ...); }, key);
    } else {
      push_part(0, key);
    }
  }
  template <typename Part>
  void push_part(std::size_t part, const Part& value) {
    if constexpr (std::is_enum_v<Part>) {
      lookup_.key(part).push_back(static_cast<std::int64_t>(value));
    } else {
      lookup_.key(part).push_back(value);
    }
  }

  void send(const batch_view<L>& batch) {
    std::size_t next = 0;  // of those asked for
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const bool asked = next < asked_.size() && asked_[next] == i;
      if (asked && found_[next] != 0) {
        out_.push_back({batch.rows[i], partners_[next]}, batch.times[i], batch.watermarks[i]);
      } else if (kind_ == join_kind::left) {
        out_.push_back({batch.rows[i], std::nullopt}, batch.times[i], batch.watermarks[i]);
      }
      next += asked;
    }
    this->counters_.out.add(out_.size());
    rows_.send(out_);
    out_.clear();
  }

  LeftKey left_key_;
  std::string table_name_;
  table_lookup lookup_;
  join_kind kind_;
  std::vector<std::size_t> asked_;   // positions of the rows that have a key
  std::vector<R> partners_;          // of those
  std::vector<std::uint8_t> found_;  // and whether there is one
  batch<row_type> out_;
  outlet<row_type> rows_{*this};
};

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/operators/change_writer.hpp - what a row replaces: an insert, an update, an erase or nothing.
//
// Whoever adds rows up must know what to take back, so the last row of each key goes along
// with the next. Whose it is, the operator knows (`to_changelog`, `keyed_aggregate`).
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include <oriel/core/change.hpp>
#include <oriel/core/owned.hpp>
#include <oriel/flow/node.hpp>

namespace oriel {

/// Makes a changelog of rows of type `In`, each of which replaces the last one of its key.
///
/// A row that says what the last one said is not told. The two sides of an update have the same event time: when it has
/// moved, an erase at the old time and an insert at the new one are told.
template <typename In>
class change_writer {
 public:
  using row_type = change<In>;

  struct told_row {
    owned<In> row;
    timestamp time;
  };
  using last_row = std::optional<told_row>;  ///< none: the key has no row

  /// Tells what has become of a key of which `last` was told.
  void tell(last_row& last, const In& row, timestamp time, timestamp watermark) {
    if (row.kind == change_kind::erase) {
      if (!last) return;
      out_.push_back(row_type::erase(*last->row), last->time, watermark);
      replace(last);
      last.reset();
      return;
    }
    const bool fresh = !last;
    if (fresh) {
      out_.push_back(row_type::insert(row), time, watermark);
    } else if (last->row->row == row.row) {
      return;
    } else if (last->time == time) {
      out_.push_back(row_type::update(*last->row, row), time, watermark);
    } else {
      out_.push_back(row_type::erase(*last->row), last->time, watermark);
      out_.push_back(row_type::insert(row), time, watermark);
    }
    if (!fresh) replace(last);
    last.emplace(told_row{owned<In>(row), time});
  }

  /// Sends what has been told since, and counts it.
  void send(const outlet<row_type>& to, counter& out) {
    out.add(out_.size());
    to.send(out_);
    out_.clear();
    replaced_.clear();
  }

 private:
  /// The row is no longer the last one, but what is about to be sent may still view its strings.
  void replace(last_row& last) { replaced_.push_back(std::move(last->row)); }

  std::vector<owned<In>> replaced_;  // since the last `send`
  batch<row_type> out_;
};

}  // namespace oriel

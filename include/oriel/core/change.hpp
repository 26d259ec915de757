// SPDX-License-Identifier: Apache-2.0
// oriel/core/change.hpp - what happened to one row.
//
// A changelog is a stream of these; replayed, it is the table. What a stream may
// carry follows from its element type and is known to the compiler: plain rows are
// only ever appended, panes replace their predecessor by key (window/pane.hpp),
// and changes take back what they said before.
#pragma once

#include <cstdint>
#include <ostream>
#include <utility>

namespace oriel {

/// What happened to a row.
enum class change_kind : std::uint8_t { insert, update, erase };

constexpr const char* to_string(change_kind kind) noexcept {
  switch (kind) {
    case change_kind::insert: return "insert";
    case change_kind::update: return "update";
    case change_kind::erase: return "erase";
  }
  return "?";
}

inline std::ostream& operator<<(std::ostream& out, change_kind kind) { return out << to_string(kind); }

/// One row's change: `before` has meaning for update and erase, `after` for insert and update.
template <typename Row>
struct change {
  using row_type = Row;

  change_kind kind = change_kind::insert;
  Row before{};
  Row after{};

  static change insert(Row after) { return {change_kind::insert, Row{}, std::move(after)}; }
  static change update(Row before, Row after) { return {change_kind::update, std::move(before), std::move(after)}; }
  static change erase(Row before) { return {change_kind::erase, std::move(before), Row{}}; }

  /// The row this change is about: what it became, or what it was when it is gone.
  const Row& row() const noexcept { return kind == change_kind::erase ? before : after; }

  friend bool operator==(const change&, const change&) = default;
};

/// What a stream may do to the rows it has already sent.
enum class stream_kind : std::uint8_t {
  append,   ///< nothing: every element is a new row
  upsert,   ///< replace the row of the same key
  retract,  ///< take it back, before and after given
};

/// The kind of a stream of `T`, which follows from `T`.
template <typename T>
inline constexpr stream_kind stream_kind_of = stream_kind::append;
template <typename Row>
inline constexpr stream_kind stream_kind_of<change<Row>> = stream_kind::retract;

}  // namespace oriel

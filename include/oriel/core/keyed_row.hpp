// SPDX-License-Identifier: Apache-2.0
// oriel/core/keyed_row.hpp - a row known by its key: the newest one counts.
#pragma once

#include <oriel/core/change.hpp>

namespace oriel {

/// The present row of a key, or (`erase`) that the key has none any more.
template <typename Key, typename Row>
struct keyed_row {
  using key_type = Key;
  using row_type = Row;

  Key key{};
  change_kind kind = change_kind::insert;
  Row row{};

  friend bool operator==(const keyed_row&, const keyed_row&) = default;
};

template <typename Key, typename Row>
inline constexpr stream_kind stream_kind_of<keyed_row<Key, Row>> = stream_kind::upsert;

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/window/pane.hpp - one emission of a window.
//
// In the literature of stream slicing "pane" means a piece shared by windows; that
// is a *slice* here. A pane is what comes out: for one key and one window, a row of
// results, when it was emitted relative to the watermark, and the how-manieth it is.
#pragma once

#include <cstdint>
#include <ostream>

#include <oriel/core/change.hpp>
#include <oriel/core/interval.hpp>

namespace oriel {

/// When a pane was emitted.
enum class pane_timing : std::uint8_t {
  early,    ///< before the window was complete: a partial result
  on_time,  ///< when the watermark reached the window's end
  late,     ///< afterwards, corrected by late events within the allowance
};

constexpr const char* to_string(pane_timing timing) noexcept {
  switch (timing) {
    case pane_timing::early: return "early";
    case pane_timing::on_time: return "on_time";
    case pane_timing::late: return "late";
  }
  return "?";
}

inline std::ostream& operator<<(std::ostream& out, pane_timing timing) { return out << to_string(timing); }

/// What a pane says of the events of its window.
enum class pane_mode : std::uint8_t {
  accumulating,  ///< all of them so far; it replaces the pane before
  discarding,    ///< those since the pane before; a window's panes are added up by whoever receives them
};

/// One result of one key and window. A later pane of the same key and window replaces it, unless the mode is
/// `discarding`; a pane of kind `erase` takes it away (a session that turned out to be part of another).
template <typename Key, typename Row, pane_mode Mode = pane_mode::accumulating>
struct pane {
  using key_type = Key;
  using row_type = Row;
  static constexpr pane_mode mode = Mode;

  Key key{};
  interval window{};
  change_kind kind = change_kind::insert;
  pane_timing timing = pane_timing::on_time;
  std::uint32_t index = 0;  ///< 0 for the first pane of this key and window
  Row row{};

  friend bool operator==(const pane&, const pane&) = default;
};

template <typename Key, typename Row, pane_mode Mode>
inline constexpr stream_kind stream_kind_of<pane<Key, Row, Mode>> =
    Mode == pane_mode::accumulating ? stream_kind::upsert : stream_kind::append;

}  // namespace oriel

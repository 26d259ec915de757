// SPDX-License-Identifier: Apache-2.0
// oriel/core/join_kind.hpp - which rows a join speaks of: one word for streams, tables and SQL.
#pragma once

#include <cstdint>

namespace oriel {

/// Which rows a join speaks of.
enum class join_kind : std::uint8_t {
  inner,  ///< pairs
  left,   ///< pairs, and left rows without a partner
  right,  ///< pairs, and right rows without a partner
  full,   ///< pairs, and rows of both sides without a partner
  semi,   ///< left rows with a partner, once each (streams)
  anti,   ///< left rows without a partner (streams)
};

constexpr const char* to_string(join_kind kind) noexcept {
  switch (kind) {
    case join_kind::inner: return "inner";
    case join_kind::left: return "left";
    case join_kind::right: return "right";
    case join_kind::full: return "full";
    case join_kind::semi: return "semi";
    case join_kind::anti: return "anti";
  }
  return "?";
}

}  // namespace oriel

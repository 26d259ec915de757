// SPDX-License-Identifier: Apache-2.0
// oriel/core/joined.hpp - what a join makes of two rows.
#pragma once

#include <optional>

namespace oriel {

/// A pair, or a row without a partner.
template <typename L, typename R>
struct joined {
  std::optional<L> left{};
  std::optional<R> right{};

  friend bool operator==(const joined&, const joined&) = default;
};

}  // namespace oriel

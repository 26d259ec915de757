// SPDX-License-Identifier: Apache-2.0
// src/query/like_pattern.hpp - LIKE: % is any run of characters, _ is one, \ makes the next one ordinary.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace oriel::detail {

/// Complexity: O(text x pattern) at worst, O(text) without %.
class like_pattern {
 public:
  explicit like_pattern(std::string_view pattern);
  bool matches(std::string_view text) const noexcept;

 private:
  struct part {
    char byte;
    bool any_run;
    bool any_one;
  };
  std::vector<part> parts_;
};

}  // namespace oriel::detail

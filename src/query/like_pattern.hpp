// SPDX-License-Identifier: Apache-2.0
// src/query/like_pattern.hpp - LIKE: % is any run of characters, _ is one, \ makes the next one ordinary.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace oriel::detail {

/// A pattern without _ is texts that must be found one behind the other, the first at the beginning and the
/// last at the end; others are matched by trying again behind the last %.
///
/// Complexity: O(text x pattern) at worst, O(text) as a rule.
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
  bool matches_texts(std::string_view text) const noexcept;

  std::vector<part> parts_;
  bool only_texts_ = true;
  std::vector<std::string> texts_;  // between the %
};

}  // namespace oriel::detail

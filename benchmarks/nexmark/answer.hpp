// SPDX-License-Identifier: Apache-2.0
// benchmarks/nexmark/answer.hpp - where the queries tell their rows.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <tuple>
#include <vector>

#include <xxhash.h>

namespace nexmark {

/// All rows, to be compared.
struct answer {
  using cells = std::vector<std::int64_t>;

  void add(auto... cell) { ++rows[{static_cast<std::int64_t>(cell)...}]; }
  void put(const auto& key, auto... cell) {
    cells& row = std::apply([&](auto... part) -> cells& { return newest[{static_cast<std::int64_t>(part)...}]; }, key);
    row = {static_cast<std::int64_t>(cell)...};
  }
  static std::int64_t text(std::string_view t) { return static_cast<std::int64_t>(XXH3_64bits(t.data(), t.size())); }

  std::map<cells, std::int64_t> rows;  // how often each was told
  std::map<cells, cells> newest;       // by key

  friend bool operator==(const answer&, const answer&) = default;
};

/// Adds up what rows say, so that telling them costs next to nothing.
struct tally {
  void add(auto... cell) { total += (1 + ... + mix(static_cast<std::uint64_t>(cell))); }
  void put(const auto&, auto... cell) { add(cell...); }
  static std::int64_t text(std::string_view t) { return static_cast<std::int64_t>(t.size()); }
  static std::uint64_t mix(std::uint64_t cell) { return (cell ^ cell >> 32) * 0x9e3779b97f4a7c15u; }

  std::uint64_t total = 0;
};

}  // namespace nexmark

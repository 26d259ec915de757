// SPDX-License-Identifier: Apache-2.0
// tests/apps/table_rows.hpp - what an application's tables hold, against what they must.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "apps/program.hpp"

namespace apps_test {

/// A query, and the CSV rows it must be answered with, in any order. The first columns must be a unique key.
struct expected_rows {
  std::string sql;
  std::vector<std::string> rows;
};

/// Runs the application with each query and compares cell by cell, fractions with a relative 1e-9.
/// Gives what the run wrote on standard error.
std::string check_tables(const std::string& app, std::vector<std::string> arguments,
                         const std::vector<expected_rows>& tables);

/// Lines of JSON in order of arrival, some of them blank or malformed.
struct spoiled_lines {
  std::string text;
  std::uint64_t malformed = 0;
};
spoiled_lines spoil(const std::vector<std::string>& lines, std::mt19937_64& random);

/// The largest multiple of `step` that is not above `t`.
std::int64_t floor_to(std::int64_t t, std::int64_t step);

/// The shortest text that reads back equal.
std::string number(double value);

template <typename T>
T pick(std::mt19937_64& random, std::initializer_list<T> values) {
  return values.begin()[random() % values.size()];
}
inline bool chance(std::mt19937_64& random, unsigned percent) { return random() % 100 < percent; }
inline std::int64_t up_to(std::mt19937_64& random, std::int64_t most) {
  return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most + 1));
}

}  // namespace apps_test

// SPDX-License-Identifier: Apache-2.0
#include "apps/table_rows.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>

namespace apps_test {
namespace {

std::vector<std::string> cells(const std::string& row) {
  std::vector<std::string> out;
  std::istringstream in(row);
  for (std::string cell; std::getline(in, cell, ',');) out.push_back(cell);
  return out;
}

bool same_cell(const std::string& a, const std::string& b) {
  if (a == b) return true;
  if (a.find_first_of(".e") == a.npos && b.find_first_of(".e") == b.npos) return false;  // no fraction
  char* end_a = nullptr;
  char* end_b = nullptr;
  const double x = std::strtod(a.c_str(), &end_a), y = std::strtod(b.c_str(), &end_b);
  return !a.empty() && !b.empty() && *end_a == 0 && *end_b == 0 &&
         std::abs(x - y) <= 1e-9 * std::max(std::abs(x), std::abs(y));
}

bool same_row(const std::string& a, const std::string& b) {
  const auto left = cells(a), right = cells(b);
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), same_cell);
}

}  // namespace

std::string check_tables(const std::string& app, std::vector<std::string> arguments,
                         const std::vector<expected_rows>& tables) {
  arguments.push_back("--format=csv");
  for (const expected_rows& table : tables) arguments.insert(arguments.end(), {"--sql", table.sql});
  const outcome done = run(app, arguments);
  REQUIRE_MESSAGE(done.status == 0, done.err);
  std::istringstream in(done.out);
  for (const expected_rows& table : tables) {
    CAPTURE(table.sql);
    std::string line;
    REQUIRE(std::getline(in, line));  // the names of the columns
    std::vector<std::string> got, wanted = table.rows;
    while (std::getline(in, line) && !line.empty()) got.push_back(line);
    std::sort(got.begin(), got.end());
    std::sort(wanted.begin(), wanted.end());
    CHECK(got.size() == wanted.size());
    for (std::size_t i = 0; i < std::min(got.size(), wanted.size()); ++i) {
      if (same_row(got[i], wanted[i])) continue;
      CHECK(got[i] == wanted[i]);
      break;  // the others are likely to be shifted
    }
  }
  return done.err;
}

spoiled_lines spoil(const std::vector<std::string>& lines, std::mt19937_64& random) {
  spoiled_lines out;
  for (const std::string& line : lines) {
    if (chance(random, 2)) {
      out.text += pick(random, {"{bad", "[]", "{}", "{\"event_id\":1}", "\"x\""});
      out.text += '\n';
      ++out.malformed;
    }
    if (chance(random, 1)) out.text += '\n';
    out.text += line + '\n';
  }
  return out;
}

std::int64_t floor_to(std::int64_t t, std::int64_t step) { return t - ((t % step) + step) % step; }

std::string number(double value) { return fmt::format("{}", value); }

}  // namespace apps_test

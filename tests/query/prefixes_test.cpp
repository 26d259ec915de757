// SPDX-License-Identifier: Apache-2.0
// tests/query/prefixes_test.cpp - every beginning of every statement of the query files.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <oriel/core/error.hpp>
#include <oriel/query/parser.hpp>
#include <oriel/query/printer.hpp>

namespace {

/// The statements of the *.test files, on one line each.
std::vector<std::string> statements(bool pipelines_only) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator("tests/query")) {
    const bool wanted = entry.path().extension() == ".test" &&
                        (!pipelines_only || entry.path().filename() == "pipelines.test" ||
                         entry.path().filename() == "dashboards.test");
    if (!wanted) continue;
    std::ifstream file(entry.path());
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("query")) {
        inside = true;
        out.emplace_back();
      } else if (line == "----") {
        inside = false;
      } else if (inside) {
        out.back() += (out.back().empty() ? "" : "\n") + line;
      }
    }
  }
  return out;
}

}  // namespace

TEST_CASE("every beginning of a dashboard's query is a query or an error, never a crash") {
  std::size_t errors = 0;
  std::size_t parsed = 0;
  for (const std::string& text : statements(true)) {
    for (std::size_t length = 0; length < text.size(); ++length) {
      try {
        oriel::parse(text.substr(0, length));
        ++parsed;
      } catch (const oriel::error& e) {
        CHECK((length == 0 || e.position().has_value()));
        ++errors;
      }
    }
  }
  CHECK(errors > 2500);
  CHECK(parsed > 500);
}

TEST_CASE("every statement of the query files, printed and read again, is the same tree") {
  const auto all = statements(false);
  CHECK(all.size() > 200);
  for (const std::string& text : all) {
    CAPTURE(text);
    const oriel::statement once = oriel::parse(text);
    CHECK(oriel::parse(oriel::to_sql(once)) == once);
  }
}

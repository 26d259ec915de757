// SPDX-License-Identifier: Apache-2.0
// tests/query/files_test.cpp - the statements of tests/query/*.test and what they must answer.
//
// A file is blocks with an empty line between them, the first line of each saying what it is:
//
//     table NAME COLUMN TYPE, COLUMN TYPE?, ...     then a row per line, cells between bars
//     now 2025-10-04T15:00:00Z                      what the clock says from here on
//     query                                         then the statement, ----, the header and the rows
//     error KIND                                    then the statement, ----, and the whole message
//
// Lines that begin with # are comments. A cell is bare or in single quotes; null is null.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <oriel/core/clock.hpp>
#include <oriel/core/error.hpp>
#include <oriel/query/sql.hpp>

#include "query/query_fixture.hpp"

namespace {

using namespace query_fixture;

struct block {
  std::size_t line = 0;
  std::vector<std::string> lines;
};

std::vector<block> blocks_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<block> out;
  std::string line;
  bool open = false;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.starts_with("#")) continue;
    if (trimmed(line).empty()) {
      open = false;
      continue;
    }
    if (!open) out.push_back({number, {}});
    open = true;
    out.back().lines.push_back(line);
  }
  return out;
}

std::string joined(const std::vector<std::string>& lines, std::size_t first, std::size_t last) {
  std::string out;
  for (std::size_t i = first; i < last; ++i) out += (i > first ? "\n" : "") + lines[i];
  return out;
}

std::string normalised(const std::string& row) {
  std::string out;
  for (const std::string& cell : cells_of(row)) out += (out.empty() ? "" : " | ") + cell;
  return out;
}

class script {
 public:
  void run(const block& b) {
    const std::string& head = b.lines.front();
    if (head.starts_with("table ")) {
      const std::size_t name_end = head.find(' ', 6);
      make_table(tables_, head.substr(6, name_end - 6), head.substr(name_end + 1),
                 {b.lines.begin() + 1, b.lines.end()});
    } else if (head.starts_with("now ")) {
      clock_.set(oriel::parse_timestamp(head.substr(4)).value());
    } else if (head.starts_with("query")) {
      query(b);
    } else if (head.starts_with("error ")) {
      error(b, head.substr(6));
    } else {
      FAIL_CHECK("unknown block: " << head);
    }
  }

  std::size_t statements() const noexcept { return statements_; }

 private:
  std::size_t answer_at(const block& b) const {
    const auto bar = std::find(b.lines.begin(), b.lines.end(), "----");
    REQUIRE(bar != b.lines.end());
    return static_cast<std::size_t>(bar - b.lines.begin());
  }

  void query(const block& b) {
    ++statements_;
    const std::size_t bar = answer_at(b);
    const std::string text = joined(b.lines, 1, bar);
    CAPTURE(text);
    std::vector<std::string> found;
    try {
      found = lines_of(oriel::sql(tables_, text, {.clock = &clock_}));
    } catch (const oriel::error& e) {
      FAIL_CHECK(e.message());
      return;
    }
    for (std::size_t i = 0; i < std::max(found.size(), b.lines.size() - bar - 1); ++i) {
      const std::string wanted = bar + 1 + i < b.lines.size() ? normalised(b.lines[bar + 1 + i]) : "(no more rows)";
      CHECK(wanted == (i < found.size() ? found[i] : "(no more rows)"));
    }
  }

  void error(const block& b, const std::string& kind) {
    ++statements_;
    const std::size_t bar = answer_at(b);
    const std::string text = joined(b.lines, 1, bar);
    CAPTURE(text);
    try {
      oriel::sql(tables_, text, {.clock = &clock_});
      FAIL_CHECK("no error");
    } catch (const oriel::error& e) {
      CHECK(oriel::to_string(e.kind()) == kind);
      const std::string wanted = joined(b.lines, bar + 1, b.lines.size());
      // A message of one line stands for the first line only.
      const bool whole = wanted.find('\n') != wanted.npos;
      CHECK(wanted == (whole ? e.message() : e.message().substr(0, e.message().find('\n'))));
    }
  }

  oriel::catalog tables_;
  oriel::manual_clock clock_;
  std::size_t statements_ = 0;
};

}  // namespace

TEST_CASE("every statement of the query files gives the answer beside it") {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator("tests/query")) {
    if (entry.path().extension() == ".test") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() >= 5);
  for (const std::filesystem::path& file : files) {
    script s;
    for (const block& b : blocks_of(file)) {
      INFO(file.filename().string() << ":" << b.line);
      s.run(b);
    }
    CHECK(s.statements() > 0);
  }
}

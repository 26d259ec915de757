// SPDX-License-Identifier: Apache-2.0
// tests/apps/generated_input_test.cpp - made-up events: the same seed, the same bytes, and the same tables from a file.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "apps/program.hpp"

using namespace apps_test;

namespace {

const std::vector<std::string> everything{"--now", "1759590000000",           "--format", "json",
                                          "--sql", "SELECT * FROM rawEvents", "--sql",    "SELECT * FROM orgActionAgg"};

outcome ask(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), everything.begin(), everything.end());
  return run("org_actions", arguments);
}

}  // namespace

TEST_CASE("written out and read back, made-up events give the same tables") {
  const scratch_folder scratch;
  const outcome written =
      run("org_actions", {"--generate", "5000", "--seed=7", "--write-input", scratch.path("new/folder")});
  REQUIRE(written.status == 0);
  CHECK(written.out.empty());
  CHECK(written.err.empty());

  const outcome direct = ask({"--generate", "5000", "--seed", "7"});
  REQUIRE(direct.status == 0);
  CHECK(sorted_lines(direct.out).size() > 5000);
  for (const char* workers : {"1", "2", "4"}) {
    CAPTURE(workers);
    const outcome read = ask({"--input", "events=" + scratch.path("new/folder/events.jsonl"), "--workers", workers});
    CHECK(read.status == 0);
    CHECK((read.out == direct.out));
  }
}

TEST_CASE("the same seed makes the same events, and another seed others") {
  const scratch_folder scratch;
  const auto write = [&](const std::string& seed, const std::string& folder) {
    const std::vector<std::string> arguments{"--generate=2000", "--seed", seed, "--write-input", scratch.path(folder)};
    REQUIRE(run("org_actions", arguments).status == 0);
    return read_file(scratch.path(folder) + "/events.jsonl");
  };
  const std::string first = write("1", "a");
  CHECK((write("1", "b") == first));
  CHECK((write("2", "c") != first));
  CHECK((ask({"--generate=2000"}).out == ask({"--generate=2000", "--seed=1"}).out));
}

TEST_CASE("two runs print the same bytes") {
  const outcome first = run("org_actions", {"--generate", "3000"});
  const outcome second = run("org_actions", {"--generate", "3000"});
  REQUIRE(first.status == 0);
  CHECK(first.err.empty());
  CHECK((first.out == second.out));
}

TEST_CASE("made-up events are mostly in order, and some are late") {
  const std::string query = "SELECT COUNT(DISTINCT org) AS o, COUNT(DISTINCT action) AS a FROM rawEvents";
  const outcome done = run("org_actions", {"--generate", "20000", "--stats", "--format", "csv", "--sql", query});
  CHECK(done.out == "o,a\n3,3\n");
  CHECK(done.err.find("\"in\":20000,\"malformed\":0") != done.err.npos);
  CHECK(done.err.find("\"late\":0") == done.err.npos);
}

TEST_CASE("no events at all are a report without rows") {
  const outcome done = run("org_actions", {"--generate", "0"});
  CHECK(done.status == 0);
  CHECK(done.out.find("(0 rows)") != done.out.npos);
}

TEST_CASE("the report is in the format asked for") {
  const outcome table = run("org_actions", {"--generate", "2000"});
  CHECK(table.status == 0);
  CHECK(table.out.find("Last hour by org and action\n\norg ") != table.out.npos);
  const outcome json = run("org_actions", {"--generate", "2000", "--format", "json"});
  CHECK(json.status == 0);
  CHECK(json.out.starts_with("{\"org\":\"acme\","));
  const outcome csv = run("org_actions", {"--generate", "2000", "--format", "csv"});
  CHECK(csv.status == 0);
  CHECK(csv.out.starts_with("org,action,cnt,sum_value,avg_value\n"));
}

TEST_CASE("a folder that cannot be made is an error") {
  const scratch_folder scratch;
  scratch.file("file", "");
  const outcome done = run("org_actions", {"--write-input", scratch.path("file/below")});
  CHECK(done.status == 1);
  CHECK(done.err.find(scratch.path("file/below")) != done.err.npos);
}

// SPDX-License-Identifier: Apache-2.0
// tests/apps/org_actions_test.cpp - org_actions against its model, through the command line.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "apps/org_actions_model.hpp"
#include "apps/program.hpp"

using namespace apps_test;

namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::int64_t newest(const std::vector<org_event>& events) {
  const auto earlier = [](const org_event& a, const org_event& b) { return a.ts < b.ts; };
  return events.empty() ? 0 : std::max_element(events.begin(), events.end(), earlier)->ts;
}

/// Runs the application on an input and holds everything it says against the model.
void check(const input_file& in, const std::string& source, const std::vector<std::string>& more = {},
           std::string_view standard_input = {}) {
  const scratch_folder scratch;
  const std::int64_t now = newest(in.events) + 60'000;
  const org_model model(in.events, now);
  std::vector<std::string> arguments{"--input", "events=" + source, "--format=json", "--now", std::to_string(now)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto ask = [&](std::vector<std::string> last) {
    last.insert(last.begin(), arguments.begin(), arguments.end());
    return run("org_actions", last, standard_input);
  };

  const std::string dead_letters = scratch.path("dead.jsonl");
  const outcome raw = ask({"--sql", "SELECT * FROM rawEvents", "--stats", "--dead-letters", dead_letters});
  REQUIRE(raw.status == 0);
  CHECK(joined(sorted_lines(raw.out)) == joined(model.raw_rows()));
  CHECK(raw.err.starts_with(fmt::format(
      "{{\"streams\":{{\"events\":{{\"in\":{},\"malformed\":{}}}}},\"late\":{},\"duplicates\":0,"
      "\"tables\":{{\"rawEvents\":{},\"orgActionAgg\":{}}},\"seconds\":",
      in.events.size() + in.malformed_lines.size(), in.malformed_lines.size(), model.late(), in.events.size(),
      model.windows())));
  CHECK(raw.err.ends_with("}\n"));

  std::istringstream dead(read_file(dead_letters));
  for (const std::uint64_t number : in.malformed_lines) {
    std::string letter;
    REQUIRE(std::getline(dead, letter));
    CHECK(letter.starts_with(fmt::format("{{\"stream\":\"events\",\"line\":{},\"reason\":\"", number)));
    CHECK(letter.ends_with("\"}"));
  }
  CHECK(dead.peek() == std::istringstream::traits_type::eof());

  const outcome windows = ask({"--sql", "SELECT * FROM orgActionAgg"});
  REQUIRE(windows.status == 0);
  CHECK(windows.err.empty());
  CHECK(joined(sorted_lines(windows.out)) == joined(model.window_rows()));

  const outcome dashboard = ask({"--sql", org_model::by_org_and_action_sql, "--sql", org_model::last_ten_minutes_sql,
                                 "--sql", org_model::newest_windows_sql, "--sql", org_model::per_minute_sql});
  REQUIRE(dashboard.status == 0);
  CHECK(dashboard.out == model.by_org_and_action() + "\n" + model.last_ten_minutes() + "\n" + model.newest_windows() +
                             "\n" + model.per_minute());
}

}  // namespace

TEST_CASE("org_actions holds exactly the rows of its model, whatever the input") {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const scratch_folder scratch;
    input_options options;
    if (seed == 2) options.start = -3'600'000;  // through 1970
    if (seed == 3) options.start = -2'000'000'000'123;
    const input_file in = make_input(random, options);
    check(in, scratch.file("in.jsonl", in.text));
  }
}

TEST_CASE("org_actions gives the same answers with any number of workers") {
  std::mt19937_64 random(20);
  const scratch_folder scratch;
  const input_file in = make_input(random, {.lines = 12'000});  // several blocks of input
  const std::string path = scratch.file("in.jsonl", in.text);
  for (const char* workers : {"2", "4", "32"}) {
    CAPTURE(workers);
    check(in, path, {"--workers", workers});
  }
}

TEST_CASE("org_actions reads standard input") {
  std::mt19937_64 random(30);
  const input_file in = make_input(random);
  check(in, "-", {}, in.text);
  check(in, "-", {"--workers=3"}, in.text);
}

TEST_CASE("org_actions reads the same events from reordered keys, escapes and other forms of time") {
  std::mt19937_64 random(40);
  const input_file plain = make_input(random, {.lines = 300, .plain = true});
  for (int round = 0; round < 5; ++round) {
    const scratch_folder scratch;
    input_file again{{}, plain.events, {}};
    for (const org_event& e : plain.events) again.text += write_event(e, random) + "\n";
    check(again, scratch.file("in.jsonl", again.text));
  }
}

TEST_CASE("org_actions takes an input without events for an empty one") {
  const scratch_folder scratch;
  for (const char* text : {"", "\n", "\n\n\n", "\r\n \r\n\t\n", "   ", "\xEF\xBB\xBF"}) {
    CAPTURE(text);
    check({text, {}, {}}, scratch.file("in.jsonl", text));
  }
  check({"", {}, {}}, "/dev/null");
  check({"{\n", {}, {1}}, scratch.file("in.jsonl", "{\n"));
  check({"\n\n[]", {}, {3}}, scratch.file("in.jsonl", "\n\n[]"));
}

TEST_CASE("an event exactly ten seconds behind is in its window, and one millisecond more is late") {
  std::mt19937_64 random(50);
  const auto event = [](std::int64_t ts) { return org_event{"e", "acme", "u-1", "view", "d", "c", 1, ts}; };
  input_file in;
  // The window [0, 300 s) is complete when the watermark is 300 s: after an event at 310 s.
  in.events = {event(1'000), event(309'999), event(299'999), event(310'000), event(299'999), event(300'000), event(0)};
  for (const org_event& e : in.events) in.text += write_event(e, random, true) + "\n";
  const org_model model(in.events, 0);
  CHECK(model.late() == 2);
  const scratch_folder scratch;
  check(in, scratch.file("in.jsonl", in.text));
}

TEST_CASE("a dead letter keeps the text of its line") {
  const scratch_folder scratch;
  const std::string path = scratch.file("in.jsonl", "\n{\"event_id\": 5}\r\n\"x");
  const outcome done = run("org_actions", {"--input", "events=" + path, "--dead-letters", scratch.path("dead.jsonl")});
  CHECK(done.status == 0);
  const std::string letters = read_file(scratch.path("dead.jsonl"));
  CHECK(letters.find("\"line\":2,") != letters.npos);
  CHECK(letters.find(",\"text\":\"{\\\"event_id\\\": 5}\"}\n") != letters.npos);
  CHECK(letters.find(",\"text\":\"\\\"x\"}\n") != letters.npos);
}

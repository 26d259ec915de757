// SPDX-License-Identifier: Apache-2.0
// tests/apps/command_line_test.cpp - what the command line takes, refuses and says.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "apps/program.hpp"
#include "common/command_line.hpp"

using namespace apps_test;

namespace {

using words = std::vector<std::string>;

apps::command_line parse(const words& arguments, const words& streams = {"clicks", "views"}) {
  return apps::parse_command_line(arguments, streams);
}

/// The message about a wrong command line, or nothing when it is right.
std::string complaint(const words& arguments, const words& streams = {"clicks", "views"}) {
  try {
    static_cast<void>(parse(arguments, streams));
  } catch (const apps::usage_error& e) {
    return e.what();
  }
  return {};
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("a value follows its option or an equals sign") {
  for (const words& arguments : {words{"--seed", "5", "--generate", "7", "--sql", "a", "--sql", "b=c"},
                                 words{"--seed=5", "--generate=7", "--sql=a", "--sql=b=c"}}) {
    const apps::command_line chosen = parse(arguments);
    CHECK(chosen.seed == 5);
    CHECK(chosen.events == 7);
    CHECK(chosen.queries == words{"a", "b=c"});
  }
  const apps::command_line chosen = parse({"--input", "views=a=b", "--input=clicks=-", "--format", "csv", "--now", "-5",
                                           "--workers", "3", "--stats"});
  REQUIRE(chosen.inputs.size() == 2);
  CHECK(chosen.inputs[0].path == "a=b");
  CHECK(chosen.inputs[1].path == "-");
  CHECK(chosen.format == apps::output_format::csv);
  CHECK(chosen.now == oriel::at_ms(-5));
  CHECK(chosen.workers == 3);
  CHECK(chosen.stats);
}

TEST_CASE("a query may begin with a comment, but not be the next option") {
  CHECK(parse({"--sql", "--all\nSELECT 1"}).queries == words{"--all\nSELECT 1"});
  CHECK(contains(complaint({"--sql", "--stats"}), "--sql needs a value"));
  CHECK(contains(complaint({"--sql", "--format=json"}), "--sql needs a value"));
  CHECK(contains(complaint({"--stats", "--sql"}), "--sql needs a value"));
}

TEST_CASE("an option nobody knows is answered with those there are") {
  const std::string message = complaint({"--inptu", "views=x"});
  CHECK(contains(message, "'--inptu'; did you mean '--input'?"));
  for (const char* name : {"--generate", "--seed", "--write-input", "--sql", "--format", "--now", "--dead-letters",
                           "--workers", "--stats", "--help", "--version"}) {
    CHECK(contains(message, name));
  }
  CHECK(contains(complaint({"-x"}), "unknown option '-x'"));
  CHECK(contains(complaint({"-"}), "unknown option '-'"));
  CHECK(contains(complaint({""}), "'' is no option"));
  CHECK(contains(complaint({"data.jsonl"}), "--input clicks=data.jsonl"));
  CHECK(contains(complaint({"--stats=yes"}), "--stats takes no value"));
}

TEST_CASE("a stream nobody knows is answered with those there are") {
  CHECK(contains(complaint({"--input", "veiws=x"}), "'veiws'; did you mean 'views'?"));
  CHECK(contains(complaint({"--input", "veiws=x"}), "the streams are clicks and views"));
  CHECK(contains(complaint({"--input", "zzz=x"}, {"events"}), "the stream is events"));
  CHECK(contains(complaint({"--input", "views"}), "STREAM=PATH"));
  CHECK(contains(complaint({"--input", "=x"}), "STREAM=PATH"));
  CHECK(contains(complaint({"--input", "views="}), "STREAM=PATH"));
  CHECK(contains(complaint({"--input="}), "STREAM=PATH"));
}

TEST_CASE("all streams are needed when one is given") {
  CHECK(contains(complaint({"--input", "views=x"}), "missing for clicks"));
  CHECK(contains(complaint({"--input", "b=x"}, {"a", "b", "c", "d"}), "missing for a, c and d"));
  CHECK(complaint({"--input", "views=x", "--input", "clicks=y"}).empty());
  CHECK(contains(complaint({"--input", "views=x", "--input", "views=y"}), "given twice"));
  CHECK(contains(complaint({"--input", "views=-", "--input", "clicks=-"}), "one stream only"));
}

TEST_CASE("made-up events and files exclude each other") {
  const words files{"--input", "views=x", "--input", "clicks=y"};
  const auto with = [&](words more) {
    more.insert(more.end(), files.begin(), files.end());
    return complaint(more);
  };
  CHECK(with({}).empty());
  CHECK(contains(with({"--generate", "5"}), "--generate is for made-up events"));
  CHECK(contains(with({"--seed", "5"}), "--seed is for made-up events"));
  CHECK(contains(with({"--write-input", "x"}), "--write-input is for made-up events"));
}

TEST_CASE("numbers are whole and in their range") {
  for (const char* text : {"", "x", "1x", "1.5", "-1", "+1", " 1", "1e3", "18446744073709551616"}) {
    CAPTURE(text);
    CHECK(contains(complaint({"--generate", text}), "--generate takes a whole number"));
    CHECK(contains(complaint({"--seed", text}), "--seed takes a whole number"));
    CHECK(contains(complaint({"--workers", text}), "--workers takes a whole number from 1 to 256"));
  }
  CHECK(contains(complaint({"--workers", "0"}), "not '0'"));
  CHECK(contains(complaint({"--workers", "257"}), "not '257'"));
  CHECK(contains(complaint({"--now", "now"}), "--now takes a whole number"));
  CHECK(contains(complaint({"--now", "9223372036854775807"}), "--now takes a whole number"));
  CHECK(parse({"--seed", "18446744073709551615"}).seed == 18446744073709551615u);
}

TEST_CASE("other values that make no sense are refused") {
  CHECK(contains(complaint({"--format", "jsn"}), "table, json or csv, not 'jsn'; did you mean 'json'?"));
  CHECK(contains(complaint({"--format="}), "table, json or csv"));
  CHECK(contains(complaint({"--dead-letters", "-"}), "standard output is for results"));
  CHECK(contains(complaint({"--dead-letters="}), "path of a file"));
  CHECK(contains(complaint({"--write-input="}), "path of a folder"));
}

TEST_CASE("after --help nothing else counts") {
  CHECK(parse({"--help", "--nonsense"}).help);
  CHECK(parse({"--input", "views=x", "--version", "5"}).version);
}

TEST_CASE("wrong usage ends with 2, says so on standard error, and prints nothing else") {
  for (const words& arguments : {words{"--inptu"}, words{"--input", "clicks=x"}, words{"--workers=0"}, words{"file"}}) {
    const outcome done = run("org_actions", arguments);
    CHECK(done.status == 2);
    CHECK(done.out.empty());
    CHECK(done.err.starts_with("org_actions: "));
    CHECK(contains(done.err, "org_actions --help"));
  }
}

TEST_CASE("help and version go to standard output") {
  const outcome help = run("org_actions", {"--help"});
  CHECK(help.status == 0);
  CHECK(help.err.empty());
  for (const char* part : {"--input STREAM=PATH", "--input events=PATH", "default: 100000", "orgActionAgg", "cnt"}) {
    CHECK(contains(help.out, part));
  }
  const outcome version = run("org_actions", {"--version"});
  CHECK(version.status == 0);
  CHECK(version.out.starts_with("org_actions (Oriel "));
}

TEST_CASE("an input that cannot be read ends with 1 and one message") {
  const scratch_folder scratch;
  for (const std::string& path : {scratch.path("missing.jsonl"), scratch.path("")}) {
    for (const char* workers : {"1", "2"}) {
      const outcome done = run("org_actions", {"--input", "events=" + path, "--workers", workers, "--stats"});
      CHECK(done.status == 1);
      CHECK(done.out.empty());
      CHECK(contains(done.err, "'" + path + "'"));
      CHECK(sorted_lines(done.err).size() == 1);
    }
  }
}

TEST_CASE("a wrong query ends with 1 and shows the place, before any input is read") {
  const auto ask = [](const std::string& query) {
    const outcome done = run("org_actions", {"--input", "events=no/such/file", "--sql", "SELECT 1", "--sql", query});
    CHECK(done.status == 1);
    CHECK(done.out.empty());
    return done.err;
  };
  CHECK(contains(ask("SELECT cnt FROM orgActionsAgg"), "1:17: no table 'orgActionsAgg'; did you mean 'orgActionAgg'?"));
  CHECK(contains(ask("SELECT\n  sum_valeu FROM orgActionAgg"), "2:3: no column 'sum_valeu'"));
  CHECK(contains(ask("SELECT cnt FROM orgActionAgg WHERE"), "^"));
  CHECK(contains(ask("SELECT org + 1 FROM orgActionAgg"), "1:"));
  CHECK(contains(ask("SELEC 1"), "1:1"));
  CHECK(!contains(ask(""), "no/such/file"));
}

TEST_CASE("what only the rows of a table can make wrong is found in the end") {
  const outcome done = run("org_actions", {"--generate", "10", "--sql", "SELECT CAST(org AS LONG) FROM rawEvents"});
  CHECK(done.status == 1);
  CHECK(done.out.empty());
  CHECK(contains(done.err, "1:"));
  CHECK(run("org_actions", {"--generate", "0", "--sql", "SELECT CAST(org AS LONG) FROM rawEvents"}).status == 0);
}

TEST_CASE("dead letters that cannot be written end with 1, and never overwrite the input") {
  const scratch_folder scratch;
  const std::string path = scratch.file("events.jsonl", "precious\n");
  const outcome refused = run("org_actions", {"--input", "events=" + path, "--dead-letters", path});
  CHECK(refused.status == 2);
  CHECK(contains(refused.err, "overwrite the input of stream 'events'"));
  CHECK(read_file(path) == "precious\n");

  const outcome failed = run("org_actions", {"--input", "events=" + path, "--dead-letters", scratch.path("no/such/x")});
  CHECK(failed.status == 1);
  CHECK(contains(failed.err, scratch.path("no/such/x")));

  const outcome shown = run("org_actions", {"--input=events=" + path, "--dead-letters=/dev/stderr", "--stats"});
  CHECK(shown.status == 0);
  CHECK(shown.err.starts_with("{\"stream\":\"events\",\"line\":1,"));
  CHECK(contains(shown.err, "\"text\":\"precious\"}\n{\"streams\":"));
}

TEST_CASE("several answers are separated by an empty line") {
  const outcome done = run("org_actions", {"--generate=0", "--format=json",
                                           "--sql=SELECT COUNT(*) AS n FROM rawEvents",
                                           "--sql=SELECT org FROM rawEvents",
                                           "--sql=SELECT COUNT(*) AS n FROM orgActionAgg"});
  CHECK(done.status == 0);
  CHECK(done.out == "{\"n\":0}\n\n\n{\"n\":0}\n");
}

TEST_CASE("standard output that cannot be written to ends with 1") {
  if (!std::filesystem::exists("/dev/full")) return;
  for (const words& arguments : {words{"--help"}, words{"--generate=5"}, words{"--generate=5", "--sql=SELECT 1"}}) {
    const outcome done = run("org_actions", arguments, {}, "/dev/full");
    CHECK(done.status == 1);
    CHECK(contains(done.err, "standard output"));
  }
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/io/dead_letters.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <oriel/io/json_lines.hpp>
#include <oriel/io/json_lines_sink.hpp>

#include "io/scratch_file.hpp"

using namespace oriel;
using io_test::read_everything;
using io_test::scratch_file;

TEST_CASE("dead letters are written as lines of stream, line, reason and text, and read back") {
  const std::vector<dead_letter> letters = {
      {"ads", 17, "field 'ts': missing", "{\"cost\":1}"},
      {"ads", 18, "not valid JSON at byte 1: expected a value", std::string("\xFF\0 caf\xC3\xA9", 8)},
  };
  const scratch_file file;
  const auto out = json_lines_sink{.path = file.path()}.open<dead_letter>();
  out->write({letters, {}, {}});
  out->finish();
  CHECK(file.text() ==
        "{\"stream\":\"ads\",\"line\":17,\"reason\":\"field 'ts': missing\",\"text\":\"{\\\"cost\\\":1}\"}\n"
        "{\"stream\":\"ads\",\"line\":18,\"reason\":\"not valid JSON at byte 1: expected a value\","
        "\"text\":\"\xEF\xBF\xBD\\u0000 caf\xC3\xA9\"}\n");

  const auto all = read_everything(*json_lines<dead_letter>{.path = file.path()}.open());
  CHECK(all.malformed == 0);
  REQUIRE(all.rows.size() == 2);
  CHECK((all.rows[0] == letters[0]));
}

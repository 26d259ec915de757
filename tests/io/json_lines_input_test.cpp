// SPDX-License-Identifier: Apache-2.0
// How lines are read: blocks, pipes, threads, and inputs that are not there.
#include <oriel/io/json_lines.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <boost/describe/class.hpp>

#include <oriel/core/error.hpp>

#include "io/scratch_file.hpp"

using namespace oriel;
using io_test::everything;
using io_test::read_everything;
using io_test::scratch_file;

namespace {

struct visit {
  std::string_view user;
  std::int64_t n = 0;
};
BOOST_DESCRIBE_STRUCT(visit, (), (user, n))

std::string line_of(const std::string& user, const std::string& n = "1") {
  std::string line = "{\"user\":\"";
  line += user;
  line += "\",\"n\":";
  line += n;
  return line += '}';
}

std::string own(const visit& v) { return std::string(v.user) + '#' + std::to_string(v.n); }

everything<std::string> read_visits(const json_lines<visit>& spec, std::size_t most = 1024) {
  return read_everything<std::string>(*spec.open(), own, most);
}

/// Lines of every length and kind, good and bad.
std::string mixed_lines(std::uint32_t seed, int count) {
  std::mt19937 random(seed);
  std::string text;
  for (int i = 0; i < count; ++i) {
    const std::string n = std::to_string(i);
    switch (random() % 12) {
      case 0: text += "  \t"; break;
      case 1: break;
      case 2: text += "{\"user\":7,\"n\":" + n + "}"; break;
      case 3: text += "{\"user\":\"cut off"; break;
      case 4: text += "{\"user\":\"esc\\u00e9\\n" + n + "\",\"n\":" + n + "}"; break;
      case 5:
        text.append("{\"n\":").append(n).append(",\"x\":[").append(random() % 60, ' ').append("],\"user\":\"\"}");
        break;
      case 6: text += std::string(random() % 90, 'z'); break;
      default: text += line_of(std::string(random() % 40, 'u'), n); break;
    }
    text += random() % 8 == 0 ? "\r\n" : "\n";
  }
  return text;
}

std::string refusal(const json_lines<visit>& spec) {
  try {
    read_visits(spec);
  } catch (const error& e) {
    CHECK(e.kind() == error_kind::unavailable);
    return e.message();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("the last line may lack its newline, lines may end with CRLF, and blank lines only count as lines") {
  const scratch_file file("{\"user\":\"a\",\"n\":1}\r\n\n \t \r\n{\"n\":}\r\n\n{\"user\":\"b\",\"n\":2}");
  const auto all = read_visits({.path = file.path()});
  CHECK(all.rows == std::vector<std::string>{"a#1", "b#2"});
  CHECK(all.malformed == 1);
  CHECK((all.rejected ==
         std::vector<dead_letter>{{"events", 4, "not valid JSON at byte 6: expected a value", "{\"n\":}"}}));
}

TEST_CASE("an empty file has no lines, and neither has one of newlines") {
  for (const char* const text : {"", "\n", "\n\n\n", "  ", "\r\n", "\xEF\xBB\xBF", "\xEF\xBB\xBF\n"}) {
    const scratch_file file(text);
    for (const std::size_t block : {std::size_t{1}, std::size_t{2}, std::size_t{1} << 20}) {
      CHECK((read_visits({.path = file.path(), .block_size = block}) == everything<std::string>{}));
    }
  }
}

TEST_CASE("a byte order mark is skipped at the beginning of the file only") {
  const std::string mark = "\xEF\xBB\xBF";
  const scratch_file file(mark + "{\"user\":\"a\",\"n\":1}\n" + mark + "{\"user\":\"b\",\"n\":2}\n");
  for (const std::size_t block : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{1} << 20}) {
    const auto all = read_visits({.path = file.path(), .block_size = block});
    CHECK(all.rows == std::vector<std::string>{"a#1"});
    CHECK(all.malformed == 1);
  }
}

TEST_CASE("however the input is cut into blocks and batches, the rows and dead letters are the same") {
  const std::string text = mixed_lines(20240102, 400);
  const scratch_file file(text);
  const auto expected = read_visits({.path = file.path(), .max_line = 100});
  CHECK(expected.rows.size() > 150);
  CHECK(expected.malformed > 50);
  CHECK(expected.malformed == expected.rejected.size());
  for (std::size_t block = 1; block <= 80; ++block) {
    CAPTURE(block);
    CHECK((read_visits({.path = file.path(), .block_size = block, .max_line = 100}) == expected));
  }
  for (const std::size_t most : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{100}}) {
    CAPTURE(most);
    CHECK((read_visits({.path = file.path(), .max_line = 100}, most) == expected));
    CHECK((read_visits({.path = file.path(), .block_size = 333, .max_line = 100}, most) == expected));
  }
}

TEST_CASE("decoders on threads give the same rows in the same order") {
  const scratch_file file(mixed_lines(7, 2000));
  const auto expected = read_visits({.path = file.path()});
  for (unsigned decoders = 1; decoders <= 3; ++decoders) {
    for (const std::size_t block : {std::size_t{50}, std::size_t{1000}, std::size_t{1} << 20}) {
      for (const std::size_t most : {std::size_t{3}, std::size_t{1024}}) {
        CAPTURE(decoders);
        CAPTURE(block);
        CAPTURE(most);
        CHECK((read_visits({.path = file.path(), .block_size = block, .decoders = decoders}, most) == expected));
      }
    }
  }
}

TEST_CASE("with decoders a batch may be asked for in other sizes than the first") {
  const scratch_file file(mixed_lines(8, 500));
  const auto expected = read_visits({.path = file.path()});
  const auto source = json_lines<visit>{.path = file.path(), .block_size = 4000, .decoders = 2}.open();
  everything<std::string> all;
  source_batch<visit> batch;
  std::size_t most = 16;
  while (source->read(batch, most) == source_state::ready) {
    CHECK(batch.rows.size() <= most);
    for (const visit& v : batch.rows) all.rows.push_back(own(v));
    all.rejected.insert(all.rejected.end(), batch.rejected.begin(), batch.rejected.end());
    all.malformed += batch.malformed;
    most = most % 16 + 5;
  }
  CHECK((all == expected));
}

TEST_CASE("a reader with decoders may be dropped before its end, or before its beginning") {
  const scratch_file file(mixed_lines(9, 5000));
  for (int reads = 0; reads < 3; ++reads) {
    const auto source = json_lines<visit>{.path = file.path(), .block_size = 500, .decoders = 2}.open();
    source_batch<visit> batch;
    for (int i = 0; i < reads; ++i) CHECK(source->read(batch, 10) == source_state::ready);
  }
}

TEST_CASE("a line longer than max_line is a dead letter, and the rest of the file is read") {
  const auto line = [](std::size_t size) { return line_of(std::string(size - 17, 'u')); };
  REQUIRE(line(64).size() == 64);
  for (const std::size_t size : {std::size_t{65}, std::size_t{66}, std::size_t{1000}, std::size_t{100'000}}) {
    const scratch_file file(line(64) + "\n" + line(size) + "\n" + line(64) + "\n" + line(size));
    for (const std::size_t block : {std::size_t{10}, std::size_t{64}, std::size_t{65}, std::size_t{1} << 20}) {
      for (const unsigned decoders : {0U, 1U}) {
        const auto all = read_visits({.path = file.path(), .block_size = block, .max_line = 64, .decoders = decoders});
        CHECK(all.rows.size() == 2);
        REQUIRE(all.rejected.size() == 2);
        CHECK((all.rejected[0] == dead_letter{"events", 2, "longer than 64 bytes", line(size).substr(0, 64) + "..."}));
        CHECK(all.rejected[1].line == 4);
      }
    }
  }
}

TEST_CASE("a line longer than a block makes the block grow") {
  const std::string user(300'000, 'u');
  const scratch_file file("{\"user\":\"a\",\"n\":1}\n{\"user\":\"" + user + "\",\"n\":2}\n{\"user\":\"b\",\"n\":3}\n");
  CHECK(read_visits({.path = file.path(), .block_size = 1000}).rows ==
        std::vector<std::string>{"a#1", user + "#2", "b#3"});
}

TEST_CASE("a dead letter keeps the whole line, and the beginning of one that is longer than allowed") {
  const std::string many(50'000, 'x');
  const std::string few(9'997, 'x');
  const scratch_file file("{" + many + "}\n{" + few + "}\r\n");
  for (const unsigned decoders : {0U, 2U}) {
    const auto all = read_visits({.path = file.path(), .block_size = 1000, .max_line = 10'000, .decoders = decoders});
    REQUIRE(all.rejected.size() == 2);
    CHECK(all.rejected[0].text == std::string("{").append(4095, 'x').append("..."));
    CHECK(all.rejected[1].text == "{" + few + "}");
  }
}

TEST_CASE("malformed lines can be skipped, or fail the run with their place") {
  const scratch_file file("{\"user\":\"a\",\"n\":1}\n{}\n{\"user\":\"b\",\"n\":2}\n", "ads.2025.jsonl");
  const auto skipped = read_visits({.path = file.path(), .malformed = on_malformed::skip});
  CHECK(skipped.rows.size() == 2);
  CHECK(skipped.malformed == 1);
  CHECK(skipped.rejected.empty());

  for (const unsigned decoders : {0U, 2U}) {
    for (const std::size_t block : {std::size_t{10}, std::size_t{1000}}) {
      const auto source =
          json_lines<visit>{
              .path = file.path(), .malformed = on_malformed::fail, .block_size = block, .decoders = decoders}
              .open();
      source_batch<visit> batch;
      CHECK(source->read(batch, 10) == source_state::ready);
      CHECK(batch.rows.size() == 1);
      try {
        source->read(batch, 10);
        FAIL("the second line is malformed");
      } catch (const error& e) {
        CHECK(e.kind() == error_kind::malformed);
        CHECK(e.message() == "stream 'ads', line 2: field 'user': missing");
        REQUIRE(e.position());
        CHECK(e.position()->line == 2);
      }
    }
  }
}

TEST_CASE("dead letters carry the stream's name, which is the file's unless it is given") {
  const scratch_file file("{}\n", "clicks.jsonl");
  CHECK(read_visits({.path = file.path()}).rejected.at(0).stream == "clicks");
  CHECK(read_visits({.path = file.path(), .stream = "ad-clicks"}).rejected.at(0).stream == "ad-clicks");
}

TEST_CASE("a file that cannot be read is named, with the reason and a way out") {
  const scratch_file file;
  const std::string advice = "; give the path of a file that can be read, or \"-\" for standard input";
  const std::string missing = file.folder() + "/nothing.jsonl";
  CHECK(refusal({.path = missing}) == "json_lines: cannot read '" + missing + "': No such file or directory" + advice);
  CHECK(refusal({.path = file.folder()}) == "json_lines: cannot read '" + file.folder() + "': Is a directory" + advice);
  CHECK(refusal({.path = ""}) == "json_lines: cannot read '': No such file or directory" + advice);
  CHECK(refusal({.path = file.path() + "/x", .decoders = 2}).find("Not a directory") != std::string::npos);
  if (::geteuid() != 0) {  // root may read everything
    ::chmod(file.path().c_str(), 0);
    CHECK(refusal({.path = file.path()}).find("Permission denied") != std::string::npos);
  }
}

TEST_CASE("progress counts the bytes of the lines handed out") {
  const std::string line = "{\"user\":\"a\",\"n\":1}\n";
  const scratch_file file(line + line + line);
  const auto source = json_lines<visit>{.path = file.path()}.open();
  source_batch<visit> batch;
  CHECK(source->progress().done == 0);
  CHECK(source->progress().total == 3 * line.size());
  CHECK(source->read(batch, 0) == source_state::ready);
  CHECK(batch.rows.empty());
  CHECK(source->progress().done == 0);
  CHECK(source->read(batch, 2) == source_state::ready);
  CHECK(source->progress().done == 2 * line.size());
  CHECK(source->read(batch, 2) == source_state::ready);
  CHECK(source->progress().done == 3 * line.size());
  CHECK(source->read(batch, 2) == source_state::finished);
  CHECK(source->progress().done == 3 * line.size());
}

TEST_CASE("strings without escapes are views of the input, and others of the batch") {
  const scratch_file file("{\"user\":\"plain\",\"n\":1}\n{\"user\":\"\\u0065sc\",\"n\":2}\n");
  const auto source = json_lines<visit>{.path = file.path()}.open();
  source_batch<visit> batch;
  REQUIRE(source->read(batch, 10) == source_state::ready);
  REQUIRE(batch.rows.size() == 2);
  CHECK(batch.rows[0].user == "plain");
  CHECK(batch.rows[1].user == "esc");
  CHECK(batch.bytes.size() == 3);
}

TEST_CASE("\"-\" is standard input") {
  const scratch_file file("{\"user\":\"a\",\"n\":1}\n{}\n");
  const int kept = ::dup(STDIN_FILENO);
  const int in = ::open(file.path().c_str(), O_RDONLY);
  REQUIRE(::dup2(in, STDIN_FILENO) == STDIN_FILENO);
  const auto all = read_visits({.path = "-"});
  if (kept >= 0) ::dup2(kept, STDIN_FILENO);
  if (kept >= 0) ::close(kept);
  ::close(in);
  CHECK(all.rows == std::vector<std::string>{"a#1"});
  REQUIRE(all.rejected.size() == 1);
  CHECK(all.rejected[0].stream == "stdin");
}

TEST_CASE("a pipe is read as it is written, in whatever pieces") {
  const scratch_file place;
  const std::string fifo = place.folder() + "/fifo";
  const std::string text = mixed_lines(10, 300);
  const scratch_file file(text);
  const auto expected = read_visits({.path = file.path(), .stream = "s"});
  for (const unsigned decoders : {0U, 1U, 2U}) {
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    std::thread writer([&] {
      const int out = ::open(fifo.c_str(), O_WRONLY);
      std::mt19937 random(decoders);
      for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = std::min<std::size_t>(1 + random() % 50, text.size() - at);
        const ssize_t written = ::write(out, text.data() + at, size);
        if (written > 0) at += static_cast<std::size_t>(written);
      }
      ::close(out);
    });
    const auto all = read_visits({.path = fifo, .stream = "s", .decoders = decoders});
    writer.join();
    CHECK((all == expected));
    ::unlink(fifo.c_str());
  }
}

TEST_CASE("a pipe with nothing in it is waited for, and whole lines do not wait for the rest of a block") {
  for (const unsigned decoders : {0U, 1U}) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const auto send = [&](std::string_view text) {
      REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    };
    const auto source = json_lines<visit>{.path = "/dev/fd/" + std::to_string(ends[0]), .decoders = decoders}.open();
    source_batch<visit> batch;
    CHECK(source->read(batch, 10) == source_state::waiting);
    send("{\"user\":\"a\",\"n\":1}\n{\"user\":");
    while (source->read(batch, 10) == source_state::waiting) continue;
    REQUIRE(batch.rows.size() == 1);
    CHECK(own(batch.rows[0]) == "a#1");
    CHECK(source->read(batch, 10) == source_state::waiting);
    CHECK(batch.rows.empty());
    send("\"b\",\"n\":2}");
    ::close(ends[1]);
    while (source->read(batch, 10) == source_state::waiting) continue;
    REQUIRE(batch.rows.size() == 1);
    CHECK(own(batch.rows[0]) == "b#2");
    CHECK(source->read(batch, 10) == source_state::finished);
    CHECK(source->progress().total == 0);
    ::close(ends[0]);
  }
}

TEST_CASE("a reader of a quiet pipe can be dropped") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  {
    const auto source = json_lines<visit>{.path = "/dev/fd/" + std::to_string(ends[0]), .decoders = 2}.open();
    source_batch<visit> batch;
    CHECK(source->read(batch, 10) == source_state::waiting);
  }
  ::close(ends[0]);
  ::close(ends[1]);
}

// SPDX-License-Identifier: Apache-2.0
// tests/layers/layers_test.cpp - the architecture, read from the #include lines.
//
// A folder may include from folders of a lower rank and from itself; that is the whole rule. The
// same reading finds packages that have no business in a public header, and calls a library must
// not make: it is a guest, so it neither prints nor ends the program.
//
// `violations` is proven on small trees first, each with one thing wrong, then asked about ours.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace {

namespace fs = std::filesystem;
using source_tree = std::map<std::string, std::string>;  // path from the root -> text

const std::map<std::string, int, std::less<>> ranks{
    {"core", 0}, {"aggregate", 1}, {"state", 1},  {"window", 2}, {"flow", 2},   {"operators", 3}, {"table", 3},
    {"io", 3},   {"runtime", 3},   {"stream", 4}, {"query", 4},  {"server", 5}, {"testing", 5},
};

/// Folders that work without an engine: the target oriel::core.
constexpr std::array<std::string_view, 3> engineless{"core", "aggregate", "window"};

/// The packages a public header may name; everything else stays behind src/.
bool is_allowed_package(std::string_view folder, std::string_view header) {
  if (header == "xxhash.h") return true;
  if (header.starts_with("boost/describe") || header.starts_with("boost/mp11")) return true;
  return folder == "state" && header.starts_with("boost/unordered/");
}

/// A header of the language: `vector`, `cstdint`, the compiler's intrinsics; never `fmt/core.h` or `simdjson.h`.
bool is_standard(std::string_view header) {
  return header.find('/') == header.npos && (header.find('.') == header.npos || header.ends_with("intrin.h"));
}

/// The text with comments and the insides of string and character literals blanked out, line
/// breaks kept, so that only code is left to search.
std::string code_of(std::string_view text) {
  std::string code{text};
  std::size_t i = 0;
  const auto blank = [&](std::size_t end) {
    for (; i < end && i < code.size(); ++i) {
      if (code[i] != '\n') code[i] = ' ';
    }
  };
  while (i < text.size()) {
    if (text.substr(i, 2) == "//") {
      blank(text.find('\n', i));
    } else if (text.substr(i, 2) == "/*") {
      const std::size_t end = text.find("*/", i + 2);
      blank(end == text.npos ? end : end + 2);
    } else if (text.substr(i, 2) == "R\"") {
      const std::size_t open = text.find('(', i);
      const std::string close = ")" + std::string{text.substr(i + 2, open - i - 2)} + "\"";
      const std::size_t end = text.find(close, open);
      blank(end == text.npos ? end : end + close.size());
    } else if (text[i] == '"' ||
               (text[i] == '\'' && (i == 0 || std::isalnum(static_cast<unsigned char>(text[i - 1])) == 0))) {
      std::size_t end = i + 1;
      while (end < text.size() && text[end] != text[i] && text[end] != '\n') end += text[end] == '\\' ? 2 : 1;
      ++i;
      blank(end);
      ++i;
    } else {
      ++i;
    }
  }
  return code;
}

struct include_line {
  std::size_t line;
  std::string header;
};

/// Calls `visit(line number, line)` for each line of a text, counted from 1.
template <typename Visit>
void for_each_line(std::string_view text, Visit visit) {
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    visit(++number, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::vector<include_line> includes_of(std::string_view text) {
  static const std::regex pattern{R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])"};
  std::vector<include_line> found;
  for_each_line(text, [&](std::size_t number, std::string_view line) {
    std::match_results<std::string_view::const_iterator> match;
    if (std::regex_search(line.begin(), line.end(), match, pattern)) found.push_back({number, match[1].str()});
  });
  return found;
}

/// "table" for include/oriel/table/chunk.hpp, src/table/chunk.cpp, oriel/table/chunk.hpp and
/// table/chunk.hpp; nothing for oriel/oriel.hpp and for what is not ours.
std::optional<std::string> folder_of(std::string_view path) {
  for (const std::string_view root : {"include/", "src/", "oriel/"}) {
    if (path.starts_with(root)) path.remove_prefix(root.size());
  }
  const std::string folder{path.substr(0, path.find('/'))};
  if (path.find('/') == path.npos || !ranks.contains(folder)) return std::nullopt;
  return folder;
}

bool is_engineless(std::string_view folder) {
  return std::find(engineless.begin(), engineless.end(), folder) != engineless.end();
}

/// Why `path` may not include `header`, or nothing.
std::optional<std::string> include_objection(const std::string& path, const std::string& header) {
  const bool is_public = path.starts_with("include/");
  const std::optional<std::string> from = folder_of(path);
  const std::optional<std::string> to = folder_of(header);

  if (path == "include/oriel/fwd.hpp" && to && *to != "core") return "fwd.hpp declares; it includes core/ only";
  if (from && to && *from != *to) {
    const int low = ranks.at(*to);
    const int high = ranks.at(*from);
    if (low >= high) {
      return *from + "/ (rank " + std::to_string(high) + ") may not include " + *to + "/ (rank " + std::to_string(low) +
             "): include from a lower rank only";
    }
    if (is_public && is_engineless(*from) && !is_engineless(*to)) {
      return *from + "/ belongs to oriel::core, " + *to + "/ does not";
    }
  }
  if (to) return std::nullopt;
  if (header.starts_with("oriel/")) {
    if (header == "oriel/fwd.hpp") return std::nullopt;
    if (header.find('/', 6) != header.npos) return "folder without a rank: give it one in tests/layers";
    if (from) return header + " is for users: include what is needed";
    return std::nullopt;
  }
  if (is_public && path != "include/oriel/fmt.hpp" && !is_standard(header) &&
      !is_allowed_package(from.value_or(""), header)) {
    return "not a package for public headers: keep it in src/";
  }
  return std::nullopt;
}

/// Everything wrong with a tree, as "file:line: what".
std::vector<std::string> violations(const source_tree& tree) {
  // Calls by name, not members (`x.exit()`), not parts of names (`snprintf`, `at_exit`).
  static const std::regex calls{
      R"((std::(cout|cerr|clog)\b)|((^|[^\w.>])((std::|::)?(v?f?printf|puts|fputs|putchar|perror|abort|exit|_exit|quick_exit|terminate)|fmt::print)\s*\())"};
  std::vector<std::string> found;
  for (const auto& [path, text] : tree) {
    const auto report = [&, &file = path](std::size_t line, const std::string& what) {
      found.push_back(file + ":" + std::to_string(line) + ": " + what);
    };
    if (path.starts_with("include/oriel/") || path.starts_with("src/")) {
      const std::ptrdiff_t depth = std::count(path.begin(), path.end(), '/');
      const bool is_top = path.starts_with("include/") && depth == 2;
      if (!is_top && !folder_of(path)) report(1, "folder without a rank: give it one in tests/layers");
    }
    for (const auto& [line, header] : includes_of(text)) {
      if (const auto objection = include_objection(path, header)) report(line, "<" + header + ">: " + *objection);
    }
    for_each_line(code_of(text), [&](std::size_t number, std::string_view line) {
      std::match_results<std::string_view::const_iterator> match;
      if (std::regex_search(line.begin(), line.end(), match, calls)) {
        report(number, "a library neither prints nor ends the program");
      }
    });
  }
  return found;
}

/// Include cycles between public headers, each as "a -> b -> a".
std::vector<std::string> cycles(const source_tree& tree) {
  enum class mark { unseen, open, done };
  std::map<std::string, mark> marks;
  std::vector<std::string> trail;
  std::vector<std::string> found;
  const auto visit = [&](const auto& self, const std::string& path) -> void {
    marks[path] = mark::open;
    trail.push_back(path);
    for (const auto& include : includes_of(tree.at(path))) {
      const std::string next = "include/" + include.header;
      if (!tree.contains(next) || marks[next] == mark::done) continue;
      if (marks[next] == mark::unseen) {
        self(self, next);
        continue;
      }
      std::string cycle;
      for (auto at = std::find(trail.begin(), trail.end(), next); at != trail.end(); ++at) cycle += *at + " -> ";
      found.push_back(cycle + next);
    }
    trail.pop_back();
    marks[path] = mark::done;
  };
  for (const auto& file : tree) {
    if (marks[file.first] == mark::unseen) visit(visit, file.first);
  }
  return found;
}

source_tree read_tree(const fs::path& root) {
  source_tree tree;
  for (const char* top : {"include", "src"}) {
    for (const auto& entry : fs::recursive_directory_iterator{root / top}) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".hpp" && extension != ".cpp") continue;
      std::ifstream file{entry.path(), std::ios::binary};
      tree.emplace(fs::relative(entry.path(), root).generic_string(),
                   std::string{std::istreambuf_iterator<char>{file}, {}});
    }
  }
  return tree;
}

/// The objections to a tree of a single file, joined.
std::string objections(std::string path, std::string text) {
  std::string all;
  for (const std::string& each : violations({{std::move(path), std::move(text)}})) all += each + "\n";
  return all;
}

}  // namespace

TEST_CASE("including from a higher or an equal rank is found, with file and line") {
  CHECK(objections("include/oriel/core/a.hpp", "#pragma once\n#include <oriel/table/chunk.hpp>\n") ==
        "include/oriel/core/a.hpp:2: <oriel/table/chunk.hpp>: core/ (rank 0) may not include table/ (rank 3): "
        "include from a lower rank only\n");
  CHECK(objections("src/io/a.cpp", "#include <oriel/table/chunk.hpp>\n") != "");
  CHECK(objections("src/io/a.cpp", "#  include \"table/chunk.hpp\"\n") != "");
  CHECK(objections("include/oriel/table/a.hpp", "#include <oriel/oriel.hpp>\n") != "");
  CHECK(objections("include/oriel/window/a.hpp", "#include <oriel/state/codec.hpp>\n") != "");
  CHECK(objections("include/oriel/fwd.hpp", "#include <oriel/table/chunk.hpp>\n") != "");
}

TEST_CASE("including from a lower rank and from the same folder is fine") {
  CHECK(objections("include/oriel/table/a.hpp", "#include <oriel/core/time.hpp>\n#include <oriel/table/b.hpp>\n") ==
        "");
  CHECK(objections("src/query/a.cpp", "#include <oriel/table/b.hpp>\n#include \"query/lexer.hpp\"\n") == "");
  CHECK(objections("include/oriel/table/a.hpp", "#include <oriel/fwd.hpp>\n#include <vector>\n") == "");
  CHECK(objections("include/oriel/oriel.hpp", "#include <oriel/stream/pipeline.hpp>\n") == "");
}

TEST_CASE("a package that belongs behind src/ is found in a public header only") {
  for (const char* header : {"simdjson.h", "boost/asio.hpp", "boost/beast/http.hpp", "fmt/core.h", "date/tz.h",
                             "librdkafka/rdkafka.h", "libpq-fe.h", "boost/unordered/unordered_flat_map.hpp"}) {
    CAPTURE(header);
    const std::string line = "#include <" + std::string{header} + ">\n";
    CHECK(objections("include/oriel/io/a.hpp", line) != "");
    CHECK(objections("src/io/a.cpp", line) == "");
  }
  CHECK(objections("include/oriel/fmt.hpp", "#include <fmt/core.h>\n") == "");
  CHECK(objections("include/oriel/state/a.hpp", "#include <emmintrin.h>\n") == "");
  CHECK(objections("include/oriel/core/key.hpp", "#include <xxhash.h>\n#include <boost/describe.hpp>\n") == "");
  CHECK(objections("include/oriel/state/a.hpp", "#include <boost/unordered/unordered_flat_map.hpp>\n") == "");
}

TEST_CASE("printing and ending the program are found in code, not in comments and texts") {
  for (const char* call : {"std::cout << 1;", "std::cerr<<1;", "printf(\"x\");", "std::fprintf(f, \"x\");", "abort();",
                           "std::exit(1);", "fmt::print(\"x\");", "::abort ();", "std::terminate();"}) {
    CAPTURE(call);
    CHECK(objections("src/io/a.cpp", std::string{"void f() {\n"} + call + "\n}\n") ==
          "src/io/a.cpp:2: a library neither prints nor ends the program\n");
  }
  for (const char* innocent :
       {"// std::cout", "/* abort(); */", "auto s = \"exit(1)\";", "std::snprintf(b, 9, \"x\");", "node.exit(1);",
        "auto s = R\"(abort();)\";", "on_exit(1);", "auto c = '\"'; // abort();"}) {
    CAPTURE(innocent);
    CHECK(objections("src/io/a.cpp", innocent) == "");
  }
}

TEST_CASE("a folder nobody ranked and a cycle of headers are found") {
  CHECK(objections("include/oriel/misc/a.hpp", "") != "");
  CHECK(objections("src/misc/a.cpp", "") != "");
  CHECK(cycles({{"include/oriel/core/a.hpp", "#include <oriel/core/b.hpp>\n"},
                {"include/oriel/core/b.hpp", "#include <oriel/core/a.hpp>\n"}}) ==
        std::vector<std::string>{"include/oriel/core/a.hpp -> include/oriel/core/b.hpp -> include/oriel/core/a.hpp"});
}

TEST_CASE("the ranks of our own tree hold, and the library is a guest") {
  const source_tree tree = read_tree(".");
  REQUIRE(tree.size() > 10);
  for (const std::string& violation : violations(tree)) FAIL_CHECK(violation);
  for (const std::string& cycle : cycles(tree)) FAIL_CHECK("include cycle: " << cycle);
}

TEST_CASE("every public header has a test, which includes it first: so it stands alone") {
  for (const auto& entry : fs::recursive_directory_iterator{"include/oriel"}) {
    const std::string header = fs::relative(entry.path(), "include").generic_string();
    const fs::path folder = fs::relative(entry.path(), "include/oriel").parent_path();
    if (entry.path().extension() != ".hpp" || folder.empty()) continue;
    const fs::path path = fs::path("tests") / folder / (entry.path().stem().string() + "_test.cpp");
    CAPTURE(path.generic_string());
    std::ifstream test{path};
    std::string line;
    while (std::getline(test, line) && !line.starts_with("#include")) {
    }
    CHECK(line == "#include <" + header + ">");
  }
}

// SPDX-License-Identifier: Apache-2.0
// tests/snippets/extract.cpp - turns the C++ blocks of a Markdown page into a source file.
//
//     extract PAGE.md OUT.cpp
//
// What happens to a block that opens with ```cpp:
//
//   - With `int main` in it, it is a program: it becomes a function of its own namespace and is
//     registered to be run. It brings its own includes.
//   - Without, it is a fragment: paragraphs that declare (`struct`, `template`, BOOST_DESCRIBE_...,
//     a function) go to a namespace, the others, in order, into a function that is compiled and
//     never run. prelude.hpp says which names a fragment may take for granted.
//   - ```cpp no-compile: REASON stands for what cannot compile, and needs the reason.
//
// The generated file carries #line directives, so messages name the page. Includes of all blocks
// are gathered at the top. Each block has a namespace of its own; nothing leaks to the next one.
#include <cctype>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <regex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct block {
  std::size_t line = 0;  // of the first line inside, from 1
  std::vector<std::string> text;
};

struct page {
  std::vector<block> blocks;
  std::size_t not_compiled = 0;
};

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t") == line.npos; }

page read_page(const std::string& path) {
  std::ifstream file{path};
  if (!file) throw std::runtime_error(path + ": cannot be read");
  // An opening fence: indentation (inside a list), the fence, the language, the rest of the line.
  static const std::regex fence{R"(^( *)(`{3,}|~{3,})\s*([A-Za-z+]*)\s*(.*)$)"};

  page result;
  std::string line;
  std::size_t number = 0;
  while (std::getline(file, line)) {
    ++number;
    std::smatch opening;
    if (!std::regex_match(line, opening, fence)) continue;
    const std::size_t indentation = opening[1].str().size();
    const std::string ticks = opening[2].str();
    const std::string language = opening[3].str();
    const std::string info = opening[4].str();
    const std::string where = path + ":" + std::to_string(number) + ": ";

    block found{number + 1, {}};
    bool closed = false;
    while (!closed && std::getline(file, line)) {
      ++number;
      const std::size_t text = std::min(line.find_first_not_of(' '), line.size());
      closed = line.compare(text, ticks.size(), ticks) == 0 && is_blank(line.substr(text + ticks.size()));
      if (!closed) found.text.push_back(line.substr(std::min(indentation, text)));
    }
    if (!closed) throw std::runtime_error(where + "the block is not closed");
    if (language != "cpp" && language != "c++") continue;

    if (info.empty()) {
      result.blocks.push_back(std::move(found));
    } else if (std::regex_match(info, std::regex{R"(no-compile: *\S.*)"})) {
      ++result.not_compiled;
    } else {
      throw std::runtime_error(where + "'" + info + "' is not understood; write 'no-compile: REASON' or nothing");
    }
  }
  return result;
}

bool is_include(std::string_view line) { return line.starts_with("#include"); }

bool is_program(const block& b) {
  for (const std::string& line : b.text) {
    if (line.starts_with("int main(")) return true;
  }
  return false;
}

/// Whether a paragraph that starts with this line can only stand outside a function.
bool opens_declaration(const std::string& line) {
  static const std::regex keyword{
      R"(^(template|struct|class|enum|union|namespace|concept|inline|static_assert|extern|BOOST_\w+)\b.*)"};
  // A function: `type name(parameters) {` with nothing indented before it and no `=`.
  static const std::regex function{R"(^(constexpr |static )?[\w:<>,&* ]+[ &*]\w+\([^=;]*\)( const| noexcept)* \{.*)"};
  static const std::regex statement{R"(^(if|for|while|switch|return|else|do|auto|const auto|try|catch)\b.*)"};
  return std::regex_match(line, keyword) || (std::regex_match(line, function) && !std::regex_match(line, statement));
}

/// How the bracket depth changes over a line, texts and comments left out.
int depth_change(std::string_view line) {
  int change = 0;
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (c == '\\') ++i;
      if (c == quote) quote = 0;
    } else if (c == '/' && line.substr(i, 2) == "//") {
      break;
    } else if (c == '"' || (c == '\'' && (i == 0 || std::isalnum(static_cast<unsigned char>(line[i - 1])) == 0))) {
      quote = c;
    } else if (c == '{' || c == '(') {
      ++change;
    } else if (c == '}' || c == ')') {
      --change;
    }
  }
  return change;
}

class writer {
 public:
  writer(const std::string& path, std::ostream& out) : path_(path), out_(out) {}

  void includes(const page& p) {
    out_ << "#include \"prelude.hpp\"\n#include \"run.hpp\"\n";
    for (const block& b : p.blocks) {
      for (std::size_t i = 0; i < b.text.size(); ++i) {
        if (is_include(b.text[i])) put(b, i);
      }
    }
  }

  void program(const block& b) {
    open(b);
    bool in_main = false;
    for (std::size_t i = 0; i < b.text.size(); ++i) {
      const std::string& line = b.text[i];
      if (is_include(line)) continue;
      if (line.starts_with("int main(")) {
        in_main = true;
        put(b, i, "int program" + line.substr(std::string_view{"int main"}.size()));
      } else {
        // What every main does by itself, and a function of another name does not.
        if (in_main && line == "}") out_ << "return 0;\n";
        put(b, i);
      }
    }
    out_ << "const oriel_snippets::registration registered{\"" << path_ << ":" << b.line
         << "\", [] { return program(); }};\n";
    out_ << "}\n";
  }

  void fragment(const block& b) {
    std::vector<std::size_t> declarations;
    std::vector<std::size_t> statements;
    int depth = 0;
    bool declares = false;
    bool at_start = true;
    for (std::size_t i = 0; i < b.text.size(); ++i) {
      const std::string& line = b.text[i];
      if (is_include(line) || line.starts_with("#pragma once")) continue;
      const bool says_nothing = is_blank(line) || line.starts_with("//");
      if (depth == 0 && !says_nothing) {
        // A paragraph ends at a blank line; a closed brace ends a declaration too.
        if (opens_declaration(line)) {
          declares = true;
        } else if (at_start) {
          declares = false;
        }
      }
      at_start = depth == 0 && is_blank(line);
      (declares ? declarations : statements).push_back(i);
      depth += depth_change(line);
      if (declares && depth == 0 && (line.ends_with("}") || line.ends_with("};") || line.ends_with(")")))
        at_start = true;
    }

    open(b);
    for (const std::size_t i : declarations) put(b, i);
    out_ << "[[maybe_unused]] void fragment() {\nORIEL_SNIPPET_NAMES\n{\n";
    for (const std::size_t i : statements) put(b, i);
    out_ << "}\n}\n}\n";
  }

 private:
  void open(const block& b) { out_ << "namespace line_" << b.line << " {\n"; }

  void put(const block& b, std::size_t i) { put(b, i, b.text[i]); }
  void put(const block& b, std::size_t i, const std::string& text) {
    out_ << "#line " << b.line + i << " \"" << path_ << "\"\n" << text << "\n";
  }

  const std::string& path_;
  std::ostream& out_;
};

void extract(const std::string& from, const std::string& to) {
  const page p = read_page(from);
  std::ofstream out{to};
  writer w{from, out};
  out << "// Made from " << from << " by tests/snippets/extract.cpp: " << p.blocks.size() << " blocks, and "
      << p.not_compiled << " that say why not.\n";
  if (!p.blocks.empty()) {
    w.includes(p);
    out << "namespace " << std::filesystem::path{to}.stem().string() << " {\n";
    for (const block& b : p.blocks) is_program(b) ? w.program(b) : w.fragment(b);
    out << "}\n";
  }
  out.flush();
  if (!out) throw std::runtime_error(to + ": cannot be written");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: extract PAGE.md OUT.cpp\n";
    return EXIT_FAILURE;
  }
  try {
    extract(argv[1], argv[2]);
  } catch (const std::exception& failure) {
    std::remove(argv[2]);
    std::cerr << failure.what() << "\n";
    return EXIT_FAILURE;
  }
}

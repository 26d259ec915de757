// SPDX-License-Identifier: Apache-2.0
// tests/sql_grammar/postgres_test.cpp - PostgreSQL's own parser says what is a query and what is not.
//
// Random statements of the common grammar, most of them with one or two words taken out, doubled, exchanged or
// replaced, are given to both parsers. Each must be accepted by both or refused by both, except
//   - what Oriel says is `unsupported`: right, but not carried out;
//   - what it refuses on purpose, see `is_refused_on_purpose`;
//   - what it accepts on purpose, see `is_accepted_on_purpose`.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <random>
#include <string>
#include <vector>

extern "C" {
#include <pg_query.h>
}

#include <oriel/core/error.hpp>
#include <oriel/query/parser.hpp>
#include <oriel/query/printer.hpp>

namespace {

using words = std::vector<std::string>;

class random_queries {
 public:
  explicit random_queries(unsigned seed) : random_(seed) {}

  words make() {
    words out = query(2);
    for (std::size_t n = below(4); n > 0; --n) damage(out);
    return out;
  }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  bool chance(std::size_t one_in) { return below(one_in) == 0; }
  std::string one_of(const words& some) { return some[below(some.size())]; }

  void damage(words& w) {
    static const words any{"SELECT", "FROM", "WHERE", "GROUP", "BY", "ORDER", "HAVING", "LIMIT", "(", ")", ",", ".",
                           "*",
                           "+", "-", "=", "<", "AND", "OR", "NOT", "IN", "IS", "NULL", "CASE", "WHEN", "THEN", "END",
                           "AS", "a", "b", "1", "'x'", "BETWEEN", "LIKE", "DISTINCT", "ON", "USING", "JOIN", "LEFT",
                           "ELSE", "||", "::", "OFFSET", "DESC", "FILTER", ";", "TRUE", "CAST", "WITH", "ASC"};
    if (w.empty()) return;
    const std::size_t at = below(w.size());
    switch (below(4)) {
      case 0: w.erase(w.begin() + static_cast<std::ptrdiff_t>(at)); break;
      case 1: w.insert(w.begin() + static_cast<std::ptrdiff_t>(at), w[at]); break;
      case 2: std::swap(w[at], w[below(w.size())]); break;
      default: w[at] = one_of(any); break;
    }
  }

  static void append(words& to, const words& more) { to.insert(to.end(), more.begin(), more.end()); }

  template <typename Make>
  void list(words& to, std::size_t most, Make make) {
    for (std::size_t n = 1 + below(most), i = 0; i < n; ++i) {
      if (i > 0) to.push_back(",");
      append(to, make());
    }
  }

  words query(std::size_t depth) {
    words out;
    if (depth > 1 && chance(6)) {
      append(out, {"WITH", name(), "AS", "("});
      append(out, query(depth - 1));
      out.push_back(")");
    }
    out.push_back("SELECT");
    if (chance(5)) out.push_back("DISTINCT");
    list(out, 3, [&] {
      if (chance(8)) return words{"*"};
      words item = expression(3);
      if (chance(3)) append(item, {"AS", name()});
      return item;
    });
    if (!chance(8)) {
      out.push_back("FROM");
      append(out, table(depth));
      if (chance(4)) {
        append(out, words(1, one_of({"JOIN", "INNER", "LEFT", "RIGHT", "FULL"})));
        if (out.back() != "JOIN") out.push_back("JOIN");
        append(out, table(depth));
        if (chance(2)) {
          append(out, {"ON", name(), ".", name(), "=", name(), ".", name()});
        } else {
          append(out, {"USING", "(", name(), ")"});
        }
      }
    }
    if (chance(2)) {
      out.push_back("WHERE");
      append(out, expression(3));
    }
    if (chance(3)) {
      append(out, {"GROUP", "BY"});
      list(out, 2, [&] { return expression(1); });
    }
    if (chance(5)) {
      out.push_back("HAVING");
      append(out, expression(2));
    }
    if (chance(3)) {
      append(out, {"ORDER", "BY"});
      list(out, 2, [&] {
        words item = expression(1);
        if (chance(2)) item.push_back(one_of({"ASC", "DESC"}));
        if (chance(4)) append(item, {"NULLS", one_of({"FIRST", "LAST"})});
        return item;
      });
    }
    if (chance(3)) append(out, {"LIMIT", one_of({"1", "10", "ALL"})});
    if (chance(4)) append(out, {"OFFSET", "2"});
    return out;
  }

  words table(std::size_t depth) {
    words out;
    if (depth > 0 && chance(5)) {
      out.push_back("(");
      append(out, query(depth - 1));
      append(out, {")", "AS", name()});
    } else {
      out.push_back(name());
      if (chance(3)) append(out, {"AS", name()});
    }
    return out;
  }

  std::string name() {
    return one_of({"a", "b", "t", "value", "ts", "count", "\"q\"", "\"a b\"", "org", "timestamp", "name", "year",
                   "hour"});
  }

  words expression(std::size_t depth) {
    if (depth == 0 || chance(4)) {
      switch (below(6)) {
        case 0: return {one_of({"1", "2.5", "1e3", ".5", "0"})};
        case 1: return {one_of({"'x'", "'it''s'", "''"})};
        case 2: return {one_of({"NULL", "TRUE", "FALSE"})};
        case 3: return {name(), ".", name()};
        default: return {name()};
      }
    }
    const auto inner = [&] { return expression(depth - 1); };
    words out;
    switch (below(13)) {
      case 0:
      case 1:
        out = inner();
        out.push_back(one_of({"+", "-", "*", "/", "%", "||", "=", "<>", "<", "<=", ">", ">=", "!="}));
        append(out, inner());
        return out;
      case 2:
        out = inner();
        out.push_back(one_of({"AND", "OR"}));
        append(out, inner());
        return out;
      case 3: out = {one_of({"NOT", "-", "+"})}; break;
      case 4:
        out = {"("};
        append(out, inner());
        out.push_back(")");
        return out;
      case 5:
        out = inner();
        append(out, {"IS"});
        if (chance(2)) out.push_back("NOT");
        out.push_back("NULL");
        return out;
      case 6:
        out = inner();
        if (chance(2)) out.push_back("NOT");
        append(out, {"IN", "("});
        list(out, 3, inner);
        out.push_back(")");
        return out;
      case 7:
        out = inner();
        if (chance(2)) out.push_back("NOT");
        out.push_back("BETWEEN");
        append(out, expression(0));
        out.push_back("AND");
        append(out, expression(0));
        return out;
      case 8:
        out = inner();
        if (chance(2)) out.push_back("NOT");
        append(out, {"LIKE", "'a%'"});
        return out;
      case 9:
        out = {"CASE"};
        if (chance(2)) append(out, inner());
        out.push_back("WHEN");
        append(out, inner());
        out.push_back("THEN");
        append(out, inner());
        if (chance(2)) {
          out.push_back("ELSE");
          append(out, inner());
        }
        out.push_back("END");
        return out;
      case 10:
        out = {"CAST", "("};
        append(out, inner());
        append(out, {"AS", one_of({"BIGINT", "text", "TIMESTAMP", "DOUBLE PRECISION", "boolean"}), ")"});
        return out;
      case 11:
        out = {"("};
        append(out, inner());
        append(out, {")", "::", one_of({"BIGINT", "text", "varchar"})});
        return out;
      default:
        out = {one_of({"COUNT", "SUM", "lower", "f", "MAX", "substr"}), "("};
        if (chance(4)) out.push_back("DISTINCT");
        list(out, 2, inner);
        out.push_back(")");
        if (chance(5)) {
          append(out, {"FILTER", "(", "WHERE"});
          append(out, inner());
          out.push_back(")");
        }
        return out;
    }
    append(out, inner());
    return out;
  }

  std::mt19937 random_;
};

std::string text_of(const words& w) {
  std::string out;
  for (const std::string& word : w) out += (out.empty() ? "" : " ") + word;
  return out;
}

/// What PostgreSQL says against it, or nothing.
std::string postgres(const std::string& text) {
  const PgQueryProtobufParseResult result = pg_query_parse_protobuf(text.c_str());
  const std::string problem = result.error != nullptr ? result.error->message : "";
  pg_query_free_protobuf_parse_result(result);
  return problem;
}

bool is_keyword(const std::string& word) {
  return !word.empty() && word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == word.npos;
}

/// What PostgreSQL accepts and Oriel refuses on purpose, saying so.
bool is_refused_on_purpose(const words& w, const std::string& ours) {
  if (ours.find("NOT binds more weakly") != ours.npos) return true;  // a = NOT b
  if (ours.find("the query is empty") != ours.npos) return true;
  // A keyword as a name without quotes or AS, where PostgreSQL happens to see that it can be nothing else; and SELECT
  // without any output.
  const std::size_t found = ours.find("found '");
  if (found != ours.npos && ours.compare(found + 7, 2, "||") == 0) return true;  // any operator may be a prefix there
  if (found != ours.npos && is_keyword(ours.substr(found + 7, ours.find('\'', found + 7) - found - 7))) return true;
  for (std::size_t i = 0; i + 1 < w.size(); ++i) {
    if (is_keyword(w[i]) && (w[i + 1] == "," || (i > 0 && w[i - 1] == "."))) return true;
    // A type in front of a literal may have any name: name 'x'.
    const bool name = std::isalpha(static_cast<unsigned char>(w[i].front())) != 0 || w[i].front() == '"';
    if (name && w[i + 1].front() == '\'') return true;
  }
  return false;
}

/// What Oriel accepts and PostgreSQL refuses: names that are keywords there, AS 'text', a query in FROM without alias,
/// and what Oriel finds wrong later, when it looks for columns and types: a star in an expression, an unknown type.
bool is_accepted_on_purpose(const std::string& text, const std::string& theirs) {
  if (theirs.find("must have an alias") != theirs.npos) return true;
  const std::size_t near = theirs.find("near \"");
  const std::string word = near == theirs.npos ? "" : theirs.substr(near + 6, theirs.rfind('"') - near - 6);
  if (is_keyword(word) || word == "*" || text.find("AS " + word) != text.npos) return true;
  if (text.find("* " + word) != text.npos) return true;
  const std::size_t cast = text.find("CAST " + word);
  if (cast != text.npos || text.find("timestamp ( )") != text.npos) return true;
  // Names are in quotes, where they need any, when the query is printed.
  return postgres(oriel::to_sql(oriel::parse(text))).empty();
}

enum class verdict { accepted, refused, unsupported };

verdict oriel_says(const std::string& text, std::string& problem) {
  try {
    oriel::parse(text);
    return verdict::accepted;
  } catch (const oriel::error& e) {
    problem = e.message();
    return e.kind() == oriel::error_kind::unsupported ? verdict::unsupported : verdict::refused;
  }
}

}  // namespace

TEST_CASE("random statements are accepted by both parsers or by none") {
  random_queries queries(20251127);
  std::size_t both = 0;
  std::size_t none = 0;
  std::size_t lenient = 0;
  std::size_t unsupported = 0;
  for (int i = 0; i < 20'000; ++i) {
    const words tokens = queries.make();
    const std::string text = text_of(tokens);
    const std::string theirs = postgres(text);
    std::string ours;
    const verdict v = oriel_says(text, ours);
    CAPTURE(text);
    CAPTURE(theirs);
    CAPTURE(ours);
    const bool on_purpose = v == verdict::refused && theirs.empty() && is_refused_on_purpose(tokens, ours);
    if (v == verdict::unsupported || on_purpose) {
      ++unsupported;
      continue;
    }
    if (v == verdict::accepted && !theirs.empty()) {
      ++lenient;
      CHECK(is_accepted_on_purpose(text, theirs));
      continue;
    }
    CHECK((v == verdict::accepted) == theirs.empty());
    ++(theirs.empty() ? both : none);
  }
  // The comparison says something on both sides.
  CHECK(both > 4'000);
  CHECK(none > 4'000);
  CHECK(lenient < none / 20);
  CHECK(unsupported < 2'000);
  MESSAGE(both << " accepted, " << none << " refused by both; " << lenient << " by PostgreSQL alone, " << unsupported
               << " by Oriel alone, all on purpose");
}

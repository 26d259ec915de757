// SPDX-License-Identifier: Apache-2.0
#include <oriel/query/parser.hpp>

#include <doctest/doctest.h>

#include <string>

#include <oriel/core/error.hpp>

namespace {

using namespace oriel;

oriel::error error_of(const std::string& text) {
  try {
    parse(text);
  } catch (const oriel::error& e) {
    return e;
  }
  FAIL("no error for: " << text);
  return {error_kind::invalid, ""};
}

std::string first_line(const oriel::error& e) { return e.message().substr(0, e.message().find('\n')); }

}  // namespace

TEST_CASE("operators bind as in PostgreSQL") {
  CHECK(parse_expression("a + b * c") == parse_expression("a + (b * c)"));
  CHECK(parse_expression("a - b - c") == parse_expression("(a - b) - c"));
  CHECK(parse_expression("NOT a = b AND c OR d") == parse_expression("((NOT (a = b)) AND c) OR d"));
  CHECK(parse_expression("a = b IS NULL") == parse_expression("(a = b) IS NULL"));
  CHECK(parse_expression("a || b = c") == parse_expression("(a || b) = c"));
  CHECK(parse_expression("a + b || c") == parse_expression("(a + b) || c"));
  CHECK(parse_expression("a = b LIKE c") == parse_expression("a = (b LIKE c)"));
  CHECK(parse_expression("-a::LONG") == parse_expression("-(a::LONG)"));
  CHECK(parse_expression("-a * b") == parse_expression("(-a) * b"));
  CHECK(parse_expression("a BETWEEN 1 + 1 AND 3 AND b") == parse_expression("(a BETWEEN (1 + 1) AND 3) AND b"));
  CHECK(parse_expression("a <> b") == parse_expression("a != b"));
}

TEST_CASE("chains of AND and of OR are one node each") {
  CHECK(parse_expression("a AND b AND c").operands.size() == 3);
  CHECK(parse_expression("a OR b OR c OR d").operands.size() == 4);
  CHECK(parse_expression("(a AND b) AND c").operands.size() == 2);
}

TEST_CASE("a minus before digits belongs to the number") {
  CHECK(parse_expression("-9223372036854775808").value == constant_value(std::int64_t{-9223372036854775807 - 1}));
  CHECK(parse_expression("-1.5").value == constant_value(-1.5));
  CHECK(parse_expression("a -1").operation == operation_kind::subtract);
  CHECK(parse_expression("-(1)").kind == expression_kind::operation);
  CHECK(first_line(error_of("SELECT 9223372036854775808")) ==
        "1:8: this number is beyond what a LONG can hold; write it with a point for a DOUBLE");
}

TEST_CASE("columns may be called as keywords are, without quotes") {
  const statement s = parse(
      "SELECT value, ts, count, timestamp, date, minute, offset, first, interval, filter, key FROM set WHERE end_time "
      "> now");
  REQUIRE(s.items.size() == 11);
  for (const select_item& item : s.items) CHECK(item.value.kind == expression_kind::name);
  CHECK(s.from->name == "set");
  CHECK(parse("SELECT count(*) count, max(ts) ts FROM t ORDER BY count DESC, ts").items[0].alias == "count");
  CHECK(parse("SELECT \"select\", `from` FROM `group`").from->name == "group");
}

TEST_CASE("aliases and labels keep the case that was written") {
  const statement s = parse("SELECT Org AS MyOrg, COUNT( * ), x not_as, AVG(v) AS 'mean of v', v \"a b\" FROM t");
  CHECK(s.items[0].alias == "MyOrg");
  CHECK(s.items[1].alias.empty());
  CHECK(s.items[1].label == "COUNT( * )");
}

TEST_CASE("comments, settings, options and semicolons are accepted") {
  const statement s = parse(
      "SET useMultistageEngine = true; -- a setting\n"
      "SELECT /* the /* nested */ one */ 1 AS one OPTION(timeoutMs=100, 'a.b' = 'c');\n"
      "SET x.y = -1.5;");
  REQUIRE(s.settings.size() == 4);
  CHECK(s.settings[0] == query_setting{"useMultistageEngine", true});
  CHECK(s.settings[1] == query_setting{"timeoutMs", std::int64_t{100}});
  CHECK(s.settings[2] == query_setting{"a.b", std::string("c")});
  CHECK(s.settings[3] == query_setting{"x.y", -1.5});
  CHECK(s.items[0].value.value == constant_value(std::int64_t{1}));
}

TEST_CASE("LIMIT and OFFSET come in any order, and LIMIT a, b skips a") {
  const statement a = parse("SELECT x FROM t LIMIT 2 OFFSET 5");
  CHECK(parse("SELECT x FROM t OFFSET 5 LIMIT 2") == a);
  CHECK(parse("SELECT x FROM t LIMIT 5, 2") == a);
  CHECK(parse("SELECT x FROM t LIMIT ALL OFFSET 5").limit == std::nullopt);
  CHECK(first_line(error_of("SELECT x FROM t LIMIT 1 LIMIT 2")) == "1:25: there is a LIMIT already");
}

TEST_CASE("types may have several words") {
  CHECK(parse_expression("CAST(x AS DOUBLE PRECISION)") == parse_expression("x::DOUBLE"));
  CHECK(parse_expression("x::TIMESTAMP WITH TIME ZONE") == parse_expression("x::TIMESTAMP"));
  CHECK(parse_expression("TIMESTAMP '2025-01-01'") == parse_expression("CAST('2025-01-01' AS TIMESTAMP)"));
  CHECK(parse_expression("EXTRACT(hour FROM ts)") == parse_expression("EXTRACT('hour' FROM ts)"));
  CHECK(parse_expression("INTERVAL '5' MINUTES") == parse_expression("INTERVAL '5 MINUTES'"));
}

TEST_CASE("an error shows line, column, the line and the place") {
  const oriel::error e = error_of("SELECT org\nFROM events\nWHERE value >\n");
  CHECK(e.kind() == error_kind::invalid);
  REQUIRE(e.position());
  CHECK(e.position()->line == 4);
  CHECK(e.message() == "4:1: expected an expression, found the end of the query\n  \n  ^");

  CHECK(error_of("SELECT 'gr\xC3\xBC\xC3\x9F', b b b FROM t").message() ==
        "1:20: expected an operator, a clause or the end of the query, found 'b'\n"
        "  SELECT 'gr\xC3\xBC\xC3\x9F', b b b FROM t\n"
        "                     ^");
  CHECK(error_of("SELECT *\r\nFROM\torders WERE x").message() ==
        "2:18: expected an operator, a clause or the end of the query, found 'x'\n"
        "  FROM orders WERE x\n"
        "                   ^");
}

TEST_CASE("of a long line only the part around the place is shown") {
  const std::string text = "SELECT " + std::string(300, 'a') + ", FROM, " + std::string(300, 'b');
  const std::string message = error_of(text).message();
  CHECK(message.size() < 400);
  CHECK(message.find("  ...aaaa") != std::string::npos);
  CHECK(message.find("bbbb...\n") != std::string::npos);
}

TEST_CASE("syntax errors say what was expected") {
  const auto says = [](const char* text, const char* message) {
    CAPTURE(text);
    CHECK(first_line(error_of(text)) == message);
  };
  says("", "the query is empty");
  says("  ", "1:3: expected SELECT, found the end of the query");
  says("SELECT", "1:7: expected an expression, found the end of the query");
  says("SELEC x", "1:1: expected SELECT, found 'SELEC'");
  says("SELECT a, FROM t", "1:11: expected an expression, found 'FROM' (as a name it needs double quotes)");
  says("SELECT (a + b FROM t",
       "1:15: expected ')' to close the one at column 8, found 'FROM' (as a name it needs double quotes)");
  says("SELECT 'abc", "1:8: this text is not closed; ' is missing");
  says("SELECT \"abc", "1:8: this name is not closed; \" is missing");
  says("SELECT 1 /* x", "1:10: this comment is not closed; '*/' is missing");
  says("SELECT a FROM t GROUP x", "1:23: expected BY after GROUP, found 'x'");
  says("SELECT a FROM t; SELECT b FROM t", "1:18: one statement at a time; only SET may follow ';'");
  says("SELECT a FROM t LIMIT 3 WHERE x",
       "1:25: WHERE stands in the wrong place; the order is FROM, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT");
  says("SELECT a < b < c", "1:14: comparisons do not chain; combine them with AND");
  says("SELECT a LIKE b LIKE c", "1:17: BETWEEN and LIKE do not chain; put one of them in parentheses");
  says("SELECT * a FROM t", "1:10: '*' stands for several columns, which cannot all have one name");
  says("SELECT a = NOT b", "1:12: NOT binds more weakly than what is before it; put it in parentheses");
  says("SELECT 5minutes",
       "1:8: a number may not run into letters; put a space between, or quote a name that begins with a digit");
  says("SELECT a @ b", "1:10: this character means nothing here");
  says("SELECT CASE WHEN a THEN b", "1:26: expected END to close CASE, found the end of the query");
  says("SELECT \"\"", "1:8: a name may not be empty");
  says("SELECT a AS FROM t", "1:18: expected an operator, a clause or the end of the query, found 't'");
  says("SELECT x IN () FROM t", "1:14: expected an expression, found ')'");
}

TEST_CASE("what SQL has and this version has not is named") {
  const auto says = [](const char* text, const char* message) {
    CAPTURE(text);
    const oriel::error e = error_of(text);
    CHECK(e.kind() == error_kind::unsupported);
    CHECK(first_line(e) == message);
  };
  says("SELECT * FROM a CROSS JOIN b", "1:17: CROSS JOIN is not supported");
  says("SELECT * FROM a x NATURAL JOIN b", "1:19: NATURAL JOIN is not supported");
  says("SELECT * FROM a, b", "1:16: several tables in FROM are not supported");
  says("SELECT (SELECT 1)", "1:9: subqueries are not supported");
  says("SELECT a IN (SELECT 1)", "1:14: subqueries are not supported");
  says("SELECT EXISTS (SELECT 1)", "1:8: EXISTS is not supported");
  says("EXPLAIN (FORMAT JSON) SELECT 1", "1:9: EXPLAIN with options is not supported");
  says("SELECT 1 UNION SELECT 2", "1:10: UNION, INTERSECT and EXCEPT are not supported");
  says("SELECT RANK() OVER (ORDER BY x) FROM t", "1:8: window functions (OVER) are not supported");
  says("SELECT DISTINCT ON (x) y FROM t", "1:17: DISTINCT ON is not supported");
  says("SELECT x FROM t GROUP BY ROLLUP(x)", "1:26: GROUPING SETS, ROLLUP and CUBE are not supported");
  says("SELECT a ILIKE b", "1:10: ILIKE is not supported");
  says("SELECT a LIKE b ESCAPE '!'", "1:17: ESCAPE is not supported");
  says("SELECT ts AT TIME ZONE 'UTC' FROM t", "1:11: AT TIME ZONE is not supported");
  says("SELECT (a, b) = (1, 2)", "1:8: row values (a, b) are not supported");
  says("SELECT x::VARCHAR(10)", "1:18: the length or precision of a type is not supported");
  says("SELECT x IS TRUE", "1:10: IS TRUE is not supported");
  says("DELETE FROM t", "1:1: statements other than SELECT are not supported");
  says("SELECT x FROM t FETCH FIRST 1 ROW ONLY", "1:17: FETCH is not supported");
}

TEST_CASE("queries stand within queries, joined and named") {
  const statement s = parse(
      "WITH w AS (SELECT 1 AS x), \"v\" AS (SELECT x FROM w) SELECT t.x FROM (SELECT x FROM w) AS t LEFT OUTER JOIN v AS u ON "
      "t.x = u.x INNER JOIN z USING (a, b.c) WHERE t.x > $2");
  REQUIRE(s.with.size() == 2);
  CHECK(s.with[1].query[0].from->name == "w");
  CHECK(s.from->query.size() == 1);
  CHECK(s.from->alias == "t");
  REQUIRE(s.joins.size() == 2);
  CHECK(s.joins[0].kind == join_kind::left);
  CHECK(s.joins[0].on->operation == operation_kind::equal);
  CHECK(s.joins[1].columns == std::vector<std::string>{"a", "b.c"});
  CHECK(s.parameters == 2);
  CHECK(parse("SELECT ?, ? FROM t LIMIT ?").parameters == 3);
  const auto says = [](const char* text, const char* message) {
    CAPTURE(text);
    CHECK(first_line(error_of(text)) == message);
  };
  says("SELECT ?, $1", "1:11: a query has parameters of one kind, either ? or $1");
  says("SELECT $0", "1:8: parameters are counted from $1 to $65535");
  says("SELECT * FROM a JOIN b", "1:23: expected ON or USING and what the tables are joined by, found the end of the query");
  says("SELECT * FROM (a)", "1:16: expected SELECT after '(' in FROM, found 'a'");
  says("WITH RECURSIVE a AS (SELECT 1) SELECT 1", "1:6: WITH RECURSIVE is not supported");
}

TEST_CASE("length and depth are capped") {
  CHECK(error_of("SELECT " + std::string(100'000, 'a')).message() ==
        "the query has 100007 bytes; at most 65536 are read");
  const auto nested = [](std::size_t depth, const std::string& open, const std::string& close) {
    std::string text = "SELECT ";
    for (std::size_t i = 0; i < depth; ++i) text += open;
    text += "1";
    for (std::size_t i = 0; i < depth; ++i) text += close;
    return text;
  };
  parse(nested(150, "(", ")"));
  for (const auto& parts : {std::pair{"(", ")"},
                            {"NOT ", ""},
                            {"- ", ""},
                            {"ABS(", ")"},
                            {"CASE WHEN 1=", " THEN 2 END"},
                            {"1 + (", ")"},
                            {"", "::LONG"},
                            {"", " + 1"},
                            {"", " IS NULL"}}) {
    const std::string open = parts.first;
    const std::string close = parts.second;
    CAPTURE(open);
    CAPTURE(close);
    const std::size_t depth = 60'000 / (open + close).size();
    const std::string message = error_of(nested(std::min<std::size_t>(depth, 10'000), open, close)).message();
    CHECK(message.find("nests deeper than 200 levels") != std::string::npos);
  }
  CHECK(error_of(nested(3'000, "1 FROM (SELECT ", ")")).message().find("queries nest deeper than 30 levels") !=
        std::string::npos);
  // Long conditions are wide, not deep.
  std::string wide = "SELECT x FROM t WHERE x = 0";
  for (int i = 1; i < 2'000; ++i) wide += " OR x = " + std::to_string(i);
  CHECK(parse(wide).where->operands.size() == 2'000);
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/query/statement.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include <oriel/query/parser.hpp>

using namespace oriel;

TEST_CASE("trees are the same wherever they stood in the text") {
  CHECK(parse_expression("a + b*2") == parse_expression("  a+(b * 2) -- the same"));
  CHECK_FALSE(parse_expression("a + b") == parse_expression("b + a"));
  CHECK_FALSE(parse_expression("a IN (1)") == parse_expression("a NOT IN (1)"));
  CHECK_FALSE(parse_expression("COUNT(a)") == parse_expression("COUNT(DISTINCT a)"));
  CHECK_FALSE(parse_expression("COUNT(a)") == parse_expression("COUNT(a) FILTER (WHERE b)"));
  CHECK_FALSE(parse_expression("1") == parse_expression("1.0"));
  CHECK_FALSE(parse_expression("'1'") == parse_expression("1"));
  CHECK(parse("SELECT a FROM t") == parse("select a\nfrom t;"));
  CHECK_FALSE(parse("SELECT a FROM t") == parse("SELECT a FROM t LIMIT 1"));
}

TEST_CASE("constants are compared by how they are written") {
  expression a;
  expression b;
  a.value = 0.0;
  b.value = -0.0;
  CHECK_FALSE(a == b);
  a.value = std::nan("");
  b.value = std::nan("");
  CHECK(a == b);
}

TEST_CASE("a part knows the bytes it was read from") {
  const std::string text = "SELECT a, lower(b) || 'x' FROM t";
  const statement s = parse(text);
  const text_span span = s.items[1].value.span;
  CHECK(text.substr(span.begin, span.end - span.begin) == "lower(b) || 'x'");
  CHECK(s.items[1].label == "lower(b) || 'x'");
  CHECK(text.substr(s.from->span.begin, s.from->span.end - s.from->span.begin) == "t");
}

// SPDX-License-Identifier: Apache-2.0
#include <oriel/query/printer.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include <oriel/query/parser.hpp>

namespace {

using namespace oriel;

/// Trees as the parser could make them, with every kind of part.
class random_trees {
 public:
  explicit random_trees(unsigned seed) : random_(seed) {}

  statement make_statement() {
    statement s = make_query(2);
    for (std::size_t n = below(3); n > 0; --n) s.settings.push_back({make_name(), make_constant()});
    return s;
  }

  table_reference make_table(std::size_t depth) {
    table_reference t;
    if (depth > 0 && chance(4)) {
      t.query.push_back(make_query(depth - 1));
    } else {
      t.name = make_name();
    }
    if (chance(2)) t.alias = make_name();
    return t;
  }

  statement make_query(std::size_t depth) {
    statement s;
    for (std::size_t n = depth > 0 && chance(4) ? 1 + below(2) : 0; n > 0; --n) {
      s.with.push_back({make_name(), {make_query(depth - 1)}, {}});
    }
    s.distinct = chance(4);
    for (std::size_t n = 1 + below(3); n > 0; --n) {
      select_item item;
      item.value = chance(8) ? make_star() : make(3);
      if (item.value.kind != expression_kind::star && chance(2)) item.alias = make_name();
      s.items.push_back(item);
    }
    if (!chance(5)) {
      s.from = make_table(depth);
      for (std::size_t n = chance(3) ? 1 + below(2) : 0; n > 0; --n) {
        join_clause join;
        join.kind = static_cast<join_kind>(below(4));
        join.table = make_table(depth);
        if (chance(2)) {
          join.on = make(2);
        } else {
          for (std::size_t c = 1 + below(2); c > 0; --c) join.columns.push_back(make_name());
        }
        s.joins.push_back(std::move(join));
      }
    }
    if (chance(2)) s.where = make(4);
    for (std::size_t n = below(3); n > 0; --n) s.group_by.push_back(make(2));
    if (chance(3)) s.having = make(3);
    for (std::size_t n = below(3); n > 0; --n) {
      s.order_by.push_back({make(2), chance(2), static_cast<null_order>(below(3))});
    }
    if (chance(2)) s.limit = make(1);
    if (chance(2)) s.offset = make(1);
    return s;
  }

  expression make(std::size_t depth) {
    if (depth == 0) return make_leaf();
    expression e;
    switch (below(9)) {
      case 0: return make_leaf();
      case 1:
        e.kind = expression_kind::cast;
        e.path = {chance(2) ? "LONG" : "timestamp"};
        e.operands = {make(depth - 1)};
        return e;
      case 2:
        e.kind = expression_kind::choice;
        e.has_subject = chance(2);
        e.has_otherwise = chance(2);
        for (std::size_t n = 2 * (1 + below(2)) + (e.has_subject ? 1 : 0) + (e.has_otherwise ? 1 : 0); n > 0; --n) {
          e.operands.push_back(make(depth - 1));
        }
        return e;
      case 3:
        e.kind = expression_kind::call;
        e.path = {chance(2) ? "SUM" : "lower"};
        e.distinct = chance(3);
        for (std::size_t n = e.distinct ? 1 + below(2) : below(3); n > 0; --n) e.operands.push_back(make(depth - 1));
        if (e.operands.empty() && chance(2)) e.operands.push_back(make_star());
        if (chance(3)) e.filter.push_back(make(depth - 1));
        return e;
      default: return make_operation(depth);
    }
  }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  bool chance(std::size_t one_in) { return below(one_in) == 0; }

  expression make_operation(std::size_t depth) {
    expression e;
    e.kind = expression_kind::operation;
    e.operation = static_cast<operation_kind>(below(static_cast<std::size_t>(operation_kind::disjunction) + 1));
    std::size_t operands = 2;
    switch (e.operation) {
      case operation_kind::negate:
      case operation_kind::logical_not: operands = 1; break;
      case operation_kind::is_null:
        operands = 1;
        e.negated = chance(2);
        break;
      case operation_kind::in:
        operands = 2 + below(3);
        e.negated = chance(2);
        break;
      case operation_kind::between:
        operands = 3;
        e.negated = chance(2);
        break;
      case operation_kind::like: e.negated = chance(2); break;
      case operation_kind::conjunction:
      case operation_kind::disjunction: operands = 2 + below(3); break;
      default: break;
    }
    for (; operands > 0; --operands) e.operands.push_back(make(depth - 1));
    return e;
  }

  expression make_leaf() {
    expression e;
    switch (below(5)) {
      case 0:
        e.kind = expression_kind::name;
        for (std::size_t n = 1 + below(3); n > 0; --n) e.path.push_back(make_name());
        return e;
      case 1:
        e.kind = expression_kind::time_length;
        e.value = std::string("5 minutes");
        return e;
      default: e.value = make_constant(); return e;
    }
  }

  expression make_star() {
    expression e;
    e.kind = expression_kind::star;
    if (chance(2)) e.path.push_back(make_name());
    return e;
  }

  constant_value make_constant() {
    constexpr std::int64_t integers[] = {0, 1, -1, 9223372036854775807, -9223372036854775807 - 1, 42};
    constexpr double doubles[] = {0.0, -0.0, 0.1, -2.5, 1e300, 5e-324, 1e15, 123456789.125, -1e-7};
    switch (below(6)) {
      case 0: return {};
      case 1: return chance(2);
      case 2: return integers[below(std::size(integers))];
      case 3: return doubles[below(std::size(doubles))];
      default: break;
    }
    const std::vector<std::string> texts{"", "a", "it's", "--", "/*", "\n", "\"", "gr\xC3\xBC\xC3\x9F", "5 minutes"};
    return texts[below(texts.size())];
  }

  std::string make_name() {
    const std::vector<std::string> names{"a",
                                         "ts",
                                         "value",
                                         "count",
                                         "select",
                                         "From",
                                         "order",
                                         "a b",
                                         "it\"s",
                                         "x.y",
                                         "offset",
                                         "left",
                                         "case",
                                         "filter",
                                         "1st",
                                         "interval",
                                         "set",
                                         "timestamp",
                                         "\xC3\xA9t\xC3\xA9",
                                         "`"};
    return names[below(names.size())];
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("what is printed reads back as the same tree") {
  random_trees trees(20251004);
  for (int i = 0; i < 20'000; ++i) {
    const expression e = trees.make(4);
    const std::string text = to_sql(e);
    CAPTURE(text);
    REQUIRE(parse_expression(text) == e);
  }
  for (int i = 0; i < 10'000; ++i) {
    const statement s = trees.make_statement();
    const std::string text = to_sql(s);
    CAPTURE(text);
    REQUIRE(parse(text) == s);
  }
}

TEST_CASE("the deepest trees read back as well") {
  for (const std::string part : {"- ", "NOT ", "1 - (", "ABS("}) {
    std::string text;
    std::string close;
    for (int i = 0; i < 190; ++i) {
      text += part;
      if (part.back() == '(') close += ')';
    }
    const expression e = parse_expression(text + "a" + close);
    CHECK((parse_expression(to_sql(e)) == e));
  }
}

TEST_CASE("printing puts parentheses only where they are needed") {
  const auto printed = [](const char* text) { return to_sql(parse_expression(text)); };
  CHECK(printed("(a+b)*2") == "(a + b) * 2");
  CHECK(printed("((a*b))+2") == "a * b + 2");
  CHECK(printed("a-(b-c)") == "a - (b - c)");
  CHECK(printed("-(-1)") == "-(-1)");
  CHECK(printed("- - a") == "-(-a)");
  CHECK(printed("not (a and b) or c") == "NOT (a AND b) OR c");
  CHECK(printed("x::double") == "CAST(x AS double)");
  CHECK(printed("1.0") == "1.0");
  CHECK(printed("1e300") == "1e+300");
  CHECK(printed("\"group\".\"order\"") == "\"group\".order");
}

TEST_CASE("statements print on one line") {
  CHECK(to_sql(parse(
            "set x = 1;\nselect distinct a as B, count(*) filter (where c)\nfrom t as u where a > 1 group by 1 having "
            "d order by e desc nulls last limit 3, 4;")) ==
        "SET 'x' = 1; SELECT DISTINCT a AS B, count(*) FILTER (WHERE c) FROM t AS u WHERE a > 1 GROUP BY 1 HAVING d "
        "ORDER BY "
        "e DESC NULLS LAST LIMIT 4 OFFSET 3");
}

TEST_CASE("names that are no plain words are quoted") {
  CHECK(quote_name("org") == "org");
  CHECK(quote_name("Group") == "\"Group\"");
  CHECK(quote_name("a b") == "\"a b\"");
  CHECK(quote_name("say \"hi\"") == "\"say \"\"hi\"\"\"");
  CHECK(quote_name("") == "\"\"");
}

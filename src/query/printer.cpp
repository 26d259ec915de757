// SPDX-License-Identifier: Apache-2.0
// src/query/printer.cpp - tree to SQL text.
//
// Each part is printed together with how strongly it binds; a part that binds less
// than its place asks for is put in parentheses.
#include <oriel/query/printer.hpp>

#include <charconv>
#include <cmath>
#include <utility>

#include <query/expression_parser.hpp>
#include <query/keywords.hpp>
#include <query/lexer.hpp>

namespace oriel {
namespace detail {
namespace {

std::string in_quotes(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out += quote;
}

std::string_view sign_of(operation_kind operation) {
  switch (operation) {
    case operation_kind::add: return " + ";
    case operation_kind::subtract: return " - ";
    case operation_kind::multiply: return " * ";
    case operation_kind::divide: return " / ";
    case operation_kind::remainder: return " % ";
    case operation_kind::append: return " || ";
    case operation_kind::equal: return " = ";
    case operation_kind::not_equal: return " <> ";
    case operation_kind::less: return " < ";
    case operation_kind::less_equal: return " <= ";
    case operation_kind::greater: return " > ";
    case operation_kind::greater_equal: return " >= ";
    case operation_kind::conjunction: return " AND ";
    case operation_kind::disjunction: return " OR ";
    default: return "";
  }
}

binding strength_of(operation_kind operation) {
  switch (operation) {
    case operation_kind::negate: return binding::sign;
    case operation_kind::add:
    case operation_kind::subtract: return binding::sum;
    case operation_kind::multiply:
    case operation_kind::divide:
    case operation_kind::remainder: return binding::product;
    case operation_kind::append: return binding::append;
    case operation_kind::equal:
    case operation_kind::not_equal:
    case operation_kind::less:
    case operation_kind::less_equal:
    case operation_kind::greater:
    case operation_kind::greater_equal: return binding::comparison;
    case operation_kind::in:
    case operation_kind::between:
    case operation_kind::like: return binding::range;
    case operation_kind::is_null: return binding::is;
    case operation_kind::logical_not: return binding::logical_not;
    case operation_kind::conjunction: return binding::conjunction;
    case operation_kind::disjunction: return binding::disjunction;
  }
  return binding::none;
}

binding strength_of(const expression& e) {
  return e.kind == expression_kind::operation ? strength_of(e.operation) : binding::primary;
}

binding above(binding b) noexcept { return static_cast<binding>(static_cast<int>(b) + 1); }

class printer {
 public:
  std::string take() { return std::move(out_); }

  void print(const expression& e) {
    switch (e.kind) {
      case expression_kind::constant: constant(e.value); break;
      case expression_kind::time_length:
        out_ += "INTERVAL ";
        constant(e.value);
        break;
      case expression_kind::name: path(e.path); break;
      case expression_kind::star:
        path(e.path);
        out_ += e.path.empty() ? "*" : ".*";
        break;
      case expression_kind::operation: operation(e); break;
      case expression_kind::choice: choice(e); break;
      case expression_kind::cast:
        out_ += "CAST(";
        print(e.operands[0]);
        out_ += " AS " + (is_plain_name(e.path[0]) ? e.path[0] : in_quotes(e.path[0], '"')) + ")";
        break;
      case expression_kind::call: call(e); break;
      case expression_kind::parameter: out_ += "$" + std::to_string(std::get<std::int64_t>(e.value)); break;
    }
  }

  void print(const statement& s) {
    for (const query_setting& setting : s.settings) {
      out_ += "SET " + in_quotes(setting.key, '\'') + " = ";
      constant(setting.value);
      out_ += "; ";
    }
    if (s.explain) out_ += "EXPLAIN ";
    if (!s.with.empty()) {
      out_ += "WITH ";
      list(s.with, [&](const common_table& t) {
        out_ += quote_name(t.name) + " AS (";
        print(t.query.front());
        out_ += ')';
      });
      out_ += ' ';
    }
    out_ += s.distinct ? "SELECT DISTINCT " : "SELECT ";
    list(s.items, [&](const select_item& item) {
      print(item.value);
      if (!item.alias.empty()) out_ += " AS " + quote_name(item.alias);
    });
    if (s.from) {
      out_ += " FROM ";
      print(*s.from);
    }
    for (const join_clause& join : s.joins) print(join);
    clause(" WHERE ", s.where);
    if (!s.group_by.empty()) {
      out_ += " GROUP BY ";
      list(s.group_by, [&](const expression& e) { print(e); });
    }
    clause(" HAVING ", s.having);
    if (!s.order_by.empty()) {
      out_ += " ORDER BY ";
      list(s.order_by, [&](const order_item& item) {
        print(item.value);
        if (item.descending) out_ += " DESC";
        if (item.nulls != null_order::unsaid) out_ += item.nulls == null_order::first ? " NULLS FIRST" : " NULLS LAST";
      });
    }
    clause(" LIMIT ", s.limit);
    clause(" OFFSET ", s.offset);
  }

 private:
  void print(const table_reference& t) {
    if (t.query.empty()) {
      out_ += quote_name(t.name);
    } else {
      out_ += '(';
      print(t.query.front());
      out_ += ')';
    }
    if (!t.alias.empty()) out_ += " AS " + quote_name(t.alias);
  }

  void print(const join_clause& join) {
    switch (join.kind) {
      case join_kind::inner: out_ += " JOIN "; break;
      case join_kind::left: out_ += " LEFT JOIN "; break;
      case join_kind::right: out_ += " RIGHT JOIN "; break;
      case join_kind::full: out_ += " FULL JOIN "; break;
      case join_kind::semi:
      case join_kind::anti: break;  // not of SQL
    }
    print(join.table);
    if (join.on) {
      out_ += " ON ";
      print(*join.on);
    } else {
      out_ += " USING (";
      list(join.columns, [&](const std::string& column) { out_ += quote_name(column); });
      out_ += ')';
    }
  }

  template <typename Items, typename Print>
  void list(const Items& items, Print print_item) {
    bool first = true;
    for (const auto& item : items) {
      if (!first) out_ += ", ";
      first = false;
      print_item(item);
    }
  }

  void clause(std::string_view word, const std::optional<expression>& e) {
    if (!e) return;
    out_ += word;
    print(*e);
  }

  void print(const expression& e, binding least) {
    const bool weak = strength_of(e) < least;
    if (weak) out_ += '(';
    print(e);
    if (weak) out_ += ')';
  }

  void path(const std::vector<std::string>& parts) {
    bool first = true;
    for (const std::string& part : parts) {
      if (!first) out_ += '.';
      // Behind a point every word is a name.
      out_ += first || !is_plain_name(part) ? quote_name(part) : part;
      first = false;
    }
  }

  void constant(const constant_value& value) {
    if (std::holds_alternative<std::monostate>(value)) {
      out_ += "NULL";
    } else if (const bool* const b = std::get_if<bool>(&value)) {
      out_ += *b ? "TRUE" : "FALSE";
    } else if (const std::int64_t* const i = std::get_if<std::int64_t>(&value)) {
      out_ += std::to_string(*i);
    } else if (const double* const d = std::get_if<double>(&value)) {
      decimal(*d);
    } else {
      out_ += in_quotes(std::get<std::string>(value), '\'');
    }
  }

  // The shortest digits that read back, with a point or exponent so that they read back as a DOUBLE.
  void decimal(double value) {
    if (!std::isfinite(value)) {
      out_ += std::isnan(value) ? "CAST('NaN' AS DOUBLE)"
              : value > 0       ? "CAST('Infinity' AS DOUBLE)"
                                : "CAST('-Infinity' AS DOUBLE)";
      return;
    }
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    const std::string_view written(digits, static_cast<std::size_t>(end - digits));
    out_ += written;
    if (written.find_first_of(".e") == written.npos) out_ += ".0";
  }

  void operation(const expression& e) {
    const binding strength = strength_of(e.operation);
    const std::string_view negation = e.negated ? " NOT" : "";
    switch (e.operation) {
      case operation_kind::negate: {
        // Behind a minus, digits would be read as a negative number and a second minus as a comment.
        out_ += '-';
        const expression& operand = e.operands[0];
        const bool safe = operand.kind != expression_kind::constant && strength_of(operand) > binding::sign;
        print(operand, safe ? binding::sign : above(binding::primary));
        break;
      }
      case operation_kind::logical_not:
        out_ += "NOT ";
        print(e.operands[0], strength);
        break;
      case operation_kind::is_null:
        print(e.operands[0], strength);
        out_ += e.negated ? " IS NOT NULL" : " IS NULL";
        break;
      // Of these three none is written bare on the left of another.
      case operation_kind::in:
        print(e.operands[0], above(strength));
        out_.append(negation).append(" IN (");
        for (std::size_t i = 1; i < e.operands.size(); ++i) {
          if (i > 1) out_ += ", ";
          print(e.operands[i]);
        }
        out_ += ')';
        break;
      case operation_kind::between:
        print(e.operands[0], above(strength));
        out_.append(negation).append(" BETWEEN ");
        print(e.operands[1], above(strength));
        out_ += " AND ";
        print(e.operands[2], above(strength));
        break;
      case operation_kind::like:
        print(e.operands[0], above(strength));
        out_.append(negation).append(" LIKE ");
        print(e.operands[1], above(strength));
        break;
      case operation_kind::conjunction:
      case operation_kind::disjunction: chain(e, above(strength), above(strength)); break;
      default:
        // Comparisons do not chain; the others group from the left.
        chain(e, strength == binding::comparison ? above(strength) : strength, above(strength));
        break;
    }
  }

  void chain(const expression& e, binding first, binding others) {
    for (std::size_t i = 0; i < e.operands.size(); ++i) {
      if (i > 0) out_ += sign_of(e.operation);
      print(e.operands[i], i == 0 ? first : others);
    }
  }

  void choice(const expression& e) {
    out_ += "CASE";
    std::size_t at = 0;
    if (e.has_subject) {
      out_ += ' ';
      print(e.operands[at++]);
    }
    for (; at + 1 < e.operands.size(); at += 2) {
      out_ += " WHEN ";
      print(e.operands[at]);
      out_ += " THEN ";
      print(e.operands[at + 1]);
    }
    if (e.has_otherwise) {
      out_ += " ELSE ";
      print(e.operands[at]);
    }
    out_ += " END";
  }

  void call(const expression& e) {
    out_ += e.path[0];
    const bool extract = is_word(e.path[0], "EXTRACT") && e.operands.size() == 2 && e.filter.empty() && !e.distinct &&
                         std::holds_alternative<std::string>(e.operands[0].value);
    if (extract) {
      out_ += '(';
      print(e.operands[0]);
      out_ += " FROM ";
      print(e.operands[1]);
      out_ += ')';
      return;
    }
    out_ += e.distinct ? "(DISTINCT " : "(";
    list(e.operands, [&](const expression& argument) { print(argument); });
    out_ += ')';
    if (!e.filter.empty()) {
      out_ += " FILTER (WHERE ";
      print(e.filter[0]);
      out_ += ')';
    }
  }

  std::string out_;
};

}  // namespace
}  // namespace detail

std::string to_sql(const expression& e) {
  detail::printer p;
  p.print(e);
  return p.take();
}

std::string to_sql(const statement& s) {
  detail::printer p;
  p.print(s);
  return p.take();
}

std::string quote_name(const std::string& name) {
  if (detail::is_plain_name(name) && !detail::is_reserved_alias(name)) return name;
  return detail::in_quotes(name, '"');
}

}  // namespace oriel

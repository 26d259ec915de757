// SPDX-License-Identifier: Apache-2.0
// src/query/parameters.cpp - values in the place of ? and $1.
//
// A value becomes the constant that could have been written there, before anything is
// bound: it can do what that constant can, and nothing has to be escaped.
#include <query/bind.hpp>

#include <string>

#include <query/diagnostic.hpp>

namespace oriel::detail {
namespace {

class filler {
 public:
  filler(const std::vector<constant_value>& values, std::string_view text) : values_(values), text_(text) {}

  void fill(expression& e) {
    if (e.kind == expression_kind::parameter) {
      e.kind = expression_kind::constant;
      e.value = constant_value(values_[static_cast<std::size_t>(std::get<std::int64_t>(e.value)) - 1]);
    }
    for (expression& operand : e.operands) fill(operand);
    for (expression& condition : e.filter) fill(condition);
  }

  void fill(statement& s) {
    for (common_table& t : s.with) fill(t.query.front());
    for (select_item& item : s.items) fill(item.value);
    if (s.from) fill(*s.from);
    for (join_clause& join : s.joins) {
      fill(join.table);
      if (join.on) fill(*join.on);
    }
    if (s.where) fill(*s.where);
    for (expression& e : s.group_by) fill_term(e);
    if (s.having) fill(*s.having);
    for (order_item& item : s.order_by) fill_term(item.value);
    if (s.limit) fill(*s.limit);
    if (s.offset) fill(*s.offset);
  }

 private:
  void fill(table_reference& t) {
    for (statement& inner : t.query) fill(inner);
  }

  // A number alone would be the position of an output.
  void fill_term(expression& e) {
    if (e.kind == expression_kind::parameter) {
      throw error_at(error_kind::invalid, text_, e.span, "a parameter alone means nothing in GROUP BY and ORDER BY");
    }
    fill(e);
  }

  const std::vector<constant_value>& values_;
  std::string_view text_;
};

}  // namespace

void fill_parameters(statement& query, const std::vector<constant_value>& values) {
  if (query.parameters != values.size()) {
    throw error(error_kind::invalid, "the query has " + std::to_string(query.parameters) + " parameters, but " +
                                         std::to_string(values.size()) + " values are given");
  }
  if (values.empty()) return;
  const std::string text = query.text;
  filler(values, text).fill(query);
}

}  // namespace oriel::detail

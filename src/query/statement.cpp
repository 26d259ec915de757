// SPDX-License-Identifier: Apache-2.0
// src/query/statement.cpp - comparing trees, places apart.
#include <oriel/query/statement.hpp>

#include <bit>

namespace oriel {
namespace {

// Constants are the same when they are written the same: NaN is itself, and -0.0 is not 0.0.
bool same(const constant_value& a, const constant_value& b) {
  const double* const x = std::get_if<double>(&a);
  const double* const y = std::get_if<double>(&b);
  if (x != nullptr && y != nullptr) return std::bit_cast<std::uint64_t>(*x) == std::bit_cast<std::uint64_t>(*y);
  return a == b;
}

}  // namespace

bool operator==(const expression& a, const expression& b) {
  if (a.kind != b.kind || a.negated != b.negated || a.distinct != b.distinct || a.has_subject != b.has_subject ||
      a.has_otherwise != b.has_otherwise) {
    return false;
  }
  if (a.kind == expression_kind::operation && a.operation != b.operation) return false;
  return same(a.value, b.value) && a.path == b.path && a.operands == b.operands && a.filter == b.filter;
}

bool operator==(const select_item& a, const select_item& b) { return a.value == b.value && a.alias == b.alias; }

bool operator==(const table_reference& a, const table_reference& b) {
  return a.name == b.name && a.alias == b.alias && a.query == b.query;
}

bool operator==(const join_clause& a, const join_clause& b) {
  return a.kind == b.kind && a.table == b.table && a.on == b.on && a.columns == b.columns;
}

bool operator==(const common_table& a, const common_table& b) { return a.name == b.name && a.query == b.query; }

bool operator==(const statement& a, const statement& b) {
  return a.explain == b.explain && a.with == b.with && a.distinct == b.distinct && a.items == b.items &&
         a.from == b.from &&
         a.joins == b.joins && a.where == b.where && a.group_by == b.group_by && a.having == b.having &&
         a.order_by == b.order_by && a.limit == b.limit && a.offset == b.offset && a.settings == b.settings;
}

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/query/builder.hpp - queries written in C++ instead of text.
//
//     result_set r = select(col("org"), count_all().as("n"), col("value").sum().as("total"))
//                        .from("rawEvents")
//                        .where(col("value") > 3 && col("action") == "purchase")
//                        .group_by(col("org"))
//                        .order_by(col("n").descending())
//                        .limit(10)
//                        .run(tables);
//
// This builds the tree that the parser would have built, and asks it. Values are put
// in as constants, never as text, so nothing needs escaping. The query is printed
// and parsed once more when it runs: that costs microseconds, and an error can then
// show the place in the printed text.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <oriel/core/export.hpp>
#include <oriel/core/time.hpp>
#include <oriel/query/sql.hpp>
#include <oriel/query/statement.hpp>

namespace oriel {

/// An expression being written: a column, a constant, or what operators and functions make of them.
///
/// Operators are those of SQL: `==` is `=`, `&&` is AND, and comparing with null gives null. Both sides of
/// `&&` and `||` are always built.
class ORIEL_EXPORT query_term {
 public:
  explicit query_term(expression e);

  query_term(std::nullptr_t);         // NOLINT: constants are terms
  query_term(double value);           // NOLINT
  query_term(timestamp value);        // NOLINT
  query_term(std::string value);      // NOLINT
  query_term(std::string_view value)  // NOLINT
      : query_term(std::string(value)) {}
  query_term(const char* value) : query_term(std::string(value)) {}  // NOLINT
  template <std::integral T>
  query_term(T value) : query_term(integral_constant_of(value)) {}  // NOLINT

  const expression& tree() const noexcept { return tree_; }
  const std::string& alias() const noexcept { return alias_; }

  /// Names the column of the result.
  query_term as(std::string name) const;

  query_term sum() const;
  query_term mean() const;
  query_term min() const;
  query_term max() const;
  query_term count() const;  ///< how often it is not null
  query_term count_distinct() const;
  query_term sum_distinct() const;

  /// Restricts an aggregate: FILTER (WHERE condition).
  query_term where(query_term condition) const;

  query_term is_null() const;
  query_term is_not_null() const;
  query_term in(std::vector<query_term> values) const;
  query_term between(query_term low, query_term high) const;  ///< both bounds included
  query_term like(query_term pattern) const;
  query_term cast(std::string type) const;

  order_item ascending() const;
  order_item descending() const;

 private:
  template <std::integral T>
  static expression integral_constant_of(T value) {
    expression e;
    if constexpr (std::same_as<T, bool>) {
      e.value = value;
    } else {
      static_assert(sizeof(T) < 8 || std::signed_integral<T>, "SQL has no unsigned 64-bit integers");
      e.value = static_cast<std::int64_t>(value);
    }
    return e;
  }

  expression tree_;
  std::string alias_;
};

/// A column, or an alias where SQL allows one. The whole text is the name: dots and spaces need no quotes.
ORIEL_EXPORT query_term col(std::string name);

/// The column of one of several tables: `col("v", "product_id")` is `v.product_id`.
ORIEL_EXPORT query_term col(std::string table, std::string name);

/// COUNT(*)
ORIEL_EXPORT query_term count_all();

/// Any other function: `call("DATE_TRUNC", {"minute", col("ts")})`.
ORIEL_EXPORT query_term call(std::string function, const std::vector<query_term>& arguments);

/// CASE WHEN condition THEN value ... ELSE otherwise END
ORIEL_EXPORT query_term choose(const std::vector<std::pair<query_term, query_term>>& cases,
                               const query_term& otherwise = nullptr);

ORIEL_EXPORT query_term operator+(const query_term& a, const query_term& b);
ORIEL_EXPORT query_term operator-(const query_term& a, const query_term& b);
ORIEL_EXPORT query_term operator*(const query_term& a, const query_term& b);
ORIEL_EXPORT query_term operator/(const query_term& a, const query_term& b);
ORIEL_EXPORT query_term operator%(const query_term& a, const query_term& b);
ORIEL_EXPORT query_term operator-(const query_term& a);
ORIEL_EXPORT query_term operator==(const query_term& a, const query_term& b);
ORIEL_EXPORT query_term operator!=(const query_term& a, const query_term& b);
ORIEL_EXPORT query_term operator<(const query_term& a, const query_term& b);
ORIEL_EXPORT query_term operator<=(const query_term& a, const query_term& b);
ORIEL_EXPORT query_term operator>(const query_term& a, const query_term& b);
ORIEL_EXPORT query_term operator>=(const query_term& a, const query_term& b);
ORIEL_EXPORT query_term operator&&(const query_term& a, const query_term& b);
ORIEL_EXPORT query_term operator||(const query_term& a, const query_term& b);
ORIEL_EXPORT query_term operator!(const query_term& a);

/// A SELECT statement being written. Clauses may come in any order; a second `where` or `having` adds a
/// condition, a second `group_by` or `order_by` adds terms.
class ORIEL_EXPORT select_query {
 public:
  select_query& distinct();
  select_query& from(std::string table, std::string alias = {});
  select_query& from(const select_query& query, std::string alias = {});

  /// JOIN, or another kind of it: `.join("products", "p", col("v", "product_id") == col("p", "id"), join_kind::left)`.
  select_query& join(std::string table, std::string alias, const query_term& on, join_kind kind = join_kind::inner);
  select_query& where(const query_term& condition);
  select_query& having(const query_term& condition);
  select_query& limit(std::size_t rows, std::size_t skipped = 0);

  template <typename... Terms>
  select_query& group_by(const Terms&... terms) {
    (add_group(terms), ...);
    return *this;
  }
  template <typename... Terms>
  select_query& order_by(const Terms&... terms) {
    (add_order(terms), ...);
    return *this;
  }

  const statement& tree() const noexcept { return tree_; }

  /// The query as SQL text.
  std::string text() const;

  /// Asks it. Errors: as `sql`; positions are those in `text()`.
  result_set run(const catalog& tables, const query_options& options = {}) const;
  result_set run(const catalog_snapshot& tables, const query_options& options = {}) const;

 private:
  template <typename... Terms>
  friend select_query select(const Terms&... terms);

  statement whole() const;
  void add_item(const query_term& term);
  void add_group(const query_term& term);
  void add_order(order_item item);
  void add_order(const query_term& term) { add_order(term.ascending()); }

  statement tree_;
};

/// Begins a query: the columns of its result. Without any, all columns of the table (`SELECT *`).
template <typename... Terms>
select_query select(const Terms&... terms) {
  select_query query;
  (query.add_item(terms), ...);
  return query;
}

}  // namespace oriel

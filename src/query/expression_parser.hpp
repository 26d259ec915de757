// SPDX-License-Identifier: Apache-2.0
// src/query/expression_parser.hpp - expressions, by precedence climbing.
//
// An operator binds its operands with a strength (`binding`); `parse(b)` reads an
// expression made of operators that bind at least as strongly as `b`. The strengths
// are PostgreSQL's. Chains of AND and of OR become one node each, so that a long
// condition is wide rather than deep; everything else is capped in depth.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <query/token_stream.hpp>

namespace oriel::detail {

/// How strongly operators bind, weakest first.
enum class binding : std::uint8_t {
  none,
  disjunction,
  conjunction,
  logical_not,
  is,
  comparison,
  range,  ///< BETWEEN, IN, LIKE
  append,
  sum,
  product,
  sign,
  cast,
  primary,
};

class expression_parser {
 public:
  explicit expression_parser(token_stream& tokens) : tokens_(tokens) {}

  /// Reads an expression; stops at the first token that does not continue it.
  expression parse();

  /// How many parameters there are so far: how often `?` stood, or the greatest number behind `$`.
  std::size_t parameters() const noexcept { return parameters_; }

 private:
  struct parsed {
    expression tree;
    std::size_t height = 1;
  };

  parsed parse(binding least);
  parsed prefix(binding least);
  parsed parameter();
  parsed infix(parsed left, binding least, bool& done);

  parsed chain(parsed first, operation_kind operation, binding strength);
  parsed binary(parsed left, operation_kind operation, binding right);
  parsed comparison(parsed left, operation_kind operation);
  parsed is_null(parsed operand);
  bool at_range();
  parsed range(parsed operand);
  parsed in_list(parsed operand, bool negated);

  parsed parentheses();
  parsed negation();
  parsed number(bool negative);
  parsed word();
  parsed name();
  parsed call();
  parsed call_arguments(parsed p);
  parsed extract_arguments(parsed p);
  parsed choice();
  parsed cast_call();
  parsed type_suffix(parsed operand);
  parsed typed_text();
  parsed time_length();
  std::string type_name();
  void refuse_call_suffix(std::size_t begin);
  [[noreturn]] void refuse_prefix_word();

  /// Makes `child` the next operand of `parent`.
  void add(parsed& parent, parsed child);
  parsed node(expression_kind kind, std::size_t begin) const;
  void check_depth(std::size_t levels, std::size_t begin, std::size_t most) const;

  token_stream& tokens_;
  std::size_t depth_ = 0;
  std::size_t parameters_ = 0;
  char parameter_style_ = '\0';  // ? or $
};

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// apps/common/report_page.hpp - answers on standard output: those asked for, or the application's report.
#pragma once

#include <optional>
#include <string_view>

#include <oriel/core/clock.hpp>
#include <oriel/query/result_set.hpp>
#include <oriel/table/catalog.hpp>

#include "common/command_line.hpp"

namespace apps {

/// Writes to standard output. Errors: throws `oriel::error{unavailable}` when that fails.
void print(std::string_view text);

/// Hands on what was printed. Errors: as `print`.
void finish_printing();

/// Prints the answers to queries, one after another, with an empty line between them.
class report_page {
 public:
  /// `now` is what now() and ago() read; without it, the system's clock. The tables must outlive the page.
  report_page(const oriel::catalog& tables, std::optional<oriel::timestamp> now, output_format format)
      : tables_(tables), fixed_(now.value_or(oriel::timestamp{})), now_chosen_(now.has_value()), format_(format) {}

  /// Unless the user has chosen another time, it is from here on the one this query answers with (if not null).
  /// So a report on last year's events has a last hour, too.
  void suggest_now(std::string_view query);

  /// Prints the answer to a query. The title, if any, stands above tables only; other formats are for programs.
  void answer(std::string_view query, std::string_view title = {});

 private:
  oriel::result_set ask(std::string_view query) const;

  const oriel::catalog& tables_;
  oriel::manual_clock fixed_;
  bool now_chosen_;
  output_format format_;
  bool begun_ = false;
};

}  // namespace apps

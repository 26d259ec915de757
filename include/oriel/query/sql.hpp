// SPDX-License-Identifier: Apache-2.0
// oriel/query/sql.hpp - ask tables in SQL.
//
// A query sees its tables as they stood at one moment, whatever is written to them
// meanwhile, and takes no lock while it runs. docs/sql.md lists the language,
// docs/query.md how a query is carried out and what it costs.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

#include <oriel/core/clock.hpp>
#include <oriel/core/error.hpp>
#include <oriel/core/export.hpp>
#include <oriel/core/time.hpp>
#include <oriel/query/result_set.hpp>
#include <oriel/query/statement.hpp>

namespace oriel {

class catalog;
class catalog_snapshot;

/// What a query may be told besides its text.
struct query_options {
  /// What now() and ago() read, once per query; nullptr is the system's clock.
  const oriel::clock* clock = nullptr;

  /// Values for `?` or `$1`, `$2`, ... A TIMESTAMP is a text or milliseconds since 1970, as in SQL.
  std::vector<constant_value> parameters = {};

  /// How many threads it may use, the calling one among them. The answer is the same for any number, but for the last
  /// bits of sums and means of DOUBLE.
  std::size_t threads = 1;

  /// When the query gives up, by the clock: `error{exhausted}`.
  std::optional<timestamp> deadline = {};

  /// Who may stop it: `error{unavailable}`.
  std::stop_token stop = {};

  /// How many bytes groups, sorting and the result may take, about; beyond it, `error{exhausted}`. Nothing is ever
  /// left out instead.
  std::size_t memory = std::numeric_limits<std::size_t>::max();
};

/// Answers a query about the tables as they are now.
///
/// Complexity: see docs/query.md; about 2 to 10 ns per row and thread for grouping by dictionary columns.
/// Memory: the result, the groups, and some 100 KiB of buffers.
/// Threads: may be called from any thread; runs on the calling one, and on others if `threads` says so.
/// Errors: throws `error{invalid}` (the query is wrong), `error{unsupported}` (it is right, but not carried
/// out), `error{exhausted}` (a sum or a LONG overflowed, or a limit of the options is reached), `error{unavailable}`
/// (it was stopped) or `error{malformed}` (a text that is cast is not what it is cast to), each with the position in
/// the text and a message that shows the line.
///
///     result_set r = sql(tables, "SELECT org, COUNT(*) AS n FROM events GROUP BY org ORDER BY n DESC");
ORIEL_EXPORT result_set sql(const catalog& tables, std::string_view text, const query_options& options = {});

/// The same about tables as they stood before.
ORIEL_EXPORT result_set sql(const catalog_snapshot& tables, std::string_view text, const query_options& options = {});

/// Answers a query that has been parsed or built. Errors: as `sql`.
ORIEL_EXPORT result_set execute(const catalog& tables, const statement& query, const query_options& options = {});
ORIEL_EXPORT result_set execute(const catalog_snapshot& tables, const statement& query,
                                const query_options& options = {});

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/query/arrow.hpp - the answer to a query for other programs: the Arrow C data interface.
//
// A result has Arrow's layout already, so what is exported are its own arrays. They live until
// the last array that shows them is released, in whatever order that happens.
//
//   column             Arrow                        copied
//   LONG, DOUBLE       int64, float64               nothing
//   TIMESTAMP          timestamp[ms, UTC]           nothing
//   STRING             large_utf8                   nothing
//   BOOLEAN            bool                         always: Arrow packs bits
//   lists              large_list of these          nothing but the bits of booleans
//
// Columns are called nullable whether or not there is a null in them. See oriel/table/arrow.hpp for
// the structs, and for tables.
#pragma once

#include <oriel/core/export.hpp>
#include <oriel/query/result_set.hpp>
#include <oriel/table/arrow.hpp>

namespace oriel {

/// What the rows of a result are: a struct with a member for each column. The caller releases `out`.
ORIEL_EXPORT void export_arrow(const result_set& rows, ArrowSchema* out);

/// All rows as one array. The caller releases `out`, which then owns the result: move it in to copy nothing.
ORIEL_EXPORT void export_arrow(result_set rows, ArrowArray* out);

/// Schema and rows, in one array. The caller releases `out`, and the array it has given.
///
///     ArrowArrayStream stream;
///     export_arrow(tables.sql("SELECT page, SUM(views) AS views FROM pages GROUP BY page"), &stream);
///     // pyarrow: pa.RecordBatchReader._import_from_c(address_of_stream)
ORIEL_EXPORT void export_arrow(result_set rows, ArrowArrayStream* out);

}  // namespace oriel

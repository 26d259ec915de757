// SPDX-License-Identifier: Apache-2.0
// oriel/table/arrow.hpp - a snapshot for other programs' eyes: the Arrow C data interface.
//
// Two structs that say what a column is and where its buffers lie, and one that hands out
// batches, are the whole agreement; no library is needed on either side. Whoever imports
// them reads the table's chunks where they are and keeps the snapshot alive until it has
// called `release`. One batch is one chunk.
//
//   column             Arrow                                      copied
//   LONG, DOUBLE       int64, float64                             nothing
//   TIMESTAMP          timestamp[ms, UTC]                         nothing
//   STRING             dictionary of large_utf8, uint32 indices   the dictionary, once per export
//     without one      utf8                                       offsets; bytes unless they lie in order
//   BOOLEAN            bool                                       always: Arrow packs bits
//   lists              list of these                              offsets; elements unless they lie in order
//
// From "The Arrow C data interface" and "The Arrow C stream interface" of Apache Arrow.
#pragma once

#include <cstddef>
#include <cstdint>

#include <oriel/core/export.hpp>
#include <oriel/table/snapshot.hpp>

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

extern "C" {

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  std::int64_t flags;
  std::int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  std::int64_t length;
  std::int64_t null_count;
  std::int64_t offset;
  std::int64_t n_buffers;
  std::int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

}  // extern "C"

#endif  // ARROW_C_DATA_INTERFACE

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

extern "C" {

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};

}  // extern "C"

#endif  // ARROW_C_STREAM_INTERFACE

namespace oriel {

/// What the snapshot's rows are: a struct with a member for each column. The caller releases `out`.
ORIEL_EXPORT void export_arrow(const table_snapshot& rows, ArrowSchema* out);

/// One chunk of a snapshot. The caller releases `out`; until then the snapshot is kept.
/// Requires: there is such a chunk.
ORIEL_EXPORT void export_arrow(const table_snapshot& rows, std::size_t chunk, ArrowArray* out);

/// All chunks, in order. The caller releases `out`, and each array it has given.
///
///     ArrowArrayStream stream;
///     export_arrow(tables.snapshot("pages"), &stream);
///     // pyarrow: pa.RecordBatchReader._import_from_c(address_of_stream)
ORIEL_EXPORT void export_arrow(const table_snapshot& rows, ArrowArrayStream* out);

}  // namespace oriel

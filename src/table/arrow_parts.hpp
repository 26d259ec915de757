// SPDX-License-Identifier: Apache-2.0
// src/table/arrow_parts.hpp - building blocks of exports to Arrow: who owns what, and release.
//
// Every array owns itself: a consumer may take a child out and release it later than its
// parent. So each has its own share of what the buffers lie in, with what had to be copied, in
// `private_data`; release deletes that, and children and dictionary if they are still there.
//
// A schema or an array is begun, filled in, and ended, which says where its buffers and
// children are. What was begun may be released at any moment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <oriel/table/arrow.hpp>

namespace oriel::detail {

/// What an array consists of while it is made.
struct arrow_array_parts {
  std::shared_ptr<const void> owner;  ///< keeps the buffers that were not copied
  std::vector<const void*> buffers;
  std::vector<ArrowArray*> children;
  std::deque<std::vector<std::byte>> copies;

  /// A new child, to be begun.
  ArrowArray* add_child();

  /// Bytes of the array's own.
  std::byte* make_copy(std::size_t bytes);

  /// A bit for each value.
  const void* pack_bits(const std::uint8_t* values, std::size_t count);
};

arrow_array_parts& begin_arrow(ArrowArray* out, std::shared_ptr<const void> owner, std::size_t length,
                               std::int64_t nulls);
void end_arrow(ArrowArray* out);
void release_arrow(ArrowArray* out);

/// A new dictionary of the array, to be begun.
ArrowArray* add_arrow_dictionary(ArrowArray* out);

/// `format` must live for ever.
void begin_arrow(ArrowSchema* out, const char* format, std::string name, bool nullable);
ArrowSchema* add_arrow_child(ArrowSchema* out);
void end_arrow(ArrowSchema* out);
void release_arrow(ArrowSchema* out);

/// How a value that is no list, or an element, is called. STRING has no format of its own: it depends on where it lies.
const char* arrow_format(column_type type) noexcept;

/// A struct of columns; `describe` begins and ends the child for each.
void export_arrow_struct(ArrowSchema* out, std::size_t columns,
                         const std::function<void(std::size_t, ArrowSchema*)>& describe);
void export_arrow_struct(ArrowArray* out, std::shared_ptr<const void> owner, std::size_t columns, std::size_t rows,
                         const std::function<void(std::size_t, ArrowArray*)>& fill);

/// A stream. `next` gives one array after the other, and returns false when there is none.
void make_arrow_stream(ArrowArrayStream* out, std::function<void(ArrowSchema*)> schema,
                       std::function<bool(ArrowArray*)> next);

std::int64_t count_nulls(const std::uint64_t* validity, std::size_t rows) noexcept;

}  // namespace oriel::detail

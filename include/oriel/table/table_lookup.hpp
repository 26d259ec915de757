// SPDX-License-Identifier: Apache-2.0
// oriel/table/table_lookup.hpp - rows of a table by primary key, as structs.
//
// A query reads a snapshot; this reads the table itself, some hundred keys at a time,
// through the index that its writes use, and copies what it finds. Nothing is shared, so no
// later write is any dearer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <oriel/core/arena.hpp>
#include <oriel/core/export.hpp>
#include <oriel/core/fields.hpp>
#include <oriel/table/column_batch.hpp>
#include <oriel/table/table.hpp>
#include <oriel/table/table_sink.hpp>

namespace oriel {

/// Reads rows of one table by key into structs of one type, whose members are named as columns.
///
/// Complexity: a look-up in the index per key, a cell per member. Memory: the keys and strings of one batch.
/// Threads: one at a time; the table may be written by others. Lifetime: the table outlives it; views of strings are
/// good until the next `read`.
///
///     table_lookup products(tables.at("products"), table_lookup::members_of<product>(), {{"id", column_type::string}});
///     products.key(0).push_back("p-7");
///     product row{};
///     std::uint8_t found = 0;
///     products.read(&row, sizeof row, {&found, 1});
class ORIEL_EXPORT table_lookup {
 public:
  /// The members of `Row`; those of structs in it as "outer.inner".
  template <described Row>
  static std::vector<detail::member_column> members_of() {
    std::vector<detail::member_column> members;
    detail::append_columns(fields_of<Row>(), 0, "", members);
    return members;
  }

  /// `key` is the table's key columns, in the order and with the types in which keys will be given.
  /// Errors: throws `error{invalid}` when the table has no key or another one, or when a member has no column, one of
  /// another type, or is not optional though its column may be null; `error{unsupported}` for lists.
  table_lookup(const table& of, const std::vector<detail::member_column>& members, const std::vector<column_description>& key);

  /// Where the parts of the keys to be read are pushed.
  column_buffer& key(std::size_t part) noexcept { return keys_[order_[part]]; }

  /// Takes the keys pushed away.
  void clear() noexcept;

  /// Reads the rows of the keys pushed, into structs `stride` apart, and takes the keys away, also when it throws. Of a
  /// key that is not there `found[i]` is 0 and the struct untouched.
  /// Errors: throws `error{exhausted}` for a number that does not fit its member.
  void read(void* first, std::size_t stride, std::span<std::uint8_t> found);

 private:
  struct cell {
    std::size_t column;
    field_descriptor field;
    std::size_t offset;
  };

  void read_cell(const cell& from, std::uint32_t row, std::byte* to);

  const table* of_;
  std::vector<cell> cells_;
  std::vector<column_buffer> keys_;  // in the order of the table's key
  std::vector<std::size_t> order_;   // by part: which of them
  std::vector<std::uint32_t> rows_;
  arena texts_;
};

}  // namespace oriel

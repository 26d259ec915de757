// SPDX-License-Identifier: Apache-2.0
// oriel/table/table_sink.hpp - rows of a user's type, written into a table.
//
// A table takes columns; rows come as structs. Where a member already is what a
// column stores, the column is a strided view of the batch and nothing is copied;
// other members (small integers, optionals, owned strings) are converted into a
// buffer. Which member goes where is settled once, when the pipeline is built.
//
//   described struct   a column per member, nested structs by dotted name ("attrs.device")
//   pane               the key's columns, window_start, window_end, the row's columns
//   keyed_row          the key's columns, the row's columns
//
// A std::vector of numbers, strings or times becomes a column of lists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <oriel/core/batch.hpp>
#include <oriel/core/export.hpp>
#include <oriel/core/fields.hpp>
#include <oriel/core/key.hpp>
#include <oriel/core/keyed_row.hpp>
#include <oriel/flow/node.hpp>
#include <oriel/table/table.hpp>
#include <oriel/window/pane.hpp>

namespace oriel {

/// How a stream becomes a table.
struct into_options {
  std::vector<std::string> key = {};      ///< primary key of an append stream; empty: an append table
  std::vector<std::string> columns = {};  ///< which columns, in which order; empty: all, in theirs

  /// A LONG or TIMESTAMP column: of rows of one key the one with the greater value stays. Empty: event time decides.
  std::string comparison = {};

  // As in `table_options`.
  upsert_mode mode = upsert_mode::full;
  std::vector<column_strategy> strategies = {};
  std::string delete_column = {};
  duration ttl{0};

  /// How the table is kept, given whether rows are compared.
  table_options kept(bool are_compared) const {
    return {.comparison = are_compared,
            .mode = mode,
            .strategies = strategies,
            .delete_column = delete_column,
            .ttl = ttl};
  }
};

namespace detail {

/// A member of the rows of a stream, on its way to a column.
struct member_column {
  std::string name;
  field_descriptor field;
  std::size_t offset = 0;
};

/// Appends the columns `fields` make; nested structs are flattened.
ORIEL_EXPORT void append_columns(std::span<const field_descriptor> fields, std::size_t offset, const std::string& prefix,
                                 std::vector<member_column>& out);

template <typename Row>
std::size_t offset_in(const Row& row, const void* member) {
  return static_cast<std::size_t>(static_cast<const char*>(member) - reinterpret_cast<const char*>(&row));
}

template <typename Holder, typename Key>
void append_key_columns(const Holder& sample, const Key& k, const std::vector<std::string>& names,
                        std::vector<member_column>& out) {
  if constexpr (is_tuple<Key>) {
    std::size_t next = 0;
    std::apply(
        [&](const auto&... part) {
          ((out.push_back({names[next], describe_field<std::remove_cvref_t<decltype(part)>>("", 0),
                           offset_in(sample, &part)}),
            ++next),
           ...);
        },
        k);
  } else {
    out.push_back({names.front(), describe_field<Key>("", 0), offset_in(sample, &k)});
  }
}

/// The columns rows of type `T` have, and those that make their key.
template <typename T>
struct row_layout {
  static std::vector<member_column> columns(const std::vector<std::string>&) {
    static_assert(has_fields<T>, "into: describe the row type with BOOST_DESCRIBE_STRUCT, or map to one that is");
    std::vector<member_column> out;
    append_columns(fields_of<T>(), 0, "", out);
    return out;
  }
};

template <typename Key, typename Row, pane_mode Mode>
struct row_layout<pane<Key, Row, Mode>> {
  static std::vector<member_column> columns(const std::vector<std::string>& key_names) {
    const pane<Key, Row, Mode> sample{};
    std::vector<member_column> out;
    append_key_columns(sample, sample.key, key_names, out);
    out.push_back({"window_start", describe_field<timestamp>("", 0), offset_in(sample, &sample.window.start)});
    out.push_back({"window_end", describe_field<timestamp>("", 0), offset_in(sample, &sample.window.end)});
    append_columns(fields_of<Row>(), offset_in(sample, &sample.row), "", out);
    return out;
  }
};

template <typename Key, typename Row>
struct row_layout<keyed_row<Key, Row>> {
  static std::vector<member_column> columns(const std::vector<std::string>& key_names) {
    const keyed_row<Key, Row> sample{};
    std::vector<member_column> out;
    append_key_columns(sample, sample.key, key_names, out);
    append_columns(fields_of<Row>(), offset_in(sample, &sample.row), "", out);
    return out;
  }
};

/// A row of a changelog on its way into a table, which knows it by columns the user names.
template <typename Row>
struct changed_row {
  using row_type = Row;

  change_kind kind = change_kind::insert;
  Row row{};
};

template <typename T>
inline constexpr bool is_changed_row = false;
template <typename Row>
inline constexpr bool is_changed_row<changed_row<Row>> = true;

template <typename Row>
struct row_layout<changed_row<Row>> {
  static std::vector<member_column> columns(const std::vector<std::string>&) {
    static_assert(has_fields<Row>, "into: describe the row type with BOOST_DESCRIBE_STRUCT, or map to one that is");
    const changed_row<Row> sample{};
    std::vector<member_column> out;
    append_columns(fields_of<Row>(), offset_in(sample, &sample.row), "", out);
    return out;
  }
};

/// How many columns a key makes.
template <typename Key>
inline constexpr std::size_t key_columns = 1;
template <typename... Parts>
inline constexpr std::size_t key_columns<std::tuple<Parts...>> = sizeof...(Parts);

/// Rows of one type as columns of one table.
class ORIEL_EXPORT row_columns {
 public:
  /// Picks `chosen` (all if empty) from `members`. Errors: throws `error{invalid}` for an unknown name,
  /// `error{unsupported}` for a member no column can store.
  row_columns(std::vector<member_column> members, const std::vector<std::string>& chosen);

  /// The schema these columns make. Errors: as the constructor of `schema`.
  oriel::schema schema(std::vector<std::string> key) const;

  /// The rows as columns, good until the next call. What the rows view must live until the batch is written.
  column_batch view(const void* first, std::size_t size, std::size_t stride);

 private:
  std::vector<member_column> members_;
  std::vector<column_buffer> converted_;  // by column; used where a view will not do
  std::vector<column_values> views_;
};

/// Which column the option `comparison` means; nothing if it is empty. Errors: throws `error{invalid}` when there is
/// none such, or it is not LONG or TIMESTAMP and without nulls.
ORIEL_EXPORT std::optional<std::size_t> comparison_column(const schema& columns, const std::string& name,
                                                           const std::string& table);

/// Whether elements of this type can say that a row is gone.
template <typename T>
concept erasable = requires(const T& t) {
  { t.kind } -> std::convertible_to<change_kind>;
};

}  // namespace detail

/// Writes the rows of a stream into a table. Rows dropped because a newer one was there go on to `out_of_order()`.
template <typename T>
class table_sink final : public operator_node<T> {
 public:
  /// Rows are compared, if at all, by one of their columns or by event time.
  table_sink(std::string name, table& to, detail::row_columns columns, std::optional<std::size_t> comparison = {})
      : operator_node<T>(std::move(name)), table_(to), columns_(std::move(columns)), comparison_(comparison) {}

  std::string label() const override { return "table " + table_.name(); }
  std::size_t state_bytes() const override { return table_.bytes(); }
  outlet<T>& out_of_order() noexcept { return out_of_order_; }

  void on_batch(const batch_view<T>& batch) override {
    const column_batch rows = columns_.view(batch.rows.data(), batch.size(), sizeof(T));
    this->counters_.in.add(batch.size());
    if (table_.schema().key().empty()) {
      table_.append(rows);
      this->counters_.applied.add(batch.size());
      return;
    }
    upsert_details details;
    if (table_.options().comparison) {
      details.comparison = comparison_ ? rows.columns[*comparison_] : column_values(batch.times.data());
    }
    if constexpr (detail::erasable<T>) {
      kinds_.clear();
      for (const T& row : batch.rows) kinds_.push_back(row.kind);
      details.kinds = {kinds_.data(), kinds_.size()};
    }
    details.changelog = detail::is_changed_row<T>;
    const write_result result = table_.upsert(rows, details);
    const std::size_t dropped = result.out_of_order.size();
    this->counters_.dropped.add(dropped);
    this->counters_.corrected.add(result.merged);
    this->counters_.applied.add(batch.size() - dropped - result.merged);
    if (dropped > 0 && out_of_order_.connected()) hand_on(batch, result.out_of_order);
  }
  void on_watermark(timestamp w) override {
    if (w != end_of_time && !comparison_) table_.advance(w);  // at the end of a stream its table stays
    out_of_order_.watermark(w);
  }
  void on_end() override { out_of_order_.end(); }

 private:
  void hand_on(const batch_view<T>& batch, std::span<const std::uint32_t> positions) {
    old_.clear();
    for (const std::uint32_t i : positions) old_.push_back(batch.rows[i], batch.times[i], batch.watermarks[i]);
    out_of_order_.send(old_);
  }

  table& table_;
  detail::row_columns columns_;
  std::optional<std::size_t> comparison_;
  std::vector<change_kind> kinds_;
  batch<T> old_;
  outlet<T> out_of_order_{*this, "out_of_order"};
};

}  // namespace oriel

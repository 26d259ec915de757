// SPDX-License-Identifier: Apache-2.0
// src/query/join_run.cpp - the tables of FROM matched by equal keys.
#include <query/join_run.hpp>

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include <oriel/core/error.hpp>
#include <query/evaluator.hpp>
#include <query/number_dictionary.hpp>
#include <query/prune.hpp>
#include <query/total_order.hpp>

namespace oriel::detail {
namespace {

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

using row_numbers = std::vector<std::uint32_t>;  // batch * vector_rows + row, or none

// One input under the column numbers of all of them.
class shifted_relation final : public relation {
 public:
  shifted_relation(const relation& input, std::size_t first) : input_(input), first_(first) {}

  std::size_t row_count() const noexcept override { return input_.row_count(); }
  std::size_t batch_count() const noexcept override { return input_.batch_count(); }
  std::size_t batch_size(std::size_t batch) const noexcept override { return input_.batch_size(batch); }
  column_vector column(std::size_t batch, std::size_t column) const noexcept override {
    return input_.column(batch, column - first_);
  }
  const text_dictionary* dictionary(std::size_t column) const noexcept override {
    return input_.dictionary(column - first_);
  }
  zone bounds(std::size_t batch, std::size_t column) const noexcept override {
    return input_.bounds(batch, column - first_);
  }
  zone block_bounds(std::size_t block, std::size_t column) const noexcept override {
    return input_.block_bounds(block, column - first_);
  }

 private:
  const relation& input_;
  std::size_t first_;
};

// The values of a key on both sides, as numbers.
class key_numbers {
 public:
  // For each row number of the input, the number of its value, or none for null. Batches without rows are passed over.
  row_numbers of(const program& nodes, node_id node, const relation& input, std::size_t first_column,
                 const row_numbers& rows, std::string_view text) {
    const shifted_relation shifted(input, first_column);
    evaluator values(nodes, shifted, text);
    row_numbers out(input.batch_count() * vector_rows, none);
    std::vector<bool> wanted(input.batch_count(), false);
    for (const std::uint32_t row : rows) {
      if (row != none) wanted[row / vector_rows] = true;
    }
    row_numbers known;  // of the ids of a dictionary
    for (std::size_t batch = 0; batch < input.batch_count(); ++batch) {
      if (!wanted[batch]) continue;
      values.load(batch);
      const column_vector v = values.evaluate(node, values.all_rows());
      std::uint32_t* const to = out.data() + batch * vector_rows;
      const std::size_t size = values.all_rows().size;
      if (v.type == column_type::string) {
        if (v.dictionary != nullptr) known.resize(v.dictionary->size(), none);
        for (std::size_t i = 0; i < size; ++i) {
          if (v.is_null(i)) continue;
          if (v.dictionary == nullptr) {
            to[i] = texts_.intern(v.text(i));
            continue;
          }
          std::uint32_t& number = known[v.ids()[i]];
          if (number == none) number = texts_.intern(v.text(i));
          to[i] = number;
        }
      } else {
        number_bits(v, size, to);
      }
    }
    return out;
  }

 private:
  void number_bits(const column_vector& v, std::size_t size, std::uint32_t* to) {
    std::uint64_t bits[vector_rows] = {};
    row_index places[vector_rows] = {};
    std::uint32_t ids[vector_rows] = {};
    std::size_t n = 0;
    for (std::size_t i = 0; i < size; ++i) {
      if (v.is_null(i)) continue;
      bits[n] = v.type == column_type::boolean   ? v.booleans()[i] != 0
                : v.type == column_type::float64 ? ordered_bits(v.float64s()[i])
                                                 : ordered_bits(v.int64s()[i]);
      places[n++] = static_cast<row_index>(i);
    }
    numbers_.intern(bits, n, ids);
    for (std::size_t k = 0; k < n; ++k) to[places[k]] = ids[k];
  }

  text_dictionary texts_;
  number_dictionary numbers_;
};

// Two numbers as one.
class pair_numbers {
 public:
  void combine(row_numbers& a, const row_numbers& b) {
    for (std::size_t first = 0; first < a.size(); first += vector_rows) {
      std::uint64_t pairs[vector_rows];
      std::uint32_t ids[vector_rows];
      const std::size_t size = std::min(vector_rows, a.size() - first);
      for (std::size_t i = 0; i < size; ++i) pairs[i] = std::uint64_t{a[first + i]} << 32 | b[first + i];
      numbers_.intern(pairs, size, ids);
      for (std::size_t i = 0; i < size; ++i) {
        if (a[first + i] != none) a[first + i] = b[first + i] == none ? none : ids[i];
      }
    }
  }

 private:
  number_dictionary numbers_;
};

class join_run {
 public:
  join_run(const query_plan& plan, const std::vector<const relation*>& inputs, std::string_view text,
           query_watch& watch)
      : plan_(plan), inputs_(inputs), text_(text), watch_(watch) {
    rows_.push_back(rows_of(0));
  }

  joined_rows run() && {
    for (const join_plan& join : plan_.joins) step(join);
    return {fetch(), batches_read_};
  }

 private:
  // The rows of an input that its own conditions hold for.
  row_numbers rows_of(std::size_t at) {
    const shifted_relation input(*inputs_[at], plan_.inputs[at].first_column);
    if (input.batch_count() * vector_rows >= none) throw error(error_kind::exhausted, "too many rows to join");
    const program& nodes = plan_.first_expressions();
    evaluator values(nodes, input, text_);
    selection selected;
    row_numbers out;
    for (const scanned_batch& scanned : plan_scan(nodes, plan_.inputs[at].filters, input)) {
      watch_.check();
      ++batches_read_;
      values.load(scanned.batch);
      row_set rows = values.all_rows();
      for (const node_id filter : scanned.filters) {
        if (rows.count > 0) rows = values.filter(filter, rows, selected);
      }
      for_each_selected(rows, [&](std::size_t i) {
        out.push_back(static_cast<std::uint32_t>(scanned.batch * vector_rows + i));
      });
    }
    return out;
  }

  // The numbers of the keys of a join, for the rows so far and for those of the new input.
  std::pair<row_numbers, row_numbers> number_keys(const join_plan& join, const row_numbers& added) {
    const std::size_t next = rows_.size();
    std::pair<row_numbers, row_numbers> out;
    bool first = true;
    for (const join_plan::key& key : join.keys) {
      key_numbers numbers;
      const auto numbers_of = [&](node_id node, std::size_t input, const row_numbers& rows) {
        const row_numbers all =
            numbers.of(plan_.keys, node, *inputs_[input], plan_.inputs[input].first_column, rows, text_);
        row_numbers picked(rows.size(), none);
        for (std::size_t k = 0; k < rows.size(); ++k) {
          if (rows[k] != none) picked[k] = all[rows[k]];
        }
        return picked;
      };
      row_numbers left = numbers_of(key.left, key.left_input, rows_[key.left_input]);
      row_numbers right = numbers_of(key.right, next, added);
      if (first) {
        out = {std::move(left), std::move(right)};
      } else {
        pair_numbers both;
        both.combine(out.first, left);
        both.combine(out.second, right);
      }
      first = false;
    }
    return out;
  }

  void step(const join_plan& join) {
    const row_numbers added = rows_of(rows_.size());
    const auto [left, right] = number_keys(join, added);

    // The new rows by number, each number's in their order.
    std::uint32_t greatest = 0;
    for (const std::uint32_t number : right) greatest = std::max(greatest, number == none ? 0 : number);
    std::vector<std::uint32_t> begin(std::size_t{greatest} + 2, 0);
    for (const std::uint32_t number : right) {
      if (number != none) ++begin[number + 1];
    }
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    row_numbers by_number(begin.back());
    std::vector<std::uint32_t> next(begin.begin(), begin.end() - 1);
    for (std::size_t k = 0; k < right.size(); ++k) {
      if (right[k] != none) by_number[next[right[k]]++] = static_cast<std::uint32_t>(k);
    }

    const bool keeps_left = join.kind == join_kind::left || join.kind == join_kind::full;
    const bool keeps_right = join.kind == join_kind::right || join.kind == join_kind::full;
    std::vector<std::uint8_t> matched(keeps_right ? added.size() : 0);
    std::vector<row_numbers> joined(rows_.size() + 1);
    const auto put = [&](std::uint32_t old_row, std::uint32_t new_row) {
      if (joined[0].size() >= none) throw error(error_kind::exhausted, "this JOIN makes too many rows");
      for (std::size_t i = 0; i < rows_.size(); ++i) joined[i].push_back(old_row == none ? none : rows_[i][old_row]);
      joined.back().push_back(new_row == none ? none : added[new_row]);
      if (joined[0].size() % vector_rows != 0) return;
      watch_.check();
      watch_.use(vector_rows * joined.size() * sizeof(std::uint32_t));
    };
    for (std::size_t k = 0; k < left.size(); ++k) {
      const bool any = left[k] != none && left[k] <= greatest && begin[left[k]] != begin[left[k] + 1];
      if (any) {
        for (std::uint32_t at = begin[left[k]]; at < begin[left[k] + 1]; ++at) {
          put(static_cast<std::uint32_t>(k), by_number[at]);
          if (keeps_right) matched[by_number[at]] = 1;
        }
      } else if (keeps_left) {
        put(static_cast<std::uint32_t>(k), none);
      }
    }
    for (std::size_t k = 0; k < matched.size(); ++k) {
      if (matched[k] == 0) put(none, static_cast<std::uint32_t>(k));
    }
    rows_ = std::move(joined);
  }

  std::unique_ptr<relation> fetch() {
    std::vector<std::optional<column_type>> wanted;
    for (const input_plan& input : plan_.inputs) wanted.resize(wanted.size() + input.columns);
    const program& reads = plan_.first_expressions();
    for (node_id id = 0; id < reads.size(); ++id) {
      if (reads[id].op == opcode::column) wanted[reads[id].column] = reads[id].type;
    }
    std::vector<column_data> columns;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      for (std::size_t c = 0; c < plan_.inputs[i].columns; ++c) {
        if (const auto type = wanted[columns.size()]) {
          columns.push_back(fetch(*inputs_[i], c, *type, rows_[i]));
          watch_.check();
          watch_.use(rows_[i].size() * sizeof(std::int64_t));
        } else {
          columns.emplace_back(column_type::int64);
        }
      }
    }
    return std::make_unique<column_relation>(std::move(columns), rows_[0].size());
  }

  static column_data fetch(const relation& input, std::size_t column, column_type type, const row_numbers& rows) {
    std::vector<column_vector> batches;
    for (std::size_t batch = 0; batch < input.batch_count(); ++batch) batches.push_back(input.column(batch, column));
    column_data out(type, has_dictionary(type) ? input.dictionary(column) : nullptr);
    for (const std::uint32_t row : rows) {
      const std::size_t i = row % vector_rows;
      if (row == none || batches[row / vector_rows].is_null(i)) {
        out.push_null();
        continue;
      }
      const column_vector& v = batches[row / vector_rows];
      switch (type) {
        case column_type::boolean: out.push_boolean(v.booleans()[i] != 0); break;
        case column_type::int64:
        case column_type::time: out.push_int64(v.int64s()[i]); break;
        case column_type::float64: out.push_float64(v.float64s()[i]); break;
        case column_type::string: v.dictionary != nullptr ? out.push_id(v.ids()[i]) : out.push_text(v.text(i)); break;
        default: out.push_list_of(v, i); break;
      }
    }
    return out;
  }

  const query_plan& plan_;
  const std::vector<const relation*>& inputs_;
  std::string_view text_;
  query_watch& watch_;
  std::size_t batches_read_ = 0;
  std::vector<row_numbers> rows_;  // of each input joined so far, the row in each joined row
};

}  // namespace

joined_rows run_joins(const query_plan& plan, const std::vector<const relation*>& inputs, std::string_view text,
                      query_watch& watch) {
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks): what was fetched is handed to the joined rows
  return join_run(plan, inputs, text, watch).run();
}

}  // namespace oriel::detail

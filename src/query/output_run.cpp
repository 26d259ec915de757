// SPDX-License-Identifier: Apache-2.0
// src/query/output_run.cpp - the last stage at work.
#include <query/output_run.hpp>

#include <algorithm>
#include <compare>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include <query/evaluator.hpp>
#include <query/prune.hpp>
#include <query/result_builder.hpp>
#include <query/row_sorter.hpp>
#include <query/total_order.hpp>

namespace oriel::detail {
namespace {

class output_run {
 public:
  output_run(const output_stage& stage, const relation& input, std::string_view text, query_watch& watch)
      : stage_(stage),
        watch_(watch),
        values_(stage.expressions, input, text),
        batches_(plan_scan(stage.expressions, stage.filters, input)) {
    for (const output_column& output : stage.outputs) columns_.emplace_back(stage.expressions[output.node].type);
  }

  std::size_t batches_read() const noexcept { return read_; }

  result_set run() {
    if (stage_.order.empty()) {
      read_in_order();
    } else {
      read_sorted();
    }
    std::vector<result_column> columns;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      columns.push_back(std::move(columns_[i]).finish(stage_.outputs[i].name));
    }
    return {std::move(columns), rows_};
  }

 private:
  row_set filtered(const scanned_batch& batch) {
    watch_.check();
    ++read_;
    values_.load(batch.batch);
    row_set rows = values_.all_rows();
    for (const node_id filter : batch.filters) {
      if (rows.count == 0) break;
      rows = values_.filter(filter, rows, selected_);
    }
    return rows;
  }

  void make_room(std::size_t rows) {
    watch_.use((rows - rows_) * columns_.size() * sizeof(std::uint64_t));
    rows_ = rows;
    for (result_column_builder& column : columns_) column.resize(rows);
  }

  // Evaluates the outputs for some rows of the batch; the k-th goes to row `place(k)` of the result.
  template <typename Place>
  void put(const row_set& rows, Place place) {
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const column_vector v = values_.evaluate(stage_.outputs[c].node, rows);
      for (std::size_t k = 0; k < rows.count; ++k) columns_[c].put(place(k), v, rows[k]);
    }
  }

  void read_in_order() {
    std::size_t skip = stage_.offset;
    std::size_t wanted = stage_.limit;
    for (const scanned_batch& batch : batches_) {
      if (wanted == 0) break;
      row_set rows = filtered(batch);
      if (rows.count <= skip) {
        skip -= rows.count;
        continue;
      }
      if (skip > 0 || rows.count - skip > wanted) {
        part_.count = std::min(rows.count - skip, wanted);
        for (std::size_t k = 0; k < part_.count; ++k) part_.index[k] = static_cast<row_index>(rows[k + skip]);
        rows = values_.select(part_);
        skip = 0;
      }
      wanted -= rows.count;
      const std::size_t first = rows_;
      make_room(first + rows.count);
      put(rows, [&](std::size_t k) { return first + k; });
    }
  }

  void read_sorted() {
    std::size_t limit = row_sorter::no_limit;
    if (stage_.limit != row_sorter::no_limit) {
      limit = stage_.limit > limit - stage_.offset ? limit : stage_.limit + stage_.offset;
    }
    row_sorter sorter(stage_.order, stage_.limit == 0 ? 0 : limit);
    std::vector<column_vector> keys(stage_.order.size());
    constexpr std::size_t small = 10 * vector_rows;
    const bool by_bounds = limit <= small;
    std::vector<promise> left = promises(by_bounds);
    while (!left.empty()) {
      const promise next = left.front();
      if (next.best && sorter.is_hopeless(*next.best)) break;  // so are all others
      std::pop_heap(left.begin(), left.end(), std::greater<>());
      left.pop_back();
      if (next.last - next.first > 1) {
        for (std::size_t i = next.first; i < next.last; ++i) {
          left.push_back(make_promise(i, i + 1, by_bounds));
          std::push_heap(left.begin(), left.end(), std::greater<>());
        }
        continue;
      }
      const scanned_batch& batch = batches_[next.first];
      const row_set rows = filtered(batch);
      if (rows.count == 0) continue;
      for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = values_.evaluate(stage_.order[i].node, rows);
      const std::size_t before = sorter.size();
      sorter.add(batch.batch, rows, keys);
      if (sorter.size() > before) watch_.use((sorter.size() - before) * 32 * keys.size());
    }
    std::vector<row_place> places = sorter.finish();
    places.erase(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(std::min(stage_.offset, places.size())));
    make_room(places.size());
    put_places(places);
  }

  // Some of batches_, one or several of a block, and what the best row could have as its first key, as the sorter's
  // number; nothing if that is unknown.
  struct promise {
    std::optional<std::uint64_t> best;
    std::size_t first = 0;
    std::size_t last = 0;  // one behind

    auto operator<=>(const promise&) const = default;
  };

  // The blocks as a heap, the next one to read on top. With a small limit these are the most promising ones: "the
  // latest ten" then looks into one, and asks the others for their bounds only.
  std::vector<promise> promises(bool by_bounds) const {
    std::vector<promise> out;
    for (std::size_t first = 0; first < batches_.size(); first = out.back().last) {
      const std::size_t block = batches_[first].batch / block_chunks;
      std::size_t last = first + 1;
      while (last < batches_.size() && batches_[last].batch / block_chunks == block) ++last;
      out.push_back(make_promise(first, last, by_bounds));
    }
    std::make_heap(out.begin(), out.end(), std::greater<>());
    return out;
  }

  promise make_promise(std::size_t first, std::size_t last, bool by_bounds) const {
    return {by_bounds ? best_of(first, last) : std::nullopt, first, last};
  }

  std::optional<std::uint64_t> best_of(std::size_t first, std::size_t last) const {
    const sort_key& key = stage_.order.front();
    const plan_node& node = stage_.expressions[key.node];
    if (node.op != opcode::column || node.type == column_type::string || node.type == column_type::boolean) return {};
    const relation& input = values_.input();
    const std::size_t batch = batches_[first].batch;
    const bool is_block = last - first > 1;
    const zone z = is_block ? input.block_bounds(batch / block_chunks, node.column) : input.bounds(batch, node.column);
    const bool may_be_null = node.nullable && (is_block || input.column(batch, node.column).validity != nullptr);
    if (!z.bounded || z.has_nan || (key.nulls_first && may_be_null)) return {};  // anything is possible
    const std::uint64_t bits = node.type == column_type::float64
                                   ? ordered_bits(key.descending ? z.max_float64 : z.min_float64)
                                   : ordered_bits(key.descending ? z.max_int64 : z.min_int64);
    return row_sorter::number_of(key, bits);
  }

  // Batch by batch, each row to its place in the result.
  void put_places(const std::vector<row_place>& places) {
    std::vector<std::uint32_t> order(places.size());
    std::iota(order.begin(), order.end(), std::uint32_t{0});
    const bool many = places.size() * 8 > values_.input().row_count();
    if (many) {
      // Sorted by counting: where each row of the relation goes.
      constexpr std::uint32_t nowhere = std::numeric_limits<std::uint32_t>::max();
      std::vector<std::uint32_t> to(values_.input().batch_count() * vector_rows, nowhere);
      for (std::size_t i = 0; i < places.size(); ++i) {
        to[places[i].batch * vector_rows + places[i].row] = static_cast<std::uint32_t>(i);
      }
      order.erase(std::copy_if(to.begin(), to.end(), order.begin(), [](std::uint32_t at) { return at != nowhere; }),
                  order.end());
    } else {
      std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return places[a] < places[b]; });
    }
    for (std::size_t first = 0; first < order.size();) {
      const std::size_t batch = places[order[first]].batch;
      part_.count = 0;
      std::size_t last = first;
      for (; last < order.size() && places[order[last]].batch == batch; ++last) {
        part_.index[part_.count++] = places[order[last]].row;
      }
      values_.load(batch);
      put(values_.select(part_), [&](std::size_t k) { return order[first + k]; });
      first = last;
    }
  }

  const output_stage& stage_;
  query_watch& watch_;
  evaluator values_;
  std::vector<scanned_batch> batches_;
  std::vector<result_column_builder> columns_;
  std::size_t rows_ = 0;
  std::size_t read_ = 0;
  selection selected_;
  selection part_;
};

}  // namespace

result_set run_output(const output_stage& stage, const relation& input, std::string_view text, query_watch& watch,
                      std::size_t* batches_read) {
  output_run run(stage, input, text, watch);
  result_set out = run.run();
  if (batches_read != nullptr) *batches_read = run.batches_read();
  return out;
}

}  // namespace oriel::detail

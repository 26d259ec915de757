// SPDX-License-Identifier: Apache-2.0
// src/query/output_run.cpp - the last stage at work.
#include <query/output_run.hpp>

#include <algorithm>
#include <cstdint>
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
    for (const promise& p : promises(limit)) {
      const scanned_batch& batch = batches_[p.index];
      if (p.best && sorter.is_hopeless(*p.best)) continue;
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

  // What the best row of a batch could have as its first key, as the sorter's number; nothing if that is unknown.
  struct promise {
    std::size_t index = 0;  // in batches_
    std::optional<std::uint64_t> best;
  };

  // With a small limit, the most promising batches come first: "the latest ten" then reads few others.
  std::vector<promise> promises(std::size_t limit) const {
    std::vector<promise> out(batches_.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i].index = i;
    const sort_key& key = stage_.order.front();
    const plan_node& node = stage_.expressions[key.node];
    constexpr std::size_t small = 10 * vector_rows;
    if (limit > small || node.op != opcode::column || node.type == column_type::string ||
        node.type == column_type::boolean) {
      return out;
    }
    const relation& input = values_.input();
    for (promise& p : out) {
      const std::size_t batch = batches_[p.index].batch;
      const zone z = input.bounds(batch, node.column);
      const bool nulls_first = key.nulls_first && input.column(batch, node.column).validity != nullptr;
      if (!z.bounded || z.has_nan || nulls_first) continue;  // anything is possible
      const std::uint64_t bits = node.type == column_type::float64
                                     ? ordered_bits(key.descending ? z.max_float64 : z.min_float64)
                                     : ordered_bits(key.descending ? z.max_int64 : z.min_int64);
      p.best = row_sorter::number_of(key, bits);
    }
    std::stable_sort(out.begin(), out.end(), [](const promise& a, const promise& b) { return a.best < b.best; });
    return out;
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

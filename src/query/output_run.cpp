// SPDX-License-Identifier: Apache-2.0
// src/query/output_run.cpp - the last stage at work.
#include <query/output_run.hpp>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include <query/evaluator.hpp>
#include <query/prune.hpp>
#include <query/result_builder.hpp>
#include <query/row_sorter.hpp>

namespace oriel::detail {
namespace {

class output_run {
 public:
  output_run(const output_stage& stage, const relation& input, std::string_view text)
      : stage_(stage), values_(stage.expressions, input, text), batches_(plan_scan(stage.expressions, stage.filters, input)) {
    for (const output_column& output : stage.outputs) columns_.emplace_back(stage.expressions[output.node].type);
  }

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
    values_.load(batch.batch);
    row_set rows = values_.all_rows();
    for (const node_id filter : batch.filters) {
      if (rows.count == 0) break;
      rows = values_.filter(filter, rows, selected_);
    }
    return rows;
  }

  void make_room(std::size_t rows) {
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
    for (const scanned_batch& batch : batches_) {
      const row_set rows = filtered(batch);
      if (rows.count == 0) continue;
      for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = values_.evaluate(stage_.order[i].node, rows);
      sorter.add(batch.batch, rows, keys);
    }
    std::vector<row_place> places = sorter.finish();
    places.erase(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(std::min(stage_.offset, places.size())));
    make_room(places.size());

    // Batch by batch, each row to its place in the result.
    std::vector<std::size_t> order(places.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return places[a].batch != places[b].batch ? places[a].batch < places[b].batch : places[a].row < places[b].row;
    });
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
  evaluator values_;
  std::vector<scanned_batch> batches_;
  std::vector<result_column_builder> columns_;
  std::size_t rows_ = 0;
  selection selected_;
  selection part_;
};

}  // namespace

result_set run_output(const output_stage& stage, const relation& input, std::string_view text) {
  return output_run(stage, input, text).run();
}

}  // namespace oriel::detail

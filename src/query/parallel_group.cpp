// SPDX-License-Identifier: Apache-2.0
// src/query/parallel_group.cpp - a grouping stage on several threads.
#include <query/parallel_group.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <query/group_run.hpp>

namespace oriel::detail {
namespace {

// Some consecutive batches of a relation.
class batch_range final : public relation {
 public:
  batch_range(const relation& input, std::size_t first, std::size_t last) : input_(input), first_(first) {
    count_ = last - first;
    for (std::size_t batch = first; batch < last; ++batch) rows_ += input.batch_size(batch);
  }

  std::size_t row_count() const noexcept override { return rows_; }
  std::size_t batch_count() const noexcept override { return count_; }
  std::size_t batch_size(std::size_t batch) const noexcept override { return input_.batch_size(first_ + batch); }
  column_vector column(std::size_t batch, std::size_t column) const noexcept override {
    return input_.column(first_ + batch, column);
  }
  const text_dictionary* dictionary(std::size_t column) const noexcept override { return input_.dictionary(column); }
  zone bounds(std::size_t batch, std::size_t column) const noexcept override {
    return input_.bounds(first_ + batch, column);
  }

 private:
  const relation& input_;
  std::size_t first_;
  std::size_t count_ = 0;
  std::size_t rows_ = 0;
};

// A mean is put together from a sum and a count.
struct split_mean {
  std::size_t sum;    // among the aggregates that are carried out
  std::size_t count;  // the same
};

// Appends the values of one column of a relation.
void append(const relation& from, std::size_t column, column_data& out) {
  for (std::size_t batch = 0; batch < from.batch_count(); ++batch) {
    const column_vector v = from.column(batch, column);
    for (std::size_t i = 0; i < from.batch_size(batch); ++i) {
      if (v.is_null(i)) {
        out.push_null();
        continue;
      }
      switch (v.type) {
        case column_type::boolean: out.push_boolean(v.booleans()[i] != 0); break;
        case column_type::float64: out.push_float64(v.float64s()[i]); break;
        case column_type::string:
          out.dictionary() != nullptr ? out.push_id(v.ids()[i]) : out.push_text(v.text(i));
          break;
        default: out.push_int64(v.int64s()[i]); break;
      }
    }
  }
}

}  // namespace

bool can_run_in_parallel(const group_stage& stage) noexcept {
  const auto is_element = [&](node_id key) { return stage.expressions[key].op == opcode::each_element; };
  if (std::any_of(stage.keys.begin(), stage.keys.end(), is_element)) return false;
  return std::all_of(stage.aggregates.begin(), stage.aggregates.end(), [](const aggregate_call& call) {
    return !call.distinct && !call.elements && call.kind <= aggregate_kind::maximum;
  });
}

struct parallel_group::state {
  const group_stage& stage;
  const relation& input;
  std::string_view text;
  query_watch& watch;
  std::size_t threads;

  group_stage parts;   // what each thread carries out: no means
  group_stage whole;   // what puts their groups together
  std::vector<std::optional<split_mean>> means;  // of each aggregate of the stage
  std::vector<std::size_t> places;               // of each that is no mean, among the parts
  std::vector<std::unique_ptr<batch_range>> ranges;
  std::vector<std::unique_ptr<group_run>> runs;
  std::optional<column_relation> gathered;
  std::optional<group_run> last;
  std::optional<column_relation> output;

  // Means become sums and counts.
  void split() {
    parts.expressions = stage.expressions;
    parts.filters = stage.filters;
    parts.keys = stage.keys;
    const auto add = [&](const aggregate_call& call) {
      parts.aggregates.push_back(call);
      return parts.aggregates.size() - 1;
    };
    for (const aggregate_call& call : stage.aggregates) {
      if (call.kind != aggregate_kind::mean) {
        places.push_back(add(call));
        means.emplace_back();
        continue;
      }
      aggregate_call sum = call;
      sum.kind = aggregate_kind::sum;
      sum.type = stage.expressions[*call.argument].type;
      aggregate_call count = call;
      count.kind = aggregate_kind::count;
      count.type = column_type::int64;
      const std::size_t of_sum = add(sum);
      means.emplace_back(split_mean{of_sum, add(count)});
      places.push_back(of_sum);
    }
  }

  void run_threads() {
    const std::size_t batches = input.batch_count();
    threads = std::min(threads, batches);
    for (std::size_t t = 0; t < threads; ++t) {
      ranges.push_back(std::make_unique<batch_range>(input, batches * t / threads, batches * (t + 1) / threads));
      runs.push_back(nullptr);
    }
    std::vector<std::exception_ptr> problems(threads);
    const auto work = [&](std::size_t t) noexcept {
      try {
        runs[t] = std::make_unique<group_run>(parts, *ranges[t], text, watch);
        runs[t]->run();
      } catch (...) {
        problems[t] = std::current_exception();
      }
    };
    {
      std::vector<std::jthread> others;
      for (std::size_t t = 1; t < threads; ++t) others.emplace_back(work, t);
      work(0);
    }
    for (const std::exception_ptr& problem : problems) {
      if (problem) std::rethrow_exception(problem);
    }
  }

  // The groups of all threads, one behind the other.
  void gather() {
    std::vector<column_data> columns;
    const std::size_t count = stage.keys.size() + parts.aggregates.size();
    std::size_t rows = 0;
    for (std::size_t c = 0; c < count; ++c) {
      const bool key = c < stage.keys.size();
      const column_type type =
          key ? stage.expressions[stage.keys[c]].type : parts.aggregates[c - stage.keys.size()].type;
      const text_dictionary* shared = runs[0]->output().dictionary(c);
      for (const auto& run : runs) {
        if (run->output().dictionary(c) != shared) shared = nullptr;
      }
      column_data column(type, shared);
      for (const auto& run : runs) append(run->output(), c, column);
      rows = column.size();
      columns.push_back(std::move(column));
    }
    if (count == 0) {
      for (const auto& run : runs) rows += run->output().row_count();
    }
    gathered.emplace(std::move(columns), rows);
  }

  void regroup() {
    const auto column = [&](std::size_t c, column_type type) {
      plan_node node;
      node.op = opcode::column;
      node.type = type;
      node.nullable = true;
      node.column = c;
      return whole.expressions.add(std::move(node));
    };
    for (std::size_t k = 0; k < stage.keys.size(); ++k) {
      whole.keys.push_back(column(k, stage.expressions[stage.keys[k]].type));
    }
    for (std::size_t a = 0; a < parts.aggregates.size(); ++a) {
      aggregate_call call;
      call.type = parts.aggregates[a].type;
      call.span = parts.aggregates[a].span;
      call.argument = column(stage.keys.size() + a, call.type);
      const aggregate_kind kind = parts.aggregates[a].kind;
      call.kind = kind == aggregate_kind::minimum || kind == aggregate_kind::maximum ? kind : aggregate_kind::sum;
      whole.aggregates.push_back(call);
    }
    last.emplace(whole, *gathered, text, watch);
    last->run();
  }

  const relation& finish() {
    const relation& groups = last->output();
    std::vector<column_data> columns;
    for (std::size_t k = 0; k < stage.keys.size(); ++k) {
      columns.emplace_back(stage.expressions[stage.keys[k]].type, groups.dictionary(k));
      append(groups, k, columns.back());
    }
    for (std::size_t a = 0; a < stage.aggregates.size(); ++a) {
      const std::size_t place = stage.keys.size() + places[a];
      columns.emplace_back(stage.aggregates[a].type, means[a] ? nullptr : groups.dictionary(place));
      if (!means[a]) {
        append(groups, place, columns.back());
        continue;
      }
      for (std::size_t batch = 0; batch < groups.batch_count(); ++batch) {
        const column_vector sum = groups.column(batch, stage.keys.size() + means[a]->sum);
        const column_vector count = groups.column(batch, stage.keys.size() + means[a]->count);
        for (std::size_t i = 0; i < groups.batch_size(batch); ++i) {
          const std::int64_t n = count.int64s()[i];
          const double total =
              sum.type == column_type::int64 ? static_cast<double>(sum.int64s()[i]) : sum.float64s()[i];
          n == 0 ? columns.back().push_null() : columns.back().push_float64(total / static_cast<double>(n));
        }
      }
    }
    output.emplace(std::move(columns), groups.row_count());
    return *output;
  }
};

parallel_group::parallel_group(const group_stage& stage, const relation& input, std::string_view text,
                               query_watch& watch, std::size_t threads)
    : state_(new state{stage, input, text, watch, threads, {}, {}, {}, {}, {}, {}, {}, {}, {}}) {}

parallel_group::~parallel_group() = default;

std::size_t parallel_group::batches_read() const noexcept {
  std::size_t out = 0;
  for (const auto& run : state_->runs) out += run != nullptr ? run->batches_read() : 0;
  return out;
}

const relation& parallel_group::run() {
  state_->split();
  state_->run_threads();
  state_->gather();
  state_->regroup();
  return state_->finish();
}

}  // namespace oriel::detail

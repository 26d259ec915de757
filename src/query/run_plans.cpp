// SPDX-License-Identifier: Apache-2.0
// src/query/run_plans.cpp - the plans of a statement, one after the other.
#include <query/run_plans.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <query/group_run.hpp>
#include <query/join_run.hpp>
#include <query/output_run.hpp>
#include <query/parallel_group.hpp>
#include <query/relation.hpp>

namespace oriel::detail {
namespace {

class plan_runner {
 public:
  plan_runner(const query_plans& plans, std::string_view text, query_watch& watch, std::size_t threads,
              query_trace* trace)
      : plans_(plans), text_(text), watch_(watch), threads_(threads), trace_(trace), results_(plans.size()) {}

  result_set run() {
    const std::vector<bool> wanted = find_wanted();
    for (std::size_t i = 0; i + 1 < plans_.size(); ++i) {
      if (wanted[i]) results_[i] = std::make_unique<result_relation>(run(plans_[i]));
    }
    return run(plans_.back());
  }

 private:
  // Plans only read earlier ones.
  std::vector<bool> find_wanted() const {
    std::vector<bool> wanted(plans_.size(), false);
    wanted.back() = true;
    for (std::size_t i = plans_.size(); i-- > 0;) {
      for (const input_plan& input : plans_[i].inputs) {
        if (wanted[i] && input.query) wanted[*input.query] = true;
      }
    }
    return wanted;
  }

  result_set run(const query_plan& plan) {
    std::vector<std::unique_ptr<relation>> tables;
    std::vector<const relation*> inputs;
    for (const input_plan& input : plan.inputs) {
      if (input.query) {
        inputs.push_back(results_[*input.query].get());
      } else {
        inputs.push_back(tables.emplace_back(std::make_unique<table_relation>(*input.table)).get());
      }
    }
    if (inputs.empty()) inputs.push_back(tables.emplace_back(std::make_unique<one_row_relation>()).get());
    std::unique_ptr<relation> joined;
    begin_step();
    if (inputs.size() > 1) {
      joined_rows rows = run_joins(plan, inputs, text_, watch_);
      joined = std::move(rows.rows);
      traced_step step;
      step.name = "join";
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        step.name += (i > 0 ? ", " : " ") + plan.inputs[i].name;
        step.rows_in += inputs[i]->row_count();
        step.chunks += inputs[i]->batch_count();
      }
      step.chunks_read = rows.batches_read;
      step.rows_out = joined->row_count();
      end_step(std::move(step));
    }

    const relation* input = joined != nullptr ? joined.get() : inputs.front();
    // Their groups are read until the end.
    std::vector<std::unique_ptr<group_run>> runs;
    std::vector<std::unique_ptr<parallel_group>> parallel_runs;
    for (const group_stage& stage : plan.groups) {
      const relation* groups = nullptr;
      begin_step();
      std::size_t read = 0;
      // A few batches are done before a thread has begun.
      constexpr std::size_t worth_a_thread = 8;
      const std::size_t threads = std::min(threads_, input->batch_count() / worth_a_thread);
      if (threads > 1 && can_run_in_parallel(stage)) groups = run_in_parallel(stage, *input, threads, parallel_runs);
      if (groups == nullptr) {
        runs.push_back(std::make_unique<group_run>(stage, *input, text_, watch_));
        groups = &runs.back()->run();
        read = runs.back()->batches_read();
      } else {
        read = parallel_runs.back()->batches_read();
      }
      end_step({"group by " + std::to_string(stage.keys.size()) + ": " + name_of(plan, *input, inputs.front()),
                input->row_count(), groups->row_count(), input->batch_count(), read, 0});
      input = groups;
    }
    begin_step();
    std::size_t read = 0;
    result_set out = run_output(plan.output, *input, text_, watch_, &read);
    const char* const what = plan.output.order.empty() ? "output: " : "sort and output: ";
    end_step({what + name_of(plan, *input, inputs.front()), input->row_count(), out.row_count(), input->batch_count(),
              read, 0});
    return out;
  }

  void begin_step() {
    if (trace_ != nullptr) trace_->begin();
  }
  void end_step(traced_step step) {
    if (trace_ != nullptr) trace_->done(std::move(step));
  }

  // What a step reads, for EXPLAIN.
  static std::string name_of(const query_plan& plan, const relation& input, const relation* first) {
    if (&input != first) return plan.inputs.size() > 1 && plan.groups.empty() ? "joined rows" : "groups";
    if (plan.inputs.empty()) return "one row";
    const input_plan& only = plan.inputs.front();
    if (!only.query) return only.name;
    return only.name.empty() ? "a query" : "a query " + only.name;
  }

  // nullptr if a sum of one thread did not fit: that of all may.
  const relation* run_in_parallel(const group_stage& stage, const relation& input, std::size_t threads,
                                  std::vector<std::unique_ptr<parallel_group>>& runs) {
    runs.push_back(std::make_unique<parallel_group>(stage, input, text_, watch_, threads));
    try {
      return &runs.back()->run();
    } catch (const error& problem) {
      if (problem.kind() != error_kind::exhausted || !problem.position()) throw;
      return nullptr;
    }
  }

  const query_plans& plans_;
  std::string_view text_;
  query_watch& watch_;
  std::size_t threads_;
  query_trace* trace_;
  std::vector<std::unique_ptr<result_relation>> results_;
};

}  // namespace

result_set run_plans(const query_plans& plans, std::string_view text, query_watch& watch, std::size_t threads,
                     query_trace* trace) {
  return plan_runner(plans, text, watch, threads, trace).run();
}

}  // namespace oriel::detail

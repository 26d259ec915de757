// SPDX-License-Identifier: Apache-2.0
// src/query/run_plans.cpp - the plans of a statement, one after the other.
#include <query/run_plans.hpp>

#include <memory>
#include <utility>
#include <vector>

#include <query/group_run.hpp>
#include <query/join_run.hpp>
#include <query/output_run.hpp>
#include <query/relation.hpp>

namespace oriel::detail {
namespace {

class plan_runner {
 public:
  plan_runner(const query_plans& plans, std::string_view text, query_watch& watch)
      : plans_(plans), text_(text), watch_(watch), results_(plans.size()) {}

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
    if (inputs.size() > 1) joined = run_joins(plan, inputs, text_, watch_);

    const relation* input = joined != nullptr ? joined.get() : inputs.front();
    std::vector<std::unique_ptr<group_run>> runs;  // their groups are read until the end
    for (const group_stage& stage : plan.groups) {
      runs.push_back(std::make_unique<group_run>(stage, *input, text_, watch_));
      input = &runs.back()->run();
    }
    return run_output(plan.output, *input, text_, watch_);
  }

  const query_plans& plans_;
  std::string_view text_;
  query_watch& watch_;
  std::vector<std::unique_ptr<result_relation>> results_;
};

}  // namespace

result_set run_plans(const query_plans& plans, std::string_view text, query_watch& watch) {
  return plan_runner(plans, text, watch).run();
}

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/query/run_plans.hpp - the plans of a statement, one after the other.
#pragma once

#include <string_view>

#include <oriel/query/result_set.hpp>
#include <query/plan.hpp>
#include <query/query_watch.hpp>

namespace oriel::detail {

/// The result of the last plan. Those it reads run before it, each once; others do not run.
result_set run_plans(const query_plans& plans, std::string_view text, query_watch& watch);

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/query/run_plans.hpp - the plans of a statement, one after the other.
#pragma once

#include <cstddef>
#include <string_view>

#include <oriel/query/result_set.hpp>
#include <query/plan.hpp>
#include <query/query_trace.hpp>
#include <query/query_watch.hpp>

namespace oriel::detail {

/// The result of the last plan. Those it reads run before it, each once; others do not run. `trace`, if given, is told
/// of every step.
result_set run_plans(const query_plans& plans, std::string_view text, query_watch& watch, std::size_t threads,
                     query_trace* trace = nullptr);

}  // namespace oriel::detail

// SPDX-License-Identifier: Apache-2.0
// src/query/output_run.hpp - the last stage at work: filters, order, limit, and the result.
#pragma once

#include <cstddef>
#include <string_view>

#include <oriel/query/result_set.hpp>
#include <query/plan.hpp>
#include <query/query_watch.hpp>
#include <query/relation.hpp>

namespace oriel::detail {

/// Runs an `output_stage`. With ORDER BY, only the keys are evaluated for all rows; outputs are evaluated for
/// the rows that are in the result. Without, reading stops when there are enough rows.
/// `batches_read`, if given, receives how many batches were looked at.
result_set run_output(const output_stage& stage, const relation& input, std::string_view text, query_watch& watch,
                      std::size_t* batches_read = nullptr);

}  // namespace oriel::detail

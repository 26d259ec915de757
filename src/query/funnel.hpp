// SPDX-License-Identifier: Apache-2.0
// src/query/funnel.hpp - how many users got to each step.
//
// `make_funnel` counts users by the longest chain of steps 1, 2, ... in the order of their times, all within a
// length of time from its first event (inclusive; anything may happen in between; the best over all starts).
// One event serves one step. Per user it takes one pass over the events in order and, for each level, the latest
// start of a chain that has come so far: a later start is never worse.
//
// `make_funnel_count` counts users that have step 1, those that have also step 2, and so on, in any order.
//
// Both give, for each group, a list of LONG with one number for each step. The user is the first argument; behind
// it come the time, for `make_funnel`, and the conditions of the steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <query/accumulator.hpp>

namespace oriel::detail {

std::unique_ptr<accumulator> make_funnel(std::size_t steps, std::int64_t within);
std::unique_ptr<accumulator> make_funnel_count(std::size_t steps);

}  // namespace oriel::detail

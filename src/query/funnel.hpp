// SPDX-License-Identifier: Apache-2.0
// src/query/funnel.hpp - how far users got, and how many.
//
// `make_funnel` counts users by the longest chain of their events (oriel/aggregate/funnel_chains.hpp) and gives a
// list of LONG with one number for each step. `make_funnel_count` counts users that have step 1, those that have
// also step 2, and so on, in any order, as such a list. `make_funnel_max_step` takes each group for one user and
// gives the level, a LONG; `keeps_all` says whether rows that match no step stand in between.
//
// The first argument is the user, for `make_funnel_max_step` the time; behind it come the time, for `make_funnel`,
// and the conditions of the steps.
#pragma once

#include <cstddef>
#include <memory>

#include <oriel/aggregate/funnel_options.hpp>
#include <query/accumulator.hpp>

namespace oriel::detail {

std::unique_ptr<accumulator> make_funnel(std::size_t steps, const funnel_options& options);
std::unique_ptr<accumulator> make_funnel_count(std::size_t steps);
std::unique_ptr<accumulator> make_funnel_max_step(std::size_t steps, const funnel_options& options, bool keeps_all);

}  // namespace oriel::detail

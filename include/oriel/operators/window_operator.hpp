// SPDX-License-Identifier: Apache-2.0
// oriel/operators/window_operator.hpp - which operator carries out which kind of window.
//
// Each operator's header says so for the windows it serves, by specialising
// `window_operator`. What they have in common is how they are made and what comes out:
//
//     Operator(name, key_of, windows, aggregate, window_operator_options)
//     Operator::pane_type, panes(), late_events()
#pragma once

#include <optional>
#include <string>

#include <oriel/core/clock.hpp>
#include <oriel/window/trigger.hpp>

namespace oriel {

/// What every operator with windows is told besides its windows.
struct window_operator_options {
  std::optional<early_trigger> early{};
  const oriel::clock* clock = nullptr;  ///< read for early panes at an interval
};

/// `window_operator<Windows>::type<In, KeyOf, Aggregate>` is the operator that carries out `Windows`.
template <typename Windows>
struct window_operator;

}  // namespace oriel

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

template <typename Event>
struct signed_event;

namespace detail {

/// Whether events of this type may take back others: those of a changelog.
template <typename In>
inline constexpr bool takes_back = false;
template <typename Event>
inline constexpr bool takes_back<signed_event<Event>> = true;

}  // namespace detail

/// What every operator with windows is told besides its windows.
struct window_operator_options {
  std::optional<early_trigger> early{};
  const oriel::clock* clock = nullptr;  ///< read for early panes at an interval
};

/// `window_operator<Windows>::type<In, KeyOf, Aggregate>` is the operator that carries out `Windows`.
template <typename Windows>
struct window_operator;

}  // namespace oriel

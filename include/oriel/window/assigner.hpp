// SPDX-License-Identifier: Apache-2.0
// oriel/window/assigner.hpp - who decides which window an event belongs to.
//
// Every kind of window is a plain struct of options. Those whose windows do not
// overlap can name the window of a time, and one operator serves them all; the
// others name their operator (operators/window_operator.hpp).
#pragma once

#include <concepts>
#include <string>

#include <oriel/core/interval.hpp>

namespace oriel {

/// Describes windows. `allowed_lateness` is how long after its end a window accepts events. `validate` throws
/// `error{invalid}` when the options make no sense. `label` describes the windows in drawings.
template <typename W>
concept window_spec = requires(const W& w) {
  { w.allowed_lateness } -> std::convertible_to<duration>;
  { w.label() } -> std::convertible_to<std::string>;
  w.validate();
};

/// Assigns times to windows that do not overlap.
///
/// `assign(t)` is the window that contains `t`; equal windows for any two times in one of them.
template <typename A>
concept assigner = window_spec<A> && requires(const A& a, timestamp t) {
  { a.assign(t) } -> std::same_as<interval>;
};

}  // namespace oriel

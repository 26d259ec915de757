// SPDX-License-Identifier: Apache-2.0
// oriel/window/assigner.hpp - who decides which window an event belongs to.
//
// An assigner is a plain struct of options that can name the window of a time. A new
// kind of window whose windows do not overlap is such a struct, and nothing else.
#pragma once

#include <concepts>
#include <string>

#include <oriel/core/interval.hpp>

namespace oriel {

/// Assigns times to windows that do not overlap.
///
/// `assign(t)` is the window that contains `t`; equal windows for any two times in one of them.
/// `allowed_lateness` is how long after its end a window accepts events. `validate` throws
/// `error{invalid}` when the options make no sense. `label` describes the windows in drawings.
template <typename A>
concept assigner = requires(const A& a, timestamp t) {
  { a.assign(t) } -> std::same_as<interval>;
  { a.allowed_lateness } -> std::convertible_to<duration>;
  { a.label() } -> std::convertible_to<std::string>;
  a.validate();
};

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/window/slicing.hpp - windows that are runs of slices.
//
// Windows that overlap share most of their events, and an event should not pay for
// each of them. So time is cut wherever some window starts or ends; between two cuts
// lies a slice, whose events have all their windows in common. An event updates one
// slice, and a window is put together from its slices when somebody wants to know.
//
//     windows   |---------w0---------|
//                    |---------w1---------|
//                         |---------w2---------|
//     slices    |----|----|----|-----|----|----|
//
// Kinds of windows over one stream are shared out the same way: cut wherever any of
// them cuts. Windows that do not overlap are the case of one slice per window.
#pragma once

#include <algorithm>
#include <concepts>
#include <tuple>

#include <oriel/core/interval.hpp>
#include <oriel/window/assigner.hpp>

namespace oriel {

/// Describes windows that are runs of slices, for times in range (`earliest_event_time` and so on).
///
/// `slice_at(t)` is a stretch around `t` through which no window boundary runs; `window_ending_after(t)` the window
/// with the earliest end after `t`; `last_window_at(t)` the window with the latest end of those that contain `t`. No
/// two windows have the same end, a window that ends later does not start earlier, and every time is in some window.
template <typename W>
concept sliced_windows = window_spec<W> && requires(const W& w, timestamp t) {
  { w.slice_at(t) } -> std::same_as<interval>;
  { w.window_ending_after(t) } -> std::same_as<interval>;
  { w.last_window_at(t) } -> std::same_as<interval>;
};

/// Windows that can be carried out on shared slices.
template <typename W>
concept sliceable = sliced_windows<W> || assigner<W>;

/// As `windows.slice_at(t)`; windows that do not overlap are slices themselves.
template <sliceable W>
constexpr interval slice_at(const W& windows, timestamp t) {
  if constexpr (sliced_windows<W>) {
    return windows.slice_at(t);
  } else {
    return windows.assign(t);
  }
}

template <sliceable W>
constexpr interval window_ending_after(const W& windows, timestamp t) {
  if constexpr (sliced_windows<W>) {
    return windows.window_ending_after(t);
  } else {
    return windows.assign(t);
  }
}

template <sliceable W>
constexpr interval last_window_at(const W& windows, timestamp t) {
  if constexpr (sliced_windows<W>) {
    return windows.last_window_at(t);
  } else {
    return windows.assign(t);
  }
}

/// The stretch around `t` through which no boundary of any of several kinds of windows runs.
template <sliceable... Windows>
constexpr interval shared_slice_at(const std::tuple<Windows...>& kinds, timestamp t) {
  interval shared{beginning_of_time, end_of_time};
  std::apply(
      [&](const Windows&... windows) {
        for (const interval s : {slice_at(windows, t)...}) {
          shared = {std::max(shared.start, s.start), std::min(shared.end, s.end)};
        }
      },
      kinds);
  return shared;
}

/// Calls `f(window)` for each window that contains `slice`, by ascending end.
template <sliceable W, typename F>
constexpr void for_each_window_over(const W& windows, interval slice, F&& f) {
  const timestamp last = last_window_at(windows, slice.start).end;
  for (timestamp t = slice.end - duration{1};;) {
    const interval window = window_ending_after(windows, t);
    f(window);
    if (window.end >= last) return;
    t = window.end;
  }
}

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/operators/window_operator.hpp - which operator carries out which kind of window.
//
// Each operator's header says so for the windows it serves, by specialising
// `window_operator`. What they have in common is how they are made and what comes out:
//
//     Operator(name, key_of, windows, aggregate, window_operator_options)
//     Operator::pane_type, panes(), late_events()
//
// and what does not depend on the kind of window, which is `windowed_node`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <oriel/core/batch.hpp>
#include <oriel/core/clock.hpp>
#include <oriel/flow/node.hpp>
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

/// Whether the row an aggregate lowers to may view what its partial holds: then the partial must outlive the row.
template <typename Aggregate>
inline constexpr bool views_partials = !std::is_trivially_destructible_v<typename Aggregate::partial>;

/// Keeps the books of an operator with windows, hands on its late events and knows when early panes are due.
///
/// Processing time is read at most once per batch, and only if early panes come at an interval.
template <typename In>
class windowed_node : public operator_node<In> {
 public:
  outlet<In>& late_events() noexcept { return late_events_; }

 protected:
  windowed_node(std::string name, const window_operator_options& chosen)
      : operator_node<In>(std::move(name)), early_(chosen.early), clock_(chosen.clock) {}

  /// Whether windows are told of before they are complete.
  bool tells_early() const noexcept { return early_.has_value(); }

  /// Whether early panes are due now; at an interval, the next one begins.
  bool early_due() {
    if (!early_ || !early_->interval) return early_.has_value();
    const timestamp now = clock_->now();
    if (now < next_early_) return false;
    next_early_ = now + *early_->interval;
    return true;
  }

  /// Turns away an event that is late for all its windows.
  void reject_late(const In& event, timestamp t) { late_.push_back(event, t, watermark_); }

  /// Counts a batch whose late events have been rejected.
  void count_batch(std::size_t events, std::uint64_t corrected) {
    this->counters_.in.add(events);
    this->counters_.late.add(late_.size());
    this->counters_.corrected.add(corrected);
    this->counters_.applied.add(events - late_.size() - corrected);
  }

  void send_late_events() {
    if (late_.empty()) return;
    late_events_.send(late_);
    late_.clear();
  }

  timestamp watermark_ = beginning_of_time;  ///< made by the events before the present one

 private:
  std::optional<early_trigger> early_;
  const clock* clock_;
  timestamp next_early_ = beginning_of_time;  // processing time
  batch<In> late_;
  outlet<In> late_events_{*this, "late"};
};

/// `window_operator<Windows>::type<In, KeyOf, Aggregate>` is the operator that carries out `Windows`.
template <typename Windows>
struct window_operator;

}  // namespace oriel

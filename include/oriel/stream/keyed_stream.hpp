// SPDX-License-Identifier: Apache-2.0
// oriel/stream/keyed_stream.hpp - from a key to its aggregates: `key_by` ... `aggregate`.
//
//   keyed_stream ──window──> windowed_stream ──aggregate──> pane_stream
//        └──ttl, unbounded──> running_stream ──aggregate──> stream<keyed_row>
//
// A window bounds what must be remembered. Without one, the user says what does:
// `ttl`, or that the keys are few (`unbounded`); there is no third way to `aggregate`.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <oriel/aggregate/compose.hpp>
#include <oriel/core/error.hpp>
#include <oriel/fwd.hpp>
#include <oriel/operators/count_aggregate.hpp>
#include <oriel/operators/keyed_aggregate.hpp>
#include <oriel/operators/session_aggregate.hpp>
#include <oriel/operators/sliding_aggregate.hpp>
#include <oriel/operators/window_aggregate.hpp>
#include <oriel/stream/context.hpp>
#include <oriel/window/assigner.hpp>
#include <oriel/window/trigger.hpp>

namespace oriel {

/// Keys chosen, and how long a key is remembered; only aggregates are missing.
template <typename T, stream_time Time, typename In, typename Run, typename KeyOf>
class running_stream {
 public:
  running_stream(detail::upstream<In, Run> from, KeyOf key_of, std::optional<duration> ttl, std::string name)
      : from_(std::move(from)), key_of_(std::move(key_of)), ttl_(ttl), name_(std::move(name)) {}

  /// The name of the operator, for metrics and drawings.
  running_stream named(std::string name) const {
    running_stream copy = *this;
    copy.name_ = std::move(name);
    return copy;
  }

  /// One row per key, sent on whenever a batch touched the key.
  template <fixed_string... Names, typename... Aggregates>
  auto aggregate(oriel::named<Names, Aggregates>... aggregates) const {
    auto all = compose<T>(std::move(aggregates)...);
    using node_type = keyed_aggregate<T, KeyOf, decltype(all)>;
    auto& node = from_.context->nodes.template add<node_type>(name_, key_of_, std::move(all), ttl_);
    from_.template attach<T>(node);
    return stream<typename node_type::row_type, Time>({from_.context, &node.rows(), {}}, key_of_.names());
  }

 private:
  detail::upstream<In, Run> from_;
  KeyOf key_of_;
  std::optional<duration> ttl_;
  std::string name_;
};

/// One independent logical stream per key.
template <typename T, stream_time Time, typename In, typename Run, typename KeyOf>
class keyed_stream {
 public:
  keyed_stream(detail::upstream<In, Run> from, KeyOf key_of) : from_(std::move(from)), key_of_(std::move(key_of)) {}

  /// Groups each key's events by event time.
  /// Errors: throws `error{invalid}` when the window makes no sense, saying which field to change.
  template <window_spec Windows>
    requires(Time == stream_time::event)
  auto window(Windows windows) const {
    windows.validate();
    return windowed_stream<T, In, Run, KeyOf, Windows>(from_, key_of_, std::move(windows));
  }

  /// Running aggregates that forget a key after `quiet` of event time without events.
  auto ttl(duration quiet) const
    requires(Time == stream_time::event)
  {
    if (quiet.count() <= 0) {
      throw error(error_kind::invalid, "ttl is " + format_duration(quiet) + "; it must be positive");
    }
    return running_stream<T, Time, In, Run, KeyOf>(from_, key_of_, quiet, "running_aggregate");
  }

  /// Running aggregates that remember every key for ever: state grows with the number of keys.
  auto unbounded() const {
    return running_stream<T, Time, In, Run, KeyOf>(from_, key_of_, std::nullopt, "running_aggregate");
  }

 private:
  detail::upstream<In, Run> from_;
  KeyOf key_of_;
};

/// Keys and windows chosen; only aggregates are missing.
template <typename T, typename In, typename Run, typename KeyOf, typename Windows>
class windowed_stream {
 public:
  windowed_stream(detail::upstream<In, Run> from, KeyOf key_of, Windows windows)
      : from_(std::move(from)), key_of_(std::move(key_of)), windows_(std::move(windows)) {}

  /// When to emit; without it, when the window is complete and when it is corrected.
  windowed_stream emit(oriel::emit when) const {
    windowed_stream copy = *this;
    copy.emit_ = when;
    return copy;
  }

  /// The name of the operator, for metrics and drawings.
  windowed_stream named(std::string name) const {
    windowed_stream copy = *this;
    copy.name_ = std::move(name);
    return copy;
  }

  /// One row per key and window.
  ///
  ///     .aggregate("views"_col = count(), "spend"_col = sum(&ad_event::cost))
  template <fixed_string... Names, typename... Aggregates>
  auto aggregate(oriel::named<Names, Aggregates>... aggregates) const {
    auto all = compose<T>(std::move(aggregates)...);
    using node_type = typename window_operator<Windows>::template type<T, KeyOf, decltype(all)>;
    auto& node = from_.context->nodes.template add<node_type>(
        name_, key_of_, windows_, std::move(all),
        window_operator_options{emit_.early, from_.context->options.clock});
    from_.template attach<T>(node);
    return pane_stream<typename node_type::pane_type, T>(from_.context, node.panes(), node.late_events(),
                                                         key_of_.names());
  }

 private:
  detail::upstream<In, Run> from_;
  KeyOf key_of_;
  Windows windows_;
  oriel::emit emit_{};
  std::string name_ = "window_aggregate";
};

}  // namespace oriel

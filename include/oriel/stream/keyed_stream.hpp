// SPDX-License-Identifier: Apache-2.0
// oriel/stream/keyed_stream.hpp - from a key to its aggregates: `key_by` ... `aggregate`.
//
//   keyed_stream ──window──> windowed_stream ──aggregate──> pane_stream
//        └──ttl, unbounded──> running_stream ──aggregate──> stream<keyed_row>
//                                            ├──retention──> stream<keyed_row>
//                                            └──top_n, newest──> stream<change>
//
// A window bounds what must be remembered. Without one, the user says what does:
// `ttl`, or that the keys are few (`unbounded`); there is no third way to `aggregate`.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <oriel/aggregate/compose.hpp>
#include <oriel/aggregate/signed.hpp>
#include <oriel/core/error.hpp>
#include <oriel/fwd.hpp>
#include <oriel/operators/count_aggregate.hpp>
#include <oriel/operators/keyed_aggregate.hpp>
#include <oriel/operators/newest_row.hpp>
#include <oriel/operators/retention.hpp>
#include <oriel/operators/session_aggregate.hpp>
#include <oriel/operators/sliced_aggregate.hpp>
#include <oriel/operators/sliding_aggregate.hpp>
#include <oriel/operators/top_n.hpp>
#include <oriel/operators/window_aggregate.hpp>
#include <oriel/stream/context.hpp>
#include <oriel/window/assigner.hpp>
#include <oriel/window/trigger.hpp>

namespace oriel {

namespace detail {

/// The named aggregates of a stream's events as one; of events that may be taken back, in the form that can.
template <typename T, typename... Named>
auto compose_over(Named... parts) {
  if constexpr (unsigned_event<T>::retracts) {
    auto all = compose<typename unsigned_event<T>::type>(std::move(parts)...);
    static_assert(has_retracting_form<decltype(all)>,
                  "aggregate: the stream takes rows back, and one of these aggregates cannot: use the exact form "
                  "(count_distinct for approx_count_distinct)");
    return signed_aggregate(retracting(all));
  } else {
    return compose<T>(std::move(parts)...);
  }
}

/// The operator that carries out windows; only those that do not overlap can discard.
template <typename Windows, pane_mode Mode, typename T, typename KeyOf, typename Aggregate>
struct window_node_of {
  using type = typename window_operator<Windows>::template type<T, KeyOf, Aggregate>;
};
template <typename Windows, typename T, typename KeyOf, typename Aggregate>
struct window_node_of<Windows, pane_mode::discarding, T, KeyOf, Aggregate> {
  using type = window_aggregate<T, KeyOf, Windows, Aggregate, pane_mode::discarding>;
};
template <typename Windows, pane_mode Mode, typename T, typename KeyOf, typename Aggregate>
using window_node = typename window_node_of<Windows, Mode, T, KeyOf, Aggregate>::type;

}  // namespace detail

/// Keys chosen, and how long a key is remembered; only aggregates are missing.
template <typename T, stream_time Time, typename In, typename Run, typename KeyOf>
class running_stream {
 public:
  running_stream(detail::upstream<In, Run> from, KeyOf key_of, std::optional<duration> ttl, std::string name)
      : from_(std::move(from)), key_of_(std::move(key_of)), ttl_(ttl), name_(std::move(name)) {}

  /// The name of the operator, for metrics and drawings.
  running_stream named(std::string name) const {  // NOLINT: it is moved
    running_stream copy = *this;
    copy.name_ = std::move(name);
    return copy;
  }

  /// One row per key, sent on whenever a batch touched the key.
  template <fixed_string... Names, typename... Aggregates>
  auto aggregate(oriel::named<Names, Aggregates>... aggregates) const {
    auto all = detail::compose_over<T>(std::move(aggregates)...);
    using node_type = keyed_aggregate<T, KeyOf, decltype(all)>;
    auto& node = from_.context->nodes.template add<node_type>(name_, key_of_, std::move(all), ttl_);
    from_.template attach<T>(node);
    return keyed_row_stream<typename node_type::row_type, Time>(from_.context, node.rows(), node.changes(),
                                                                key_of_.names());
  }

  /// The newest row of each key, as a changelog: the one with the greatest event time, among equals the one that came
  /// later (without event time, always that one). Older ones are dropped.
  ///
  ///     orders.key_by(&order::id).unbounded().newest()
  auto newest() const {
    using node_type = newest_row<T, KeyOf>;
    auto& node = from_.context->nodes.template add<node_type>("newest", key_of_, ttl_);
    from_.template attach<T>(node);
    return stream<typename node_type::row_type, Time>({from_.context, &node.rows(), {}});
  }

  /// Who comes back: of the keys whose first event that `qualifies` was in one day (week, month), how many had one that
  /// `returns` so many days later. Each condition is a member or function; left out, every event meets it.
  ///
  /// A row per `cohort` (where its day begins) and `day` (0 is the cohort's own; the column is called what the unit is
  /// called): `users`, `cohort_users`, `complete`. Of several parts of a key the last is who comes back, and the others
  /// divide cohorts. With a `ttl`, `late_events()` has those that came when their key would have been forgotten.
  /// Errors: throws `error{invalid}` when the options make no sense, saying which field to change.
  ///
  ///     visits.key_by(&visit::user).unbounded().retention({.unit = calendar_unit::week, .zone = "Europe/Berlin"})
  template <typename Qualifies = every_event, typename Returns = every_event>
    requires(Time == stream_time::event)
  auto retention(retention_options options, Qualifies qualifies = {}, Returns returns = {}) const {
    options.validate();
    std::vector<std::string> names = key_of_.names();
    names.back() = "cohort";
    names.emplace_back(to_string(options.unit));
    using node_type = oriel::retention<T, KeyOf, Qualifies, Returns>;
    auto& node = from_.context->nodes.template add<node_type>("retention", key_of_, std::move(options),
                                                              std::move(qualifies), std::move(returns), ttl_);
    from_.template attach<T>(node);
    return pane_stream<typename node_type::row_type, T>(from_.context, node.rows(), node.late_events(),
                                                        std::move(names), duration{0});
  }

  /// The `n` rows of each key with the greatest `by(row)`, a member or function; among equals, those that came first.
  ///
  ///     scores.key_by(&score::level).ttl(24h).top_n(10, &score::points)      // a changelog
  template <typename By>
  auto top_n(std::size_t n, By by) const {
    if (n == 0) throw error(error_kind::invalid, "top_n: n is 0; ask for at least one row");
    using node_type = oriel::top_n<T, KeyOf, By>;
    auto& node = from_.context->nodes.template add<node_type>("top_n", key_of_, n, std::move(by), ttl_);
    from_.template attach<T>(node);
    return stream<typename node_type::row_type, Time>({from_.context, &node.rows(), {}});
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

  /// Groups each key's events by several kinds of windows at once, which share slices: an event updates one
  /// partial for all of them. `aggregate` then gives a stream of panes for each.
  ///
  ///     auto [seconds, days] = clicks.key_by(&click::page)
  ///                                .windows(hopping{.size = 1min, .hop = 1s}, tumbling{.size = 24h})
  ///                                .aggregate("views"_col = count());
  template <sliceable... Windows>
    requires(Time == stream_time::event && sizeof...(Windows) > 1)
  auto windows(Windows... kinds) const {
    (kinds.validate(), ...);
    return windowed_stream<T, In, Run, KeyOf, std::tuple<Windows...>>(from_, key_of_, {std::move(kinds)...});
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
template <typename T, typename In, typename Run, typename KeyOf, typename Windows, pane_mode Mode>
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

  /// Panes that tell only what has been added since the pane before, for those who add up themselves. They do not
  /// replace each other, so the stream appends. For windows that do not overlap.
  auto discarding() const
    requires assigner<Windows>
  {
    windowed_stream<T, In, Run, KeyOf, Windows, pane_mode::discarding> copy(from_, key_of_, windows_);
    return copy.emit(emit_).named(name_);
  }

  /// The name of the operator, for metrics and drawings.
  windowed_stream named(std::string name) const {  // NOLINT: it is moved
    windowed_stream copy = *this;
    copy.name_ = std::move(name);
    return copy;
  }

  /// One row per key and window.
  ///
  ///     .aggregate("views"_col = count(), "spend"_col = sum(&ad_event::cost))
  template <fixed_string... Names, typename... Aggregates>
  auto aggregate(oriel::named<Names, Aggregates>... aggregates) const {
    auto all = detail::compose_over<T>(std::move(aggregates)...);
    using node_type = detail::window_node<Windows, Mode, T, KeyOf, decltype(all)>;
    auto& node = from_.context->nodes.template add<node_type>(
        name_, key_of_, windows_, std::move(all),
        window_operator_options{emit_.early, from_.context->options.clock});
    from_.template attach<T>(node);
    using result = pane_stream<typename node_type::pane_type, T>;
    if constexpr (detail::is_tuple<Windows>) {
      return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return std::tuple{result(from_.context, node.template panes<I>(), node.late_events(), key_of_.names(),
                                 std::get<I>(windows_).allowed_lateness)...};
      }(std::make_index_sequence<std::tuple_size_v<Windows>>{});
    } else {
      return result(from_.context, node.panes(), node.late_events(), key_of_.names(), windows_.allowed_lateness);
    }
  }

 private:
  detail::upstream<In, Run> from_;
  KeyOf key_of_;
  Windows windows_;
  oriel::emit emit_{};
  std::string name_ = "window_aggregate";
};

}  // namespace oriel

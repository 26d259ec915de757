// SPDX-License-Identifier: Apache-2.0
// oriel/stream/source_stream.hpp - a stream's first steps, up to where its event times are.
//
// Steps before `event_time` are carried out by the source's node itself. What they
// drop never moves the watermark; what `event_time` refuses goes to dead letters.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include <oriel/core/error.hpp>
#include <oriel/core/fields.hpp>
#include <oriel/flow/typed_source_node.hpp>
#include <oriel/fwd.hpp>
#include <oriel/io/json_lines_sink.hpp>
#include <oriel/stream/context.hpp>
#include <oriel/stream/stream.hpp>

namespace oriel {

/// Rows as they come from a source, before anything is known of their event time.
///
/// `In` is what the source delivers, `T` what the steps so far make of it.
template <typename T, typename In, typename Run>
class source_stream {
 public:
  /// How to begin reading; empty for a stream the host pushes into, which is then told its node.
  struct origin {
    detail::pipeline_context* context;
    std::string name;
    std::function<std::unique_ptr<source<In>>()> open;
    std::function<void(std::function<void(std::span<const In>, std::size_t)> push, source_node& node)> bind;
    std::size_t partitions = 1;  ///< of a stream the host pushes into
  };

  source_stream(origin from, Run run) : from_(std::move(from)), run_(std::move(run)) {}

  /// Each row replaced by `f(row)`.
  template <typename F>
  auto map(F f) const {
    return then<detail::mapped<F, T>>(map_step<Run, F>{run_, std::move(f)});
  }

  /// Only the rows for which `f(row)` is true. They do not move the watermark.
  template <std::predicate<const T&> F>
  auto filter(F f) const {
    return then<T>(filter_step<Run, F>{run_, std::move(f)});
  }

  /// What `f(row, emit)` emits for each row: none, one or several `Out`.
  template <typename Out, typename F>
  auto flat_map(F f) const {
    return then<Out>(flat_map_step<Run, Out, F>{run_, std::move(f)});
  }

  /// Says where a row's event time is, and how disorderly the rows are.
  ///
  /// `time_of` is a member pointer or function from the row to `timestamp`. An event whose time is
  /// impossible, or further ahead of the clock than `.max_future`, goes to dead letters.
  ///
  ///     .event_time(&click::ts, {.out_of_orderness = 5s})
  template <typename TimeOf>
    requires std::convertible_to<std::invoke_result_t<const TimeOf&, const T&>, timestamp>
  stream<T> event_time(TimeOf time_of, event_time_options options = {}) const {
    if (options.out_of_orderness.count() < 0) {
      throw error(error_kind::invalid, "event_time: out_of_orderness is " + format_duration(options.out_of_orderness) +
                                           "; it must not be negative");
    }
    if (options.wall_clock_idle_timeout && options.wall_clock_idle_timeout->count() <= 0) {
      throw error(error_kind::invalid, "event_time: wall_clock_idle_timeout is " +
                                           format_duration(*options.wall_clock_idle_timeout) +
                                           "; it must be positive");
    }
    return stream<T>({from_.context, &add_source(std::move(time_of), options), {}});
  }

  /// Says that rows have no event time: they count in the order of arrival.
  stream<T, stream_time::none> arrival_order() const {
    return stream<T, stream_time::none>({from_.context, &add_source(no_event_time{}, {}), {}});
  }

 private:
  template <typename Out, typename Step>
  auto then(Step step) const {
    return source_stream<Out, In, Step>(
        typename source_stream<Out, In, Step>::origin{from_.context, from_.name, from_.open, from_.bind,
                                                       from_.partitions},
        std::move(step));
  }

  template <typename TimeOf>
  outlet<T>& add_source(TimeOf time_of, event_time_options options) const {
    using node_type = typed_source_node<In, T, Run, TimeOf>;
    typename node_type::parts parts{from_.open, run_, std::move(time_of), options,
                                    from_.context->options.clock, &from_.context->dead_letters};
    if constexpr (has_fields<T>) {
      parts.describe = [](const T& row) {
        std::string text;
        to_json(row, text);
        return text;
      };
    }
    parts.nodes = &from_.context->nodes;
    parts.partitions = from_.partitions;
    parts.pushed = static_cast<bool>(from_.bind);
    auto& node = from_.context->nodes.template add<node_type>(from_.name, std::move(parts));
    from_.context->sources.push_back(&node);
    if (from_.bind) from_.bind([&node](auto... what) { node.push(what...); }, node);
    return node.rows();
  }

  origin from_;
  Run run_;
};

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/stream/stream.hpp - the words: what may follow what.
//
//   source_stream ──event_time──> stream ──key_by──> keyed_stream ──window──> windowed_stream
//      (no times yet)               │  ^                  │                        │ aggregate
//                                   │  └── map filter     │ ttl / unbounded        v
//                                   │      flat_map       v                    stream<pane>
//                                   ├── into(table)   running_stream ──aggregate──> stream<keyed_row>
//                                   └── to(sink)
//
// Each type offers only what may legally come next, so a pipeline that compiles makes
// sense. Nothing runs while it is written down: steps without state are composed
// into one callable (flow/run.hpp), and a step with state becomes a node of the graph.
// Streams are light values; using one twice sends its rows both ways.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/core/keyed_row.hpp>
#include <oriel/flow/sink_node.hpp>
#include <oriel/fwd.hpp>
#include <oriel/stream/context.hpp>
#include <oriel/stream/key_spec.hpp>
#include <oriel/stream/keyed_stream.hpp>
#include <oriel/table/table_sink.hpp>
#include <oriel/window/pane.hpp>

namespace oriel {

/// A description of a sink that can be opened for rows of type `T`.
template <typename S, typename T>
concept sink_spec = requires(const S& s) {
  { s.template open<T>() } -> std::same_as<std::unique_ptr<sink<T>>>;
};

namespace detail {

/// The row type a step sends on, without reference.
template <typename F, typename T>
using mapped = std::remove_cvref_t<std::invoke_result_t<const F&, const T&>>;

}  // namespace detail

/// Rows in order, with event times unless `Time` says otherwise.
///
/// What it may do to rows already sent follows from `T`: see `stream_kind_of`.
template <typename T, stream_time Time, typename In, typename Run>
class stream {
 public:
  using row_type = T;

  explicit stream(detail::upstream<In, Run> from, std::vector<std::string> key_names = {})
      : from_(std::move(from)), key_names_(std::move(key_names)) {}

  /// Each row replaced by `f(row)`.
  template <typename F>
  auto map(F f) const {
    return then<detail::mapped<F, T>>(map_step<Run, F>{from_.run, std::move(f)});
  }

  /// Only the rows for which `f(row)` is true.
  ///
  /// Of panes and keyed rows, one for which it is false becomes an erasure: should an earlier one have
  /// passed, it is taken back, and the final table does not depend on how often rows were sent.
  template <std::predicate<const T&> F>
  auto filter(F f) const {
    using step = std::conditional_t<stream_kind_of<T> == stream_kind::upsert, erasing_filter_step<Run, F>,
                                    filter_step<Run, F>>;
    auto kept = then<T>(step{from_.run, std::move(f)});
    kept.key_names_ = key_names_;
    return kept;
  }

  /// What `f(row, emit)` emits for each row: none, one or several `Out`.
  ///
  ///     .flat_map<line>([](const order& o, auto&& emit) { for (const line& l : o.lines) emit(l); })
  template <typename Out, typename F>
  auto flat_map(F f) const {
    return then<Out>(flat_map_step<Run, Out, F>{from_.run, std::move(f)});
  }

  /// Groups by members (`&click::page`) or named functions (`"hour"_col = [](const click& c) {...}`).
  template <typename... Parts>
  auto key_by(Parts... parts) const {
    static_assert(stream_kind_of<T> == stream_kind::append,
                  "key_by: this stream replaces rows it has sent before, which an aggregate would count twice");
    using spec = key_spec<T, Parts...>;
    spec key_of(std::move(parts)...);
    static_cast<void>(key_of.names());  // says now what would be wrong later
    return keyed_stream<T, Time, In, Run, spec>(from_, std::move(key_of));
  }

  /// Remembers the rows in a table of the pipeline's catalog.
  ///
  /// Panes and keyed rows go into an upsert table whose primary key is their key (and
  /// window_start); other rows are appended, or replaced by `.key` when one is given: then the
  /// row with the greater event time stays (without event time, the one that came last).
  /// Errors: throws `error{invalid}` for an unknown column, or a table of that name with another schema.
  void into(const std::string& name, into_options options = {}) const {
    detail::row_columns columns(detail::row_layout<T>::columns(key_names_), options.columns);
    bool comparison = false;
    if constexpr (stream_kind_of<T> == stream_kind::append) {
      comparison = !options.key.empty() && Time == stream_time::event;
    } else {
      if (!options.key.empty()) {
        throw error(error_kind::invalid, "into '" + name + "': the key of this stream is already known; leave out .key");
      }
      options.key = key_names_;
      if constexpr (requires(const T& t) { t.window; }) options.key.push_back("window_start");
    }
    table& to = from_.context->tables.create(name, columns.schema(options.key), options.kept(comparison));
    from_.template attach<T>(from_.context->nodes.template add<table_sink<T>>("into_" + name, to, std::move(columns)));
  }

  /// Calls `f(row)` or `f(row, event_time)` for every row.
  template <typename F>
    requires(std::invocable<F&, const T&> || std::invocable<F&, const T&, timestamp>)
  void to(F f) const {
    from_.template attach<T>(from_.context->nodes.template add<callback_node<T, F>>("callback", std::move(f)));
  }

  /// Writes every row to a sink, opened now.
  template <sink_spec<T> Sink>
  void to(const Sink& spec) const {
    static_assert(stream_kind_of<T> == stream_kind::append,
                  "to: a sink takes rows that stay as they are, and this stream replaces rows it has sent before; "
                  "map each change to a row that says what changed");
    from_.template attach<T>(from_.context->nodes.template add<sink_node<T>>("sink", spec.template open<T>()));
  }

 private:
  template <typename, stream_time, typename, typename>
  friend class stream;

  template <typename Out, typename Step>
  auto then(Step step) const {
    return stream<Out, Time, In, Step>({from_.context, from_.from, std::move(step)});
  }

  detail::upstream<In, Run> from_;
  std::vector<std::string> key_names_;
};

/// What window aggregates send: panes, and beside them the events that came too late.
template <typename Pane, typename T>
class pane_stream : public stream<Pane> {
 public:
  pane_stream(detail::pipeline_context* context, outlet<Pane>& panes, outlet<T>& late,
              std::vector<std::string> key_names)
      : stream<Pane>({context, &panes, {}}, std::move(key_names)), context_(context), late_(&late) {}

  /// The events that were late for their window beyond its allowance, as they came.
  stream<T> late_events() const { return stream<T>({context_, late_, {}}); }

 private:
  detail::pipeline_context* context_;
  outlet<T>* late_;
};

}  // namespace oriel

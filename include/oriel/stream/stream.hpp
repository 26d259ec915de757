// SPDX-License-Identifier: Apache-2.0
// oriel/stream/stream.hpp - the words: what may follow what.
//
//   source_stream ──event_time──> stream ──key_by──> keyed_stream ──window──> windowed_stream
//      (no times yet)               │  ^                  │                        │ aggregate
//                                   │  └── map filter     │ ttl / unbounded        v
//                                   │      flat_map merge v                    stream<pane> ──to_changelog──> stream<change>
//                                   │      deduplicate  running_stream ──aggregate──> stream<keyed_row>     unnest
//                                   ├── into(table)           └──top_n──> stream<change>
//                                   └── to(sink)
//
// Each type offers only what may legally come next, so a pipeline that compiles makes
// sense. Nothing runs while it is written down: steps without state are composed
// into one callable (flow/run.hpp), and a step with state becomes a node of the graph.
// Streams are light values; using one twice sends its rows both ways.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/aggregate/signed.hpp>
#include <oriel/core/keyed_row.hpp>
#include <oriel/flow/sink_node.hpp>
#include <oriel/fwd.hpp>
#include <oriel/operators/deduplicate.hpp>
#include <oriel/operators/merge.hpp>
#include <oriel/operators/to_changelog.hpp>
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
  static constexpr stream_time time = Time;

  explicit stream(detail::upstream<In, Run> from, std::vector<std::string> key_names = {}, duration kept_for = {})
      : from_(std::move(from)), key_names_(std::move(key_names)), kept_for_(kept_for) {}

  /// Each row replaced by `f(row)`.
  ///
  /// Panes and keyed rows replaced by others with the same type of key remain replaceable by it: `f` passes on the
  /// key, the kind and, for panes, a window of its own per key and window.
  template <typename F>
  auto map(F f) const {
    using out = detail::mapped<F, T>;
    auto mapped = then<out>(map_step<Run, F>{from_.run, std::move(f)});
    if constexpr (stream_kind_of<T> == stream_kind::upsert && stream_kind_of<out> == stream_kind::upsert) {
      if constexpr (std::is_same_v<typename T::key_type, typename out::key_type>) {
        mapped.key_names_ = key_names_;
        mapped.kept_for_ = kept_for_;
      }
    }
    return mapped;
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
    kept.kept_for_ = kept_for_;
    return kept;
  }

  /// What `f(row, emit)` emits for each row: none, one or several `Out`.
  ///
  ///     .flat_map<line>([](const order& o, auto&& emit) { for (const line& l : o.lines) emit(l); })
  template <typename Out, typename F>
  auto flat_map(F f) const {
    return then<Out>(flat_map_step<Run, Out, F>{from_.run, std::move(f)});
  }

  /// What `f(row, emit)` emits for each row, as a changelog: none, one or several `Out`. When a row is replaced or
  /// erased, exactly what it had produced is taken back, so `f` goes by the row alone.
  ///
  /// A row that was replaced comes as all the erasures of the former and then all the insertions of the new one.
  ///
  ///     orders.key_by(&order::id).unbounded().newest()
  ///         .unnest<line>([](const order& o, auto&& emit) { for (const line& l : o.lines) emit(l); })
  template <typename Out, typename F>
    requires(stream_kind_of<T> != stream_kind::append)
  auto unnest(F f) const {
    if constexpr (stream_kind_of<T> == stream_kind::upsert) {
      return to_changelog().template unnest<Out>(std::move(f));
    } else {
      return flat_map<change<Out>>([f = std::move(f)](const T& c, auto&& emit) {
        if (c.kind != change_kind::insert) f(c.before, [&](const Out& out) { emit(change<Out>::erase(out)); });
        if (c.kind != change_kind::erase) f(c.after, [&](const Out& out) { emit(change<Out>::insert(out)); });
      });
    }
  }

  /// The pipeline's, for words that make nodes of their own.
  detail::pipeline_context* context() const noexcept { return from_.context; }

  /// Connects the rows to an inlet of `to`.
  void attach_to(const node& to, inlet<T>& at) const { from_.template attach<T>(to, at); }

  /// These rows and those of `others`, as they come; event time is as far as the stream that is least far.
  template <typename... Others>
    requires(sizeof...(Others) > 0 && (std::is_same_v<typename Others::row_type, T> && ...))
  stream<T, Time> merge(const Others&... others) const {
    static_assert(((Others::time == Time) && ...), "merge: either all streams have event times or none");
    (detail::require_one_pipeline("merge", from_.context, others.context()), ...);
    auto& node = from_.context->nodes.template add<oriel::merge<T>>("merge", 1 + sizeof...(Others));
    attach_to(node, node.port(0));
    std::size_t next = 1;
    (others.attach_to(node, node.port(next++)), ...);
    return stream<T, Time>({from_.context, &node.rows(), {}}, key_names_, kept_for_);
  }

  /// Of events with the same key the first; copies are dropped and counted until `ttl` of event time after it.
  ///
  /// `key` is a member (`&click::id`) or a named function. The copies are `duplicates()` of the result.
  ///
  ///     .deduplicate(&click::id, 24h)
  template <typename Part>
    requires(Time == stream_time::event && stream_kind_of<T> == stream_kind::append)
  auto deduplicate(Part key, duration ttl) const {
    if (ttl.count() <= 0) {
      throw error(error_kind::invalid, "deduplicate: ttl is " + format_duration(ttl) + "; it must be positive");
    }
    using node_type = oriel::deduplicate<T, key_spec<T, Part>>;
    auto& node = from_.context->nodes.template add<node_type>("deduplicate", key_spec<T, Part>(std::move(key)), ttl);
    from_.template attach<T>(node);
    return deduplicated_stream<T>(from_.context, node.rows(), node.duplicates());
  }

  /// What was sent before, and what it is now: a changelog, which may be grouped and aggregated further.
  ///
  ///     minutes.to_changelog().key_by("page"_col = [](const minute& m) { return m.key; })
  auto to_changelog() const
    requires(stream_kind_of<T> == stream_kind::upsert)
  {
    auto& node = from_.context->nodes.template add<oriel::to_changelog<T>>("changelog", kept_for_);
    from_.template attach<T>(node);
    return stream<change<T>, Time>({from_.context, &node.rows(), {}});
  }

  /// Groups by members (`&click::page`) or named functions (`"hour"_col = [](const click& c) {...}`); `key_by()` puts
  /// all events together.
  ///
  /// A changelog is grouped by the rows that change; aggregates then take back what no longer holds.
  template <typename... Parts>
  auto key_by(Parts... parts) const {
    static_assert(stream_kind_of<T> != stream_kind::upsert,
                  "key_by: this stream replaces rows it has sent before, which an aggregate would count twice; "
                  "put .to_changelog() before key_by");
    if constexpr (stream_kind_of<T> == stream_kind::retract) {
      using event_type = typename T::row_type;
      const auto sign = [](const T& c, auto&& emit) {
        if (c.kind != change_kind::insert) emit(signed_event<event_type>{c.before, -1});
        if (c.kind != change_kind::erase) emit(signed_event<event_type>{c.after, 1});
      };
      return flat_map<signed_event<event_type>>(sign).grouped(
          detail::signed_key<key_spec<event_type, Parts...>>{key_spec<event_type, Parts...>(std::move(parts)...)});
    } else {
      return grouped(key_spec<T, Parts...>(std::move(parts)...));
    }
  }

  /// Remembers the rows in a table of the pipeline's catalog.
  ///
  /// Panes and keyed rows go into an upsert table whose primary key is their key (and
  /// window_start, for count windows window_number); other rows are appended, or replaced by `.key` when one is given: then the
  /// row with the greater event time stays (without event time, the one that came last). A changelog needs `.key`.
  /// Of rows whose key was made by `map`, `.key` names the columns of the key. Of rows that are replaced by `.key` the
  /// result has those that were not taken since there was a newer one: `out_of_order()`.
  /// Errors: throws `error{invalid}` for an unknown column, or a table of that name with another schema.
  auto into(const std::string& name, into_options options = {}) const {
    constexpr bool appends = stream_kind_of<T> == stream_kind::append && !detail::is_changed_row<T>;
    if (!options.comparison.empty() && (!appends || options.key.empty())) {
      throw error(error_kind::invalid, "into '" + name + "': .comparison says which of two rows is the newer one, and is for "
                                       "rows that are replaced by .key; of panes and changes the last one is");
    }
    if constexpr (stream_kind_of<T> == stream_kind::retract) {
      if (options.key.empty()) {
        throw error(error_kind::invalid, "into '" + name + "': a changelog takes rows back; name the columns it knows them by "
                                         "with .key");
      }
      changed_rows().into(name, std::move(options));
    } else {
      std::vector<std::string> names = key_names_;
      bool comparison = false;
      if constexpr (stream_kind_of<T> == stream_kind::upsert) {
        if (names.empty()) names = std::exchange(options.key, {});
        if (names.size() != detail::key_columns<typename T::key_type>) {
          throw error(error_kind::invalid, "into '" + name + "': the rows' key has " +
                                               std::to_string(detail::key_columns<typename T::key_type>) +
                                               " columns; name as many with .key");
        }
        if (!options.key.empty()) {
          throw error(error_kind::invalid, "into '" + name + "': the key of this stream is already known; leave out .key");
        }
        options.key = names;
        if constexpr (has_column<typename T::row_type, "window_number">) {
          options.key.emplace_back("window_number");
        } else if constexpr (requires(const T& t) { t.window; }) {
          options.key.emplace_back("window_start");
        }
      } else {
        comparison = appends && !options.key.empty() && (Time == stream_time::event || !options.comparison.empty());
      }
      detail::row_columns columns(detail::row_layout<T>::columns(names), options.columns);
      const schema described = columns.schema(options.key);
      const std::optional<std::size_t> newer = detail::comparison_column(described, options.comparison, name);
      table& to = from_.context->tables.create(name, described, options.kept(comparison));
      auto& node = from_.context->nodes.template add<table_sink<T>>("into_" + name, to, std::move(columns), newer);
      from_.template attach<T>(node);
      if constexpr (appends) return written_stream<T, Time>(from_.context, node.out_of_order());
    }
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

  /// Changes as rows that say what became of them: the table is told of each in turn.
  auto changed_rows() const {
    using row = typename T::row_type;
    static_assert(stream_kind_of<row> == stream_kind::append,
                  "into: these changes are of panes or keyed rows, which have a table of their own before to_changelog; "
                  "map the changes to changes of plain rows");
    return flat_map<detail::changed_row<row>>([](const T& c, auto&& emit) {
      if (c.kind != change_kind::insert) emit(detail::changed_row<row>{change_kind::erase, c.before});
      if (c.kind != change_kind::erase) emit(detail::changed_row<row>{change_kind::insert, c.after});
    });
  }

  template <typename Spec>
  auto grouped(Spec key_of) const {
    static_cast<void>(key_of.names());  // says now what would be wrong later
    return keyed_stream<T, Time, In, Run, Spec>(from_, std::move(key_of));
  }

  template <typename Out, typename Step>
  auto then(Step step) const {
    return stream<Out, Time, In, Step>({from_.context, from_.from, std::move(step)});
  }

  detail::upstream<In, Run> from_;
  std::vector<std::string> key_names_;
  duration kept_for_;  // how long after its window a pane may be replaced
};

/// What is left of rows that went into a table.
template <typename T, stream_time Time>
class written_stream {
 public:
  written_stream(detail::pipeline_context* context, outlet<T>& old) : context_(context), old_(&old) {}

  /// The rows that were dropped because the table had newer ones of their keys, as they came.
  stream<T, Time> out_of_order() const { return stream<T, Time>({context_, old_, {}}); }

 private:
  detail::pipeline_context* context_;
  outlet<T>* old_;
};

/// The rows of running aggregates, whose operator tells by itself what each of them replaces.
template <typename T, stream_time Time>
class keyed_row_stream : public stream<T, Time> {
 public:
  keyed_row_stream(detail::pipeline_context* context, outlet<T>& rows, outlet<change<T>>& changes,
                   std::vector<std::string> key_names)
      : stream<T, Time>({context, &rows, {}}, std::move(key_names)), context_(context), changes_(&changes) {}

  /// What was sent before, and what it is now: a changelog, which may be grouped and aggregated further.
  auto to_changelog() const { return stream<change<T>, Time>({context_, changes_, {}}); }

 private:
  detail::pipeline_context* context_;
  outlet<change<T>>* changes_;
};

/// Events without copies, and beside them the copies.
template <typename T>
class deduplicated_stream : public stream<T> {
 public:
  deduplicated_stream(detail::pipeline_context* context, outlet<T>& rows, outlet<T>& duplicates)
      : stream<T>({context, &rows, {}}), context_(context), duplicates_(&duplicates) {}

  /// The copies that were dropped, as they came.
  stream<T> duplicates() const { return stream<T>({context_, duplicates_, {}}); }

 private:
  detail::pipeline_context* context_;
  outlet<T>* duplicates_;
};

/// What window aggregates and retention send: panes or rows, and beside them the events that came too late.
template <typename Pane, typename T>
class pane_stream : public stream<Pane> {
 public:
  pane_stream(detail::pipeline_context* context, outlet<Pane>& panes, outlet<T>& late,
              std::vector<std::string> key_names, duration allowed_lateness)
      : stream<Pane>({context, &panes, {}}, std::move(key_names), allowed_lateness), context_(context), late_(&late) {}

  /// The events that were late for their window beyond its allowance (or, of retention, for its `ttl`), as they came.
  stream<T> late_events() const { return stream<T>({context_, late_, {}}); }

 private:
  detail::pipeline_context* context_;
  outlet<T>* late_;
};

}  // namespace oriel

// SPDX-License-Identifier: Apache-2.0
// oriel/fwd.hpp - the public names, without what is behind them.
//
// For headers that only mention Oriel's types. Templates with default arguments get
// them here and nowhere else. By folder, in the order of the ranks.
#pragma once

#include <cstddef>
#include <cstdint>

namespace oriel {

// core
class arena;
class bounded_watermark;
class clock;
class error;
class manual_clock;
class partitioned_watermark;
struct interval;
class time_zone;
enum class calendar_unit : std::uint8_t;
enum class change_kind : std::uint8_t;
enum class error_kind : std::uint8_t;
enum class stream_kind : std::uint8_t;
template <typename T>
struct batch;
template <typename T>
struct batch_view;
template <typename Row>
struct change;
template <typename Key, typename Row>
struct keyed_row;
template <typename T>
class result;
template <typename... Columns>
struct row;

// window
enum class pane_timing : std::uint8_t;
struct calendar;
struct count_window;
struct early_trigger;
struct emit;
struct session;
struct sliding;
struct tumbling;
enum class pane_mode : std::uint8_t;
template <typename Key, typename Row, pane_mode Mode>
struct pane;

// flow
class graph;
class lateness;
class node;
struct dead_letter;
struct event_time_options;
struct watermark_hold;
template <typename T>
class sink;
template <typename T>
class source;

// operators
enum class retention_cohort : std::uint8_t;
enum class retention_return : std::uint8_t;
struct retention_options;

// operators
class join_bound;
template <typename L, typename R>
struct joined;
template <typename L, typename R>
struct window_pair;

// table
class catalog;
class catalog_snapshot;
class schema;
class table;
class table_lookup;
class table_snapshot;
struct into_options;
struct table_options;

// stream
enum class stream_time : std::uint8_t { none, event };  ///< whether the rows of a stream have an event time
struct pass;
struct input_options;
struct pipeline_options;
class pipeline;
template <typename T>
class input;
template <typename T>
class input_partition;
template <typename T, stream_time Time = stream_time::event, typename In = T, typename Run = pass>
class stream;
template <typename Pane, typename T>
class pane_stream;
template <typename T>
class deduplicated_stream;
template <typename T, stream_time Time>
class keyed_row_stream;
template <typename T, stream_time Time>
class written_stream;
template <typename T, typename In = T, typename Run = pass>
class source_stream;
template <typename T, stream_time Time, typename In, typename Run, typename KeyOf>
class keyed_stream;
template <typename T, stream_time Time, typename In, typename Run, typename KeyOf>
class running_stream;
template <typename T, typename In, typename Run, typename KeyOf, typename Windows, pane_mode Mode = pane_mode{}>
class windowed_stream;

// query
class query_term;
class result_set;
class select_query;
struct query_options;
struct statement;

}  // namespace oriel

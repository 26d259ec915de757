// SPDX-License-Identifier: Apache-2.0
// oriel/fwd.hpp - the public names, without what is behind them.
//
// For headers that only mention Oriel's types. Templates with default arguments get
// them here and nowhere else. By folder, in the order of the ranks. Left out are aggregates
// and operators, whose types nobody has to write, and templates with requirements.
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
struct field_descriptor;
struct interval;
struct text_position;
class time_zone;
enum class calendar_unit : std::uint8_t;
enum class change_kind : std::uint8_t;
enum class error_kind : std::uint8_t;
enum class field_type : std::uint8_t;
enum class join_kind : std::uint8_t;
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

template <typename L, typename R>
struct joined;

// aggregate
class hyper_log_log;
class quantile_sketch;
struct event_position;
struct funnel_conversion;
struct funnel_options;
struct funnel_range;
struct funnel_step;
struct histogram_bucket;
struct histogram_width;
enum class funnel_entry : std::uint8_t;
enum class funnel_match : std::uint8_t;
enum class funnel_order : std::uint8_t;
template <typename V>
struct approx_frequent_value;
template <typename V>
struct frequent_value;

// state
class byte_reader;
class byte_writer;

// window
enum class pane_timing : std::uint8_t;
struct calendar;
struct count_window;
struct cumulating;
struct early_trigger;
struct emit;
struct hopping;
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
class source_node;
struct dead_letter;
struct event_time_options;
struct partition_standing;
struct source_progress;
struct source_standing;
struct watermark_hold;
enum class on_malformed : std::uint8_t;
enum class source_state : std::uint8_t;
template <typename T>
class inlet;
template <typename T>
class outlet;
template <typename T>
class sink;
template <typename T>
class source;
template <typename T>
struct source_batch;

// operators
class join_bound;
struct interval_join_options;
struct retention_options;
struct temporal_join_options;
enum class join_match : std::uint8_t;
enum class join_time : std::uint8_t;
enum class retention_cohort : std::uint8_t;
enum class retention_return : std::uint8_t;
template <typename L, typename R>
struct window_pair;

// table
class batch_buffer;
class catalog;
class catalog_snapshot;
class chunk_view;
class column_buffer;
class column_values;
class dictionary_view;
class schema;
class table;
class table_lookup;
class table_snapshot;
class table_subscription;
struct column_batch;
struct column_description;
struct column_strategy;
struct into_options;
struct subscription_options;
struct table_changes;
struct table_options;
struct upsert_details;
struct write_result;
enum class column_type : std::uint8_t;
enum class merge_strategy : std::uint8_t;
enum class upsert_mode : std::uint8_t;

// io
class random_engine;
class zipf;
struct json_lines_sink;
struct json_path;
enum class json_times : std::uint8_t;
template <typename T>
struct generator;
template <typename T>
struct memory;

// runtime
class executor;
class unit_of_work;
class wake_signal;
struct run_progress;

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
struct common_table;
struct expression;
struct function_description;
struct join_clause;
struct order_item;
struct query_options;
struct query_setting;
struct result_column;
struct select_item;
struct statement;
struct table_reference;
struct text_span;
enum class expression_kind : std::uint8_t;
enum class null_order : std::uint8_t;
enum class null_rule : std::uint8_t;
enum class operation_kind : std::uint8_t;

}  // namespace oriel
